"""The dialect of NewsAPI."""

import re
from typing import Any

import pytest

from core.sandbox import credentials
from core.sandbox.quotas import NEWSAPI_PER_DAY
from tests.support.newsroom import NewsroomControl

KEY = {"X-Api-Key": credentials.NEWSAPI_KEY}
PAID = {"X-Api-Key": credentials.NEWSAPI_PAID_KEY}


def error_of(newsroom: NewsroomControl, path: str, headers: dict[str, str]) -> tuple[int, str]:
    response = newsroom.get(path, headers=headers)
    body = response.json()
    assert body["status"] == "error"
    assert body["message"]
    return response.status_code, body["code"]


def everything(newsroom: NewsroomControl, query: str, headers: dict[str, str] = PAID) -> dict[str, Any]:
    response = newsroom.get(f"/newsapi/v2/everything?{query}", headers=headers)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    assert body["status"] == "ok"
    return body


def test_a_request_without_a_key_is_refused(newsroom: NewsroomControl) -> None:
    assert error_of(newsroom, "/newsapi/v2/sources", {}) == (401, "apiKeyMissing")


def test_an_unknown_key_is_refused(newsroom: NewsroomControl) -> None:
    assert error_of(newsroom, "/newsapi/v2/sources", {"X-Api-Key": "no-such-key"}) == (401, "apiKeyInvalid")


def test_a_disabled_key_is_refused(newsroom: NewsroomControl) -> None:
    key = {"X-Api-Key": credentials.NEWSAPI_DISABLED_KEY}
    assert error_of(newsroom, "/newsapi/v2/sources", key) == (401, "apiKeyDisabled")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("top-headlines", (400, "parametersMissing")),
        ("everything", (400, "parametersMissing")),
        ("everything?language=en", (400, "parametersMissing")),
        ("top-headlines?sources=circuit-weekly&category=technology", (400, "parametersIncompatible")),
        ("top-headlines?category=gossip", (400, "parameterInvalid")),
        ("everything?q=" + "x" * 501, (400, "parameterInvalid")),
        ("everything?q=a&pageSize=101", (400, "parameterInvalid")),
        ("everything?q=a&page=0", (400, "parameterInvalid")),
        ("everything?q=a&from=yesterday", (400, "parameterInvalid")),
        ("everything?q=a&from=2026-09-01", (400, "parameterInvalid")),
        ("everything?q=a&sortBy=colour", (400, "parameterInvalid")),
        ("everything?sources=no-such-paper", (400, "sourceDoesNotExist")),
        ("everything?sources=" + ",".join(f"s{n}" for n in range(21)), (400, "sourcesTooMany")),
        ("everything?q=a&pageSize=100&page=2", (426, "maximumResultsReached")),
        ("everything?q=a&pageSize=60&page=2", (426, "maximumResultsReached")),
    ],
)
def test_a_bad_request_gets_the_code_of_the_documentation(
    newsroom: NewsroomControl, path: str, expected: tuple[int, str]
) -> None:
    assert error_of(newsroom, f"/newsapi/v2/{path}", KEY) == expected


def test_a_developer_key_is_rate_limited_after_its_day_is_used_up(newsroom: NewsroomControl) -> None:
    statuses = [newsroom.get("/newsapi/v2/sources", headers=KEY).status_code for _ in range(NEWSAPI_PER_DAY)]
    assert set(statuses) == {200}
    assert error_of(newsroom, "/newsapi/v2/sources", KEY) == (429, "rateLimited")

    newsroom.advance(seconds=24 * 3600)
    assert newsroom.get("/newsapi/v2/sources", headers=KEY).status_code == 200


def test_an_exhausted_key_is_always_rate_limited(newsroom: NewsroomControl) -> None:
    key = {"X-Api-Key": credentials.NEWSAPI_EXHAUSTED_KEY}
    assert error_of(newsroom, "/newsapi/v2/sources", key) == (429, "rateLimited")


def test_the_key_may_stand_in_the_query_or_in_authorization(newsroom: NewsroomControl) -> None:
    assert newsroom.get(f"/newsapi/v2/sources?apiKey={credentials.NEWSAPI_KEY}").status_code == 200
    bearer = {"Authorization": f"Bearer {credentials.NEWSAPI_KEY}"}
    assert newsroom.get("/newsapi/v2/sources", headers=bearer).status_code == 200


def test_top_headlines_are_of_the_wanted_category_and_newest_first(newsroom: NewsroomControl) -> None:
    body = newsroom.get("/newsapi/v2/top-headlines?category=technology&pageSize=50", headers=KEY).json()
    dates = [article["publishedAt"] for article in body["articles"] if article["title"] != "[Removed]"]
    assert len(body["articles"]) == min(50, body["totalResults"])
    assert body["totalResults"] >= 20
    assert dates == sorted(dates, reverse=True)


def test_pages_follow_each_other_without_gap_or_overlap(newsroom: NewsroomControl) -> None:
    total = everything(newsroom, "q=the&pageSize=1")["totalResults"]
    pages = [
        everything(newsroom, f"q=the&pageSize=40&page={page}")["articles"] for page in range(1, -(-total // 40) + 1)
    ]
    urls = [article["url"] for page in pages for article in page if article["title"] != "[Removed]"]
    assert len(urls) == len(set(urls))
    assert sum(map(len, pages)) == total > 100


def test_every_article_has_the_members_of_the_documentation(newsroom: NewsroomControl) -> None:
    members = {"source", "author", "title", "description", "url", "urlToImage", "publishedAt", "content"}
    for article in everything(newsroom, "q=the&pageSize=100")["articles"]:
        assert article.keys() == members
        assert article["source"].keys() == {"id", "name"}


def test_content_is_cut_at_200_characters_and_says_how_much_is_missing(newsroom: NewsroomControl) -> None:
    articles = everything(newsroom, "sources=circuit-weekly")["articles"]
    contents = [re.fullmatch(r"(?s)(.{200})… \[\+(\d+) chars\]", article["content"]) for article in articles]
    assert all(contents)
    assert all(int(content[2]) > 0 for content in contents if content)


def test_a_removed_article_leaves_a_tombstone(newsroom: NewsroomControl) -> None:
    gone = [known for known in newsroom.manifest.removals if known.channel == "newsapi"]
    before = [known for known in gone if known.at <= newsroom.manifest.epoch]
    found = (
        everything(newsroom, "q=the&pageSize=100")["articles"]
        + everything(newsroom, "q=the&pageSize=100&page=2")["articles"]
    )
    tombstones = [article for article in found if article["title"] == "[Removed]"]
    assert len(tombstones) == len(before) > 0
    assert tombstones[0]["url"] == "https://removed.com"
    assert not {known.title for known in before} & {article["title"] for article in found}


def test_filters_by_language_source_domain_and_date(newsroom: NewsroomControl) -> None:
    german = everything(newsroom, "q=der&language=de")["articles"]
    assert {article["source"]["id"] for article in german} == {"nordsee-blatt"}
    french = everything(newsroom, "domains=le-quai.example")["articles"]
    assert {article["source"]["id"] for article in french} == {"le-quai"}
    recent = everything(newsroom, "sources=pacific-courier&from=2026-11-20T00:00:00&to=2026-11-21T00:00:00")["articles"]
    assert recent
    assert all(article["publishedAt"].startswith(("2026-11-20", "1970")) for article in recent)


def test_an_edited_article_changes_its_title_when_the_clock_reaches_the_edit(newsroom: NewsroomControl) -> None:
    edit = next(edit for edit in newsroom.manifest.edits if edit.channel == "newsapi")

    def title() -> str:
        articles = everything(newsroom, "sources=circuit-weekly")["articles"]
        return next(article["title"] for article in articles if article["url"] == edit.url)

    assert title() == edit.title_before
    newsroom.command(clock={"now": edit.at})
    assert title() == edit.title_after


def test_sources_can_be_listed_by_language(newsroom: NewsroomControl) -> None:
    sources = newsroom.get("/newsapi/v2/sources", headers=KEY).json()["sources"]
    assert len(sources) >= 12
    assert len({source["language"] for source in sources}) >= 5
    italian = newsroom.get("/newsapi/v2/sources?language=it", headers=KEY).json()["sources"]
    assert [source["id"] for source in italian] == ["il-ponte"]

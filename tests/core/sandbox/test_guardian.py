"""The dialect of the Guardian Open Platform."""

from typing import Any

import pytest

from core.sandbox import credentials
from core.sandbox.bait import MARKER
from core.sandbox.quotas import GUARDIAN_PER_DAY
from tests.support.newsroom import NewsroomControl


def response_of(newsroom: NewsroomControl, path: str, *, status: int = 200) -> dict[str, Any]:
    answer = newsroom.get(f"/guardian/{path}", headers={"api-key": credentials.GUARDIAN_KEY})
    assert answer.status_code == status, answer.text
    response: dict[str, Any] = answer.json()["response"]
    return response


def test_a_request_without_a_key_is_refused(newsroom: NewsroomControl) -> None:
    answer = newsroom.get("/guardian/search")
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


def test_an_unknown_key_is_refused(newsroom: NewsroomControl) -> None:
    assert newsroom.get("/guardian/search?api-key=wrong").status_code == 401


def test_an_unknown_item_is_not_found(newsroom: NewsroomControl) -> None:
    assert response_of(newsroom, "technology/2026/nov/20/no-such-story", status=404)["status"] == "error"


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=9999", "page-size=201", "page-size=x", "order-by=colour", "from-date=soon", "use-date=never"],
)
def test_a_bad_parameter_is_refused_with_a_reason(newsroom: NewsroomControl, query: str) -> None:
    error = response_of(newsroom, f"search?{query}", status=400)
    assert error["status"] == "error"
    assert error["message"]


def test_the_day_of_a_key_ends_in_429(newsroom: NewsroomControl) -> None:
    newsroom.limit("guardian", 2)
    answers = [newsroom.get(f"/guardian/sections?api-key={credentials.GUARDIAN_TEST_KEY}") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining-day"] for answer in answers] == ["1", "0", "0"]
    assert answers[2].json() == {"message": "API rate limit exceeded"}


def test_the_quota_is_announced_in_headers(newsroom: NewsroomControl) -> None:
    answer = newsroom.get(f"/guardian/search?api-key={credentials.GUARDIAN_TEST_KEY}")
    assert answer.headers["X-RateLimit-Limit-day"] == str(GUARDIAN_PER_DAY)


def test_technology_is_well_filled_and_newest_first(newsroom: NewsroomControl) -> None:
    page = response_of(newsroom, "search?section=technology&page-size=50")
    dates = [result["webPublicationDate"] for result in page["results"]]
    assert page["total"] >= 50
    assert {result["sectionId"] for result in page["results"]} == {"technology"}
    assert dates == sorted(dates, reverse=True)


def test_pages_follow_each_other_without_gap_or_overlap(newsroom: NewsroomControl) -> None:
    first = response_of(newsroom, "search?page-size=50")
    pages = [response_of(newsroom, f"search?page-size=50&page={page}") for page in range(1, first["pages"] + 1)]
    ids = [result["id"] for page in pages for result in page["results"]]
    assert len(ids) == len(set(ids)) == first["total"]
    assert [page["startIndex"] for page in pages] == [1 + 50 * number for number in range(len(pages))]


def test_oldest_first_is_the_reverse_of_newest_first(newsroom: NewsroomControl) -> None:
    newest = response_of(newsroom, "search?page-size=200&order-by=newest")["results"]
    oldest = response_of(newsroom, "search?page-size=200&order-by=oldest")["results"]
    assert oldest == newest[::-1]


def test_fields_and_tags_come_only_when_they_are_asked_for(newsroom: NewsroomControl) -> None:
    plain = response_of(newsroom, "search?page-size=1")["results"][0]
    rich = response_of(newsroom, "search?page-size=1&show-fields=headline,bodyText&show-tags=keyword")["results"][0]
    assert not {"fields", "tags"} & plain.keys()
    assert rich["fields"].keys() == {"headline", "bodyText"}
    assert {tag["type"] for tag in rich["tags"]} == {"keyword"}


def test_dates_bound_the_search(newsroom: NewsroomControl) -> None:
    results = response_of(newsroom, "search?from-date=2026-11-18&to-date=2026-11-18&page-size=200")["results"]
    assert results
    assert all(result["webPublicationDate"].startswith("2026-11-18") for result in results)


def test_an_edit_moves_the_last_modified_date(newsroom: NewsroomControl) -> None:
    edit = next(
        edit for edit in newsroom.manifest.edits if edit.channel == "guardian" and edit.at > newsroom.manifest.epoch
    )
    newsroom.command(clock={"now": edit.at})
    results = response_of(newsroom, "search?use-date=last-modified&show-fields=all&page-size=50")["results"]
    changed = next(result for result in results if result["webUrl"] == edit.url)
    assert changed["webTitle"] == changed["fields"]["headline"] == edit.title_after
    assert changed["fields"]["lastModified"] > changed["webPublicationDate"]


def test_a_removed_article_is_no_longer_found(newsroom: NewsroomControl) -> None:
    removal = next(known for known in newsroom.manifest.removals if known.channel == "guardian")
    item = removal.url.partition(".example/")[2]
    assert response_of(newsroom, item)["content"]["webTitle"] == removal.title
    newsroom.command(clock={"now": removal.at})
    response_of(newsroom, item, status=404)


def test_the_body_holds_bait_for_the_sanitiser(newsroom: NewsroomControl) -> None:
    results = response_of(newsroom, "search?page-size=200&show-fields=body")["results"]
    baited = [result["webUrl"] for result in results if MARKER in result["fields"]["body"]]
    assert baited == [bait.url for bait in newsroom.manifest.bait if bait.channel == "guardian"]


def test_tags_and_sections_are_listed(newsroom: NewsroomControl) -> None:
    sections = response_of(newsroom, "sections")["results"]
    assert {"technology", "world", "sport"} <= {section["id"] for section in sections}
    tags = response_of(newsroom, "tags?type=keyword&section=technology")["results"]
    assert [tag["id"] for tag in tags] == ["technology/technology"]

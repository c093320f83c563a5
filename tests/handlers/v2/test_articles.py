"""Articles in v2: pages by cursor, chosen members, counts, warnings, revisions."""

from typing import Any

import httpx
import pytest

from core.infra.cache import ARTICLES as CACHE_GROUP
from core.infra.cache import invalidate
from tests.handlers.conftest import KeyFor, Seeded

ARTICLES = "/v2/articles"
STORIES: dict[str, Any] = {"category": "technology", "source": "guardian"}


@pytest.fixture
def reader(key_for: KeyFor) -> dict[str, str]:
    return key_for("articles:read")


def ids_in(response: httpx.Response) -> list[str]:
    return [article["id"] for article in response.json()["data"]]


async def test_nobody_reads_without_a_key(api: httpx.AsyncClient) -> None:
    response = await api.get(ARTICLES)
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


async def test_lists_show_no_article_of_another_organisation(
    api: httpx.AsyncClient, reader: dict[str, str], stranger: dict[str, str], seeded: Seeded
) -> None:
    own = await api.get(ARTICLES, params={"limit": 100}, headers=reader)
    theirs = await api.get(ARTICLES, params={"limit": 100}, headers=stranger)
    assert seeded.foreign_story not in ids_in(own)
    assert ids_in(theirs)[0] == seeded.foreign_story
    assert ids_in(theirs)[1:] == ids_in(own)


@pytest.mark.parametrize("filter_", ["source", "feed"])
async def test_another_organisation_s_source_brings_nothing(
    api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded, filter_: str
) -> None:
    foreign = {"source": seeded.foreign_source, "feed": seeded.foreign_feed}[filter_]
    response = await api.get(ARTICLES, params={filter_: foreign}, headers=reader)
    assert (response.json()["data"], response.json()["warnings"][0]["code"]) == ([], f"unknown_{filter_}")


async def test_a_cursor_of_another_organisation_is_refused(
    api: httpx.AsyncClient, reader: dict[str, str], stranger: dict[str, str]
) -> None:
    page = (await api.get(ARTICLES, params={"limit": 2}, headers=stranger)).json()["page"]
    response = await api.get(ARTICLES, params={"limit": 2, "cursor": page["next_cursor"]}, headers=reader)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("article_id", ["art_0350n7cLFXf17iDglpSO45", "art_zzzzzzzzzzzzzzzzzzzzzz"])
async def test_an_unknown_article_is_not_found(api: httpx.AsyncClient, reader: dict[str, str], article_id: str) -> None:
    for path in (article_id, f"{article_id}/revisions"):
        response = await api.get(f"{ARTICLES}/{path}", headers=reader)
        assert (response.status_code, response.json()["code"]) == (404, "article_not_found")


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("limit=0", "limit", "minimum"),
        ("limit=101", "limit", "maximum"),
        ("limit=%D9%A1", "limit", "type"),
        ("category=gossip", "category", "enum"),
        ("source=a%20b", "source", "pattern"),
        ("feed=guardian", "feed", "pattern"),
        ("language=english", "language", "pattern"),
        (f"q={'x' * 201}", "q", "max_length"),
        ("from=2026-02-30T00:00:00Z", "from", "format"),
        ("sort=title", "sort", "enum"),
        ("fields=title,secret", "fields", "enum"),
        ("fields=title,title", "fields", "unique_items"),
        ("count=maybe", "count", "enum"),
        ("cursor=a%20b", "cursor", "pattern"),
        ("page=1", "page", "unknown_parameter"),
        ("sort=-published_at&sort=published_at", "sort", "repeated"),
    ],
)
async def test_a_bad_parameter_is_named(
    api: httpx.AsyncClient, reader: dict[str, str], query: str, parameter: str, code: str
) -> None:
    response = await api.get(f"{ARTICLES}?{query}", headers=reader)
    assert response.status_code == 400
    assert [(item["parameter"], item["code"]) for item in response.json()["errors"]] == [(parameter, code)]


async def test_every_fault_is_named_at_once(api: httpx.AsyncClient, reader: dict[str, str]) -> None:
    response = await api.get(f"{ARTICLES}?limit=0&sort=title&colour=red", headers=reader)
    assert {item["parameter"] for item in response.json()["errors"]} == {"limit", "sort", "colour"}


@pytest.mark.parametrize("cursor", ["abc", "AAAA", "n2Vd8WqLxT0aBcD4W1sidCIsMTc5NTE2Njg4MDAwMDAwMF1d"])
async def test_a_made_up_cursor_is_refused(api: httpx.AsyncClient, reader: dict[str, str], cursor: str) -> None:
    response = await api.get(ARTICLES, params={"cursor": cursor}, headers=reader)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("other", [{"sort": "published_at"}, {"category": "science"}, {"language": "en"}])
async def test_a_cursor_belongs_to_one_question(
    api: httpx.AsyncClient, reader: dict[str, str], other: dict[str, str]
) -> None:
    first = await api.get(ARTICLES, params={**STORIES, "limit": 2}, headers=reader)
    query: dict[str, Any] = {**STORIES, "limit": 2, "cursor": first.json()["page"]["next_cursor"], **other}
    response = await api.get(ARTICLES, params=query, headers=reader)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


async def test_an_article_is_shown_with_its_source_topics_and_provenance(
    api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded
) -> None:
    response = await api.get(f"{ARTICLES}/{seeded.feed_story}", headers=reader)
    article = response.json()
    assert response.status_code == 200
    assert article["source"]["kind"] == "feed"
    assert article["topics"] == ["health"]
    assert article["sentiment"] == {"label": "positive", "score": 0.42, "model": "vader-3.3.2"}
    assert article["content_text"] == "Sleep well."
    assert article["provenance"]["feed_id"] == seeded.feed
    assert article["published_at"].endswith(".000Z")


async def test_a_removed_article_keeps_its_address_and_loses_its_text(
    api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded
) -> None:
    article = (await api.get(f"{ARTICLES}/{seeded.removed}", headers=reader)).json()
    assert (article["content_status"], article["summary"], article["content_text"]) == ("removed", None, None)
    listed = await api.get(ARTICLES, params={"category": "world"}, headers=reader)
    assert ids_in(listed) == [seeded.german]


@pytest.mark.parametrize("sort", ["-published_at", "published_at", "-ingested_at", "ingested_at"])
async def test_the_links_lead_through_the_whole_list_once(
    api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded, sort: str
) -> None:
    seen: list[str] = []
    response = await api.get(ARTICLES, params={**STORIES, "sort": sort, "limit": 10}, headers=reader)
    while True:
        seen += ids_in(response)
        if "next" not in response.links:
            break
        assert response.json()["page"]["has_more"]
        response = await api.get(response.links["next"]["url"], headers=reader)
    assert not response.json()["page"]["has_more"]
    expected = seeded.stories if not sort.startswith("-") else tuple(reversed(seeded.stories))
    assert tuple(seen) == expected


async def test_the_link_is_there_when_the_answer_comes_from_the_cache(
    api: httpx.AsyncClient, reader: dict[str, str]
) -> None:
    query: dict[str, Any] = {**STORIES, "limit": 7}
    first = await api.get(ARTICLES, params=query, headers=reader)
    again = await api.get(ARTICLES, params=query, headers=reader)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert again.links["next"] == first.links["next"]


async def test_new_articles_appear_when_the_cache_is_told(
    api: httpx.AsyncClient, key_for: KeyFor, seeded: Seeded
) -> None:
    reader, query = key_for("articles:read"), {"category": "culture"}
    assert ids_in(await api.get(ARTICLES, params=query, headers=reader)) == []
    article = seeded.seed.article(seeded.culture_source, category="culture")
    await invalidate(CACHE_GROUP)
    assert ids_in(await api.get(ARTICLES, params=query, headers=reader)) == [article]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"language": "de"}, ["german"]),
        ({"q": "flüsse", "language": "de"}, ["german"]),  # the plural finds the singular
        ({"q": "Fluss"}, ["german"]),
        ({"q": "sleeping"}, ["feed_story"]),
        ({"q": '"sleep and memory"'}, ["feed_story"]),
        ({"category": "health"}, ["feed_story"]),
        ({"q": "comet -third"}, []),
        ({"from": "2030-01-01T00:00:00Z"}, []),
    ],
)
async def test_filters_narrow_the_list(
    api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded, query: dict[str, str], expected: list[str]
) -> None:
    response = await api.get(ARTICLES, params=query, headers=reader)
    assert ids_in(response) == [getattr(seeded, name) for name in expected]


async def test_a_source_is_named_by_its_slug_or_its_id(
    api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded
) -> None:
    by_slug = await api.get(ARTICLES, params={"source": "guardian", "limit": 5}, headers=reader)
    by_id = await api.get(ARTICLES, params={"source": seeded.guardian, "limit": 5}, headers=reader)
    assert by_slug.json()["data"] == by_id.json()["data"]
    by_feed = await api.get(ARTICLES, params={"feed": seeded.feed}, headers=reader)
    assert ids_in(by_feed) == [seeded.feed_story]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("title", {"id", "title", "url", "source", "published_at"}),
        ("summary,topics", {"id", "title", "url", "source", "published_at", "summary", "topics"}),
    ],
)
async def test_clients_choose_members(
    api: httpx.AsyncClient, reader: dict[str, str], fields: str, expected: set[str]
) -> None:
    response = await api.get(ARTICLES, params={"fields": fields, "limit": 1}, headers=reader)
    assert set(response.json()["data"][0]) == expected
    assert f"fields={fields}" in response.links["next"]["url"]


@pytest.mark.parametrize("count", ["estimate", "exact"])
async def test_clients_who_ask_are_told_how_many_there_are(
    api: httpx.AsyncClient, reader: dict[str, str], count: str
) -> None:
    response = await api.get(ARTICLES, params={**STORIES, "limit": 1, "count": count}, headers=reader)
    assert response.json()["total"] == {"value": 25, "relation": "eq"}
    silent = await api.get(ARTICLES, params={**STORIES, "limit": 1}, headers=reader)
    assert "total" not in silent.json()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"source": "nobody"}, "unknown_source"),
        ({"feed": "feed_034qX1Ftp65qoNfZOdAkJR"}, "unknown_feed"),
        ({"from": "2026-11-21T00:00:00Z", "to": "2026-11-20T00:00:00Z"}, "empty_range"),
        ({"q": "zzzzzz"}, "no_match"),
        ({"source": "hackernews"}, "source_unhealthy"),
    ],
)
async def test_an_empty_list_says_why(
    api: httpx.AsyncClient, reader: dict[str, str], query: dict[str, str], code: str
) -> None:
    body = (await api.get(ARTICLES, params=query, headers=reader)).json()
    assert body["data"] == []
    assert code in [warning["code"] for warning in body["warnings"]]


async def test_revisions_say_what_the_article_said_before(
    api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded
) -> None:
    response = await api.get(f"{ARTICLES}/{seeded.edited}/revisions", headers=reader)
    revisions: list[dict[str, Any]] = response.json()["data"]
    assert [(item["revision"], item["title"]) for item in revisions] == [
        (3, "A comet, third words"),
        (2, "Earlier title 2"),
        (1, "Earlier title 1"),
    ]
    assert revisions[0]["replaced_at"] is None


async def test_revisions_come_in_pages(api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded) -> None:
    address = f"{ARTICLES}/{seeded.edited}/revisions"
    first = await api.get(address, params={"limit": 2}, headers=reader)
    second = await api.get(first.links["next"]["url"], headers=reader)
    assert [item["revision"] for item in (*first.json()["data"], *second.json()["data"])] == [3, 2, 1]
    assert not second.json()["page"]["has_more"]


@pytest.mark.parametrize("path", ["/v2/articles", "/v2/sources"])  # one whose answers are cached, and one whose are not
async def test_a_held_tag_outside_the_documents_bounds_is_invalid(
    api: httpx.AsyncClient, all_scopes: dict[str, str], path: str
) -> None:
    await api.get(path, headers=all_scopes)
    for held in ("", '"' + "x" * 1000 + '"'):
        answer = await api.get(path, headers={**all_scopes, "If-None-Match": held})
        assert answer.status_code == 400
        assert [error["parameter"] for error in answer.json()["errors"]] == ["If-None-Match"]

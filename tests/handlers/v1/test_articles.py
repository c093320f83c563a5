"""Articles in v1: numbered pages, one category, the source by its short name."""

from typing import Any

import httpx
import pytest

from tests.handlers.conftest import KeyFor, Seeded

ARTICLES = "/v1/articles"


@pytest.fixture
def reader(key_for: KeyFor) -> dict[str, str]:
    return key_for("articles:read")


async def test_nobody_reads_without_a_key(api: httpx.AsyncClient) -> None:
    response = await api.get(ARTICLES)
    assert (response.status_code, response.json()["error"]) == (401, "UNAUTHENTICATED")


async def test_another_organisation_s_article_is_forbidden(
    api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded
) -> None:
    response = await api.get(f"{ARTICLES}/{seeded.foreign_story}", headers=reader)
    assert (response.status_code, response.json()["error"]) == (403, "FORBIDDEN")


async def test_lists_show_no_article_of_another_organisation(
    api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded
) -> None:
    body = (await api.get(ARTICLES, params={"limit": 100}, headers=reader)).json()
    assert seeded.foreign_story not in {article["id"] for article in body["data"]}


async def test_every_organisation_reads_the_newsroom(
    api: httpx.AsyncClient, stranger: dict[str, str], seeded: Seeded
) -> None:
    body = (await api.get(ARTICLES, params={"limit": 100}, headers=stranger)).json()
    assert {seeded.foreign_story, seeded.german} <= {article["id"] for article in body["data"]}


@pytest.mark.parametrize("article_id", ["1", "art_0350n7cLFXf17iDglpSO45", "key_0350n7cLFXf17iDglpSO45"])
async def test_an_unknown_article_is_not_found(api: httpx.AsyncClient, reader: dict[str, str], article_id: str) -> None:
    response = await api.get(f"{ARTICLES}/{article_id}", headers=reader)
    assert (response.status_code, response.json()["error"]) == (404, "ARTICLE_NOT_FOUND")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=1_0", "limit"),
        ("page=0", "page"),
        ("page=10001", "page"),
        ("category=gossip", "category"),
        ("language=english", "language"),
        ("q=", "q"),
        ("from=yesterday", "from"),
        ("to=2026-13-01T00:00:00Z", "to"),
        ("sort=title", "sort"),
        ("dir=up", "dir"),
        ("source=a%20b", "source"),
        ("limit=1&limit=2", "limit"),
        ("cursor=x", "cursor"),
    ],
)
async def test_a_bad_parameter_is_named(api: httpx.AsyncClient, reader: dict[str, str], query: str, field: str) -> None:
    response = await api.get(f"{ARTICLES}?{query}", headers=reader)
    assert (response.status_code, response.json()["error"], response.json()["field"]) == (
        400,
        "VALIDATION_FAILED",
        field,
    )


async def test_the_main_job_is_one_request(api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded) -> None:
    response = await api.get(f"{ARTICLES}?category=technology&source=guardian", headers=reader)
    body = response.json()
    assert response.status_code == 200
    assert body["meta"] == {"total": 25, "page": 1, "limit": 20, "has_more": True}
    assert [article["id"] for article in body["data"]] == list(reversed(seeded.stories))[:20]
    assert body["data"][0] == {
        "id": seeded.stories[-1],
        "title": "Story 25",
        "description": "Summary of story 25.",
        "url": "https://news.example.org/25",
        "source": "guardian",
        "category": "technology",
        "author": None,
        "image_url": None,
        "language": "en",
        "published_at": "2026-11-20T09:25:00Z",
    }


async def test_the_last_page_ends_the_list(api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded) -> None:
    response = await api.get(f"{ARTICLES}?category=technology&source=guardian&page=2", headers=reader)
    assert response.json()["meta"] == {"total": 25, "page": 2, "limit": 20, "has_more": False}
    assert [article["id"] for article in response.json()["data"]] == list(reversed(seeded.stories))[20:]


async def test_a_page_past_the_end_is_empty(api: httpx.AsyncClient, reader: dict[str, str]) -> None:
    response = await api.get(f"{ARTICLES}?category=technology&source=guardian&page=9", headers=reader)
    assert response.json() == {"data": [], "meta": {"total": 25, "page": 9, "limit": 20, "has_more": False}}


@pytest.mark.parametrize("sort", ["published_at", "created_at"])
async def test_the_oldest_may_come_first(
    api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded, sort: str
) -> None:
    query: dict[str, Any] = {"category": "technology", "source": "guardian", "sort": sort, "dir": "asc", "limit": 3}
    response = await api.get(ARTICLES, params=query, headers=reader)
    assert [article["id"] for article in response.json()["data"]] == list(seeded.stories[:3])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"language": "de"}, ["german"]),
        ({"q": "Fluss"}, ["german"]),
        ({"category": "health"}, ["feed_story"]),
        ({"source": "battery-weekly"}, ["feed_story"]),
        ({"category": "world"}, ["german"]),  # the removed one is not listed
        ({"source": "nobody"}, []),
        ({"from": "2030-01-01T00:00:00Z"}, []),
        ({"from": "2026-11-20T10:00:00Z", "to": "2026-11-20T09:00:00Z"}, []),
    ],
)
async def test_filters_narrow_the_list(
    api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded, query: dict[str, str], expected: list[str]
) -> None:
    response = await api.get(ARTICLES, params=query, headers=reader)
    assert [article["id"] for article in response.json()["data"]] == [getattr(seeded, name) for name in expected]
    assert response.json()["meta"]["total"] == len(expected)


async def test_from_is_included_and_to_is_not(api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded) -> None:
    query = {"from": "2026-11-20T09:02:00Z", "to": "2026-11-20T10:04:00+01:00", "source": "guardian"}
    response = await api.get(ARTICLES, params=query, headers=reader)
    assert [article["id"] for article in response.json()["data"]] == [seeded.stories[2], seeded.stories[1]]


async def test_an_article_is_found_by_its_id(api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded) -> None:
    response = await api.get(f"{ARTICLES}/{seeded.feed_story}", headers=reader)
    assert (response.status_code, response.json()["title"]) == (200, "Sleep and memory")


async def test_a_removed_article_keeps_its_address_and_loses_its_text(
    api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded
) -> None:
    response = await api.get(f"{ARTICLES}/{seeded.removed}", headers=reader)
    assert (response.status_code, response.json()["description"]) == (200, None)


async def test_every_answer_says_when_v1_ends_and_what_comes_next(
    api: httpx.AsyncClient, reader: dict[str, str]
) -> None:
    for headers in (reader, {}):
        response = await api.get(ARTICLES, headers=headers)
        assert response.headers["deprecation"] == "@1796083200"
        assert response.headers["sunset"] == "Wed, 30 Jun 2027 23:59:59 GMT"
        assert '</v2/articles>; rel="successor-version"' in response.headers["link"]

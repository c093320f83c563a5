"""The history of searches in v2: recorded, listed, cleared and switched off by the person alone."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from core.kit import ids
from tests.handlers.conftest import KeyFor, Seeded
from tests.support.infrastructure import SECRET
from tests.support.people import People, Person

SEARCHES = "/v2/me/searches"
NO_FILTERS = {"category": None, "source": None, "feed": None, "language": None, "from": None, "to": None}


@pytest.fixture
def people(seeded: Seeded) -> Iterator[People]:
    assert seeded.infra.settings.database_url is not None
    people = People(seeded.infra.settings.database_url.get_secret_value(), SECRET.encode())
    yield people
    people.close()


@pytest.fixture
def ada(people: People) -> Person:
    return people.person()


async def search(api: httpx.AsyncClient, who: dict[str, str], words: str, **params: Any) -> dict[str, Any]:
    response = await api.get("/v2/articles", params={"q": words, **params}, headers=who)
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    return page


async def history(api: httpx.AsyncClient, person: Person) -> list[dict[str, Any]]:
    response = await api.get(SEARCHES, params={"limit": 100}, headers=person.header)
    rows: list[dict[str, Any]] = response.json()["data"]
    return rows


async def words(api: httpx.AsyncClient, person: Person) -> list[str]:
    return [row["query"] for row in await history(api, person)]


async def test_nobody_has_a_history_without_a_credential(api: httpx.AsyncClient) -> None:
    assert (await api.get(SEARCHES)).status_code == 401


async def test_a_key_has_no_history(api: httpx.AsyncClient, all_scopes: dict[str, str]) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/srch_0350oauTdZRkfakP5xfzv3")):
        assert (await api.request(method, SEARCHES + path, headers=all_scopes)).status_code == 403


async def test_nobody_sees_or_forgets_the_searches_of_somebody_else(
    api: httpx.AsyncClient, people: People, ada: Person
) -> None:
    ben = people.person(role="owner", organization_id=ada.organization)
    await search(api, ada.header, "uranium")
    (row,) = await history(api, ada)
    assert await history(api, ben) == []
    unknown = f"{SEARCHES}/{ids.encode('srch', ids.new_id())}"
    for method in ("GET", "DELETE"):
        refused = await api.request(method, f"{SEARCHES}/{row['id']}", headers=ben.header)
        nothing = await api.request(method, unknown, headers=ben.header)
        assert (refused.status_code, refused.json()["code"]) == (404, "search_not_found")
        assert refused.json()["detail"] == nothing.json()["detail"]
    assert (await api.delete(SEARCHES, headers=ben.header)).status_code == 204
    assert await words(api, ada) == ["uranium"]


async def test_a_cursor_of_somebody_else_is_refused(api: httpx.AsyncClient, people: People, ada: Person) -> None:
    for term in ("one", "two"):
        await search(api, ada.header, term)
    cursor = (await api.get(SEARCHES, params={"limit": 1}, headers=ada.header)).json()["page"]["next_cursor"]
    response = await api.get(SEARCHES, params={"cursor": cursor}, headers=people.person().header)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


async def test_an_id_that_is_none_is_refused(api: httpx.AsyncClient, ada: Person) -> None:
    assert (await api.get(f"{SEARCHES}/1", headers=ada.header)).status_code == 400
    assert (await api.delete(f"{SEARCHES}/srch_{'z' * 22}", headers=ada.header)).status_code == 404


async def test_a_search_is_kept_with_its_filters_and_its_count(api: httpx.AsyncClient, ada: Person) -> None:
    await search(api, ada.header, "Fluss", language="de", **{"from": "2026-11-01T00:00:00Z"})
    await search(api, ada.header, "summary", limit=2)
    await search(api, ada.header, "summary", limit=2, count="exact", category="technology", source="guardian")
    await search(api, ada.header, "nothing at all")
    rows = await history(api, ada)
    assert [(row["query"], row["result_count"]) for row in rows] == [
        ("nothing at all", 0),
        ("summary", 25),
        ("summary", None),
        ("Fluss", 1),
    ]
    assert rows[0]["filters"] == NO_FILTERS
    assert rows[1]["filters"] == {**NO_FILTERS, "category": "technology", "source": "guardian"}
    assert rows[3]["filters"] == {**NO_FILTERS, "language": "de", "from": "2026-11-01T00:00:00.000Z"}
    assert (await api.get(f"{SEARCHES}/{rows[0]['id']}", headers=ada.header)).json() == rows[0]


async def test_keys_lists_without_words_and_later_pages_are_not_recorded(
    api: httpx.AsyncClient, key_for: KeyFor, ada: Person
) -> None:
    await search(api, key_for("articles:read"), "summary")
    await api.get("/v2/articles", params={"category": "science"}, headers=ada.header)
    first = await search(api, ada.header, "summary", limit=2)
    await search(api, ada.header, "summary", limit=2, cursor=first["page"]["next_cursor"])
    await api.get("/v2/articles", params={"q": "refused", "limit": 0}, headers=ada.header)
    assert await words(api, ada) == ["summary"]


async def test_the_same_search_is_recorded_once_a_minute(api: httpx.AsyncClient, people: People, ada: Person) -> None:
    for _ in range(3):
        await search(api, ada.header, "summary")
        await history(api, ada)  # writes what waits: repetitions are told apart in memory and in the database
    await search(api, ada.header, "summary", category="science")
    assert await words(api, ada) == ["summary", "summary"]
    people.execute("UPDATE searches SET searched_at = searched_at - interval '61 seconds'")
    await search(api, ada.header, "summary")
    assert await words(api, ada) == ["summary"] * 3


async def test_a_search_that_is_answered_from_the_cache_is_recorded_too(
    api: httpx.AsyncClient, people: People, key_for: KeyFor, seeded: Seeded
) -> None:
    organization = people.organization("cached")
    ada, ben = (people.person(organization_id=organization, role="viewer") for _ in range(2))
    for person in (ada, ben, ada):
        await search(api, person.header, "cached words")
    assert await words(api, ada) == await words(api, ben) == ["cached words"]


async def test_the_links_lead_through_the_whole_history_once(api: httpx.AsyncClient, ada: Person) -> None:
    made = [f"term {number}" for number in range(5)]
    for term in made:
        await search(api, ada.header, term)
    response = await api.get(SEARCHES, params={"limit": 2}, headers=ada.header)
    seen = [row["query"] for row in response.json()["data"]]
    while "next" in response.links:
        response = await api.get(response.links["next"]["url"], headers=ada.header)
        seen += [row["query"] for row in response.json()["data"]]
    assert seen == made[::-1]


async def test_one_search_can_be_forgotten(api: httpx.AsyncClient, ada: Person) -> None:
    for term in ("one", "two"):
        await search(api, ada.header, term)
    newest, oldest = await history(api, ada)
    address = f"{SEARCHES}/{newest['id']}"
    etag = (await api.get(address, headers=ada.header)).headers["etag"]
    assert (await api.delete(address, headers={**ada.header, "If-Match": '"other"'})).status_code == 412
    assert (await api.delete(address, headers={**ada.header, "If-Match": etag})).status_code == 204
    assert await history(api, ada) == [oldest]
    assert (await api.delete(address, headers=ada.header)).status_code == 404


async def test_the_whole_history_can_be_cleared(api: httpx.AsyncClient, ada: Person) -> None:
    for term in ("one", "two", "three"):
        await search(api, ada.header, term)
    etag = (await api.get(SEARCHES, headers=ada.header)).headers["etag"]
    await search(api, ada.header, "four")
    assert (await api.delete(SEARCHES, headers={**ada.header, "If-Match": etag})).status_code == 412
    etag = (await api.get(SEARCHES, headers=ada.header)).headers["etag"]
    await search(api, ada.header, "still on its way")
    await history(api, ada)
    etag = (await api.get(SEARCHES, headers=ada.header)).headers["etag"]
    assert (await api.delete(SEARCHES, headers={**ada.header, "If-Match": etag})).status_code == 204
    assert await history(api, ada) == []
    await search(api, ada.header, "one")
    assert await words(api, ada) == ["one"]


async def test_what_waits_to_be_written_is_cleared_too(api: httpx.AsyncClient, ada: Person) -> None:
    await search(api, ada.header, "on its way")
    assert (await api.delete(SEARCHES, headers=ada.header)).status_code == 204
    assert await history(api, ada) == []


async def test_recording_is_switched_off_and_on_by_preference(api: httpx.AsyncClient, ada: Person) -> None:
    await search(api, ada.header, "before")
    await history(api, ada)
    preferences = "/v2/me/preferences"
    await api.patch(preferences, json={"record_searches": False}, headers=ada.header)
    await search(api, ada.header, "while it is off")
    assert await words(api, ada) == ["before"]
    await search(api, ada.header, "off, and not written yet")
    await api.patch(preferences, json={"record_searches": True}, headers=ada.header)
    await search(api, ada.header, "after")
    await search(api, ada.header, "while it is off")
    assert await words(api, ada) == ["while it is off", "after", "before"]

"""Reading lists in v1."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.handlers.conftest import KeyFor, Seeded
from tests.support.people import People

LISTS = "/v1/collections"


@pytest.fixture
def keeper(key_for: KeyFor) -> dict[str, str]:
    return key_for("collections:read", "collections:write")


@pytest.fixture
async def made(api: httpx.AsyncClient, keeper: dict[str, str]) -> dict[str, Any]:
    """A list that a test may change and remove."""
    body: dict[str, Any] = (await api.post(LISTS, json={"name": "Mine"}, headers=keeper)).json()
    return body


async def test_nobody_sees_lists_without_a_credential(api: httpx.AsyncClient) -> None:
    assert (await api.get(LISTS)).status_code == 401


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)])
async def test_another_organisation_s_list_is_forbidden_and_stays_as_it_is(
    api: httpx.AsyncClient,
    keeper: dict[str, str],
    stranger: dict[str, str],
    seeded: Seeded,
    method: str,
    body: dict[str, str] | None,
) -> None:
    address = f"{LISTS}/{seeded.foreign_collection}"
    before = (await api.get(address, headers=stranger)).json()
    response = await api.request(method, address, json=body, headers=keeper)
    assert (response.status_code, response.json()["error"]) == (403, "FORBIDDEN")
    assert (await api.get(address, headers=stranger)).json() == before


async def test_a_private_list_of_a_colleague_is_forbidden_and_not_listed(
    api: httpx.AsyncClient, keeper: dict[str, str], people: People
) -> None:
    person = people.person()
    colleague = people.person("admin", person.organization)
    body = {"name": "Secret", "visibility": "private"}
    private = (await api.post("/v2/collections", json=body, headers=person.header)).json()
    response = await api.get(f"{LISTS}/{private['id']}", headers=colleague.header)
    assert (response.status_code, response.json()["error"]) == (403, "FORBIDDEN")
    assert (await api.get(LISTS, headers=colleague.header)).json()["meta"]["total"] == 0
    assert (await api.get(LISTS, headers=person.header)).json()["meta"]["total"] == 1


@pytest.mark.parametrize(
    "unknown", ["col_0350oBqTdZRkfakP5xfzv3", f"col_{'z' * 22}", "7", "itm_0350oBqTdZRkfakP5xfzv3"]
)
async def test_an_unknown_list_is_not_found(api: httpx.AsyncClient, keeper: dict[str, str], unknown: str) -> None:
    response = await api.get(f"{LISTS}/{unknown}", headers=keeper)
    assert (response.status_code, response.json()["error"]) == (404, "COLLECTION_NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": None}, "name"),
        ({"name": "x", "description": 1}, "description"),
        ({"name": "x", "visibility": "private"}, "visibility"),
        ({"name": "x", "id": "col_0350oBqTdZRkfakP5xfzv3"}, "id"),
        ([], None),
    ],
)
async def test_a_bad_member_is_named(
    api: httpx.AsyncClient, keeper: dict[str, str], body: Any, field: str | None
) -> None:
    response = await api.post(LISTS, json=body, headers=keeper)
    assert (response.status_code, response.json()["field"]) == (400, field)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_blank_name_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], made: dict[str, Any], method: str
) -> None:
    address = LISTS if method == "POST" else f"{LISTS}/{made['id']}"
    response = await api.request(method, address, json={"name": "  "}, headers=keeper)
    assert (response.status_code, response.json()["field"]) == (422, "name")


@pytest.mark.parametrize("query", [{"sort": "colour"}, {"dir": "up"}, {"page": 0}, {"limit": 101}, {"q": ""}])
async def test_a_bad_question_is_refused(api: httpx.AsyncClient, keeper: dict[str, str], query: dict[str, Any]) -> None:
    response = await api.get(LISTS, params=query, headers=keeper)
    assert (response.status_code, response.json()["field"]) == (400, next(iter(query)))


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_change_to_what_somebody_else_has_changed_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], made: dict[str, Any], method: str
) -> None:
    address = f"{LISTS}/{made['id']}"
    seen = (await api.get(address, headers=keeper)).headers["etag"]
    await api.patch(address, json={"name": "Faster"}, headers=keeper)
    body = {"name": "Slower"} if method == "PATCH" else None
    response = await api.request(method, address, json=body, headers={**keeper, "If-Match": seen})
    assert (response.status_code, response.json()["error"]) == (412, "PRECONDITION_FAILED")
    assert (await api.get(address, headers=keeper)).json()["name"] == "Faster"


async def test_an_organisation_cannot_make_lists_without_end(
    api: httpx.AsyncClient, key_for: KeyFor, seeded: Seeded
) -> None:
    crowd = seeded.seed.organization("crowded-lists")
    key = seeded.seed.key("collections:read", "collections:write", organization_id=crowd)
    seeded.seed.many_collections(10_000, key, organization_id=crowd)
    for address in (LISTS, "/v2/collections"):
        response = await api.post(address, json={"name": "One more"}, headers=key.header)
        assert response.status_code == 409
        assert "limit_reached" in response.text.lower()
    response = await api.get(LISTS, params={"page": 100, "limit": 100, "sort": "name"}, headers=key.header)
    assert response.json()["meta"] == {"total": 10_000, "page": 100, "limit": 100, "has_more": False}


async def test_a_list_is_made_found_changed_and_removed(api: httpx.AsyncClient, people: People) -> None:
    person = people.person().header
    response = await api.post(LISTS, json={"name": "Evening", "description": "For later."}, headers=person)
    made = response.json()
    assert (response.status_code, response.headers["location"]) == (201, f"{LISTS}/{made['id']}")
    assert set(made) == {"id", "name", "description", "item_count", "created_at", "updated_at"}
    found = (await api.get(LISTS, params={"q": "EVEN"}, headers=person)).json()
    assert found == {"data": [made], "meta": {"total": 1, "page": 1, "limit": 20, "has_more": False}}
    address = response.headers["location"]
    seen = (await api.get(address, headers=person)).headers["etag"]
    changed = await api.patch(address, json={"description": None}, headers={**person, "If-Match": seen})
    assert (changed.status_code, changed.json()["description"]) == (200, None)
    assert (await api.delete(address, headers=person)).status_code == 204
    assert (await api.get(address, headers=person)).status_code == 404
    assert (await api.get(LISTS, headers=person)).json()["data"] == []


@pytest.mark.parametrize("sort", ["name", "created_at", "updated_at"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
async def test_pages_are_in_order_and_hold_every_list_once(
    api: httpx.AsyncClient, people: People, sort: str, direction: str
) -> None:
    person = people.person().header
    names = ["delta", "Alpha", "charlie", "Bravo", "echo"]
    for name in names:
        await api.post(LISTS, json={"name": name}, headers=person)
    pages = [
        (await api.get(LISTS, params={"sort": sort, "dir": direction, "limit": 2, "page": page}, headers=person)).json()
        for page in (1, 2, 3)
    ]
    assert [page["meta"]["has_more"] for page in pages] == [True, True, False]
    found = [row["name"] for page in pages for row in page["data"]]
    expected = sorted(names, key=str.casefold) if sort == "name" else names
    assert found == (expected if direction == "asc" else expected[::-1])

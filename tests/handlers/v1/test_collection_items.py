"""What is in a reading list, in v1."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.handlers.conftest import KeyFor, Seeded

LISTS = "/v1/collections"
PAGE = "https://pages.example.org/solid-state"


@pytest.fixture
def keeper(key_for: KeyFor) -> dict[str, str]:
    return key_for("collections:read", "collections:write")


@pytest.fixture
async def items(api: httpx.AsyncClient, keeper: dict[str, str]) -> str:
    """The address of the items of a new list."""
    made = (await api.post(LISTS, json={"name": "Mine"}, headers=keeper)).json()
    return f"{LISTS}/{made['id']}/items"


@pytest.fixture
async def item(api: httpx.AsyncClient, keeper: dict[str, str], items: str) -> dict[str, Any]:
    """An item that a test may change and remove."""
    made: dict[str, Any] = (await api.post(items, json={"url": PAGE, "title": "Solid"}, headers=keeper)).json()
    return made


async def test_nobody_adds_an_item_without_a_credential(api: httpx.AsyncClient, items: str) -> None:
    assert (await api.post(items, json={"url": PAGE})).status_code == 401


@pytest.mark.parametrize(("method", "body"), [("PATCH", {"status": "done"}), ("DELETE", None)])
async def test_another_organisation_s_item_is_forbidden_and_stays_as_it_is(
    api: httpx.AsyncClient,
    keeper: dict[str, str],
    stranger: dict[str, str],
    seeded: Seeded,
    method: str,
    body: dict[str, str] | None,
) -> None:
    address = f"{LISTS}/{seeded.foreign_collection}/items"
    before = (await api.get(address, headers=stranger)).json()
    response = await api.request(method, f"/v1/items/{seeded.foreign_item}", json=body, headers=keeper)
    assert (response.status_code, response.json()["error"]) == (403, "FORBIDDEN")
    assert (await api.get(address, headers=stranger)).json() == before


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("POST", {"url": PAGE})])
async def test_another_organisation_s_list_is_forbidden(
    api: httpx.AsyncClient, keeper: dict[str, str], seeded: Seeded, method: str, body: dict[str, str] | None
) -> None:
    response = await api.request(method, f"{LISTS}/{seeded.foreign_collection}/items", json=body, headers=keeper)
    assert (response.status_code, response.json()["error"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize("unknown", ["itm_0350oCqTdZRkfakP5xfzv3", f"itm_{'z' * 22}", "7"])
async def test_an_unknown_item_is_not_found(api: httpx.AsyncClient, keeper: dict[str, str], unknown: str) -> None:
    response = await api.patch(f"/v1/items/{unknown}", json={"status": "done"}, headers=keeper)
    assert (response.status_code, response.json()["error"]) == (404, "COLLECTION_ITEM_NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "no address"}, "url"),
        ({"url": PAGE, "status": "lost"}, "status"),
        ({"url": PAGE, "tags": "a"}, "tags"),
        ({"url": PAGE, "tags": [""]}, "tags.0"),
        ({"url": PAGE, "colour": "red"}, "colour"),
    ],
)
async def test_a_bad_member_is_named(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, body: dict[str, Any], field: str
) -> None:
    response = await api.post(items, json=body, headers=keeper)
    assert (response.status_code, response.json()["field"]) == (400, field)


@pytest.mark.parametrize(
    "change", [{}, {"status": "lost"}, {"position": 2**53}, {"position": 1.5}, {"url": PAGE}, {"tags": None}]
)
async def test_a_bad_change_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], item: dict[str, Any], change: dict[str, Any]
) -> None:
    response = await api.patch(f"/v1/items/{item['id']}", json=change, headers=keeper)
    assert (response.status_code, response.json()["error"]) == (400, "VALIDATION_FAILED")


async def test_a_blank_title_is_refused(api: httpx.AsyncClient, keeper: dict[str, str], item: dict[str, Any]) -> None:
    response = await api.patch(f"/v1/items/{item['id']}", json={"title": " "}, headers=keeper)
    assert (response.status_code, response.json()["field"]) == (422, "title")


@pytest.mark.parametrize("query", [{"status": "lost"}, {"sort": "title"}, {"dir": "up"}, {"page": 10_001}])
async def test_a_bad_question_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, query: dict[str, Any]
) -> None:
    assert (await api.get(items, params=query, headers=keeper)).status_code == 400


async def test_an_address_is_in_a_list_once(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, item: dict[str, Any]
) -> None:
    response = await api.post(items, json={"url": item["url"]}, headers=keeper)
    assert (response.status_code, response.json()["error"]) == (409, "ITEM_ALREADY_EXISTS")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_change_to_what_somebody_else_has_changed_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, item: dict[str, Any], method: str
) -> None:
    address = f"/v1/items/{item['id']}"
    stale = {**keeper, "If-Match": '"0123456789abcdef0123456789abcdef"'}
    body = {"status": "done"} if method == "PATCH" else None
    response = await api.request(method, address, json=body, headers=stale)
    assert (response.status_code, response.json()["error"]) == (412, "PRECONDITION_FAILED")
    assert (await api.get(items, headers=keeper)).json()["data"] == [item]


async def test_every_answer_that_shows_an_item_has_the_etag_for_the_next_change(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str
) -> None:
    """No GET of v1 shows an item alone, so there is nowhere else to have it from."""
    made = await api.post(items, json={"url": "https://example.org/etag"}, headers=keeper)
    address = f"/v1/items/{made.json()['id']}"
    first = {**keeper, "If-Match": made.headers["etag"]}
    changed = await api.patch(address, json={"status": "reading"}, headers=first)
    assert (changed.status_code, changed.headers["cache-control"]) == (200, "no-store")
    assert (await api.patch(address, json={"status": "done"}, headers=first)).status_code == 412
    second = {**keeper, "If-Match": changed.headers["etag"]}
    assert (await api.delete(address, headers=second)).status_code == 204


async def test_an_item_is_added_found_changed_and_removed(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, seeded: Seeded
) -> None:
    body = {"article_id": seeded.stories[0], "tags": ["Netze"]}
    response = await api.post(items, json=body, headers=keeper)
    made = response.json()
    assert (response.status_code, made["article_id"], made["tags"]) == (201, seeded.stories[0], ["netze"])
    assert (await api.get(items, headers=keeper)).json()["data"] == [made]
    changed = await api.patch(f"/v1/items/{made['id']}", json={"status": "done", "position": 7}, headers=keeper)
    assert (changed.json()["status"], changed.json()["position"]) == ("done", 7)
    assert (await api.delete(f"/v1/items/{made['id']}", headers=keeper)).status_code == 204
    assert (await api.delete(f"/v1/items/{made['id']}", headers=keeper)).status_code == 404
    assert (await api.get(items, headers=keeper)).json()["meta"]["total"] == 0
    assert (await api.get(items.removesuffix("/items"), headers=keeper)).json()["item_count"] == 0


async def test_a_status_narrows_the_list_and_its_total(
    api: httpx.AsyncClient, keeper: dict[str, str], seeded: Seeded
) -> None:
    long = seeded.seed.collection("Long", seeded.seed.key(), item_count=9)
    for status in ("unread", "reading", "done"):
        query = {"status": status, "limit": 2, "page": 2}
        body = (await api.get(f"{LISTS}/{long}/items", params=query, headers=keeper)).json()
        assert {item["status"] for item in body["data"]} == {status}
        assert body["meta"] == {"total": 3, "page": 2, "limit": 2, "has_more": False}


@pytest.mark.parametrize("sort", ["position", "created_at"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
async def test_pages_are_in_order_and_hold_every_item_once(
    api: httpx.AsyncClient, keeper: dict[str, str], seeded: Seeded, sort: str, direction: str, limit: int
) -> None:
    """Counted from either end: the second half of a list is read backwards."""
    long = seeded.seed.collection("Long", seeded.seed.key(), item_count=7)
    found: list[dict[str, Any]] = []
    for page in range(1, 8 // limit + 3):
        query: dict[str, Any] = {"sort": sort, "dir": direction, "limit": limit, "page": page}
        body = (await api.get(f"{LISTS}/{long}/items", params=query, headers=keeper)).json()
        assert body["meta"] == {"total": 7, "page": page, "limit": limit, "has_more": page * limit < 7}
        found += body["data"]
    assert len(found) == len({item["id"] for item in found}) == 7
    keys = [(item[sort], item["id"]) for item in found]
    assert keys == sorted(keys, reverse=direction == "desc")

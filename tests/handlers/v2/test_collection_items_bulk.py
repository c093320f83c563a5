"""Many items of a reading list at once, in v2: add and move."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from core.collections.items import MAX_ITEMS
from tests.handlers.conftest import KeyFor, Seeded

LISTS = "/v2/collections"
PAGES = "https://pages.example.org"


@pytest.fixture
def keeper(key_for: KeyFor) -> dict[str, str]:
    return key_for("collections:read", "collections:write")


@pytest.fixture
async def items(api: httpx.AsyncClient, keeper: dict[str, str]) -> str:
    """The address of the items of a new list."""
    made = (await api.post(LISTS, json={"name": "Mine"}, headers=keeper)).json()
    return f"{LISTS}/{made['id']}/items"


@pytest.fixture
async def five(api: httpx.AsyncClient, keeper: dict[str, str], items: str) -> list[str]:
    """The ids of five items of the list."""
    body = {"items": [{"url": f"{PAGES}/{number}"} for number in range(5)]}
    results = (await api.post(f"{items}/bulk", json=body, headers=keeper)).json()["results"]
    return [result["item_id"] for result in results]


async def order(api: httpx.AsyncClient, items: str, headers: dict[str, str]) -> list[str]:
    """The ids of the list in its order."""
    rows = (await api.get(items, params={"limit": 100}, headers=headers)).json()["data"]
    return [row["id"] for row in rows]


@pytest.mark.parametrize(("path", "body"), [("bulk", {"items": [{}]}), ("reorder", {"item_ids": []})])
async def test_nobody_writes_without_a_credential(
    api: httpx.AsyncClient, items: str, path: str, body: dict[str, Any]
) -> None:
    assert (await api.post(f"{items}/{path}", json=body)).status_code == 401


async def test_another_organisation_s_list_stays_as_it_is(
    api: httpx.AsyncClient, keeper: dict[str, str], stranger: dict[str, str], seeded: Seeded
) -> None:
    address = f"{LISTS}/{seeded.foreign_collection}/items"
    before = await order(api, address, stranger)
    for path, body in (
        ("bulk", {"items": [{"url": PAGES}]}),
        ("reorder", {"item_ids": [before[1]], "before": before[0]}),
    ):
        response = await api.post(f"{address}/{path}", json=body, headers=keeper)
        assert (response.status_code, response.json()["code"]) == (404, "collection_not_found")
    assert await order(api, address, stranger) == before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/items"),
        ({"items": []}, "/items"),
        ({"items": [{"url": PAGES}] * 101}, "/items"),
        ({"items": [{"url": PAGES, "colour": "red"}]}, "/items/0/colour"),
        ({"items": [{"url": PAGES}, {"url": 1}]}, "/items/1/url"),
    ],
)
async def test_a_malformed_request_adds_nothing(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, body: dict[str, Any], pointer: str
) -> None:
    response = await api.post(f"{items}/bulk", json=body, headers=keeper)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, pointer)
    assert await order(api, items, keeper) == []


async def test_what_is_refused_does_not_stop_the_others(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, seeded: Seeded
) -> None:
    await api.post(items, json={"url": f"{PAGES}/there"}, headers=keeper)
    wanted = [
        {"article_id": seeded.stories[3]},
        {"article_id": seeded.foreign_story},
        {"url": "javascript:alert(1)"},
        {"url": f"{PAGES}/there"},
        {"url": "not a url"},
        {"url": f"{PAGES}/new", "title": "New", "tags": ["A"], "status": "reading"},
        {"article_id": seeded.stories[3]},
        {},
    ]
    response = await api.post(f"{items}/bulk", json={"items": wanted}, headers=keeper)
    report = response.json()
    assert response.status_code == 200
    assert [result["status"] for result in report["results"]] == [
        "created", "rejected", "rejected", "existing", "rejected", "created", "existing", "rejected",
    ]  # fmt: skip
    assert (report["created"], report["existing"], report["rejected"]) == (2, 2, 4)
    codes = {result["code"] for result in report["results"]}
    assert codes == {None, "unprocessable", "item_already_exists"}
    made = [result["item_id"] for result in report["results"] if result["item_id"] is not None]
    assert (await order(api, items, keeper))[1:] == made
    added = (await api.get(f"{items}/{made[1]}", headers=keeper)).json()
    assert (added["title"], added["tags"], added["status"]) == ("New", ["a"], "reading")
    assert (await api.get(items.removesuffix("/items"), headers=keeper)).json()["item_count"] == 3


async def test_a_list_does_not_grow_without_end(api: httpx.AsyncClient, keeper: dict[str, str], seeded: Seeded) -> None:
    almost = seeded.seed.collection("Full", seeded.seed.key())
    seeded.seed.execute("UPDATE collections SET item_count = %s WHERE name = 'Full'", MAX_ITEMS - 1)
    address = f"{LISTS}/{almost}/items"
    two = {"items": [{"url": f"{PAGES}/1"}, {"url": f"{PAGES}/2"}]}
    response = await api.post(f"{address}/bulk", json=two, headers=keeper)
    assert (response.status_code, response.json()["code"]) == (409, "limit_reached")
    assert (await api.post(address, json={"url": f"{PAGES}/1"}, headers=keeper)).status_code == 201
    response = await api.post(address, json={"url": f"{PAGES}/2"}, headers=keeper)
    assert (response.status_code, response.json()["code"]) == (409, "limit_reached")


async def test_a_place_is_named_once_and_by_an_item_that_stays(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, five: list[str], seeded: Seeded
) -> None:
    unknown = "itm_0350oAqTdZRkfakP5xfzv3"
    refused: list[tuple[dict[str, Any], str, str]] = [
        ({"item_ids": [five[0]]}, "/before", "one_of"),
        ({"item_ids": [five[0]], "before": five[1], "after": five[2]}, "/before", "one_of"),
        ({"item_ids": [five[0], five[1]], "after": five[1]}, "/after", "moved"),
        ({"item_ids": [five[0]], "after": seeded.item}, "/after", "unknown_item"),
        ({"item_ids": [five[0]], "before": f"itm_{'z' * 22}"}, "/before", "unknown_item"),
        ({"item_ids": [five[0], seeded.foreign_item], "before": five[2]}, "/item_ids/1", "unknown_item"),
        ({"item_ids": [unknown], "before": five[2]}, "/item_ids/0", "unknown_item"),
    ]
    for body, pointer, code in refused:
        response = await api.post(f"{items}/reorder", json=body, headers=keeper)
        faults = [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]]
        assert (response.status_code, faults) == (422, [(pointer, code)])
    assert await order(api, items, keeper) == five


@pytest.mark.parametrize(
    ("moved", "where", "anchor", "expected"),
    [
        ([4], "before", 0, [4, 0, 1, 2, 3]),
        ([0], "after", 4, [1, 2, 3, 4, 0]),
        ([3, 1], "before", 2, [0, 3, 1, 2, 4]),
        ([0, 4], "after", 2, [1, 2, 0, 4, 3]),
        ([1], "before", 2, [0, 1, 2, 3, 4]),
        ([4, 3, 2, 1], "after", 0, [0, 4, 3, 2, 1]),
    ],
)
async def test_items_move_to_where_they_are_told(
    api: httpx.AsyncClient,
    keeper: dict[str, str],
    items: str,
    five: list[str],
    moved: list[int],
    where: str,
    anchor: int,
    expected: list[int],
) -> None:
    before = {row["id"]: row for row in (await api.get(items, headers=keeper)).json()["data"]}
    body = {"item_ids": [five[number] for number in moved], where: five[anchor]}
    response = await api.post(f"{items}/reorder", json=body, headers=keeper)
    assert response.status_code == 200
    assert [row["id"] for row in response.json()["data"]] == body["item_ids"]
    assert await order(api, items, keeper) == [five[number] for number in expected]
    now = {row["id"]: row for row in (await api.get(items, headers=keeper)).json()["data"]}
    assert {id_ for id_ in five if now[id_]["position"] != before[id_]["position"]} <= set(body["item_ids"])


async def test_where_no_room_is_left_the_list_is_numbered_afresh(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, five: list[str]
) -> None:
    """A gap can be halved twenty times: the two outermost items change places at one spot more often than that."""
    expected = list(five)
    for _ in range(30):
        last = expected.pop()
        expected.insert(1, last)
        await api.post(f"{items}/reorder", json={"item_ids": [last], "after": expected[0]}, headers=keeper)
    assert await order(api, items, keeper) == expected


async def test_people_who_sort_at_the_same_time_lose_no_item_and_break_no_order(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, five: list[str]
) -> None:
    moves = [{"item_ids": [five[n], five[(n + 1) % 5]], "after": five[(n + 3) % 5]} for n in range(5)] * 3
    answers = await asyncio.gather(*(api.post(f"{items}/reorder", json=move, headers=keeper) for move in moves))
    assert {answer.status_code for answer in answers} == {200}
    rows = (await api.get(items, headers=keeper)).json()["data"]
    assert sorted(row["id"] for row in rows) == sorted(five)
    assert len({row["position"] for row in rows}) == 5

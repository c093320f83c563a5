"""What is in a reading list, in v2: add, look, change and remove."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.handlers.conftest import KeyFor, Seeded

LISTS = "/v2/collections"
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
    body = {"url": PAGE, "title": "Solid state", "tags": ["Batteries"]}
    made: dict[str, Any] = (await api.post(items, json=body, headers=keeper)).json()
    return made


async def every(api: httpx.AsyncClient, address: str, headers: dict[str, str], **query: Any) -> list[dict[str, Any]]:
    """All pages of a list, by their links."""
    response = await api.get(address, params={"limit": 2, **query}, headers=headers)
    found: list[dict[str, Any]] = response.json()["data"]
    while "next" in response.links:
        response = await api.get(response.links["next"]["url"], headers=headers)
        found += response.json()["data"]
    return found


async def test_nobody_adds_an_item_without_a_credential(api: httpx.AsyncClient, items: str) -> None:
    assert (await api.post(items, json={"url": PAGE})).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", ""), ("GET", "/{}"), ("PATCH", "/{}"), ("DELETE", "/{}")]
)
async def test_another_organisation_s_items_are_not_there(
    api: httpx.AsyncClient, keeper: dict[str, str], stranger: dict[str, str], seeded: Seeded, method: str, path: str
) -> None:
    address = f"{LISTS}/{seeded.foreign_collection}/items"
    before = (await api.get(address, headers=stranger)).json()
    body = {"POST": {"url": PAGE}, "PATCH": {"status": "done"}}.get(method)
    response = await api.request(method, address + path.format(seeded.foreign_item), json=body, headers=keeper)
    assert (response.status_code, response.json()["code"]) == (404, "collection_not_found")
    assert (await api.get(address, headers=stranger)).json() == before


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_item_of_another_list_is_not_in_this_one(
    api: httpx.AsyncClient, keeper: dict[str, str], seeded: Seeded, items: str, method: str
) -> None:
    body = {"status": "done"} if method == "PATCH" else None
    for other in (seeded.item, seeded.foreign_item):
        response = await api.request(method, f"{items}/{other}", json=body, headers=keeper)
        assert (response.status_code, response.json()["code"]) == (404, "collection_item_not_found")


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_an_article_of_another_organisation_is_like_an_unknown_one(
    api: httpx.AsyncClient, keeper: dict[str, str], seeded: Seeded, items: str, version: str
) -> None:
    address = items.replace("v2", version)
    answers = []
    for article in (seeded.foreign_story, "art_0350n7cLFXf17iDglpSO45", f"art_{'z' * 22}", "nonsense"):
        response = await api.post(address, json={"article_id": article}, headers=keeper)
        body = response.json()
        told = {name: value for name, value in body.items() if name not in ("request_id", "instance")}
        answers.append((response.status_code, told))
    assert answers == [answers[0]] * 4
    assert answers[0][0] == 422
    assert (await api.get(items, headers=keeper)).json()["data"] == []


async def test_a_foreign_organisation_adds_its_own_articles_and_the_newsroom_s(
    api: httpx.AsyncClient, stranger: dict[str, str], seeded: Seeded
) -> None:
    made = (await api.post(LISTS, json={"name": "Theirs too"}, headers=stranger)).json()
    for article in (seeded.foreign_story, seeded.stories[0]):
        response = await api.post(f"{LISTS}/{made['id']}/items", json={"article_id": article}, headers=stranger)
        assert (response.status_code, response.json()["article_id"]) == (201, article)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"url": "no address"}, "/url", "format"),
        ({"url": f"https://example.org/{'x' * 2048}"}, "/url", "max_length"),
        ({"url": PAGE, "title": ""}, "/title", "min_length"),
        ({"url": PAGE, "title": "x" * 501}, "/title", "max_length"),
        ({"url": PAGE, "status": "lost"}, "/status", "enum"),
        ({"url": PAGE, "tags": ["x"] * 21}, "/tags", "max_items"),
        ({"url": PAGE, "tags": ["x" * 51]}, "/tags/0", "max_length"),
        ({"url": PAGE, "tags": [1]}, "/tags/0", "type"),
        ({"url": PAGE, "position": 1}, "/position", "unknown_member"),
        ({"url": PAGE, "collection_id": "col_0350oBqTdZRkfakP5xfzv3"}, "/collection_id", "unknown_member"),
        ({"article_id": "a/b"}, "/article_id", "pattern"),
    ],
)
async def test_a_bad_member_is_named(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, body: dict[str, Any], pointer: str, code: str
) -> None:
    response = await api.post(items, json=body, headers=keeper)
    assert response.status_code == 400
    assert [(item["pointer"], item["code"]) for item in response.json()["errors"]] == [(pointer, code)]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("javascript:alert(1)", "scheme"),
        ("ftp://example.org/a", "scheme"),
        ("data:text/html,x", "scheme"),
        ("https:///nowhere", "host"),
        ("https://exa$mple.org/", "host"),
        ("https://me:secret@example.org/", "credentials"),
        ("https://example.org:port/", "url"),
        ("https://[::1/", "url"),
    ],
)
async def test_what_is_no_address_of_a_page_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, url: str, code: str
) -> None:
    response = await api.post(items, json={"url": url}, headers=keeper)
    assert response.status_code == 422
    assert [(item["pointer"], item["code"]) for item in response.json()["errors"]] == [("/url", code)]
    assert "secret" not in response.text


@pytest.mark.parametrize("body", [{}, {"title": "Nothing"}, {"url": PAGE, "article_id": "art_0350n7cLFXf17iDglpSO45"}])
async def test_an_item_is_either_an_article_or_an_address(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, body: dict[str, Any]
) -> None:
    response = await api.post(items, json=body, headers=keeper)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (422, "one_of")
    assert response.json()["detail"] == "The item is either an article or an address: give one of the two."


@pytest.mark.parametrize(
    "query", [{"status": "lost"}, {"kind": "book"}, {"tag": ""}, {"sort": "title"}, {"limit": 101}]
)
async def test_a_bad_question_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, query: dict[str, Any]
) -> None:
    assert (await api.get(items, params=query, headers=keeper)).status_code == 400


async def test_a_cursor_belongs_to_its_list_and_its_question(
    api: httpx.AsyncClient, keeper: dict[str, str], seeded: Seeded, items: str
) -> None:
    of_other = (await api.get(f"{LISTS}/{seeded.collection}/items", params={"limit": 1}, headers=keeper)).json()
    cursor = of_other["page"]["next_cursor"]
    other = f"{LISTS}/{seeded.collection}/items"
    tampered = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    questions: list[tuple[str, dict[str, Any]]] = [
        (items, {"cursor": cursor}),
        (other, {"cursor": cursor, "sort": "-position"}),
        (other, {"cursor": cursor, "sort": "added_at"}),
        (other, {"cursor": cursor, "status": "done"}),
        (other, {"cursor": tampered}),
    ]
    for address, query in questions:
        response = await api.get(address, params=query, headers=keeper)
        assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    "body", [{}, {"status": "lost"}, {"tags": None}, {"title": ""}, {"url": PAGE}, {"position": 1}]
)
async def test_a_bad_change_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, item: dict[str, Any], body: dict[str, Any]
) -> None:
    response = await api.patch(f"{items}/{item['id']}", json=body, headers=keeper)
    assert (response.status_code, response.json()["code"]) == (400, "validation_failed")


async def test_a_title_in_which_nothing_can_be_seen_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, item: dict[str, Any]
) -> None:
    response = await api.patch(f"{items}/{item['id']}", json={"title": "\u200b "}, headers=keeper)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/title")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_change_to_what_somebody_else_has_changed_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, item: dict[str, Any], method: str
) -> None:
    address = f"{items}/{item['id']}"
    seen = (await api.get(address, headers=keeper)).headers["etag"]
    await api.patch(address, json={"status": "reading"}, headers=keeper)
    body = {"status": "done"} if method == "PATCH" else None
    response = await api.request(method, address, json=body, headers={**keeper, "If-Match": seen})
    assert (response.status_code, response.json()["code"]) == (412, "precondition_failed")
    assert (await api.get(address, headers=keeper)).json()["status"] == "reading"


@pytest.mark.parametrize("again", [PAGE, "HTTPS://PAGES.example.org:443/solid-state#top"])
async def test_an_address_is_in_a_list_once(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, item: dict[str, Any], again: str
) -> None:
    response = await api.post(items, json={"url": again}, headers=keeper)
    assert (response.status_code, response.json()["code"]) == (409, "item_already_exists")
    assert item["id"] in response.json()["detail"]


async def test_of_parallel_additions_of_one_article_one_is_made(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, seeded: Seeded
) -> None:
    body = {"article_id": seeded.stories[0]}
    answers = await asyncio.gather(*(api.post(items, json=body, headers=keeper) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    listed = await api.get(items.removesuffix("/items"), headers=keeper)
    assert listed.json()["item_count"] == len(await every(api, items, keeper)) == 1


async def test_parallel_additions_and_removals_leave_the_count_right(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str
) -> None:
    async def add(number: int) -> dict[str, Any]:
        made = await api.post(items, json={"url": f"{PAGE}/{number}"}, headers=keeper)
        body: dict[str, Any] = made.json()
        return body

    made = await asyncio.gather(*map(add, range(12)))
    assert len({item["position"] for item in made}) == 12
    await asyncio.gather(
        *(api.delete(f"{items}/{item['id']}", headers=keeper) for item in made[:5]), *map(add, range(12, 16))
    )
    assert (await api.get(items.removesuffix("/items"), headers=keeper)).json()["item_count"] == 11
    assert len(await every(api, items, keeper)) == 11


async def test_a_new_item_stands_at_the_end_with_tidy_tags(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, item: dict[str, Any], seeded: Seeded
) -> None:
    tags = ["  Große\tNetze ", "große netze", "CELLS", "\u200b"]
    response = await api.post(items, json={"article_id": seeded.stories[1], "tags": tags}, headers=keeper)
    made = response.json()
    assert response.headers["location"] == f"{items}/{made['id']}"
    assert (made["kind"], made["article_id"], made["tags"]) == ("article", seeded.stories[1], ["grosse netze", "cells"])
    assert (made["title"], made["url"]) == ("Story 2", "https://news.example.org/2")
    assert (await api.get(response.headers["location"], headers=keeper)).json() == made
    assert [row["id"] for row in await every(api, items, keeper)] == [item["id"], made["id"]]


async def test_an_address_without_a_title_is_its_own(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str
) -> None:
    made = (await api.post(items, json={"url": PAGE, "title": None}, headers=keeper)).json()
    assert (made["kind"], made["article_id"], made["title"]) == ("url", None, PAGE)


async def test_an_item_is_changed(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, item: dict[str, Any]
) -> None:
    address = f"{items}/{item['id']}"
    seen = await api.get(address, headers=keeper)
    changes = {"status": "done", "tags": ["Read"], "title": "Solid state, read"}
    response = await api.patch(address, json=changes, headers={**keeper, "If-Match": seen.headers["etag"]})
    assert response.status_code == 200
    assert response.json() == {
        **item,
        "status": "done",
        "tags": ["read"],
        "title": "Solid state, read",
        "updated_at": response.json()["updated_at"],
    }
    assert (await api.get(address, headers=keeper)).json() == response.json()


async def test_a_removed_item_is_gone_and_can_be_added_again(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, item: dict[str, Any]
) -> None:
    address = f"{items}/{item['id']}"
    seen = (await api.get(address, headers=keeper)).headers["etag"]
    response = await api.delete(address, headers={**keeper, "If-Match": seen})
    assert (response.status_code, response.content) == (204, b"")
    assert (await api.get(address, headers=keeper)).json()["code"] == "collection_item_not_found"
    assert (await api.post(items, json={"url": PAGE}, headers=keeper)).status_code == 201


@pytest.mark.parametrize("sort", ["position", "-position", "added_at", "-added_at"])
async def test_the_links_lead_through_the_whole_list_once_and_in_order(
    api: httpx.AsyncClient, seeded: Seeded, keeper: dict[str, str], sort: str
) -> None:
    long = seeded.seed.collection("Long", seeded.seed.key(), item_count=7)
    found = await every(api, f"{LISTS}/{long}/items", keeper, sort=sort)
    assert len({item["id"] for item in found}) == len(found) == 7
    keys = [(item[sort.removeprefix("-")], item["id"]) for item in found]
    assert keys == sorted(keys, reverse=sort.startswith("-"))


async def test_filters_narrow_together(
    api: httpx.AsyncClient, keeper: dict[str, str], items: str, seeded: Seeded
) -> None:
    article, page, read = (
        {"article_id": seeded.stories[0], "tags": ["Netze"]},
        {"url": PAGE, "tags": ["Netze", "cells"]},
        {"url": f"{PAGE}/2", "tags": ["netze"], "status": "done"},
    )
    made = [(await api.post(items, json=body, headers=keeper)).json()["id"] for body in (article, page, read)]

    async def found(**query: str) -> list[str]:
        return [item["id"] for item in await every(api, items, keeper, **query)]

    assert await found(tag="NETZE") == made
    assert await found(tag="netze", kind="url") == made[1:]
    assert await found(tag="netze", kind="url", status="done") == made[2:]
    assert await found(kind="article") == made[:1]
    assert await found(tag="net") == []

"""The way of an ordinary person through a reading list, in both versions: register, log in, make a list, fill it, find
it, change it, remove it, see it gone, and be refused somebody else's."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from core.kit import ids

PASSWORD = "a long walk by the sea"
ESSAY = {"url": "https://example.org/essay", "title": "Essay"}


def new_address() -> str:
    """A mail address that nobody has registered."""
    return f"{ids.new_id().hex}@people.example"


async def logged_in_by_v1(api: httpx.AsyncClient) -> dict[str, str]:
    """Somebody new, as the header of their requests."""
    credentials = {"email": new_address(), "password": PASSWORD}
    registered = await api.post("/v1/auth/register", json=credentials)
    assert registered.status_code == 201
    log_in = await api.post("/v1/auth/login", json=credentials)
    assert log_in.status_code == 200
    return {"Authorization": f"Bearer {log_in.json()['token']}"}


async def logged_in_by_v2(api: httpx.AsyncClient) -> dict[str, str]:
    """Somebody new, as the header of their requests."""
    credentials = {"email": new_address(), "password": PASSWORD}
    registered = await api.post("/v2/auth/register", json=credentials)
    assert registered.status_code == 201
    log_in = await api.post("/v2/auth/login", json=credentials)
    assert log_in.status_code == 200
    return {"Authorization": f"Bearer {log_in.json()['access_token']}"}


@pytest.fixture(scope="module")
async def article(api: httpx.AsyncClient, demo: dict[str, str]) -> dict[str, Any]:
    """An article that everybody can read."""
    (found,) = (await api.get("/v1/articles", params={"limit": 1}, headers=demo)).json()["data"]
    read: dict[str, Any] = found
    return read


async def test_an_ordinary_person_keeps_a_reading_list_in_v1(api: httpx.AsyncClient, article: dict[str, Any]) -> None:
    me, somebody_else = await logged_in_by_v1(api), await logged_in_by_v1(api)

    made = await api.post("/v1/collections", json={"name": "For the weekend"}, headers=me)
    assert made.status_code == 201
    address = made.headers["location"]
    for body in (
        {"article_id": article["id"], "tags": ["Long"]},
        {"url": "https://example.org/essay", "title": "Essay"},
    ):
        assert (await api.post(f"{address}/items", json=body, headers=me)).status_code == 201

    found = (await api.get("/v1/collections", params={"q": "weekend"}, headers=me)).json()
    assert [(row["name"], row["item_count"]) for row in found["data"]] == [("For the weekend", 2)]
    items = (await api.get(f"{address}/items", params={"status": "unread"}, headers=me)).json()["data"]
    assert [item["title"] for item in items] == [article["title"], "Essay"]

    renamed = await api.patch(address, json={"name": "For the holidays"}, headers=me)
    assert renamed.json()["name"] == "For the holidays"
    assert (await api.patch(f"/v1/items/{items[0]['id']}", json={"status": "done"}, headers=me)).status_code == 200
    assert (await api.delete(f"/v1/items/{items[1]['id']}", headers=me)).status_code == 204
    left = (await api.get(f"{address}/items", headers=me)).json()
    assert [(item["id"], item["status"]) for item in left["data"]] == [(items[0]["id"], "done")]

    refused: list[tuple[str, str, dict[str, Any] | None]] = [
        ("GET", address, None),
        ("PATCH", address, {"name": "Taken"}),
        ("DELETE", address, None),
        ("POST", f"{address}/items", {"url": "https://example.org/taken"}),
        ("DELETE", f"/v1/items/{items[0]['id']}", None),
    ]
    for method, path, sent in refused:
        response = await api.request(method, path, json=sent, headers=somebody_else)
        assert (response.status_code, response.json()["error"]) == (403, "FORBIDDEN")
    assert (await api.get("/v1/collections", headers=somebody_else)).json()["data"] == []

    assert (await api.delete(address, headers=me)).status_code == 204
    assert (await api.get(address, headers=me)).json()["error"] == "COLLECTION_NOT_FOUND"
    assert (await api.get("/v1/collections", headers=me)).json()["meta"]["total"] == 0


async def test_an_ordinary_person_keeps_a_reading_list_in_v2(api: httpx.AsyncClient, article: dict[str, Any]) -> None:
    me, somebody_else = await logged_in_by_v2(api), await logged_in_by_v2(api)

    made = await api.post("/v2/collections", json={"name": "For the weekend", "visibility": "private"}, headers=me)
    assert made.status_code == 201
    address = made.headers["location"]
    wanted = [
        {"article_id": article["id"]},
        {"url": "https://example.org/essay", "title": "Essay"},
        {"url": "gopher:x"},
    ]
    report = (await api.post(f"{address}/items/bulk", json={"items": wanted}, headers=me)).json()
    assert [result["status"] for result in report["results"]] == ["created", "created", "rejected"]
    story, essay = (result["item_id"] for result in report["results"][:2])

    found = (await api.get("/v2/collections", params={"q": "weekend", "owner": "me"}, headers=me)).json()["data"]
    assert [(row["name"], row["item_count"]) for row in found] == [("For the weekend", 2)]
    await api.post(f"{address}/items/reorder", json={"item_ids": [essay], "before": story}, headers=me)
    items = (await api.get(f"{address}/items", headers=me)).json()["data"]
    assert [item["title"] for item in items] == ["Essay", article["title"]]

    read = await api.get(address, headers=me)
    changes = {"name": "For the holidays"}
    renamed = await api.patch(address, json=changes, headers={**me, "If-Match": read.headers["etag"]})
    assert renamed.json()["name"] == "For the holidays"
    stale = await api.patch(address, json={"name": "Lost"}, headers={**me, "If-Match": read.headers["etag"]})
    assert stale.status_code == 412
    assert (await api.patch(f"{address}/items/{story}", json={"status": "done"}, headers=me)).status_code == 200
    done = (await api.get(f"{address}/items", params={"status": "done"}, headers=me)).json()["data"]
    assert [item["id"] for item in done] == [story]

    feed = (await api.post(f"{address}/public-feed", headers=me)).json()
    public = (await api.get(feed["json_url"])).json()
    assert {item["title"] for item in public["items"]} == {"Essay", article["title"]}

    refused: list[tuple[str, str, dict[str, Any] | None]] = [
        ("GET", address, None),
        ("PATCH", address, {"name": "Taken"}),
        ("DELETE", address, None),
        ("POST", f"{address}/items", {"url": "https://example.org/taken"}),
        ("DELETE", f"{address}/items/{story}", None),
        ("POST", f"{address}/duplicate", {}),
    ]
    for method, path, sent in refused:
        response = await api.request(method, path, json=sent, headers=somebody_else)
        assert (response.status_code, response.json()["code"]) == (404, "collection_not_found")
    assert (await api.get("/v2/collections", headers=somebody_else)).json()["data"] == []

    assert (await api.delete(address, headers=me)).status_code == 204
    assert (await api.get(address, headers=me)).json()["code"] == "collection_not_found"
    assert (await api.get(feed["json_url"])).status_code == 404
    assert (await api.get("/v2/collections", headers=me)).json()["data"] == []

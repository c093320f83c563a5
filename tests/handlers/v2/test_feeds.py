"""Feeds in v2: subscribe, look, change, refresh and end. Nobody fetches here; the worker's tests do."""

from itertools import count
from typing import Any

import httpx
import pytest

from tests.handlers.conftest import KeyFor, Seeded

FEEDS = "/v2/feeds"
NUMBERS = count(1)


@pytest.fixture
def keeper(key_for: KeyFor) -> dict[str, str]:
    return key_for("feeds:read", "feeds:write")


@pytest.fixture
def reader(key_for: KeyFor) -> dict[str, str]:
    return key_for("feeds:read")


@pytest.fixture
async def feed(api: httpx.AsyncClient, keeper: dict[str, str]) -> dict[str, Any]:
    """A subscription that a test may change and end."""
    response = await api.post(FEEDS, json={"url": new_url(), "title": "Mine"}, headers=keeper)
    assert response.status_code == 201
    body: dict[str, Any] = response.json()
    return body


def new_url() -> str:
    """An address that nothing has subscribed to; the loopback is allowed here."""
    return f"http://127.0.0.1/feeds/{next(NUMBERS)}.xml"


async def test_nobody_subscribes_without_a_key(api: httpx.AsyncClient) -> None:
    assert (await api.post(FEEDS, json={"url": new_url()})).status_code == 401


async def test_another_organisation_s_feeds_are_not_listed(
    api: httpx.AsyncClient, reader: dict[str, str], stranger: dict[str, str], seeded: Seeded
) -> None:
    own = (await api.get(FEEDS, params={"limit": 100}, headers=reader)).json()["data"]
    theirs = (await api.get(FEEDS, params={"limit": 100}, headers=stranger)).json()["data"]
    assert seeded.feed in {feed["id"] for feed in own}
    assert seeded.foreign_feed not in {feed["id"] for feed in own}
    assert [feed["id"] for feed in theirs] == [seeded.foreign_feed]


@pytest.mark.parametrize(("method", "path"), [("PATCH", ""), ("DELETE", ""), ("POST", "/refresh")])
async def test_another_organisation_s_feed_stays_as_it_is(
    api: httpx.AsyncClient,
    keeper: dict[str, str],
    stranger: dict[str, str],
    seeded: Seeded,
    method: str,
    path: str,
) -> None:
    address = f"{FEEDS}/{seeded.foreign_feed}"
    before = (await api.get(address, headers=stranger)).json()
    body = {"paused": True} if method == "PATCH" else None
    response = await api.request(method, address + path, json=body, headers=keeper)
    assert (response.status_code, response.json()["code"]) == (404, "feed_not_found")
    assert (await api.get(address, headers=stranger)).json() == before


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/url", "required"),
        ({"url": None}, "/url", "type"),
        ({"url": "feed.xml"}, "/url", "format"),
        ({"url": f"http://127.0.0.1/{'x' * 2048}"}, "/url", "max_length"),
        ({"url": "http://127.0.0.1/a.xml", "title": ""}, "/title", "min_length"),
        ({"url": "http://127.0.0.1/a.xml", "category": "gossip"}, "/category", "enum"),
        ({"url": "http://127.0.0.1/a.xml", "paused": True}, "/paused", "unknown_member"),
    ],
)
async def test_a_bad_member_is_named(
    api: httpx.AsyncClient, keeper: dict[str, str], body: dict[str, Any], pointer: str, code: str
) -> None:
    response = await api.post(FEEDS, json=body, headers=keeper)
    assert response.status_code == 400
    assert [(item["pointer"], item["code"]) for item in response.json()["errors"]] == [(pointer, code)]


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/feed.xml",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/feed.xml",
        "http://0x0a000001/feed.xml",
        "http://user:secret@127.0.0.1/feed.xml",
        "ftp://127.0.0.1/feed.xml",
        "file:///etc/passwd",
    ],
)
async def test_an_address_that_is_not_fetched_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], url: str
) -> None:
    response = await api.post(FEEDS, json={"url": url}, headers=keeper)
    assert (response.status_code, response.json()["code"]) == (422, "url_not_allowed")
    assert "secret" not in response.text


async def test_a_feed_is_subscribed_to_once(
    api: httpx.AsyncClient, keeper: dict[str, str], feed: dict[str, Any]
) -> None:
    response = await api.post(FEEDS, json={"url": feed["url"]}, headers=keeper)
    assert (response.status_code, response.json()["code"]) == (409, "feed_already_exists")


@pytest.mark.parametrize("body", [{}, {"url": "http://127.0.0.1/b.xml"}, {"paused": "yes"}, {"category": 1}])
async def test_a_bad_change_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], feed: dict[str, Any], body: dict[str, Any]
) -> None:
    response = await api.patch(f"{FEEDS}/{feed['id']}", json=body, headers=keeper)
    assert (response.status_code, response.json()["code"]) == (400, "validation_failed")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_change_to_what_somebody_else_has_changed_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], feed: dict[str, Any], method: str
) -> None:
    address = f"{FEEDS}/{feed['id']}"
    seen = (await api.get(address, headers=keeper)).headers["etag"]
    await api.patch(address, json={"title": "Faster"}, headers=keeper)
    body = {"title": "Slower"} if method == "PATCH" else None
    response = await api.request(method, address, json=body, headers={**keeper, "If-Match": seen})
    assert (response.status_code, response.json()["code"]) == (412, "precondition_failed")
    assert (await api.get(address, headers=keeper)).json()["title"] == "Faster"


async def test_a_new_feed_waits_for_its_first_fetch(api: httpx.AsyncClient, keeper: dict[str, str]) -> None:
    url = new_url()
    response = await api.post(FEEDS, json={"url": url, "category": "science"}, headers=keeper)
    made = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"{FEEDS}/{made['id']}"
    assert (made["url"], made["category"], made["state"], made["paused"]) == (url, "science", "pending", False)
    assert (await api.get(response.headers["location"], headers=keeper)).json() == made


async def test_a_feed_is_a_source_of_articles(api: httpx.AsyncClient, key_for: KeyFor, feed: dict[str, Any]) -> None:
    source = (await api.get(f"/v2/sources/{feed['source_id']}", headers=key_for("sources:read"))).json()
    assert (source["kind"], source["slug"]) == ("feed", feed["slug"])


async def test_a_feed_is_changed(api: httpx.AsyncClient, keeper: dict[str, str], feed: dict[str, Any]) -> None:
    address = f"{FEEDS}/{feed['id']}"
    seen = await api.get(address, headers=keeper)
    changes = {"title": "Batteries", "category": "technology", "paused": True}
    headers = {**keeper, "If-Match": seen.headers["etag"]}
    response = await api.patch(address, json=changes, headers=headers)
    changed = response.json()
    assert response.status_code == 200
    assert (changed["title"], changed["category"], changed["paused"]) == ("Batteries", "technology", True)
    assert (changed["state"], changed["next_fetch_at"]) == ("paused", None)
    assert (await api.get(address, headers=keeper)).json() == changed


async def test_a_paused_feed_goes_on_when_it_is_told_to(
    api: httpx.AsyncClient, keeper: dict[str, str], feed: dict[str, Any]
) -> None:
    address = f"{FEEDS}/{feed['id']}"
    await api.patch(address, json={"paused": True}, headers=keeper)
    response = await api.patch(address, json={"paused": False}, headers=keeper)
    assert (response.json()["paused"], response.json()["next_fetch_at"] is None) == (False, False)


async def test_null_takes_a_name_and_a_category_back(
    api: httpx.AsyncClient, keeper: dict[str, str], feed: dict[str, Any]
) -> None:
    response = await api.patch(f"{FEEDS}/{feed['id']}", json={"title": None, "category": None}, headers=keeper)
    assert (response.json()["title"], response.json()["category"]) == (None, None)


async def test_a_feed_is_fetched_now_when_asked(
    api: httpx.AsyncClient, keeper: dict[str, str], feed: dict[str, Any]
) -> None:
    response = await api.post(f"{FEEDS}/{feed['id']}/refresh", headers=keeper)
    assert response.status_code == 202
    assert response.headers["location"] == f"{FEEDS}/{feed['id']}/health"
    assert response.json()["feed_id"] == feed["id"]


async def test_the_health_of_a_feed_shows_its_fetches(
    api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded
) -> None:
    response = await api.get(f"{FEEDS}/{seeded.feed}/health", headers=reader)
    fetches = response.json()["fetches"]
    assert {fetch["outcome"] for fetch in fetches} == {"ok", "failed"}
    assert "The server answers 503." in {fetch["reason"] for fetch in fetches}


async def test_an_ended_subscription_is_gone(
    api: httpx.AsyncClient, keeper: dict[str, str], feed: dict[str, Any]
) -> None:
    address = f"{FEEDS}/{feed['id']}"
    seen = (await api.get(address, headers=keeper)).headers["etag"]
    response = await api.delete(address, headers={**keeper, "If-Match": seen})
    assert (response.status_code, response.content) == (204, b"")
    assert (await api.get(address, headers=keeper)).status_code == 404
    assert (await api.post(FEEDS, json={"url": feed["url"]}, headers=keeper)).status_code == 201


@pytest.mark.usefixtures("feed")
async def test_the_links_lead_through_the_whole_list_once(api: httpx.AsyncClient, keeper: dict[str, str]) -> None:
    everything = (await api.get(FEEDS, params={"limit": 100}, headers=keeper)).json()["data"]
    response = await api.get(FEEDS, params={"limit": 3}, headers=keeper)
    found = response.json()["data"]
    while "next" in response.links:
        response = await api.get(response.links["next"]["url"], headers=keeper)
        found += response.json()["data"]
    assert [feed["id"] for feed in found] == [feed["id"] for feed in everything]

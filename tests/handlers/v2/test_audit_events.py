"""The audit log in v2: what a change leaves behind, found again by every filter, in pages and as NDJSON."""

import json
from typing import Any

import httpx
import pytest

from core.audit.masking import MASK
from core.audit.service import audit
from core.kit import ids
from core.kit.principal import operator
from tests.handlers.conftest import KeyFor, Seeded
from tests.handlers.v2.test_feeds import new_url
from tests.support.infrastructure import OTHER_ID

EVENTS = "/v2/audit-events"
EXPORT = "/v2/audit-events/export"


@pytest.fixture
def auditor(key_for: KeyFor) -> dict[str, str]:
    return key_for("audit:read")


@pytest.fixture
def keeper(key_for: KeyFor) -> dict[str, str]:
    return key_for("feeds:read", "feeds:write", "keys:write", "articles:read")


@pytest.fixture
async def feed(api: httpx.AsyncClient, keeper: dict[str, str]) -> dict[str, Any]:
    """A feed that was made, changed and removed."""
    made = await api.post("/v2/feeds", json={"url": new_url(), "title": "Mine"}, headers=keeper)
    body: dict[str, Any] = made.json()
    await api.patch(f"/v2/feeds/{body['id']}", json={"title": "Yours"}, headers=keeper)
    await api.delete(f"/v2/feeds/{body['id']}", headers=keeper)
    return body


async def events(api: httpx.AsyncClient, auditor: dict[str, str], **wanted: Any) -> list[dict[str, Any]]:
    response = await api.get(EVENTS, params=wanted, headers=auditor)
    assert response.status_code == 200
    found: list[dict[str, Any]] = response.json()["data"]
    return found


@pytest.mark.parametrize("path", [EVENTS, EXPORT])
async def test_nobody_reads_the_log_without_a_key(api: httpx.AsyncClient, path: str) -> None:
    assert (await api.get(path)).status_code == 401


@pytest.mark.parametrize("path", [EVENTS, EXPORT])
async def test_the_log_needs_its_own_scope(api: httpx.AsyncClient, keeper: dict[str, str], path: str) -> None:
    assert (await api.get(path, headers=keeper)).status_code == 403


async def test_another_organisation_does_not_see_the_log(
    api: httpx.AsyncClient, seeded: Seeded, key_for: KeyFor, feed: dict[str, Any]
) -> None:
    stranger = key_for("audit:read", organization_id=OTHER_ID)
    assert await events(api, stranger, target=feed["id"]) == []
    lines = (await api.get(EXPORT, headers=stranger)).text
    assert feed["id"] not in lines


async def test_a_filter_that_fits_nothing_gives_an_empty_page(api: httpx.AsyncClient, auditor: dict[str, str]) -> None:
    assert await events(api, auditor, target="feed_nobody") == []
    assert (await api.get(EXPORT, params={"target": "feed_nobody"}, headers=auditor)).content == b""


@pytest.mark.parametrize(
    ("name", "value"),
    [("actor", "a b"), ("action", "feeds"), ("target", ""), ("from", "yesterday"), ("limit", "101"), ("who", "me")],
)
async def test_a_filter_that_is_none_is_named(
    api: httpx.AsyncClient, auditor: dict[str, str], name: str, value: str
) -> None:
    response = await api.get(EVENTS, params={name: value}, headers=auditor)
    assert (response.status_code, response.json()["errors"][0]["parameter"]) == (400, name)


async def test_a_cursor_of_another_list_is_refused(
    api: httpx.AsyncClient, auditor: dict[str, str], feed: dict[str, Any]
) -> None:
    page = (await api.get(EVENTS, params={"limit": 1}, headers=auditor)).json()["page"]
    for path, more in ((EVENTS, {"action": "feed.created"}), (EXPORT, {})):
        response = await api.get(path, params={"cursor": page["next_cursor"], **more}, headers=auditor)
        assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


async def test_each_change_is_there_with_what_differs_and_where_it_came_from(
    api: httpx.AsyncClient, auditor: dict[str, str], keeper: dict[str, str], feed: dict[str, Any]
) -> None:
    deleted, updated, created = await events(api, auditor, target=feed["id"])
    assert [each["action"] for each in (created, updated, deleted)] == ["feed.created", "feed.updated", "feed.deleted"]
    assert (created["before"], created["after"]["title"], created["after"]["url"]) == (None, "Mine", feed["url"])
    assert (updated["before"], updated["after"]) == ({"title": "Mine"}, {"title": "Yours"})
    assert (deleted["before"]["title"], deleted["after"]) == ("Yours", None)
    assert {each["operation"] for each in (created, updated, deleted)} == {
        "v2.createFeed",
        "v2.updateFeed",
        "v2.deleteFeed",
    }
    assert created["address"] == "127.0.0.1"
    assert created["target"] == {"kind": "feed", "id": feed["id"]}
    assert created["actor"]["kind"] == "api_key"
    assert created["sequence"] < updated["sequence"] < deleted["sequence"]


async def test_the_secret_of_a_key_is_not_in_the_log(
    api: httpx.AsyncClient, auditor: dict[str, str], keeper: dict[str, str]
) -> None:
    made = (await api.post("/v2/api-keys", json={"name": "x", "scopes": ["articles:read"]}, headers=keeper)).json()
    (event,) = await events(api, auditor, target=made["id"])
    assert event["action"] == "api_key.created"
    assert made["key"] not in json.dumps(event)


async def test_a_refused_request_leaves_nothing(
    api: httpx.AsyncClient, auditor: dict[str, str], keeper: dict[str, str]
) -> None:
    headers = {**keeper, "X-Request-Id": f"refused-{ids.new_id()}"}
    refused = await api.post("/v2/feeds", json={"url": "http://10.0.0.1/"}, headers=headers)
    assert refused.status_code == 422
    assert await events(api, auditor, request_id=headers["X-Request-Id"]) == []


async def test_every_filter_finds_its_events(
    api: httpx.AsyncClient, auditor: dict[str, str], feed: dict[str, Any]
) -> None:
    newest = (await events(api, auditor, target=feed["id"]))[0]
    filters = {
        "actor": newest["actor"]["id"],
        "action": newest["action"],
        "target": feed["id"],
        "from": newest["at"],
        "request_id": newest["request_id"],
    }
    for name, value in filters.items():
        assert newest["id"] in {each["id"] for each in await events(api, auditor, **{name: value, "limit": 100})}, name
    assert [each["id"] for each in await events(api, auditor, **filters)] == [newest["id"]]
    assert await events(api, auditor, target=feed["id"], to="2026-01-01T00:00:00Z") == []


async def test_pages_go_back_in_time_without_gaps(
    api: httpx.AsyncClient, auditor: dict[str, str], feed: dict[str, Any]
) -> None:
    address, numbers = f"{EVENTS}?limit=1&target={feed['id']}", []
    while address:
        response = await api.get(address, headers=auditor)
        numbers += [each["sequence"] for each in response.json()["data"]]
        address = response.links.get("next", {}).get("url", "")
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 3


async def test_an_export_is_one_event_a_line_from_the_first_on(
    api: httpx.AsyncClient, auditor: dict[str, str], feed: dict[str, Any]
) -> None:
    address, lines = f"{EXPORT}?limit=2", []
    while address:
        response = await api.get(address, headers=auditor)
        assert response.headers["content-type"] == "application/x-ndjson"
        lines += [json.loads(line) for line in response.text.splitlines()]
        address = response.links.get("next", {}).get("url", "")
    assert [each["sequence"] for each in lines] == list(range(1, len(lines) + 1))
    newest = (await events(api, auditor, limit=1))[0]
    assert lines[-1] == newest


async def test_members_named_like_secrets_are_masked_in_the_answer(
    api: httpx.AsyncClient, auditor: dict[str, str], seeded: Seeded
) -> None:
    async with seeded.infra.unit_of_work(operator()):
        audit.record(
            operator(),
            "feed.updated",
            target=("feed", "masked"),
            after={"token": "abc", "note": "tdk_live_" + "x" * 36},
        )
    (event,) = await events(api, auditor, target="masked")
    assert event["after"] == {"token": MASK, "note": MASK}
    assert (event["actor"]["id"], event["request_id"], event["operation"]) == ("operator", None, None)

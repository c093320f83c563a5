"""API keys in v2: make, look, change, rotate and revoke."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from core.settings import FREE, PLANS
from tests.handlers.conftest import EVERY_SCOPE, KeyFor, Seeded

KEYS = "/v2/api-keys"
PAST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def keeper(key_for: KeyFor) -> dict[str, str]:
    return key_for("articles:read", "keys:read", "keys:write")


@pytest.fixture
async def key(api: httpx.AsyncClient, keeper: dict[str, str]) -> dict[str, Any]:
    """A key that a test may change and end."""
    body = {"name": "Import", "scopes": ["articles:read"]}
    made: dict[str, Any] = (await api.post(KEYS, json=body, headers=keeper)).json()
    return made


def bearer(key: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {key['key']}"}


async def works(api: httpx.AsyncClient, key: dict[str, Any]) -> bool:
    return (await api.get("/v2/rate-limit", headers=bearer(key))).status_code == 200


async def test_nobody_makes_keys_without_one(api: httpx.AsyncClient) -> None:
    assert (await api.post(KEYS, json={"name": "x", "scopes": ["articles:read"]})).status_code == 401


async def test_another_organisation_s_keys_are_not_listed(
    api: httpx.AsyncClient, keeper: dict[str, str], stranger: dict[str, str], seeded: Seeded
) -> None:
    own = (await api.get(KEYS, params={"limit": 100}, headers=keeper)).json()["data"]
    theirs = (await api.get(KEYS, params={"limit": 100}, headers=stranger)).json()["data"]
    assert seeded.foreign_key.id in {key["id"] for key in theirs}
    assert not {key["id"] for key in own} & {key["id"] for key in theirs}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PATCH", "", {"name": "Mine"}), ("DELETE", "", None), ("POST", "/rotate", {"overlap_seconds": 0})],
)
async def test_another_organisation_s_key_stays_as_it_is(
    api: httpx.AsyncClient,
    keeper: dict[str, str],
    stranger: dict[str, str],
    seeded: Seeded,
    method: str,
    path: str,
    body: dict[str, Any] | None,
) -> None:
    address = f"{KEYS}/{seeded.foreign_key.id}"
    response = await api.request(method, address + path, json=body, headers=keeper)
    assert (response.status_code, response.json()["code"]) == (404, "api_key_not_found")
    untouched = (await api.get(address, headers=stranger)).json()
    assert (untouched["name"], untouched["revoked_at"], untouched["rotated_to"]) == ("A test's key", None, None)


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {("/name", "required"), ("/scopes", "required")}),
        ({"name": "", "scopes": []}, {("/name", "min_length"), ("/scopes", "min_items")}),
        ({"name": "x", "scopes": ["articles:burn"]}, {("/scopes/0", "enum")}),
        ({"name": "x", "scopes": ["articles:read"], "requests_per_hour": 0}, {("/requests_per_hour", "minimum")}),
        ({"name": "x", "scopes": ["articles:read"], "requests_per_hour": 1.5}, {("/requests_per_hour", "type")}),
        ({"name": "x", "scopes": ["articles:read"], "expires_at": "soon"}, {("/expires_at", "format")}),
        ({"name": "x", "scopes": ["articles:read"], "colour": 1}, {("/colour", "unknown_member")}),
    ],
)
async def test_every_bad_member_is_named(
    api: httpx.AsyncClient, keeper: dict[str, str], body: dict[str, Any], faults: set[tuple[str, str]]
) -> None:
    response = await api.post(KEYS, json=body, headers=keeper)
    assert response.status_code == 400
    assert {(item["pointer"], item["code"]) for item in response.json()["errors"]} == faults


async def test_a_key_gives_no_scope_that_its_maker_lacks(api: httpx.AsyncClient, keeper: dict[str, str]) -> None:
    response = await api.post(KEYS, json={"name": "More", "scopes": ["feeds:write"]}, headers=keeper)
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")


async def test_a_key_gives_no_larger_budget_than_its_maker_s(api: httpx.AsyncClient, key_for: KeyFor) -> None:
    maker = key_for(*EVERY_SCOPE, requests_per_hour=50)
    body = {"name": "More", "scopes": ["articles:read"], "requests_per_hour": 51}
    response = await api.post(KEYS, json=body, headers=maker)
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_key_cannot_end_before_now(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any], method: str
) -> None:
    body = {"expires_at": PAST.isoformat()} | ({"name": "x", "scopes": ["articles:read"]} if method == "POST" else {})
    address = KEYS if method == "POST" else f"{KEYS}/{key['id']}"
    response = await api.request(method, address, json=body, headers=keeper)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/expires_at"


@pytest.mark.parametrize("ended", [{"revoked_at": PAST}, {"expires_at": PAST}])
@pytest.mark.parametrize(("method", "path", "body"), [("PATCH", "", {"name": "y"}), ("POST", "/rotate", None)])
async def test_a_key_that_has_ended_cannot_be_changed(
    api: httpx.AsyncClient,
    keeper: dict[str, str],
    seeded: Seeded,
    ended: dict[str, Any],
    method: str,
    path: str,
    body: dict[str, Any] | None,
) -> None:
    old = seeded.seed.key("articles:read", **ended)
    sent = body or {"overlap_seconds": 60}
    response = await api.request(method, f"{KEYS}/{old.id}{path}", json=sent, headers=keeper)
    assert (response.status_code, response.json()["code"]) == (409, "api_key_revoked")


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_an_organisation_cannot_make_keys_without_end(
    api: httpx.AsyncClient, seeded: Seeded, version: str
) -> None:
    crowd = seeded.seed.organization(f"crowd-{version}")
    seeded.seed.many_keys(PLANS[FREE].keys, organization_id=crowd)
    maker = seeded.seed.key(*EVERY_SCOPE, organization_id=crowd).header
    response = await api.post(f"/{version}/api-keys", json={"name": "x", "scopes": ["articles:read"]}, headers=maker)
    assert response.status_code == 409
    assert "limit_reached" in response.text.lower()


@pytest.mark.parametrize("overlap", [-1, 604801, "1", None])
async def test_a_bad_overlap_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any], overlap: Any
) -> None:
    response = await api.post(f"{KEYS}/{key['id']}/rotate", json={"overlap_seconds": overlap}, headers=keeper)
    assert response.json()["errors"][0]["pointer"] == "/overlap_seconds"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_change_to_what_somebody_else_has_changed_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any], method: str
) -> None:
    address = f"{KEYS}/{key['id']}"
    seen = (await api.get(address, headers=keeper)).headers["etag"]
    await api.patch(address, json={"name": "Faster"}, headers=keeper)
    body = {"name": "Slower"} if method == "PATCH" else None
    response = await api.request(method, address, json=body, headers={**keeper, "If-Match": seen})
    assert (response.status_code, response.json()["code"]) == (412, "precondition_failed")
    assert (await api.get(address, headers=keeper)).json()["name"] == "Faster"


async def test_a_new_key_is_shown_once_and_works(api: httpx.AsyncClient, keeper: dict[str, str]) -> None:
    end = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    body = {"name": "Import", "scopes": ["articles:read"], "requests_per_hour": 50, "expires_at": end.isoformat()}
    response = await api.post(KEYS, json=body, headers=keeper)
    made = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"{KEYS}/{made['id']}"
    assert (made["scopes"], made["requests_per_hour"]) == (["articles:read"], 50)
    assert datetime.fromisoformat(made["expires_at"]) == end
    shown = (await api.get(response.headers["location"], headers=keeper)).json()
    assert shown == {name: value for name, value in made.items() if name != "key"}
    limits = (await api.get("/v2/rate-limit", headers=bearer(made))).json()
    assert limits["budgets"][0]["limit"] == 50


async def test_a_key_is_changed_and_the_change_holds_at_once(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any]
) -> None:
    assert (await api.get("/v2/articles", headers=bearer(key))).status_code == 200
    changes = {"name": "Admin", "scopes": ["keys:read"], "requests_per_hour": 7, "expires_at": None}
    response = await api.patch(f"{KEYS}/{key['id']}", json=changes, headers=keeper)
    assert response.status_code == 200
    assert {name: response.json()[name] for name in changes} == changes
    assert (await api.get("/v2/articles", headers=bearer(key))).status_code == 403
    assert (await api.get(KEYS, headers=bearer(key))).status_code == 200


async def test_a_rotated_key_and_its_successor_both_work_for_a_while(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any]
) -> None:
    response = await api.post(f"{KEYS}/{key['id']}/rotate", json={"overlap_seconds": 3600}, headers=keeper)
    successor = response.json()
    assert response.status_code == 201
    assert (successor["name"], successor["scopes"]) == (key["name"], key["scopes"])
    assert successor["id"] != key["id"]
    assert await works(api, key)
    assert await works(api, successor)
    old = (await api.get(f"{KEYS}/{key['id']}", headers=keeper)).json()
    assert old["rotated_to"] == successor["id"]
    left = datetime.fromisoformat(old["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


async def test_without_overlap_the_old_key_ends_at_once(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any]
) -> None:
    response = await api.post(f"{KEYS}/{key['id']}/rotate", json={"overlap_seconds": 0}, headers=keeper)
    assert await works(api, response.json())
    assert not await works(api, key)


async def test_a_revoked_key_stops_working_and_stays_in_the_list(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any]
) -> None:
    assert await works(api, key)
    address = f"{KEYS}/{key['id']}"
    for _ in range(2):
        assert (await api.delete(address, headers=keeper)).status_code == 204
    assert not await works(api, key)
    assert (await api.get(address, headers=keeper)).json()["revoked_at"] is not None


async def test_the_links_lead_through_the_whole_list_once(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any]
) -> None:
    response = await api.get(KEYS, params={"limit": 50}, headers=keeper)
    found = [item["id"] for item in response.json()["data"]]
    while "next" in response.links:
        response = await api.get(response.links["next"]["url"], headers=keeper)
        found += [item["id"] for item in response.json()["data"]]
    assert found[0] == key["id"]
    assert len(set(found)) == len(found)

"""API keys in v1."""

import re
from typing import Any

import httpx
import pytest

from tests.handlers.conftest import KeyFor, Seeded

KEYS = "/v1/api-keys"


@pytest.fixture
def keeper(key_for: KeyFor) -> dict[str, str]:
    return key_for("articles:read", "keys:read", "keys:write")


async def test_nobody_sees_keys_without_one(api: httpx.AsyncClient) -> None:
    assert (await api.get(KEYS)).status_code == 401


async def test_another_organisation_s_keys_are_not_listed(
    api: httpx.AsyncClient, keeper: dict[str, str], seeded: Seeded
) -> None:
    body = (await api.get(KEYS, params={"limit": 100}, headers=keeper)).json()
    assert seeded.foreign_key.id not in {key["id"] for key in body["data"]}


async def test_another_organisation_s_key_cannot_be_revoked(
    api: httpx.AsyncClient, keeper: dict[str, str], seeded: Seeded
) -> None:
    response = await api.delete(f"{KEYS}/{seeded.foreign_key.id}", headers=keeper)
    assert (response.status_code, response.json()["error"]) == (403, "FORBIDDEN")
    assert (await api.get("/v2/rate-limit", headers=seeded.foreign_key.header)).status_code == 200


async def test_an_unknown_key_cannot_be_revoked(api: httpx.AsyncClient, keeper: dict[str, str]) -> None:
    response = await api.delete(f"{KEYS}/key_034r6MH97mxTHOptLzuJJt", headers=keeper)
    assert (response.status_code, response.json()["error"]) == (404, "API_KEY_NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": None}, "name"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["articles:burn"]}, "scopes.0"),
        ({"name": "x", "scopes": ["articles:read", "articles:read"]}, "scopes"),
        ({"name": "x", "expires_at": "tomorrow"}, "expires_at"),
        ({"name": "x", "colour": "red"}, "colour"),
        ([], None),
    ],
)
async def test_a_bad_member_is_named(
    api: httpx.AsyncClient, keeper: dict[str, str], body: Any, field: str | None
) -> None:
    response = await api.post(KEYS, json=body, headers=keeper)
    assert (response.status_code, response.json()["field"]) == (400, field)


async def test_a_key_gives_no_scope_that_its_maker_lacks(api: httpx.AsyncClient, key_for: KeyFor) -> None:
    response = await api.post(KEYS, json={"name": "More", "scopes": ["articles:read"]}, headers=key_for("keys:write"))
    assert response.status_code == 403


async def test_a_key_cannot_have_expired_before_it_is_made(api: httpx.AsyncClient, keeper: dict[str, str]) -> None:
    response = await api.post(KEYS, json={"name": "Late", "expires_at": "2020-01-01T00:00:00Z"}, headers=keeper)
    assert response.status_code == 422


async def test_a_new_key_is_shown_once_and_works(api: httpx.AsyncClient, keeper: dict[str, str]) -> None:
    response = await api.post(KEYS, json={"name": "Nightly import"}, headers=keeper)
    made = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"{KEYS}/{made['id']}"
    assert re.fullmatch("tdk_live_[0-9A-Za-z]{36}", made["key"])
    assert (made["name"], made["scopes"], made["revoked_at"]) == ("Nightly import", ["articles:read"], None)
    listed = (await api.get(KEYS, params={"limit": 100}, headers=keeper)).json()["data"]
    assert {key["id"]: key for key in listed}[made["id"]]["prefix"] == made["key"][: len(made["prefix"])]
    reader = {"Authorization": f"Bearer {made['key']}"}
    assert (await api.get("/v1/articles", headers=reader)).status_code == 200


async def test_a_revoked_key_stops_working_and_stays_in_the_list(
    api: httpx.AsyncClient, keeper: dict[str, str]
) -> None:
    made = (await api.post(KEYS, json={"name": "Short"}, headers=keeper)).json()
    reader = {"Authorization": f"Bearer {made['key']}"}
    assert (await api.get("/v1/articles", headers=reader)).status_code == 200
    assert (await api.delete(f"{KEYS}/{made['id']}", headers=keeper)).status_code == 204
    assert (await api.get("/v1/articles", headers=reader)).status_code == 401
    assert (await api.delete(f"{KEYS}/{made['id']}", headers=keeper)).status_code == 204
    listed = (await api.get(KEYS, params={"limit": 100}, headers=keeper)).json()["data"]
    assert {key["id"]: key for key in listed}[made["id"]]["revoked_at"] is not None

"""Rehearsals in v2, as clients know them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from core.kit import ids
from tests.handlers.conftest import EVERY_SCOPE, KeyFor, Seeded
from tests.support.waiting import until

REHEARSALS = "/v2/rehearsals"
MISSING = ids.encode("key", ids.new_id())


@pytest.fixture
def keeper(key_for: KeyFor) -> dict[str, str]:
    return key_for("articles:read", "keys:read", "keys:write")


@pytest.fixture
async def key(api: httpx.AsyncClient, keeper: dict[str, str]) -> dict[str, Any]:
    """A key that calls v1."""
    body = {"name": "Import", "scopes": ["articles:read"]}
    made: dict[str, Any] = (await api.post("/v2/api-keys", json=body, headers=keeper)).json()
    return {**made, "header": {"Authorization": f"Bearer {made['key']}"}}


def body(key: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"key_id": key["id"], "duration_seconds": 900, **more}


async def make(api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any], **more: Any) -> dict[str, Any]:
    response = await api.post(REHEARSALS, json=body(key, **more), headers=keeper)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    assert response.headers["location"] == f"{REHEARSALS}/{made['id']}"
    return made


async def test_nobody_rehearses_without_a_credential(api: httpx.AsyncClient, key: dict[str, Any]) -> None:
    assert (await api.post(REHEARSALS, json=body(key))).status_code == 401


async def test_another_organisation_s_key_does_not_exist(
    api: httpx.AsyncClient, keeper: dict[str, str], seeded: Seeded
) -> None:
    for key_id in (seeded.foreign_key.id, MISSING):
        response = await api.post(REHEARSALS, json={"key_id": key_id, "duration_seconds": 60}, headers=keeper)
        assert (response.status_code, response.json()["code"]) == (404, "api_key_not_found")


async def test_a_key_that_cannot_change_keys_is_refused(api: httpx.AsyncClient, key: dict[str, Any]) -> None:
    response = await api.post(REHEARSALS, json=body(key), headers=key["header"])
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"duration_seconds": 59}, ("/duration_seconds", "minimum")),
        ({"duration_seconds": 86401}, ("/duration_seconds", "maximum")),
        ({"starts_at": "soon"}, ("/starts_at", "format")),
        ({"key_id": "key_1"}, ("/key_id", "pattern")),
        ({"colour": 1}, ("/colour", "unknown_member")),
    ],
)
async def test_a_rehearsal_that_makes_no_sense_is_refused_with_its_place(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any], change: dict[str, Any], fault: tuple[str, str]
) -> None:
    response = await api.post(REHEARSALS, json=body(key, **change), headers=keeper)
    assert response.status_code == 400
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [fault]


async def test_a_start_in_the_past_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any]
) -> None:
    response = await api.post(REHEARSALS, json=body(key, starts_at="2020-01-01T00:00:00Z"), headers=keeper)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/starts_at")


async def test_a_second_rehearsal_of_a_key_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any]
) -> None:
    await make(api, keeper, key)
    response = await api.post(REHEARSALS, json=body(key), headers=keeper)
    assert (response.status_code, response.json()["code"]) == (409, "rehearsal_exists")


async def test_a_rehearsal_refuses_v1_reports_it_and_ends_when_it_is_cancelled(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any]
) -> None:
    assert (await api.get("/v1/articles", headers=key["header"])).status_code == 200
    made = await make(api, keeper, key)
    assert (made["key_id"], made["state"], made["cancelled_at"]) == (key["id"], "running", None)
    refused = await api.get("/v1/articles", headers=key["header"])
    assert (refused.status_code, refused.json()["error"]) == (410, "VERSION_SUNSET")
    assert refused.json()["message"].startswith("This is a rehearsal, until ")
    assert refused.json()["message"].endswith("v1 ends on 30 June 2027. Use GET /v2/articles.")
    ends = datetime.fromisoformat(made["ends_at"])
    assert refused.headers["x-tidings-rehearsal"] == f"ends=@{int(ends.timestamp())}"
    opened = await api.post("/v1/auth/login", json={"email": "a@b.example", "password": "x"}, headers=key["header"])
    assert opened.status_code == 410
    assert (await api.get("/v2/articles", headers=key["header"])).status_code == 200
    assert (await api.get("/v1/articles", headers=keeper)).status_code == 200

    report: dict[str, Any] = {}

    async def reported() -> bool:
        report.update((await api.get(f"{REHEARSALS}/{made['id']}/report", headers=keeper)).json())
        return bool(report["calls"] == 2)

    await until(reported, "the report of two calls")
    assert {each["operation"]["name"] for each in report["operations"]} == {"listArticles", "logIn"}
    (articles,) = [each for each in report["operations"] if each["operation"]["name"] == "listArticles"]
    assert articles["operation"] == {"version": "v1", "name": "listArticles", "method": "GET", "path": "/v1/articles"}
    assert articles["replaced_by"] == {"name": "listArticles", "method": "GET", "path": "/v2/articles"}
    assert articles["guide_url"] == "/migration#listarticles"

    assert (await api.delete(f"{REHEARSALS}/{made['id']}", headers=keeper)).status_code == 204
    assert (await api.get("/v1/articles", headers=key["header"])).status_code == 200
    assert (await api.get(f"{REHEARSALS}/{made['id']}", headers=keeper)).json()["state"] == "cancelled"


async def test_a_scheduled_rehearsal_refuses_nothing_yet(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any]
) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    made = await make(api, keeper, key, starts_at=tomorrow)
    assert made["state"] == "scheduled"
    assert (await api.get("/v1/articles", headers=key["header"])).status_code == 200
    report = (await api.get(f"{REHEARSALS}/{made['id']}/report", headers=keeper)).json()
    assert (report["calls"], report["first_refused_at"], report["operations"]) == (0, None, [])


async def test_a_repeated_request_makes_one_rehearsal(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any]
) -> None:
    headers = {**keeper, "Idempotency-Key": ids.new_id().hex}
    first, second = [await api.post(REHEARSALS, json=body(key), headers=headers) for _ in range(2)]
    assert (first.status_code, first.content) == (second.status_code, second.content) == (201, first.content)
    assert second.headers["idempotency-replayed"] == "true"


async def test_a_cancellation_of_another_state_changes_nothing(
    api: httpx.AsyncClient, keeper: dict[str, str], key: dict[str, Any]
) -> None:
    made = await make(api, keeper, key)
    address = f"{REHEARSALS}/{made['id']}"
    lost = await api.delete(address, headers={**keeper, "If-Match": '"another"'})
    assert (lost.status_code, lost.json()["code"]) == (412, "precondition_failed")
    etag = (await api.get(address, headers=keeper)).headers["etag"]
    assert (await api.get(address, headers={**keeper, "If-None-Match": etag})).status_code == 304
    assert (await api.delete(address, headers={**keeper, "If-Match": etag})).status_code == 204


async def test_rehearsals_are_listed_newest_first(
    api: httpx.AsyncClient, key_for: KeyFor, keeper: dict[str, str], key: dict[str, Any]
) -> None:
    keeper = key_for(*EVERY_SCOPE)
    made = []
    for _ in range(2):
        made.append((await make(api, keeper, key))["id"])
        await api.delete(f"{REHEARSALS}/{made[-1]}", headers=keeper)
    first = await api.get(REHEARSALS, params={"limit": 1}, headers=keeper)
    second = await api.get(first.links["next"]["url"], headers=keeper)
    assert [response.json()["data"][0]["id"] for response in (first, second)] == made[::-1]
    tampered = await api.get(REHEARSALS, params={"cursor": "AAAA"}, headers=keeper)
    assert (tampered.status_code, tampered.json()["code"]) == (400, "invalid_cursor")

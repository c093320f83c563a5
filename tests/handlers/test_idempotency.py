"""Repeated requests against the real product: v1 and v2, keys and lists of feeds, done once and audited once."""

import asyncio

import httpx
import pytest

from core.kit.ids import new_id
from tests.handlers.conftest import KeyFor
from tests.handlers.v2.test_feeds import new_url

REPLAYED = "Idempotency-Replayed"


@pytest.fixture
def keeper(key_for: KeyFor) -> dict[str, str]:
    return key_for("feeds:read", "feeds:write", "keys:read", "keys:write", "articles:read", "audit:read")


def keyed(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Idempotency-Key": str(new_id())}


async def test_somebody_else_with_the_same_key_makes_something_of_their_own(
    api: httpx.AsyncClient, keeper: dict[str, str], stranger: dict[str, str]
) -> None:
    key = str(new_id())
    body = {"name": "Import", "scopes": ["articles:read"]}
    answers = [
        await api.post("/v2/api-keys", json=body, headers={**who, "Idempotency-Key": key}) for who in (keeper, stranger)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_a_key_is_made_once_and_shown_again(api: httpx.AsyncClient, keeper: dict[str, str], version: str) -> None:
    headers, body = keyed(keeper), {"name": "Import", "scopes": ["articles:read"]}
    first, again = [await api.post(f"/{version}/api-keys", json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.content, first.headers["Location"]) == (again.content, again.headers["Location"])
    assert (first.headers.get(REPLAYED), again.headers.get(REPLAYED)) == (None, "true")
    events = await api.get("/v2/audit-events", params={"target": first.json()["id"]}, headers=keeper)
    assert [event["action"] for event in events.json()["data"]] == ["api_key.created"]


async def test_another_body_under_the_same_key_is_refused(api: httpx.AsyncClient, keeper: dict[str, str]) -> None:
    headers = keyed(keeper)
    await api.post("/v2/feeds", json={"url": new_url()}, headers=headers)
    refused = await api.post("/v2/feeds", json={"url": new_url()}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_refusal_stays_a_refusal(api: httpx.AsyncClient, keeper: dict[str, str]) -> None:
    url, headers = new_url(), keyed(keeper)
    made = (await api.post("/v2/feeds", json={"url": url}, headers=keeper)).json()
    first = await api.post("/v2/feeds", json={"url": url}, headers=headers)
    await api.delete(f"/v2/feeds/{made['id']}", headers=keeper)
    again = await api.post("/v2/feeds", json={"url": url}, headers=headers)
    assert (first.status_code, again.status_code, again.headers.get(REPLAYED)) == (409, 409, "true")
    assert (first.content, first.headers["Location"]) == (again.content, again.headers["Location"])
    assert (await api.post("/v2/feeds", json={"url": url}, headers=keyed(keeper))).status_code == 201


async def test_a_change_is_made_once(api: httpx.AsyncClient, keeper: dict[str, str]) -> None:
    feed = (await api.post("/v2/feeds", json={"url": new_url(), "title": "a"}, headers=keeper)).json()
    address, headers = f"/v2/feeds/{feed['id']}", keyed(keeper)
    await api.patch(address, json={"title": "b"}, headers=headers)
    await api.patch(address, json={"title": "c"}, headers=keeper)
    again = await api.patch(address, json={"title": "b"}, headers=headers)
    assert (again.json()["title"], again.headers[REPLAYED]) == ("b", "true")
    assert (await api.get(address, headers=keeper)).json()["title"] == "c"


async def test_of_many_at_once_one_is_carried_out(api: httpx.AsyncClient, keeper: dict[str, str]) -> None:
    headers, body = keyed(keeper), {"name": "Import", "scopes": ["articles:read"]}
    answers = await asyncio.gather(*(api.post("/v2/api-keys", json=body, headers=headers) for _ in range(20)))
    made = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in made}) == 1
    assert {answer.headers["Retry-After"] for answer in answers if answer.status_code == 409} <= {"1"}

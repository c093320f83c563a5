"""Emptying the sandbox from a test suite: by its own test keys, and by nobody else."""

import asyncio

import httpx
import psycopg

from core.kit.principal import NEWSROOM_ID, sandbox_of
from tests.handlers.conftest import Seeded
from tests.support.sandbox_keys import bearer, make_test_key

RESET = "/v2/sandbox/reset"
KEYS = "/v2/api-keys"
LISTS = "/v2/collections"
ROUNDS = 4


async def names(api: httpx.AsyncClient, headers: dict[str, str], path: str = LISTS) -> list[str]:
    answer = await api.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()["data"]]


def rows(seeded: Seeded, query: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(seeded.infra.db.url) as owner:
        return owner.execute(query, values).fetchall()


async def test_nobody_empties_a_sandbox_without_a_key(api: httpx.AsyncClient) -> None:
    assert (await api.post(RESET)).status_code == 401


async def test_no_live_key_and_no_person_can_do_it(
    api: httpx.AsyncClient, seeded: Seeded, all_scopes: dict[str, str], tester: dict[str, str]
) -> None:
    await api.post(LISTS, json={"name": "Stays"}, headers=tester)
    for headers in (all_scopes, dict(seeded.people.person().header)):
        answer = await api.post(RESET, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert "Only a test key can empty the sandbox" in answer.json()["detail"]
    assert "Stays" in await names(api, tester)


async def test_a_test_key_without_the_scope_is_told_which(api: httpx.AsyncClient, all_scopes: dict[str, str]) -> None:
    answer = await api.post(RESET, headers=bearer(await make_test_key(api, all_scopes, scopes=["collections:write"])))
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert "keys:write" in answer.json()["detail"]


async def test_a_key_that_would_end_with_the_sandbox_cannot_end_it(
    api: httpx.AsyncClient, tester: dict[str, str]
) -> None:
    answer = await api.post(RESET, headers=bearer(await make_test_key(api, tester)))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_an_emptied_sandbox_is_as_new_for_the_organisation_s_own_keys(
    api: httpx.AsyncClient, all_scopes: dict[str, str], stranger: dict[str, str], tester: dict[str, str]
) -> None:
    colleague, child = (
        bearer(await make_test_key(api, all_scopes)),
        bearer(await make_test_key(api, tester, name="Child")),
    )
    elsewhere = bearer(await make_test_key(api, stranger, scopes=["collections:read", "collections:write"]))
    for headers, name in ((tester, "Gone"), (all_scopes, "Live"), (elsewhere, "Another's")):
        assert (await api.post(LISTS, json={"name": name}, headers=headers)).status_code == 201
    answer = await api.post(RESET, headers=tester)
    assert (answer.status_code, answer.content) == (204, b"")
    assert await names(api, tester) == await names(api, colleague) == []
    assert await names(api, tester, KEYS) == []
    assert (await api.get(LISTS, headers=child)).status_code == 401
    assert "Live" in await names(api, all_scopes)
    assert "Another's" in await names(api, elsewhere)
    assert (await api.post(LISTS, json={"name": "Anew"}, headers=colleague)).status_code == 201


async def test_feeds_go_with_the_articles_that_they_brought(
    api: httpx.AsyncClient, seeded: Seeded, tester: dict[str, str]
) -> None:
    sandbox = sandbox_of(NEWSROOM_ID)
    source = seeded.seed.feed("tried-out", organization_id=sandbox)
    seeded.seed.article(source, organization_id=sandbox)
    assert (await api.post(RESET, headers=tester)).status_code == 204
    assert (await api.get("/v2/feeds", headers=tester)).json()["data"] == []
    assert rows(seeded, "SELECT count(*) FROM articles WHERE organization_id = %s", sandbox) == [(0,)]


async def test_the_audit_log_of_the_sandbox_begins_with_who_emptied_it(
    api: httpx.AsyncClient, seeded: Seeded, tester: dict[str, str]
) -> None:
    await api.post(LISTS, json={"name": "Gone"}, headers=tester)
    await api.post(RESET, headers=tester)
    events = (await api.get("/v2/audit-events", headers=tester)).json()["data"]
    assert [(event["action"], event["actor"]["kind"]) for event in events] == [("sandbox.reset", "api_key")]
    query = "SELECT count(*) FROM audit_events WHERE organization_id = %s AND action = 'sandbox.reset'"
    assert rows(seeded, query, NEWSROOM_ID) == [(0,)]


async def test_a_repetition_under_the_same_key_empties_nothing_again(
    api: httpx.AsyncClient, tester: dict[str, str]
) -> None:
    headers = {**tester, "Idempotency-Key": "before-the-suite-1"}
    first = await api.post(RESET, headers=headers)
    await api.post(LISTS, json={"name": "Of the suite"}, headers=tester)
    again = await api.post(RESET, headers=headers)
    assert (first.status_code, again.status_code) == (204, 204)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await names(api, tester) == ["Of the suite"]


async def test_those_who_write_meanwhile_are_never_told_of_a_fault_of_the_server(
    api: httpx.AsyncClient, seeded: Seeded, all_scopes: dict[str, str], tester: dict[str, str]
) -> None:
    writer = bearer(await make_test_key(api, all_scopes))

    async def write(number: int) -> int:
        answer = await api.post(LISTS, json={"name": f"List {number}"}, headers=writer)
        if answer.status_code == 201:
            url = f"{answer.headers['location']}/items"
            answer = await api.post(url, json={"url": "https://pages.example.org/1"}, headers=writer)
        return answer.status_code

    async def reset() -> int:
        return (await api.post(RESET, headers=tester)).status_code

    statuses = [
        status
        for _ in range(ROUNDS)
        for status in await asyncio.gather(*(write(n) for n in range(6)), reset(), reset())
    ]
    assert set(statuses) <= {201, 204, 404}
    assert statuses.count(204) == 2 * ROUNDS
    assert (await api.post(LISTS, json={"name": "After it all"}, headers=writer)).status_code == 201
    query = "SELECT count(*) FROM organizations WHERE id = %s"
    assert rows(seeded, query, sandbox_of(NEWSROOM_ID)) == [(1,)]

"""One's own account and sessions in v2."""

from typing import Any

import httpx
import pytest

from core.kit import ids
from tests.handlers.conftest import Seeded
from tests.support.people import PASSWORD, Person, log_in, sign_up

ME, SESSIONS = "/v2/me", "/v2/me/sessions"
NEW = "something else entirely"


@pytest.fixture
async def person(api: httpx.AsyncClient) -> Person:
    """Somebody who registered and logged in as everybody does."""
    return await sign_up(api)


def code_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def test_nobody_sees_an_account_without_a_token(api: httpx.AsyncClient) -> None:
    for path in (ME, SESSIONS):
        assert code_of(await api.get(path)) == (401, "unauthenticated")


async def test_another_person_s_session_is_neither_seen_nor_ended(
    api: httpx.AsyncClient, seeded: Seeded, person: Person
) -> None:
    stranger = seeded.people.person()
    for method in ("GET", "DELETE"):
        foreign = await api.request(method, f"{SESSIONS}/{stranger.session_id}", headers=person.header)
        assert code_of(foreign) == (404, "session_not_found")
    assert (await api.get(ME, headers=stranger.header)).status_code == 200


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {("", "min_members")}),
        ({"name": ""}, {("/name", "min_length")}),
        ({"name": "x" * 101}, {("/name", "max_length")}),
        ({"name": None}, {("/name", "type")}),
        ({"email": "other@people.example"}, {("/email", "unknown_member")}),
        ({"name": "Ada", "role": "owner"}, {("/role", "unknown_member")}),
        (
            {"name": "Ada", "id": "acct_0", "erase_after": None},
            {("/id", "unknown_member"), ("/erase_after", "unknown_member")},
        ),
    ],
    ids=lambda value: "" if isinstance(value, set) else str(value),  # a set has another order in every process
)
async def test_only_the_name_can_be_changed(
    api: httpx.AsyncClient, person: Person, body: dict[str, Any], faults: set[tuple[str, str]]
) -> None:
    before = await api.get(ME, headers=person.header)
    response = await api.patch(ME, json=body, headers=person.header)
    assert code_of(response) == (400, "validation_failed")
    assert {(error["pointer"], error["code"]) for error in response.json()["errors"]} == faults
    assert (await api.get(ME, headers=person.header)).content == before.content


async def test_a_blank_name_is_refused(api: httpx.AsyncClient, person: Person) -> None:
    response = await api.patch(ME, json={"name": " \t"}, headers=person.header)
    assert code_of(response) == (422, "unprocessable")


@pytest.mark.parametrize(("method", "path"), [("PATCH", ME), ("DELETE", ME), ("DELETE", SESSIONS)])
async def test_a_change_of_what_somebody_else_changed_is_refused(
    api: httpx.AsyncClient, person: Person, method: str, path: str
) -> None:
    stale = (await api.get(path, headers=person.header)).headers["etag"]
    await log_in(api, email=person.email)  # another session, and another last log-in
    body = {"name": "Ada"} if method == "PATCH" else None
    response = await api.request(method, path, json=body, headers={**person.header, "If-Match": stale})
    assert code_of(response) == (412, "precondition_failed")
    fresh = (await api.get(path, headers=person.header)).headers["etag"]
    again = await api.request(method, path, json=body, headers={**person.header, "If-Match": fresh})
    assert again.status_code in (200, 202, 204)


async def test_the_wrong_current_password_changes_nothing(api: httpx.AsyncClient, person: Person) -> None:
    for body in ({"new_password": NEW}, {"current_password": "another password", "new_password": NEW}):
        response = await api.post(f"{ME}/password", json=body, headers=person.header)
        assert code_of(response) == (403, "forbidden")
    await log_in(api, email=person.email)


async def test_a_weak_new_password_is_refused_at_its_place(api: httpx.AsyncClient, person: Person) -> None:
    body = {"current_password": PASSWORD, "new_password": "password1234"}
    response = await api.post(f"{ME}/password", json=body, headers=person.header)
    assert code_of(response) == (422, "weak_password")
    assert [error["pointer"] for error in response.json()["errors"]] == ["/new_password"]


async def test_restoring_what_was_not_deleted_is_a_conflict(api: httpx.AsyncClient, person: Person) -> None:
    assert code_of(await api.post(f"{ME}/restore", headers=person.header)) == (409, "conflict")


async def test_the_only_owner_of_others_cannot_leave_them(
    api: httpx.AsyncClient, seeded: Seeded, person: Person
) -> None:
    shared = seeded.people.organization(f"shared-{ids.new_id().hex[-12:]}")
    seeded.people.join(person.account_id, shared, "owner")
    seeded.people.person("admin", shared)
    assert code_of(await api.delete(ME, headers=person.header)) == (409, "last_owner")


async def test_a_person_sees_the_account_and_where_the_token_acts(api: httpx.AsyncClient, person: Person) -> None:
    me = (await api.get(ME, headers=person.header)).json()
    assert (me["id"], me["email"], me["session_id"]) == (person.id, person.email, person.session_id)
    assert (me["organization"]["kind"], me["organization"]["role"]) == ("personal", "owner")


async def test_a_changed_name_is_the_name(api: httpx.AsyncClient, person: Person) -> None:
    before = (await api.get(ME, headers=person.header)).json()
    changed = (await api.patch(ME, json={"name": "Ada King"}, headers=person.header)).json()
    assert {name for name in before if before[name] != changed[name]} == {"name", "updated_at"}
    assert (await api.get(ME, headers=person.header)).json() == changed


async def test_another_password_ends_the_other_sessions(api: httpx.AsyncClient, person: Person) -> None:
    elsewhere = await log_in(api, email=person.email)
    body = {"current_password": PASSWORD, "new_password": NEW}
    assert (await api.post(f"{ME}/password", json=body, headers=person.header)).status_code == 204
    assert (await api.get(ME, headers=elsewhere.header)).status_code == 401
    assert (await api.get(ME, headers=person.header)).status_code == 200
    old = await api.post("/v2/auth/login", json={"email": person.email, "password": PASSWORD})
    assert code_of(old) == (401, "invalid_credentials")
    await log_in(api, email=person.email, password=NEW)


async def test_sessions_are_listed_with_where_they_came_from(api: httpx.AsyncClient, person: Person) -> None:
    elsewhere = await log_in(api, email=person.email)
    listed = (await api.get(SESSIONS, headers=person.header)).json()["data"]
    assert [(row["id"], row["current"]) for row in listed] == [(elsewhere.session_id, False), (person.session_id, True)]
    assert {(row["address"], row["client"].partition("/")[0]) for row in listed} == {("127.0.0.1", "python-httpx")}
    one = (await api.get(f"{SESSIONS}/{elsewhere.session_id}", headers=person.header)).json()
    assert one == listed[0]
    first = (await api.get(SESSIONS, params={"limit": 1}, headers=person.header)).json()
    cursor = first["page"]["next_cursor"]
    second = (await api.get(SESSIONS, params={"limit": 1, "cursor": cursor}, headers=person.header)).json()
    assert [*first["data"], *second["data"]] == listed


async def test_one_session_ends_and_the_other_goes_on(api: httpx.AsyncClient, person: Person) -> None:
    elsewhere = await log_in(api, email=person.email)
    address = f"{SESSIONS}/{elsewhere.session_id}"
    etag = (await api.get(address, headers=person.header)).headers["etag"]
    assert (await api.delete(address, headers={**person.header, "If-Match": etag})).status_code == 204
    assert code_of(await api.delete(address, headers=person.header)) == (404, "session_not_found")
    assert (await api.get(ME, headers=elsewhere.header)).status_code == 401
    assert (await api.get(ME, headers=person.header)).status_code == 200


async def test_all_sessions_end_this_one_included(api: httpx.AsyncClient, person: Person) -> None:
    elsewhere = await log_in(api, email=person.email)
    assert (await api.delete(SESSIONS, headers=person.header)).status_code == 204
    for each in (person, elsewhere):
        assert (await api.get(ME, headers=each.header)).status_code == 401


async def test_a_deleted_account_waits_is_shown_as_such_and_can_be_kept(api: httpx.AsyncClient, person: Person) -> None:
    response = await api.delete(ME, headers=person.header)
    assert (response.status_code, response.headers["location"]) == (202, ME)
    assert response.json()["erase_after"] is not None
    again = await log_in(api, email=person.email)
    assert (await api.get(ME, headers=again.header)).json()["erase_after"] == response.json()["erase_after"]
    assert (await api.post(f"{ME}/restore", headers=again.header)).json()["erase_after"] is None

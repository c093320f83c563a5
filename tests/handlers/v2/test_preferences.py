"""Preferences in v2: a person's own, changed member by member."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from core.kit import ids
from tests.handlers.conftest import Seeded
from tests.support.infrastructure import OTHER_ID, SECRET
from tests.support.people import People, Person

PREFERENCES = "/v2/me/preferences"
DEFAULTS: dict[str, Any] = {
    "topics": [],
    "sources": [],
    "languages": [],
    "muted_words": [],
    "digest_hour": None,
    "digest_zone": "UTC",
    "record_searches": True,
    "updated_at": None,
}


@pytest.fixture
def people(seeded: Seeded) -> Iterator[People]:
    assert seeded.infra.settings.database_url is not None
    people = People(seeded.infra.settings.database_url.get_secret_value(), SECRET.encode())
    yield people
    people.close()


@pytest.fixture
def ada(people: People) -> Person:
    return people.person()


async def change(api: httpx.AsyncClient, person: Person, **members: Any) -> httpx.Response:
    return await api.patch(PREFERENCES, json=members, headers=person.header)


async def read(api: httpx.AsyncClient, person: Person) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get(PREFERENCES, headers=person.header)).json()
    return found


async def test_nobody_has_preferences_without_a_credential(api: httpx.AsyncClient) -> None:
    assert (await api.get(PREFERENCES)).status_code == 401


@pytest.mark.parametrize("method", ["GET", "PATCH"])
async def test_a_key_has_no_preferences(api: httpx.AsyncClient, all_scopes: dict[str, str], method: str) -> None:
    body = {"digest_hour": 7} if method == "PATCH" else None
    response = await api.request(method, PREFERENCES, json=body, headers=all_scopes)
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")
    assert response.json()["detail"].endswith("No key can have it: this takes the access token of a person.")


async def test_nobody_else_s_preferences_are_seen_or_changed(
    api: httpx.AsyncClient, people: People, ada: Person
) -> None:
    ben = people.person(role="owner", organization_id=ada.organization)
    await change(api, ada, muted_words=["golf"])
    assert await read(api, ben) == DEFAULTS
    await change(api, ben, muted_words=["polo"])
    assert (await read(api, ada))["muted_words"] == ["golf"]


async def test_a_source_of_another_organisation_is_as_unknown_as_one_that_is_not_there(
    api: httpx.AsyncClient, ada: Person, seeded: Seeded
) -> None:
    refusals = [
        await change(api, ada, sources=["guardian", name])
        for name in (seeded.foreign_source, ids.encode("src", ids.new_id()), "private", "nowhere", f"src_{'z' * 22}")
    ]
    assert {refused.status_code for refused in refusals} == {422}
    errors = [refused.json()["errors"] for refused in refusals]
    assert errors == [errors[0]] * 5
    assert (errors[0][0]["pointer"], errors[0][0]["code"]) == ("/sources/1", "unknown_source")
    assert await read(api, ada) == DEFAULTS


@pytest.mark.parametrize(
    ("members", "faults"),
    [
        ({}, {("", "min_members")}),
        ({"topics": ["gossip"]}, {("/topics/0", "enum")}),
        ({"topics": ["world", "world"]}, {("/topics", "unique_items")}),
        ({"languages": ["eng"]}, {("/languages/0", "pattern")}),
        ({"muted_words": ["x" * 51, " "]}, {("/muted_words/0", "max_length"), ("/muted_words/1", "pattern")}),
        ({"muted_words": [str(n) for n in range(201)]}, {("/muted_words", "max_items")}),
        ({"digest_hour": 24}, {("/digest_hour", "maximum")}),
        ({"digest_hour": "7"}, {("/digest_hour", "type")}),
        ({"digest_zone": "../../etc/passwd"}, {("/digest_zone", "pattern")}),
        ({"record_searches": "no"}, {("/record_searches", "type")}),
        ({"account_id": "acct_034r6MH97mxTHOptLzuJJt"}, {("/account_id", "unknown_member")}),
        ({"searches_from": "2020-01-01T00:00:00Z"}, {("/searches_from", "unknown_member")}),
    ],
)
async def test_every_bad_member_is_named(
    api: httpx.AsyncClient, ada: Person, members: dict[str, Any], faults: set[tuple[str, str]]
) -> None:
    response = await change(api, ada, **members)
    assert response.status_code == 400
    assert {(item["pointer"], item["code"]) for item in response.json()["errors"]} == faults


async def test_everything_that_is_not_known_is_named_at_once(api: httpx.AsyncClient, ada: Person) -> None:
    response = await change(
        api, ada, languages=["en", "xx"], digest_zone="Europe/Atlantis", sources=["nowhere"], digest_hour=7
    )
    assert response.status_code == 422
    assert {(item["pointer"], item["code"]) for item in response.json()["errors"]} == {
        ("/languages/1", "unknown_language"),
        ("/digest_zone", "unknown_zone"),
        ("/sources/0", "unknown_source"),
    }
    assert await read(api, ada) == DEFAULTS


@pytest.mark.parametrize("zone", ["localtime", "Factory", "utc+2", "Europe"])
async def test_a_zone_that_names_no_place_is_refused(api: httpx.AsyncClient, ada: Person, zone: str) -> None:
    assert (await change(api, ada, digest_zone=zone)).status_code == 422


async def test_a_change_of_an_older_state_is_refused(api: httpx.AsyncClient, ada: Person) -> None:
    seen = (await api.get(PREFERENCES, headers=ada.header)).headers["etag"]
    fresh = await api.patch(PREFERENCES, json={"digest_hour": 7}, headers={**ada.header, "If-Match": seen})
    assert fresh.status_code == 200
    stale = await api.patch(PREFERENCES, json={"digest_hour": 8}, headers={**ada.header, "If-Match": seen})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert (await read(api, ada))["digest_hour"] == 7


async def test_who_has_changed_nothing_has_the_defaults(api: httpx.AsyncClient, ada: Person) -> None:
    assert await read(api, ada) == DEFAULTS
    same = await change(api, ada, record_searches=True, digest_zone="UTC")
    assert (same.status_code, same.json()) == (200, DEFAULTS)


async def test_a_change_is_merged_into_what_is_there(api: httpx.AsyncClient, ada: Person, seeded: Seeded) -> None:
    first = await change(api, ada, topics=["science", "world"], languages=["de", "nb", "en"], digest_hour=0)
    assert first.json()["languages"] == ["de", "no", "en"]
    second = await change(
        api,
        ada,
        sources=["guardian", seeded.guardian, seeded.feed.replace("feed_", "src_")],
        digest_zone="Asia/Kolkata",
    )
    third = await change(api, ada, muted_words=["  transfer\nwindow ", "GOLF", "golf"], digest_hour=None)
    assert third.json() == {
        **DEFAULTS,
        "topics": ["science", "world"],
        "languages": ["de", "no", "en"],
        "sources": [seeded.guardian, seeded.feed.replace("feed_", "src_")],
        "digest_zone": "Asia/Kolkata",
        "muted_words": ["transfer window", "GOLF"],
        "updated_at": third.json()["updated_at"],
    }
    assert first.json()["updated_at"] < second.json()["updated_at"] < third.json()["updated_at"]
    assert await read(api, ada) == third.json()


async def test_a_source_that_was_chosen_elsewhere_can_be_kept(
    api: httpx.AsyncClient, people: People, ada: Person, seeded: Seeded
) -> None:
    """The list is the person's in every organisation, also where one of its sources is not seen."""
    people.join(ada.account_id, OTHER_ID, "viewer")
    there = people.session(ada.account_id, OTHER_ID)
    chosen = await change(api, there, sources=["private"])
    assert chosen.json()["sources"] == [seeded.foreign_source]
    at_home = await change(api, ada, sources=[seeded.guardian, *(await read(api, ada))["sources"]])
    assert at_home.json()["sources"] == [seeded.guardian, seeded.foreign_source]

"""What is still used of v1, as clients read it."""

from typing import Any

import httpx
import pytest

from core.kit import ids
from tests.handlers.conftest import KeyFor, Seeded
from tests.support.people import People, Person
from tests.support.waiting import until

REPORT = "/v2/deprecations"


@pytest.fixture
def person(people: People) -> Person:
    """An admin of an organisation that calls v1."""
    return people.person("admin", people.organization(f"behind-{ids.new_id().hex}", plan="operator"))


@pytest.fixture
def admin(person: Person) -> dict[str, str]:
    return person.header


async def reported(api: httpx.AsyncClient, header: dict[str, str], calls: int, **params: str) -> dict[str, Any]:
    """The report, once it tells of so many calls."""
    found: dict[str, Any] = {}

    async def complete() -> bool:
        response = await api.get(REPORT, params=params, headers=header)
        assert response.status_code == 200, response.text
        found.update(response.json())
        return sum(each["calls"] for each in found["elements"] if each["kind"] == "operation") == calls

    await until(complete, f"a report of {calls} calls")
    return found


async def test_nobody_reads_a_report_without_a_credential(api: httpx.AsyncClient) -> None:
    assert (await api.get(REPORT)).status_code == 401


async def test_another_organisation_s_key_does_not_exist(
    api: httpx.AsyncClient, admin: dict[str, str], seeded: Seeded
) -> None:
    for key_id in (seeded.foreign_key.id, ids.encode("key", ids.new_id())):
        response = await api.get(REPORT, params={"key_id": key_id}, headers=admin)
        assert (response.status_code, response.json()["code"]) == (404, "api_key_not_found")


@pytest.mark.parametrize("params", [{"scope": "organization"}, {"key_id": ids.encode("key", ids.new_id())}])
async def test_a_key_that_may_not_see_keys_asks_about_itself_only(
    api: httpx.AsyncClient, key_for: KeyFor, params: dict[str, str]
) -> None:
    response = await api.get(REPORT, params=params, headers=key_for("articles:read"))
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.parametrize("params", [{"scope": "world"}, {"key_id": "key_1"}, {"version": "v1"}])
async def test_a_question_that_makes_no_sense_is_refused(
    api: httpx.AsyncClient, admin: dict[str, str], params: dict[str, str]
) -> None:
    assert (await api.get(REPORT, params=params, headers=admin)).status_code == 400


async def test_a_key_reads_what_it_calls_and_what_replaces_it(
    api: httpx.AsyncClient, seeded: Seeded, person: Person, admin: dict[str, str]
) -> None:
    made = seeded.seed.key("articles:read", organization_id=person.organization, name="Nightly import")
    key_id, key = made.id, made.header
    for params in ({}, {"page": "1"}, {"sort": "created_at"}):
        assert (await api.get("/v1/articles", params=params, headers=key)).status_code == 200
    report = await reported(api, key, 3)
    (version,) = report["versions"]
    assert (version["name"], version["sunset_at"], version["successor"]) == ("v1", "2027-06-30T23:59:59.000Z", "v2")
    assert (version["policy_url"], version["brownouts"], version["days_left"] > 0) == ("/sunset-policy", [], True)
    elements = {(each["kind"], each["name"], each["value"]): each for each in report["elements"]}
    assert set(elements) == {
        ("operation", None, None),
        ("parameter", "page", None),
        ("parameter", "sort", None),
        ("enum_value", "sort", "created_at"),
    }
    operation = elements["operation", None, None]
    assert operation["operation"] == {"version": "v1", "name": "listArticles", "method": "GET", "path": "/v1/articles"}
    assert operation["replaced_by"] == {"name": "listArticles", "method": "GET", "path": "/v2/articles"}
    assert operation["guide_url"] == "/migration#listarticles"
    assert (operation["calls"], sum(operation["calls_by_day"]), len(operation["calls_by_day"])) == (3, 3, 30)
    assert elements["parameter", "page", None]["replacement_name"] == "cursor"
    assert elements["enum_value", "sort", "created_at"]["replacement_value"] == "ingested_at"
    assert (report["scope"], report["callers"]) == ("caller", [])

    whole = await reported(api, admin, 3, scope="organization")
    assert [(each["id"], each["name"], each["calls"]) for each in whole["callers"]] == [(key_id, "Nightly import", 3)]
    of_key = await reported(api, admin, 3, key_id=key_id)
    assert (of_key["scope"], of_key["elements"]) == ("key", whole["elements"])
    assert (await reported(api, admin, 0))["elements"] == []


async def test_a_report_that_has_not_changed_is_not_sent_again(api: httpx.AsyncClient, admin: dict[str, str]) -> None:
    first = await api.get(REPORT, headers=admin)
    again = await api.get(REPORT, headers={**admin, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")

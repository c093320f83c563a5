"""Usage and billing events in v2, as clients read them."""

from datetime import date
from typing import Any

import httpx
import pytest

from core.kit import ids
from core.kit.principal import Principal
from core.usage.meter import UsageMeter
from tests.handlers.conftest import Seeded
from tests.support.people import People, Person
from tests.support.waiting import until

DAY = date(2026, 10, 20)
SPAN = {"from": "2026-10-01", "to": "2026-10-31"}


@pytest.fixture
async def owner(people: People, seeded: Seeded) -> Person:
    """An owner whose organisation has called something in October."""
    person = people.person("owner", people.organization(f"busy-{ids.new_id().hex}"), name="Olga Owner")
    meter = UsageMeter(seeded.infra)
    key = seeded.seed.key("articles:read", organization_id=person.organization, name="Nightly import")
    for principal_id, kind in ((person.account_id, "user"), (ids.decode("key", key.id), "api_key")):
        caller = Principal(person.organization, principal_id, kind)  # type: ignore[arg-type]  # one of the literals
        meter.count(caller, "v2.listArticles", 200, 1)
        meter.count(caller, "v2.getArticle", 404, 1)
    await meter.write(DAY)
    return person


def url(person: Person, path: str) -> str:
    return f"/v2/organizations/{person.organization_id}/{path}"


@pytest.mark.parametrize(
    "params",
    [
        {"group_by": "colour"},
        {"from": "yesterday"},
        {"from": "2026-02-30"},
        {"from": "2026-10-02", "to": "2026-10-01"},
        {"from": "2020-01-01"},
        {"cursor": "AAAA"},
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    api: httpx.AsyncClient, owner: Person, params: dict[str, str]
) -> None:
    response = await api.get(url(owner, "usage"), params=params, headers=owner.header)
    assert response.status_code == 400


async def test_usage_is_shown_by_day_operation_and_caller(api: httpx.AsyncClient, owner: Person) -> None:
    async def rows(group_by: str) -> list[dict[str, object]]:
        response = await api.get(url(owner, "usage"), params={**SPAN, "group_by": group_by}, headers=owner.header)
        assert response.status_code == 200, response.text
        data: list[dict[str, object]] = response.json()["data"]
        return data

    (day,) = await rows("day")
    assert day == {"day": "2026-10-20", "operation": None, "principal": None, "calls": 4, "errors": 2, "cost": 4}
    assert [row["operation"] for row in await rows("operation")] == ["v2.getArticle", "v2.listArticles"]
    callers = [row["principal"] for row in await rows("principal")]
    assert [(caller["kind"], caller["name"]) for caller in callers] == [  # type: ignore[index]  # none is null
        ("user", "Olga Owner"),
        ("api_key", "Nightly import"),
    ]


async def test_the_next_page_keeps_the_question(api: httpx.AsyncClient, owner: Person) -> None:
    asked: dict[str, Any] = {**SPAN, "group_by": "operation", "limit": 1}
    first = await api.get(url(owner, "usage"), params=asked, headers=owner.header)
    second = await api.get(first.links["next"]["url"], headers=owner.header)
    assert [row["operation"] for row in second.json()["data"]] == ["v2.listArticles"]


async def test_an_answer_about_days_that_are_over_is_not_sent_again(api: httpx.AsyncClient, owner: Person) -> None:
    first = await api.get(url(owner, "usage"), params=SPAN, headers=owner.header)
    headers = {**owner.header, "If-None-Match": first.headers["etag"]}
    again = await api.get(url(owner, "usage"), params=SPAN, headers=headers)
    assert (again.status_code, again.content) == (304, b"")


async def test_a_request_is_counted_with_its_cost_and_its_fault(
    api: httpx.AsyncClient, people: People, seeded: Seeded
) -> None:
    person = people.person("owner", people.organization(f"counted-{ids.new_id().hex}"))
    await api.get("/v2/articles", headers=person.header)
    await api.get("/v2/articles", params={"limit": "x"}, headers=person.header)

    def counted() -> bool:
        found = people._connection.execute(
            "SELECT calls, errors, cost FROM usage_daily WHERE organization_id = %s", (person.organization,)
        ).fetchall()
        return found == [(2, 1, 2)]

    await until(counted, "the count of two requests")


async def test_what_a_request_used_is_recorded_by_the_names_of_the_document(
    api: httpx.AsyncClient, people: People, seeded: Seeded
) -> None:
    person = people.person("owner", people.organization(f"elements-{ids.new_id().hex}"))
    await api.get("/v2/articles", params={"category": "science", "q": "my secret"}, headers=person.header)
    made = {"name": "My secret", "visibility": "private"}
    assert (await api.post("/v2/collections", json=made, headers=person.header)).status_code == 201

    def recorded() -> bool:
        found = people._connection.execute(
            "SELECT operation, kind, name, value FROM element_usage_daily WHERE organization_id = %s AND version = 'v2'"
            " AND calls = 1 AND principal_id = %s",
            (person.organization, person.account_id),
        ).fetchall()
        return sorted(found) == [
            ("createCollection", "enum", "/visibility", "private"),
            ("createCollection", "media_type", "", "application/json"),
            ("createCollection", "member", "/name", ""),
            ("createCollection", "member", "/visibility", ""),
            ("createCollection", "operation", "", ""),
            ("listArticles", "enum", "category", "science"),
            ("listArticles", "operation", "", ""),
            ("listArticles", "parameter", "category", ""),
            ("listArticles", "parameter", "q", ""),
        ]

    await until(recorded, "the elements of two requests")


async def test_months_are_shown_with_their_delivery(api: httpx.AsyncClient, people: People, owner: Person) -> None:
    people.execute(
        "INSERT INTO billing_events (organization_id, id, period, plan, calls, errors, cost, members)"
        " VALUES (%s, %s, '2026-10-01', 'free', 4, 2, 4, 1)",
        owner.organization, ids.new_id(),
    )  # fmt: skip
    (event,) = (await api.get(url(owner, "billing-events"), headers=owner.header)).json()["data"]
    assert (event["period"], event["calls"], event["members"]) == ("2026-10", 4, 1)
    assert (event["delivery"]["state"], event["delivery"]["attempts"]) == ("recorded", 0)

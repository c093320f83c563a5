"""Organisations in v2: who sees, makes, changes and ends which, and what plans allow."""

from typing import Any

import httpx
import pytest

from core.kit import ids
from core.kit.principal import NEWSROOM_ID
from tests.handlers.conftest import KeyFor, Seeded
from tests.support.people import People, Person

ORGANIZATIONS = "/v2/organizations"
UNKNOWN = ids.encode("org", ids.new_id())


@pytest.fixture
def owner(people: People) -> Person:
    """Somebody who acts at home."""
    return people.person(name="Olga Owner")


@pytest.fixture
async def desk(api: httpx.AsyncClient, owner: Person) -> dict[str, Any]:
    """A shared organisation of the owner."""
    response = await api.post(ORGANIZATIONS, json={"name": "Harbour Desk"}, headers=owner.header)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def url(organization: dict[str, Any], path: str = "") -> str:
    return f"{ORGANIZATIONS}/{organization['id']}{path}"


@pytest.mark.parametrize("path", ["", "/plan", "/members", "/invitations", "/usage", "/billing-events"])
async def test_an_organisation_of_others_is_as_one_that_nobody_has(
    api: httpx.AsyncClient, people: People, desk: dict[str, Any], stranger: dict[str, str], path: str
) -> None:
    for header in (people.person().header, stranger):
        foreign = await api.get(url(desk, path), headers=header)
        unknown = await api.get(f"{ORGANIZATIONS}/{UNKNOWN}{path}", headers=header)
        assert (foreign.status_code, foreign.json()["code"]) == (404, "organization_not_found")
        told = [{name: answer.json()[name] for name in ("title", "detail", "code")} for answer in (foreign, unknown)]
        assert told[0] == told[1]


async def test_changing_an_organisation_of_others_writes_nothing(
    api: httpx.AsyncClient, people: People, desk: dict[str, Any], owner: Person
) -> None:
    intruder = people.person()
    for method, body in (("PATCH", {"name": "Mine"}), ("DELETE", None)):
        response = await api.request(method, url(desk), json=body, headers=intruder.header)
        assert response.status_code == 404
    assert (await api.get(url(desk), headers=owner.header)).json() == desk


async def test_a_person_sees_the_own_organisations_and_a_key_its_own(
    api: httpx.AsyncClient, owner: Person, desk: dict[str, Any], key_for: KeyFor
) -> None:
    rows = (await api.get(ORGANIZATIONS, headers=owner.header)).json()["data"]
    assert [(row["kind"], row["role"]) for row in rows] == [("shared", "owner"), ("personal", "owner")]
    assert rows[0] == desk
    (newsroom,) = (await api.get(ORGANIZATIONS, headers=key_for("organization:read"))).json()["data"]
    assert (newsroom["id"], newsroom["kind"], newsroom["role"]) == (ids.encode("org", NEWSROOM_ID), "newsroom", None)


async def test_pages_of_organisations_hold_each_once(api: httpx.AsyncClient, owner: Person) -> None:
    for number in range(3):
        await api.post(ORGANIZATIONS, json={"name": f"Desk {number}"}, headers=owner.header)
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2, **({} if cursor is None else {"cursor": cursor})}
        body = (await api.get(ORGANIZATIONS, params=params, headers=owner.header)).json()
        seen += [row["name"] for row in body["data"]]
        cursor = body["page"]["next_cursor"]
        if cursor is None:
            break
    assert seen == ["Desk 2", "Desk 1", "Desk 0", "Olga Owner"]


async def test_a_cursor_of_another_person_is_refused(api: httpx.AsyncClient, people: People, owner: Person) -> None:
    await api.post(ORGANIZATIONS, json={"name": "Desk"}, headers=owner.header)
    first = (await api.get(ORGANIZATIONS, params={"limit": 1}, headers=owner.header)).json()
    params = {"limit": 1, "cursor": first["page"]["next_cursor"]}
    response = await api.get(ORGANIZATIONS, params=params, headers=people.person().header)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


async def test_a_key_makes_no_organisation(api: httpx.AsyncClient, all_scopes: dict[str, str]) -> None:
    response = await api.post(ORGANIZATIONS, json={"name": "Robots"}, headers=all_scopes)
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"name": ""}, 400),
        ({"name": "x" * 101}, 400),
        ({"name": "x", "slug": "Not A Slug"}, 400),
        ({"name": "x", "plan": "team"}, 400),
        ({"name": "x", "kind": "newsroom"}, 400),
        ({"name": "\u200b \n"}, 422),
    ],
)
async def test_an_organisation_without_a_good_name_is_refused(
    api: httpx.AsyncClient, owner: Person, body: dict[str, Any], status: int
) -> None:
    before = (await api.get(ORGANIZATIONS, headers=owner.header)).json()["data"]
    response = await api.post(ORGANIZATIONS, json=body, headers=owner.header)
    assert response.status_code == status
    assert (await api.get(ORGANIZATIONS, headers=owner.header)).json()["data"] == before


async def test_a_short_name_belongs_to_one_organisation(
    api: httpx.AsyncClient, people: People, owner: Person, desk: dict[str, Any]
) -> None:
    taken = await api.post(ORGANIZATIONS, json={"name": "x", "slug": desk["slug"]}, headers=people.person().header)
    assert (taken.status_code, taken.json()["code"]) == (409, "slug_taken")
    mine = (await api.post(ORGANIZATIONS, json={"name": "Mine"}, headers=owner.header)).json()
    renamed = await api.patch(url(mine), json={"slug": desk["slug"]}, headers=owner.header)
    assert (renamed.status_code, renamed.json()["code"]) == (409, "slug_taken")


async def test_a_name_is_one_line(api: httpx.AsyncClient, owner: Person) -> None:
    body = {"name": "Harbour\r\nBcc: everybody@example.org"}
    made = (await api.post(ORGANIZATIONS, json=body, headers=owner.header)).json()
    assert made["name"] == "Harbour Bcc: everybody@example.org"


async def test_a_change_is_written_and_the_rest_stays(
    api: httpx.AsyncClient, owner: Person, desk: dict[str, Any]
) -> None:
    body = {"name": "Harbour", "policies": {"invite": "owner"}}
    changed = (await api.patch(url(desk), json=body, headers=owner.header)).json()
    assert changed["policies"] == {"create_keys": "admin", "invite": "owner", "delete": "editor"}
    assert (changed["name"], changed["slug"]) == ("Harbour", desk["slug"])
    assert (await api.get(url(desk), headers=owner.header)).json() == changed


@pytest.mark.parametrize(
    ("role", "body", "status"),
    [
        ("viewer", {"name": "Mine"}, 403),
        ("editor", {"name": "Mine"}, 403),
        ("admin", {"name": "Mine"}, 200),
        ("admin", {"policies": {"create_keys": "admin"}}, 403),
        ("owner", {"policies": {"create_keys": "owner"}}, 200),
    ],
)
async def test_the_role_decides_who_changes_an_organisation(
    api: httpx.AsyncClient, people: People, desk: dict[str, Any], role: Any, body: dict[str, Any], status: int
) -> None:
    member = people.person()
    people.join(member.account_id, ids.decode("org", desk["id"]), role)
    response = await api.patch(url(desk), json=body, headers=member.header)
    assert response.status_code == status
    if status == 403:
        assert response.json()["code"] == "forbidden"


async def test_a_change_to_what_somebody_else_has_changed_is_refused(
    api: httpx.AsyncClient, owner: Person, desk: dict[str, Any]
) -> None:
    etag = (await api.get(url(desk), headers=owner.header)).headers["etag"]
    await api.patch(url(desk), json={"name": "Second"}, headers=owner.header)
    for method, body in (("PATCH", {"name": "Third"}), ("DELETE", None)):
        stale = await api.request(method, url(desk), json=body, headers={**owner.header, "If-Match": etag})
        assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert (await api.get(url(desk), headers=owner.header)).json()["name"] == "Second"


async def test_a_deleted_organisation_is_gone_with_all_that_it_owns(
    api: httpx.AsyncClient, people: People, seeded: Seeded, owner: Person, desk: dict[str, Any]
) -> None:
    organization_id = ids.decode("org", desk["id"])
    key = seeded.seed.key("organization:read", organization_id=organization_id)
    seeded.seed.article(
        seeded.seed.feed("of-the-desk", organization_id=organization_id), organization_id=organization_id
    )
    there = people.session(owner.account_id, organization_id)
    response = await api.delete(url(desk), headers=there.header)
    assert (response.status_code, response.content) == (204, b"")
    assert (await api.get(url(desk), headers=owner.header)).status_code == 404
    assert (await api.get(ORGANIZATIONS, headers=key.header)).status_code == 401
    left = (await api.get(ORGANIZATIONS, headers=owner.header)).json()["data"]
    assert [row["kind"] for row in left] == ["personal"]


async def test_an_organisation_with_others_in_it_is_not_deleted(
    api: httpx.AsyncClient, people: People, owner: Person, desk: dict[str, Any]
) -> None:
    admin = people.person()
    people.join(admin.account_id, ids.decode("org", desk["id"]), "admin")
    refused = await api.delete(url(desk), headers=admin.header)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    in_use = await api.delete(url(desk), headers=owner.header)
    assert (in_use.status_code, in_use.json()["code"]) == (409, "organization_in_use")


async def test_a_personal_organisation_ends_with_its_account_only(api: httpx.AsyncClient, owner: Person) -> None:
    response = await api.delete(f"{ORGANIZATIONS}/{owner.organization_id}", headers=owner.header)
    assert (response.status_code, response.json()["code"]) == (409, "personal_organization")


async def test_nobody_deletes_the_newsroom(api: httpx.AsyncClient, people: People) -> None:
    member = people.person("owner", NEWSROOM_ID)
    response = await api.delete(f"{ORGANIZATIONS}/{member.organization_id}", headers=member.header)
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


async def test_a_plan_shows_its_limits_and_what_is_used(
    api: httpx.AsyncClient, seeded: Seeded, owner: Person, desk: dict[str, Any]
) -> None:
    seeded.seed.key("articles:read", organization_id=ids.decode("org", desk["id"]))
    plan = (await api.get(url(desk, "/plan"), headers=owner.header)).json()
    assert (plan["plan"], plan["requests_per_hour"], plan["organization_requests_per_hour"]) == ("free", 100, 1000)
    assert plan["keys"] == {"limit": 10, "used": 1}
    assert plan["members"] == {"limit": 5, "used": 1}
    assert plan["feeds"] == {"limit": 100, "used": 0}
    assert plan["storage_bytes"] == {"limit": 50 * 2**20, "used": 0}


async def test_the_newsroom_has_the_limits_of_the_instance_only(api: httpx.AsyncClient, key_for: KeyFor) -> None:
    newsroom = f"{ORGANIZATIONS}/{ids.encode('org', NEWSROOM_ID)}"
    plan = (await api.get(f"{newsroom}/plan", headers=key_for("organization:read"))).json()
    assert (plan["plan"], plan["organization_requests_per_hour"]) == ("operator", 0)
    assert (plan["members"]["limit"], plan["keys"]["limit"], plan["feeds"]["limit"]) == (None, 10_000, 1000)


@pytest.fixture
def suspended(people: People, seeded: Seeded) -> dict[str, dict[str, str]]:
    """The headers of a key and a member of an organisation that the operator has suspended."""
    organization_id = people.organization(f"suspended-{ids.new_id().hex}")
    people.execute("UPDATE organizations SET suspended_at = now() WHERE id = %s", organization_id)
    return {
        "key": seeded.seed.key("organization:read", organization_id=organization_id).header,
        "member": people.person("owner", organization_id).header,
    }


@pytest.mark.parametrize("who", ["key", "member"])
async def test_a_suspended_organisation_s_callers_are_refused(
    api: httpx.AsyncClient, suspended: dict[str, dict[str, str]], who: str
) -> None:
    for path in (ORGANIZATIONS, "/v2/rate-limit"):
        response = await api.get(path, headers=suspended[who])
        assert (response.status_code, response.json()["code"]) == (403, "organization_suspended")


async def test_a_member_reaches_the_own_organisations_while_another_is_suspended(
    api: httpx.AsyncClient, people: People, owner: Person, desk: dict[str, Any]
) -> None:
    people.execute("UPDATE organizations SET suspended_at = now() WHERE id = %s", ids.decode("org", desk["id"]))
    refused = await api.get(url(desk), headers=owner.header)
    assert (refused.status_code, refused.json()["code"]) == (403, "organization_suspended")
    assert (await api.get(ORGANIZATIONS, headers=owner.header)).status_code == 200


async def test_an_organisation_is_made_once_however_often_it_is_asked_for(
    api: httpx.AsyncClient, owner: Person
) -> None:
    headers = {**owner.header, "Idempotency-Key": ids.new_id().hex}
    answers = [await api.post(ORGANIZATIONS, json={"name": "Once"}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len((await api.get(ORGANIZATIONS, headers=owner.header)).json()["data"]) == 2


async def test_callers_of_an_organisation_share_its_budget(
    api: httpx.AsyncClient, people: People, seeded: Seeded
) -> None:
    organization_id = people.organization(f"shared-{ids.new_id().hex}")
    first, second = (seeded.seed.key("organization:read", organization_id=organization_id).header for _ in range(2))
    await api.get(ORGANIZATIONS, headers=first)
    budgets = (await api.get("/v2/rate-limit", headers=second)).json()["budgets"]
    assert [(budget["name"], budget["limit"], budget["remaining"]) for budget in budgets] == [
        ("organization", 1000, 999)
    ]


async def test_a_policy_keeps_deletions_to_admins(
    api: httpx.AsyncClient, people: People, seeded: Seeded, owner: Person, desk: dict[str, Any]
) -> None:
    organization_id = ids.decode("org", desk["id"])
    await api.patch(url(desk), json={"policies": {"delete": "admin"}}, headers=owner.header)
    feed = ids.encode("feed", seeded.seed.feed("harbour-notes", organization_id=organization_id))
    editor, admin = (people.person(role, organization_id) for role in ("editor", "admin"))
    made = (await api.post("/v2/collections", json={"name": "Ships"}, headers=editor.header)).json()
    for path in (f"/v2/feeds/{feed}", f"/v2/collections/{made['id']}"):
        refused = await api.delete(path, headers=editor.header)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert (await api.delete(path, headers=admin.header)).status_code == 204

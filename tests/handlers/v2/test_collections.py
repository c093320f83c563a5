"""Reading lists in v2: make, find, change, copy and remove."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.handlers.conftest import EVERY_SCOPE, KeyFor, Seeded
from tests.support.infrastructure import OTHER_ID
from tests.support.people import People

LISTS = "/v2/collections"


@pytest.fixture
def keeper(key_for: KeyFor) -> dict[str, str]:
    return key_for("collections:read", "collections:write")


@pytest.fixture
async def made(api: httpx.AsyncClient, keeper: dict[str, str]) -> dict[str, Any]:
    """A list of the keeper's that a test may change and remove."""
    response = await api.post(LISTS, json={"name": "Mine", "description": "What is mine."}, headers=keeper)
    assert response.status_code == 201
    body: dict[str, Any] = response.json()
    return body


@pytest.fixture
async def private(api: httpx.AsyncClient, keeper: dict[str, str]) -> dict[str, Any]:
    """As `made`, but private."""
    response = await api.post(LISTS, json={"name": "Secret", "visibility": "private"}, headers=keeper)
    body: dict[str, Any] = response.json()
    return body


async def every(api: httpx.AsyncClient, headers: dict[str, str], **query: Any) -> list[dict[str, Any]]:
    """All pages of the lists, by their links."""
    response = await api.get(LISTS, params={"limit": 3, **query}, headers=headers)
    found: list[dict[str, Any]] = response.json()["data"]
    while "next" in response.links:
        response = await api.get(response.links["next"]["url"], headers=headers)
        found += response.json()["data"]
    return found


async def test_nobody_makes_a_list_without_a_credential(api: httpx.AsyncClient) -> None:
    assert (await api.post(LISTS, json={"name": "Mine"})).status_code == 401


async def test_another_organisation_s_lists_are_not_listed(
    api: httpx.AsyncClient, keeper: dict[str, str], stranger: dict[str, str], seeded: Seeded
) -> None:
    own = {row["id"] for row in await every(api, keeper)}
    theirs = {row["id"] for row in await every(api, stranger)}
    assert seeded.collection in own
    assert seeded.foreign_collection in theirs
    assert not own & theirs


@pytest.mark.parametrize(("method", "path"), [("PATCH", ""), ("DELETE", ""), ("POST", "/duplicate")])
async def test_another_organisation_s_list_stays_as_it_is(
    api: httpx.AsyncClient,
    keeper: dict[str, str],
    stranger: dict[str, str],
    seeded: Seeded,
    method: str,
    path: str,
) -> None:
    address = f"{LISTS}/{seeded.foreign_collection}"
    before = (await api.get(address, headers=stranger)).json()
    body = None if method == "DELETE" else {"name": "Taken"}
    response = await api.request(method, address + path, json=body, headers=keeper)
    assert (response.status_code, response.json()["code"]) == (404, "collection_not_found")
    assert (await api.get(address, headers=stranger)).json() == before


async def test_a_private_list_is_not_there_for_other_keys_of_the_organisation(
    api: httpx.AsyncClient, key_for: KeyFor, private: dict[str, Any]
) -> None:
    other = key_for("collections:read", "collections:write")
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        response = await api.request(method, f"{LISTS}/{private['id']}", json=body, headers=other)
        assert (response.status_code, response.json()["code"]) == (404, "collection_not_found")
    assert private["id"] not in {row["id"] for row in await every(api, other)}


async def test_a_private_list_is_not_there_for_the_owner_of_the_organisation(
    api: httpx.AsyncClient, stranger: dict[str, str], people: People
) -> None:
    private = (await api.post(LISTS, json={"name": "Secret", "visibility": "private"}, headers=stranger)).json()
    owner = people.person("owner", OTHER_ID)
    assert (await api.get(f"{LISTS}/{private['id']}", headers=owner.header)).status_code == 404


async def test_a_viewer_of_the_organisation_reads_its_lists_and_writes_none(
    api: httpx.AsyncClient, seeded: Seeded, people: People
) -> None:
    viewer = people.person("viewer", OTHER_ID)
    address = f"{LISTS}/{seeded.foreign_collection}"
    assert (await api.get(address, headers=viewer.header)).status_code == 200
    response = await api.patch(address, json={"name": "x"}, headers=viewer.header)
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")


async def test_an_editor_of_the_organisation_changes_a_list_and_cannot_remove_or_hide_it(
    api: httpx.AsyncClient, stranger: dict[str, str], people: People
) -> None:
    made = (await api.post(LISTS, json={"name": "Ours"}, headers=stranger)).json()
    editor = people.person("editor", OTHER_ID)
    address = f"{LISTS}/{made['id']}"
    assert (await api.patch(address, json={"name": "Edited"}, headers=editor.header)).json()["name"] == "Edited"
    for request in (("DELETE", None), ("PATCH", {"visibility": "private"})):
        response = await api.request(request[0], address, json=request[1], headers=editor.header)
        assert (response.status_code, response.json()["code"]) == (403, "forbidden")


async def test_an_admin_does_not_hide_somebody_else_s_list_from_everybody(
    api: httpx.AsyncClient, stranger: dict[str, str], people: People
) -> None:
    made = (await api.post(LISTS, json={"name": "Ours"}, headers=stranger)).json()
    admin = people.person("admin", OTHER_ID)
    address = f"{LISTS}/{made['id']}"
    response = await api.patch(address, json={"visibility": "private"}, headers=admin.header)
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert (await api.delete(address, headers=admin.header)).status_code == 204


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/name", "required"),
        ({"name": None}, "/name", "type"),
        ({"name": ""}, "/name", "min_length"),
        ({"name": "x" * 201}, "/name", "max_length"),
        ({"name": "x", "description": "x" * 2001}, "/description", "max_length"),
        ({"name": "x", "visibility": "public"}, "/visibility", "enum"),
        ({"name": "x", "item_count": 5}, "/item_count", "unknown_member"),
        ({"name": "x", "organization_id": "org_034qX1Ftp65qoNfZOdAkJR"}, "/organization_id", "unknown_member"),
        ({"name": "x", "created_by": "acct_034r6MH97mxTHOptLzuJJt"}, "/created_by", "unknown_member"),
    ],
)
async def test_a_bad_member_is_named(
    api: httpx.AsyncClient, keeper: dict[str, str], body: dict[str, Any], pointer: str, code: str
) -> None:
    response = await api.post(LISTS, json=body, headers=keeper)
    assert response.status_code == 400
    assert [(item["pointer"], item["code"]) for item in response.json()["errors"]] == [(pointer, code)]


@pytest.mark.parametrize("method", ["POST", "PATCH", "duplicate"])
async def test_a_name_in_which_nothing_can_be_seen_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], made: dict[str, Any], method: str
) -> None:
    address = {"POST": LISTS, "PATCH": f"{LISTS}/{made['id']}", "duplicate": f"{LISTS}/{made['id']}/duplicate"}[method]
    sent = "PATCH" if method == "PATCH" else "POST"
    response = await api.request(sent, address, json={"name": " \u200b\u202e "}, headers=keeper)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/name")


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "colour"},
        {"sort": "item_count"},
        {"owner": "somebody"},
        {"visibility": "public"},
        {"shared": "yes"},
        {"q": ""},
        {"cursor": "not-a-cursor"},
    ],
)
async def test_a_bad_question_is_refused(api: httpx.AsyncClient, keeper: dict[str, str], query: dict[str, str]) -> None:
    assert (await api.get(LISTS, params=query, headers=keeper)).status_code == 400


async def test_a_cursor_belongs_to_its_question_and_its_caller(
    api: httpx.AsyncClient, keeper: dict[str, str], stranger: dict[str, str], key_for: KeyFor
) -> None:
    for name in ("One", "Two"):
        await api.post(LISTS, json={"name": name}, headers=keeper)
    first = (await api.get(LISTS, params={"limit": 1}, headers=keeper)).json()
    cursor = first["page"]["next_cursor"]
    other = key_for("collections:read")
    for headers, query in (
        (keeper, {"sort": "name"}),
        (keeper, {"q": "o"}),
        (keeper, {"owner": "me"}),
        (stranger, {}),
        (other, {}),
    ):
        response = await api.get(LISTS, params={"cursor": cursor, **query}, headers=headers)
        assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_change_to_what_somebody_else_has_changed_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], made: dict[str, Any], method: str
) -> None:
    address = f"{LISTS}/{made['id']}"
    seen = (await api.get(address, headers=keeper)).headers["etag"]
    await api.patch(address, json={"name": "Faster"}, headers=keeper)
    body = {"name": "Slower"} if method == "PATCH" else None
    response = await api.request(method, address, json=body, headers={**keeper, "If-Match": seen})
    assert (response.status_code, response.json()["code"]) == (412, "precondition_failed")
    assert (await api.get(address, headers=keeper)).json()["name"] == "Faster"


async def test_a_new_list_is_empty_and_open_to_the_organisation(
    api: httpx.AsyncClient, keeper: dict[str, str], key_for: KeyFor
) -> None:
    response = await api.post(LISTS, json={"name": "  Zürich \n notes "}, headers=keeper)
    made = response.json()
    assert response.headers["location"] == f"{LISTS}/{made['id']}"
    assert (made["name"], made["visibility"], made["item_count"]) == ("Zürich notes", "organization", 0)
    assert made["created_by"].startswith("key_")
    assert (await api.get(response.headers["location"], headers=key_for("collections:read"))).json() == made


async def test_a_person_makes_a_list_where_the_token_acts(api: httpx.AsyncClient, people: People) -> None:
    person = people.person()
    made = (await api.post(LISTS, json={"name": "Evenings"}, headers=person.header)).json()
    assert (made["created_by"], made["organization_id"]) == (person.id, person.organization_id)


async def test_a_list_is_changed(api: httpx.AsyncClient, keeper: dict[str, str], made: dict[str, Any]) -> None:
    address = f"{LISTS}/{made['id']}"
    seen = await api.get(address, headers=keeper)
    changes = {"name": "Ours", "description": None, "visibility": "private"}
    response = await api.patch(address, json=changes, headers={**keeper, "If-Match": seen.headers["etag"]})
    changed = response.json()
    assert response.status_code == 200
    assert {name: changed[name] for name in changes} == changes
    assert changed["updated_at"] > made["updated_at"]
    assert (await api.get(address, headers=keeper)).json() == changed


async def test_a_rotated_key_keeps_its_private_lists(api: httpx.AsyncClient, seeded: Seeded) -> None:
    key = seeded.seed.key(*EVERY_SCOPE)
    header, key_id = key.header, key.id
    private = (await api.post(LISTS, json={"name": "Secret", "visibility": "private"}, headers=header)).json()
    for _ in range(2):
        address = f"/v2/api-keys/{key_id}/rotate"
        rotated = (await api.post(address, json={"overlap_seconds": 60}, headers=header)).json()
        header, key_id = {"Authorization": f"Bearer {rotated['key']}"}, rotated["id"]
    assert (await api.get(f"{LISTS}/{private['id']}", headers=header)).json() == private
    assert private["id"] in {row["id"] for row in await every(api, header, owner="me")}


async def test_a_copy_has_all_items_and_is_its_maker_s_alone(
    api: httpx.AsyncClient, keeper: dict[str, str], seeded: Seeded, key_for: KeyFor
) -> None:
    response = await api.post(f"{LISTS}/{seeded.collection}/duplicate", json={"name": "Mine"}, headers=keeper)
    copy = response.json()
    assert response.status_code == 201
    assert (copy["name"], copy["visibility"], copy["item_count"]) == ("Mine", "private", 3)
    lists = (seeded.collection, copy["id"])
    items = [(await api.get(f"{LISTS}/{id_}/items", headers=keeper)).json()["data"] for id_ in lists]
    told = ("url", "title", "status", "tags", "position")
    assert [[item[name] for name in told] for item in items[1]] == [[item[name] for name in told] for item in items[0]]
    assert not {item["id"] for item in items[0]} & {item["id"] for item in items[1]}
    assert (await api.get(f"{LISTS}/{copy['id']}", headers=key_for("collections:read"))).status_code == 404


async def test_a_copy_without_a_name_has_that_of_the_list(
    api: httpx.AsyncClient, keeper: dict[str, str], made: dict[str, Any]
) -> None:
    copy = (await api.post(f"{LISTS}/{made['id']}/duplicate", json={}, headers=keeper)).json()
    assert (copy["name"], copy["description"]) == (made["name"], made["description"])


async def test_a_removed_list_is_gone_with_its_items(
    api: httpx.AsyncClient, keeper: dict[str, str], made: dict[str, Any]
) -> None:
    address = f"{LISTS}/{made['id']}"
    item = (await api.post(f"{address}/items", json={"url": "https://example.org/a"}, headers=keeper)).json()
    seen = (await api.get(address, headers=keeper)).headers["etag"]
    response = await api.delete(address, headers={**keeper, "If-Match": seen})
    assert (response.status_code, response.content) == (204, b"")
    for gone in (address, f"{address}/items", f"{address}/items/{item['id']}"):
        assert (await api.get(gone, headers=keeper)).json()["code"] == "collection_not_found"
    assert (await api.delete(address, headers=keeper)).status_code == 404


@pytest.mark.parametrize("sort", ["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"])
async def test_the_links_lead_through_all_lists_once_and_in_order(
    api: httpx.AsyncClient, people: People, sort: str
) -> None:
    person = people.person()
    for name in ("beta", "Alpha", "ßeta", "émile", "alpha", "😀" * 200, "😀" * 199, "Gamma"):
        assert (await api.post(LISTS, json={"name": name}, headers=person.header)).status_code == 201
    found = await every(api, person.header, sort=sort)
    assert len({row["id"] for row in found}) == len(found) == 8
    column = sort.removeprefix("-")
    values = [row["name"].casefold()[:100] if column == "name" else row[column] for row in found]
    assert values == sorted(values, reverse=sort.startswith("-"))


async def test_filters_narrow_together(api: httpx.AsyncClient, people: People) -> None:
    colleague = people.person()
    person = people.person("admin", colleague.organization)
    for name, visibility in (("STRASSE 1", "organization"), ("Straße 2", "private"), ("Other", "private")):
        await api.post(LISTS, json={"name": name, "visibility": visibility}, headers=person.header)
    await api.post(LISTS, json={"name": "Straße 3"}, headers=colleague.header)

    async def names(**query: Any) -> set[str]:
        return {row["name"] for row in await every(api, person.header, **query)}

    assert await names() == {"STRASSE 1", "Straße 2", "Other", "Straße 3"}
    assert await names(q="strasse") == {"STRASSE 1", "Straße 2", "Straße 3"}
    assert await names(q="straße", owner="me") == {"STRASSE 1", "Straße 2"}
    assert await names(q="straße", visibility="private") == {"Straße 2"}
    assert await names(q="%") == set()
    assert await names(shared="true") == set()

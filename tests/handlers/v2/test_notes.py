"""Notes in v2: who sees, writes and changes which, and how they are found."""

from typing import Any

import httpx
import pytest

from core.kit import ids
from tests.handlers.conftest import KeyFor, Seeded
from tests.support.notes import NOTES, found, write


async def test_nobody_writes_a_note_without_a_credential(api: httpx.AsyncClient, article: str) -> None:
    assert (await api.post(NOTES, json={"article_id": article, "body": "x"})).status_code == 401


async def test_another_organisation_sees_no_note(
    api: httpx.AsyncClient, writer: dict[str, str], stranger: dict[str, str], article: str
) -> None:
    note = await write(api, writer, article, visibility="organization")
    address = f"{NOTES}/{note['id']}"
    answers = [
        await api.get(address, headers=stranger),
        await api.get(f"{address}/revisions", headers=stranger),
        await api.patch(address, json={"body": "Mine."}, headers=stranger),
        await api.delete(address, headers=stranger),
        await api.post(f"{address}/restore", headers=stranger),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "note_not_found")}
    assert note["id"] not in await found(api, stranger)
    assert note["id"] not in await found(api, stranger, q="plant")
    assert await found(api, stranger, article_id=article) == []
    assert (await api.get(address, headers=writer)).json() == note


async def test_a_note_is_not_written_on_another_organisation_s_article(
    api: httpx.AsyncClient, writer: dict[str, str], stranger: dict[str, str], seeded: Seeded
) -> None:
    body = {"article_id": seeded.foreign_story, "body": "x"}
    refused = await api.post(NOTES, json=body, headers=writer)
    assert (refused.status_code, refused.json()["code"]) == (404, "article_not_found")
    own = await write(api, stranger, seeded.foreign_story, visibility="organization")
    assert await found(api, writer, article_id=seeded.foreign_story) == []
    assert own["id"] in await found(api, stranger, article_id=seeded.foreign_story)


async def test_a_private_note_does_not_exist_for_colleagues_and_admins(
    api: httpx.AsyncClient, writer: dict[str, str], colleague: dict[str, str], admin: dict[str, str], article: str
) -> None:
    note = await write(api, writer, article, body="Between me and my diary: plutonium.")
    address = f"{NOTES}/{note['id']}"
    for other in (colleague, admin):
        answers = [
            await api.get(address, headers=other),
            await api.get(f"{address}/revisions", headers=other),
            await api.patch(address, json={"visibility": "organization"}, headers=other),
            await api.delete(address, headers=other),
            await api.post(f"{address}/restore", headers=other),
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert note["id"] not in await found(api, other)
        assert await found(api, other, q="plutonium") == []
        assert note["id"] not in await found(api, other, visibility="private")
    assert await found(api, writer, q="plutonium") == [note["id"]]


async def test_a_shared_note_is_read_by_colleagues_and_changed_by_its_author_only(
    api: httpx.AsyncClient, writer: dict[str, str], colleague: dict[str, str], admin: dict[str, str], article: str
) -> None:
    note = await write(api, writer, article, visibility="organization")
    address = f"{NOTES}/{note['id']}"
    assert (await api.get(address, headers=colleague)).json() == note
    assert note["author"]["name"] == "Writer"
    for other in (colleague, admin):
        refused = await api.patch(address, json={"body": "Not what I said."}, headers=other)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await api.delete(address, headers=colleague)).status_code == 403
    assert (await api.get(address, headers=writer)).json() == note


async def test_what_a_note_said_in_private_stays_private_when_it_is_shared(
    api: httpx.AsyncClient, writer: dict[str, str], colleague: dict[str, str], article: str
) -> None:
    note = await write(api, writer, article, body="A secret.")
    address = f"{NOTES}/{note['id']}"
    await api.patch(address, json={"body": "Nothing to hide.", "visibility": "organization"}, headers=writer)
    mine = (await api.get(f"{address}/revisions", headers=writer)).json()["data"]
    theirs = (await api.get(f"{address}/revisions", headers=colleague)).json()["data"]
    assert [(row["revision"], row["body"]) for row in mine] == [(2, "Nothing to hide."), (1, "A secret.")]
    assert [row["revision"] for row in theirs] == [2]
    await api.patch(address, json={"visibility": "private"}, headers=writer)
    assert (await api.get(address, headers=colleague)).status_code == 404
    assert (await api.get(f"{address}/revisions", headers=colleague)).status_code == 404


async def test_a_viewer_reads_notes_and_writes_none(api: httpx.AsyncClient, seeded: Seeded, article: str) -> None:
    viewer = seeded.people.person("viewer", seeded.people.organization("readers"))
    response = await api.post(NOTES, json={"article_id": article, "body": "x"}, headers=viewer.header)
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")
    assert await found(api, viewer.header) == []


async def test_a_person_s_notes_stay_in_the_organisation_that_they_were_written_in(
    api: httpx.AsyncClient, seeded: Seeded, article: str
) -> None:
    """The same person, and the same article, in another organisation: other notes."""
    people = seeded.people
    here, there = people.organization("one-desk"), people.organization("other-desk")
    author = people.person("editor", here)
    people.join(author.account_id, there, "editor")
    elsewhere = people.session(author.account_id, there)
    note = await write(api, author.header, article)
    assert await found(api, elsewhere.header) == []
    assert (await api.get(f"{NOTES}/{note['id']}", headers=elsewhere.header)).status_code == 404
    assert await found(api, author.header) == [note["id"]]


async def test_a_note_on_an_article_that_does_not_exist_is_refused(
    api: httpx.AsyncClient, writer: dict[str, str]
) -> None:
    for unknown in (ids.encode("art", ids.new_id()), f"art_{'z' * 22}"):
        response = await api.post(NOTES, json={"article_id": unknown, "body": "x"}, headers=writer)
        assert (response.status_code, response.json()["code"]) == (404, "article_not_found")
    assert await found(api, writer, article_id=f"art_{'z' * 22}") == []


@pytest.mark.parametrize(
    ("members", "faults"),
    [
        ({"body": ""}, {("/body", "min_length"), ("/body", "pattern")}),
        ({"body": " \n\t"}, {("/body", "pattern")}),
        ({"body": "x" * 10_001}, {("/body", "max_length")}),
        ({"body": 7}, {("/body", "type")}),
        ({"visibility": "public"}, {("/visibility", "enum")}),
        ({"anchor": {}}, {("/anchor/exact", "required")}),
        (
            {"anchor": {"exact": "x" * 2001, "suffix": "y" * 201}},
            {("/anchor/exact", "max_length"), ("/anchor/suffix", "max_length")},
        ),
        ({"anchor": {"exact": "x", "start": 1}}, {("/anchor/start", "unknown_member")}),
        ({"author_id": "acct_034r6MH97mxTHOptLzuJJt"}, {("/author_id", "unknown_member")}),
        ({"organization_id": "org_034r6MH97mxTHOptLzuJJt"}, {("/organization_id", "unknown_member")}),
        ({"created_at": "2020-01-01T00:00:00Z"}, {("/created_at", "unknown_member")}),
    ],
)
async def test_every_bad_member_is_named(
    api: httpx.AsyncClient, writer: dict[str, str], article: str, members: dict[str, Any], faults: set[tuple[str, str]]
) -> None:
    response = await api.post(NOTES, json={"article_id": article, "body": "x", **members}, headers=writer)
    assert response.status_code == 400
    assert {(item["pointer"], item["code"]) for item in response.json()["errors"]} == faults


async def test_an_article_s_id_cannot_be_changed(
    api: httpx.AsyncClient, writer: dict[str, str], seeded: Seeded
) -> None:
    note = await write(api, writer, seeded.stories[0])
    body = {"article_id": seeded.stories[1]}
    assert (await api.patch(f"{NOTES}/{note['id']}", json=body, headers=writer)).status_code == 400


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_change_of_an_older_state_is_refused(
    api: httpx.AsyncClient, writer: dict[str, str], article: str, method: str
) -> None:
    note = await write(api, writer, article)
    address = f"{NOTES}/{note['id']}"
    seen = (await api.get(address, headers=writer)).headers["etag"]
    now = (await api.patch(address, json={"body": "Faster."}, headers=writer)).json()
    body = {"body": "Slower."} if method == "PATCH" else None
    refused = await api.request(method, address, json=body, headers={**writer, "If-Match": seen})
    assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    current = await api.get(address, headers=writer)
    assert current.json() == now
    allowed = await api.request(method, address, json=body, headers={**writer, "If-Match": current.headers["etag"]})
    assert allowed.status_code == (200 if method == "PATCH" else 204)


async def test_a_cursor_of_another_list_or_caller_is_refused(
    api: httpx.AsyncClient, writer: dict[str, str], colleague: dict[str, str], article: str
) -> None:
    for _ in range(2):
        await write(api, writer, article, visibility="organization")
    first = (await api.get(NOTES, params={"limit": 1}, headers=writer)).json()
    cursor = first["page"]["next_cursor"]
    for headers, params in ((writer, {"sort": "created_at"}), (writer, {"author": "me"}), (colleague, {})):
        refused = await api.get(NOTES, params={"limit": 1, "cursor": cursor, **params}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor")


async def test_a_note_says_who_wrote_it_when_and_about_which_words(
    api: httpx.AsyncClient, writer: dict[str, str], key_for: KeyFor, article: str
) -> None:
    anchor = {"exact": "story 1", "prefix": "Summary of "}
    response = await api.post(
        NOTES, json={"article_id": article, "body": "# So\n\n  it *goes* ", "anchor": anchor}, headers=writer
    )
    note = response.json()
    assert (response.status_code, response.headers["location"]) == (201, f"{NOTES}/{note['id']}")
    assert note["body"] == "# So\n\n  it *goes* "
    assert (note["visibility"], note["revision"], note["article_id"]) == ("private", 1, article)
    assert note["anchor"] == {**anchor, "suffix": ""}
    assert note["anchor_state"]["status"] == "matched"
    text = (await api.get(f"/v2/articles/{article}", headers=key_for("articles:read"))).json()["summary"]
    assert text[note["anchor_state"]["start"] : note["anchor_state"]["end"]] == "story 1"
    assert (note["author"]["kind"], note["author"]["name"]) == ("api_key", "Writer")
    assert note["created_at"] == note["updated_at"]
    assert (await api.get(f"{NOTES}/{note['id']}", headers=writer)).json() == note


async def test_each_change_is_kept_as_a_revision_with_what_was_new(
    api: httpx.AsyncClient, writer: dict[str, str], article: str
) -> None:
    note = await write(api, writer, article, anchor={"exact": "Summary"})
    address = f"{NOTES}/{note['id']}"
    await api.patch(address, json={"body": "Second."}, headers=writer)
    await api.patch(address, json={"anchor": None, "visibility": "organization"}, headers=writer)
    same = await api.patch(address, json={"body": "Second.", "visibility": "organization"}, headers=writer)
    assert (same.json()["revision"], same.json()["anchor"], same.json()["anchor_state"]) == (3, None, None)
    response = await api.get(f"{address}/revisions", params={"limit": 2}, headers=writer)
    rows = response.json()["data"]
    rows += (await api.get(response.links["next"]["url"], headers=writer)).json()["data"]
    assert [(row["revision"], row["body"], row["changed"]) for row in rows] == [
        (3, "Second.", ["visibility", "anchor"]),
        (2, "Second.", ["body"]),
        (1, "Ask the plant.", ["body", "visibility", "anchor"]),
    ]
    assert {row["author"]["name"] for row in rows} == {"Writer"}
    assert rows[0]["made_at"] == same.json()["updated_at"]


async def test_lists_narrow_by_article_author_visibility_and_words(
    api: httpx.AsyncClient, key_for: KeyFor, seeded: Seeded
) -> None:
    one = key_for("notes:read", "notes:write", organization_id=seeded.seed.organization("narrow"))
    here, there = seeded.stories[3], seeded.stories[4]
    a = await write(api, one, here, body="Graphite anodes", visibility="private")
    b = await write(api, one, there, body="Running costs, anode included", visibility="organization")
    c = await write(api, one, here, body="Nothing", anchor={"exact": "cathodes"}, visibility="organization")
    assert await found(api, one) == [c["id"], b["id"], a["id"]]
    assert await found(api, one, sort="created_at") == [a["id"], b["id"], c["id"]]
    assert await found(api, one, article_id=here) == [c["id"], a["id"]]
    assert await found(api, one, visibility="private") == [a["id"]]
    assert await found(api, one, q="anode") == [b["id"], a["id"]]
    assert await found(api, one, q="anode", article_id=here, sort="created_at") == [a["id"]]
    assert await found(api, one, q="anode -cost") == [a["id"]]
    assert await found(api, one, q='"running costs" or cathode', visibility="organization") == [c["id"], b["id"]]
    assert await found(api, one, q="the") == []
    await api.patch(f"{NOTES}/{a['id']}", json={"body": "Graphite"}, headers=one)
    assert await found(api, one, sort="-updated_at") == [a["id"], c["id"], b["id"]]


async def test_author_me_leaves_out_what_others_share(
    api: httpx.AsyncClient, writer: dict[str, str], colleague: dict[str, str], article: str
) -> None:
    theirs = await write(api, colleague, article, visibility="organization", body="Zirconium")
    mine = await write(api, writer, article, body="Zirconium too")
    assert await found(api, writer, q="zirconium") == [mine["id"], theirs["id"]]
    assert await found(api, writer, q="zirconium", author="me") == [mine["id"]]
    assert await found(api, writer, author="me") == [mine["id"]]


@pytest.mark.parametrize("params", [{}, {"q": "page"}, {"sort": "updated_at", "q": "page"}, {"sort": "updated_at"}])
async def test_the_links_lead_through_the_whole_list_once(
    api: httpx.AsyncClient, key_for: KeyFor, article: str, params: dict[str, str]
) -> None:
    writer = key_for("notes:read", "notes:write")
    made = [(await write(api, writer, article, body=f"Page {number}"))["id"] for number in range(5)]
    response = await api.get(NOTES, params={**params, "limit": 2, "author": "me"}, headers=writer)
    seen = [note["id"] for note in response.json()["data"]]
    while "next" in response.links:
        response = await api.get(response.links["next"]["url"], headers=writer)
        seen += [note["id"] for note in response.json()["data"]]
    assert seen == (made if "sort" in params else made[::-1])

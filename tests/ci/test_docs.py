"""The generated parts of README.md: commands that can be pasted, sections that can be found."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any, Final

import pytest

from ci.docs import GUIDE
from ci.readme.commands import PARTINGS, command, credential_of
from ci.readme.document import base, documents, operations
from ci.readme.endpoints import OPERATIONS, SECTIONS, as_asked, endpoints, shortened, title
from ci.readme.guide import guide
from ci.readme.tables import migration, scopes
from core.contract.replacements import replacements_of
from core.translation.examples import examples_of

Node = dict[str, Any]
BEARER: Final = {"x-scopes": {}, "x-person-scopes": ["account:write"], "x-roles": {}}


def document(**more: Any) -> Node:
    """The part of a document that commands are made of."""
    return {"servers": [{"url": "/v2"}], "components": {"securitySchemes": {"bearer": BEARER}}, **more}


def operation(*needed: str, **more: Any) -> Node:
    return {"operationId": "changeNote", "security": [{"bearer": list(needed)}], **more}


def with_body(example: Any, media_type: str = "application/json", **more: Any) -> Node:
    return operation("notes:write", requestBody={"content": {media_type: {"example": example}}}, **more)


def body_of(printed: str) -> str:
    """What a shell hands to curl, with variables by their name."""
    words = shlex.split(printed.replace("\\\n", " "))
    return words[words.index("-d") + 1]


def of_both_documents() -> Iterator[tuple[Node, str, str, Node]]:
    for each in documents():
        for path, method, found in operations(each):
            yield dict(each), path, method, dict(found)


def test_an_operation_that_needs_no_credential_shows_none() -> None:
    assert command(document(), "/notes", "get", operation() | {"security": []}) == (
        "curl 'http://127.0.0.1:8080/v2/notes'"
    )


@pytest.mark.parametrize(
    ("needed", "path", "credential"),
    [
        (["notes:read"], "/notes", "$(cat .tidings/demo-key)"),
        ([], "/capabilities", "$(cat .tidings/demo-key)"),
        (["account:write"], "/me", "$TOKEN"),
        (["organization:read"], "/organizations/{organization_id}", "$TOKEN"),
    ],
)
def test_what_only_people_can_do_is_shown_with_a_person_s_token(needed: list[str], path: str, credential: str) -> None:
    assert credential_of(document(), path, operation(*needed)) == credential


def test_what_ends_a_session_is_not_shown_on_the_token_that_the_reader_goes_on_with() -> None:
    found = {operation["operationId"] for *_, operation in of_both_documents()}
    assert found >= PARTINGS
    assert credential_of(document(), "/me", operation("account:write", operationId="deleteMe")) == "$PASSING_TOKEN"


def test_a_section_removes_things_after_all_else_and_what_holds_others_last() -> None:
    for section in re.split(r"^#### ", endpoints(), flags=re.MULTILINE)[1:]:
        found = re.findall(r"<summary><code>([A-Z]+) (\S+)</code>", section)
        removed = [path for method, path in found if method == "DELETE"]
        assert [path for _, path in found[len(found) - len(removed) :]] == removed
        assert removed == sorted(removed, key=lambda path: -path.count("/"))


def test_ids_in_the_address_are_variables_and_values_that_the_document_lists_are_not() -> None:
    parameters = [
        {"in": "path", "name": "provider", "schema": {"enum": ["google", "github"]}, "example": "github"},
        {"in": "path", "name": "note_id", "schema": {"type": "string"}, "example": "note_1"},
    ]
    printed = command(document(), "/{provider}/{note_id}", "get", operation("notes:read", parameters=parameters))
    assert printed.endswith('"http://127.0.0.1:8080/v2/github/$NOTE_ID"')


def test_what_is_the_reader_s_own_in_a_body_is_a_variable() -> None:
    printed = command(document(), "/notes", "patch", with_body({"items": [{"article_id": "art_1"}], "item_ids": ["i"]}))
    assert body_of(printed) == '{"items": [{"article_id": "$ARTICLE_ID"}], "item_ids": ["$ITEM_ID"]}'


def test_a_member_can_have_a_variable_in_one_operation_only() -> None:
    example = {"email": "ada@example.org"}
    assert "$EMAIL" in command(document(), "/auth/login", "post", with_body(example, operationId="logIn"))
    assert "ada@example.org" in command(document(), "/invitations", "post", with_body(example))


def test_an_apostrophe_in_an_example_reaches_curl() -> None:
    for media_type, example in (("application/json", {"body": "Ada's"}), ("text/x-opml", "Ada's")):
        printed = command(document(), "/notes", "post", with_body(example, media_type))
        assert "Ada's" in body_of(printed)


def test_an_answer_says_what_its_request_has_set() -> None:
    answer = {"name": "Old", "plan": "free", "policies": {"invite": "admin", "delete": "editor"}, "since": "2026"}
    asked = {"name": "New", "policies": {"invite": "owner"}, "since": None, "reason": "not answered"}
    assert as_asked(answer, asked) == {
        "name": "New", "plan": "free", "policies": {"invite": "owner", "delete": "editor"}, "since": "2026",
    }  # fmt: skip
    assert as_asked([answer], asked) == [answer]


def test_no_answer_contradicts_its_request() -> None:
    compared = 0
    for block in re.findall(r"<summary>.*?</details>", endpoints(), flags=re.DOTALL):
        sent, answered = re.search(r"-d '(\{.*\})'", block), re.search(r"```json\n(\{.*?)```", block, flags=re.DOTALL)
        if sent is None or answered is None:
            continue
        request, answer = json.loads(sent[1]), json.loads(answered[1])
        for name in set(request) & set(answer):
            if isinstance(request[name], str) and "'$" not in request[name]:
                assert answer[name] == request[name], block.splitlines()[0]
                compared += 1
    assert compared > 10


def test_a_long_answer_is_cut_to_one_object_a_list() -> None:
    answer = {"data": [{"id": 1}, {"id": 2}], "tags": ["a", "b"], "text": "x" * 1000}
    assert shortened(answer) == {"data": [{"id": 1}], "tags": ["a", "b"], "text": "x" * 400}


@pytest.mark.parametrize(
    ("tag", "words"),
    [("articles", "Articles"), ("apiKeys", "API keys"), ("oauth", "OAuth"), ("collectionItems", "Collection items")],
)
def test_a_tag_is_written_as_words(tag: str, words: str) -> None:
    assert title(tag) == words


def test_every_operation_is_in_one_section_and_every_link_leads_to_one() -> None:
    text = endpoints()
    headings = re.findall(r"^#### (.+)$", text, re.MULTILINE)
    anchors = [heading.lower().replace(",", "").replace(" ", "-") for heading in headings]
    assert re.findall(r"\]\(#([^)]+)\)", text) == anchors
    for each, path, method, _ in of_both_documents():
        assert text.count(f"<code>{method.upper()} {base(each)}{path}</code>") == 1


def test_every_script_belongs_to_a_tag_or_an_operation() -> None:
    found = [operation for *_, operation in of_both_documents()]
    assert {file.stem for file in SECTIONS.iterdir()} <= {operation["tags"][0] for operation in found}
    assert {file.stem for file in OPERATIONS.iterdir()} <= {operation["operationId"] for operation in found}


def test_the_tables_name_every_scope_and_every_operation_of_v1() -> None:
    _, older = documents()
    for scope in older["components"]["securitySchemes"]["bearer"]["x-scopes"]:
        assert f"| `{scope}` |" in scopes()
    for path, method, _ in operations(older):
        assert f"| [`{method.upper()} /v1{path}`](docs/migration.md#" in migration()


def test_the_guide_is_what_the_documents_say() -> None:
    assert guide() == GUIDE.read_text("utf-8"), "run ci/docs"


def test_the_guide_has_a_paragraph_for_every_operation_of_v1_and_every_link_leads_to_one() -> None:
    newer, older = documents()
    text = guide()
    anchors = {heading.lower() for heading in re.findall(r"^## (\w+)$", text, re.MULTILINE)}
    assert {operation["operationId"].lower() for *_, operation in operations(older)} <= anchors
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors
    assert set(re.findall(r"docs/migration\.md#([^)]+)\)", migration())) <= anchors
    for found in replacements_of(older, newer):
        assert f"`{found.place}` → `{found.successor_place}`" in text


def test_the_guide_says_of_everything_where_it_went() -> None:
    newer, older = documents()
    sections = {part.split("\n", 1)[0]: part for part in guide().split("\n## ")}
    for found in replacements_of(older, newer):
        for move in (*found.parameters, *found.request, *found.response):
            assert f"`{move.name}`" in sections[found.operation_id], (found.operation_id, move.name)


def test_the_commands_before_and_after_are_those_of_the_versions() -> None:
    newer, older = documents()
    for shown in examples_of(older, newer):
        assert "/v1/" in shown.before
        assert all("/v2/" in command for command in shown.after)
        assert "{" not in shown.after[0].replace("-d '{", "").replace("}'", "").split('"http')[1]
    listing = next(shown for shown in examples_of(older, newer) if shown.replacement.operation_id == "listArticles")
    assert shlex.split(listing.after[1])[-1].endswith("sort=-ingested_at&count=exact&cursor=$NEXT_CURSOR")

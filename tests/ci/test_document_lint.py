"""Every rule of the document lint, on a small document that keeps them all and is then broken in one place."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ci.lints import documents
from ci.lints.contract.document import Document, load_all
from tests.support.small_documents import HANDLERS, SUNSET, obj, ref, small_document

Node = dict[str, Any]
Change = Callable[[Node], object]


def rules_broken(*checked: Document) -> set[str]:
    return {finding.split("[")[-1].split("]")[0] for finding in documents.check(checked)}


def listing(node: Node) -> Node:
    operation: Node = node["paths"]["/notes"]["get"]
    return operation


def creation(node: Node) -> Node:
    operation: Node = node["paths"]["/notes"]["post"]
    return operation


def schema(node: Node, name: str) -> Node:
    found: Node = node["components"]["schemas"][name]
    return found


def limit(node: Node) -> Node:
    parameter: Node = listing(node)["parameters"][0]
    return parameter


def nested_object(node: Node) -> None:
    schema(node, "Note")["properties"]["author"] = obj({}, description="Who.")
    schema(node, "Note")["required"].append("author")


def closed_allof(node: Node) -> None:
    node["components"]["schemas"]["Both"] = {"allOf": [ref("CreateNote"), ref("Note")]}


def output_as_input(node: Node) -> None:
    creation(node)["requestBody"]["content"]["application/json"]["schema"] = ref("Note")


def nameless_body(node: Node) -> None:
    creation(node)["requestBody"]["content"]["application/json"]["schema"] = {"type": "string"}


def path_level_parameters(node: Node) -> None:
    node["paths"]["/notes"]["parameters"] = listing(node)["parameters"]


def moved_to(path: str) -> Change:
    return lambda node: node["paths"].update({path: node["paths"].pop("/notes")})


def deleted_without_condition(node: Node) -> None:
    creation(node)["responses"]["204"] = creation(node)["responses"].pop("201")
    node["paths"]["/notes"]["delete"] = node["paths"]["/notes"].pop("post")


BROKEN: tuple[tuple[str, str, Change], ...] = (
    ("identity", "another OpenAPI version", lambda d: d.update(openapi="3.1.0")),
    ("identity", "the title of another version", lambda d: d["info"].update(title="Tidings API v1")),
    ("identity", "a version that is not of the major", lambda d: d["info"].update(version="3.0.0")),
    ("identity", "another licence", lambda d: d["info"].update(license={"name": "MIT"})),
    ("identity", "two servers", lambda d: d["servers"].append({"url": "/v3"})),
    ("retry-contract", "no retry contract", lambda d: d["info"].update(description="Try again.")),
    ("operation-id", "snake_case", lambda d: listing(d).update(operationId="list_notes")),
    ("operation-id", "no verb and noun", lambda d: listing(d).update(operationId="notes")),
    ("unique-operation-id", "a duplicate", lambda d: listing(d).update(operationId="createNote")),
    ("one-tag", "two tags", lambda d: listing(d).update(tags=["notes", "notes"])),
    ("one-tag", "no tag", lambda d: listing(d).pop("tags")),
    ("one-tag", "a tag that is not declared", lambda d: listing(d).update(tags=["letters"])),
    ("one-tag", "a tag for nothing", lambda d: d["tags"].append({"name": "letters"})),
    ("handler", "an operation without a handler", lambda d: listing(d).update(operationId="findNotes")),
    ("operation-texts", "no summary", lambda d: listing(d).pop("summary")),
    ("operation-texts", "a summary with a full stop", lambda d: listing(d).update(summary="List notes.")),
    ("operation-texts", "no description", lambda d: listing(d).pop("description")),
    ("paths", "camelCase", moved_to("/myNotes")),
    ("paths", "deep nesting", moved_to("/notes/{note_id}/lines/{line_id}/words")),
    ("paths", "parameters of the path", path_level_parameters),
    ("scopes", "no word about credentials", lambda d: listing(d).pop("security")),
    ("scopes", "a scope that nobody has", lambda d: listing(d).update(security=[{"bearer": ["notes:eat"]}])),
    ("scopes", "a scope that no key can get", lambda d: schema(d, "Scope").update(enum=["notes:read"])),
    ("error-set", "no 401", lambda d: listing(d)["responses"].pop("401")),
    ("error-set", "no 403 for a scope", lambda d: listing(d)["responses"].pop("403")),
    ("error-set", "no 415 for a body", lambda d: creation(d)["responses"].pop("415")),
    ("error-set", "no 304 for If-None-Match", lambda d: listing(d)["responses"].pop("304")),
    ("error-set", "no 406 for a body", lambda d: listing(d)["responses"].pop("406")),
    ("error-set", "no 404 for an id", moved_to("/notes/{note_id}")),
    ("error-set", "no success", lambda d: listing(d)["responses"].pop("200")),
    ("error-set", "a default", lambda d: listing(d)["responses"].update(default={"description": "Else."})),
    ("conditional-requests", "no If-None-Match", lambda d: listing(d)["parameters"].pop()),
    ("conditional-requests", "no If-Match", deleted_without_condition),
    ("error-set", "no 409 for a repeated request", lambda d: creation(d)["responses"].pop("409")),
    ("error-set", "no 422 for a reused key", lambda d: creation(d)["responses"].pop("422")),
    ("repeated-requests", "no Idempotency-Key", lambda d: creation(d)["parameters"].pop()),
    (
        "repeated-requests",
        "no Idempotency-Replayed",
        lambda d: creation(d)["responses"]["201"]["headers"].pop("Idempotency-Replayed"),
    ),
    (
        "repeated-requests",
        "a GET with Idempotency-Key",
        lambda d: listing(d)["parameters"].append(creation(d)["parameters"][0]),
    ),
    ("headers", "no request id", lambda d: listing(d)["responses"]["400"]["headers"].pop("X-Request-Id")),
    ("headers", "no ETag", lambda d: listing(d)["responses"]["200"]["headers"].pop("ETag")),
    ("headers", "no Retry-After", lambda d: listing(d)["responses"]["503"]["headers"].pop("Retry-After")),
    ("parameter-types", "oneOf", lambda d: limit(d).update(schema={"oneOf": [{"type": "integer"}]})),
    ("parameter-types", "an object", lambda d: limit(d).update(schema={"type": "object"}, example={})),
    ("parameter-bounds", "no maximum", lambda d: limit(d)["schema"].pop("maximum")),
    ("parameter-bounds", "endless text", lambda d: limit(d).update(schema={"type": "string"}, example="x")),
    (
        "parameter-bounds",
        "an endless list",
        lambda d: limit(d).update(schema={"type": "array", "items": {"type": "boolean"}}, example=[True]),
    ),
    ("parameter-texts", "no example", lambda d: limit(d).pop("example")),
    ("parameter-texts", "no description", lambda d: limit(d).pop("description")),
    ("named-bodies", "a body without a name", nameless_body),
    ("named-bodies", "an object in an object", nested_object),
    ("required-members", "an optional member", lambda d: schema(d, "Note")["required"].remove("tone")),
    ("closed-inputs", "an open input", lambda d: schema(d, "CreateNote").pop("additionalProperties")),
    ("closed-inputs", "a closed output", lambda d: schema(d, "Note").update(additionalProperties=False)),
    ("closed-inputs", "an input that is an output", output_as_input),
    ("no-closed-allof", "a closed part", closed_allof),
    ("enum-strings", "a number", lambda d: schema(d, "Scope")["enum"].append(1)),
    ("enum-strings", "null where there is none", lambda d: schema(d, "Scope")["enum"].append(None)),
    ("one-namespace", "a parameter like a schema", lambda d: d["components"].update(parameters={"Note": limit(d)})),
    ("one-namespace", "a reserved word", lambda d: d["components"]["schemas"].update(Switch=schema(d, "Note"))),
    ("titles", "a class that may be null", lambda d: schema(d, "Note")["properties"]["tone"].pop("title")),
    (
        "enum-names",
        "a value that is no word",
        lambda d: schema(d, "Note")["properties"]["tone"]["enum"].append("-calm"),
    ),
    ("enum-names", "a value without a name", lambda d: schema(d, "Scope")["x-enum-varnames"].pop()),
    ("linear-patterns", "a nested quantifier", lambda d: schema(d, "Scope").update(pattern="^([a-z]+-?)+$")),
    ("linear-patterns", "no anchor", lambda d: schema(d, "Scope").update(pattern="[a-z]+$")),
    ("known-formats", "an unknown format", lambda d: schema(d, "Scope").update(format="iban")),
    ("members", "camelCase", lambda d: schema(d, "Note")["properties"].update(isNew={"description": "?"})),
    ("members", "no description", lambda d: schema(d, "Note")["properties"]["text"].pop("description")),
    (
        "examples",
        "a body without one",
        lambda d: creation(d)["requestBody"]["content"]["application/json"].pop("example"),
    ),
    (
        "valid-examples",
        "a body that is wrong",
        lambda d: creation(d)["requestBody"]["content"]["application/json"].update(example={"txt": "hello"}),
    ),
    ("valid-examples", "a member that is wrong", lambda d: schema(d, "Note")["properties"]["text"].update(example=1)),
    ("valid-examples", "a parameter that is wrong", lambda d: limit(d).update(example=101)),
    ("valid-examples", "a default that is wrong", lambda d: schema(d, "Scope").update(default="notes:eat")),
    ("catalogued-problems", "another title", lambda d: d["x-problems"]["broken_400"].update(title="Oh")),
    ("catalogued-problems", "an unknown code", lambda d: d["x-problems"].pop("broken_400")),
)


def document(node: Node, **more: Any) -> Document:
    return Document("v2", node, handlers=HANDLERS, **more)


@pytest.mark.parametrize(("rule", "what", "change"), BROKEN, ids=[f"{rule}: {what}" for rule, what, _ in BROKEN])
def test_a_document_that_breaks_a_rule_is_found(rule: str, what: str, change: Change) -> None:
    node = copy.deepcopy(small_document())  # the tests share no object, whatever a change does to one
    change(node)
    assert rule in rules_broken(document(node)), what


def moves(node: Node, kind: str) -> Node:
    found: Node = listing(node)["x-replaced-by"][kind]
    return found


def moved(node: Node, name: str, target: object) -> None:
    moves(node, "response")[name] = target


def became(node: Node, status: str, **change: str) -> None:
    node["x-replaced-by"]["statuses"].append({"from": status, "error": "BROKEN", **change})


def need(name: str) -> Node:
    return {name: {"to": "/mood", "of": ["listNotes", "findNotes"], "note": "Ask for it."}}


ENDED: tuple[tuple[str, str, Change], ...] = (
    ("lifecycle", "an end before its announcement", lambda d: d.update({"x-deprecated-since": SUNSET})),
    ("lifecycle", "an operation that does not say it", lambda d: listing(d).pop("deprecated")),
    ("lifecycle", "an operation with another date", lambda d: listing(d).update({"x-sunset": "2028-01-01"})),
    ("replacements", "no successor", lambda d: listing(d).pop("x-replaced-by")),
    ("replacements", "an unknown successor", lambda d: listing(d)["x-replaced-by"].update(operation="findNotes")),
    ("replacements", "a parameter without one", lambda d: listing(d)["x-replaced-by"].update(parameters={})),
    ("replacements", "a header parameter without one", lambda d: d["x-replaced-by"]["parameters"].pop("If-None-Match")),
    ("replacements", "an unknown parameter", lambda d: moves(d, "parameters").update(limit="size")),
    ("replacements", "a move of nothing", lambda d: moves(d, "parameters").update(size="limit")),
    ("replacements", "an unknown transformation", lambda d: moved(d, "/text", {"to": "/text", "by": "magic"})),
    ("replacements", "no reason", lambda d: moved(d, "/text", {"none": ""})),
    ("replacements", "a member of an answer without one", lambda d: moves(d, "response").pop("/tone")),
    ("replacements", "an unknown member of an answer", lambda d: moved(d, "/tone", "/mood")),
    ("replacements", "a member of a body without one", lambda d: creation(d)["x-replaced-by"].pop("request")),
    ("replacements", "a header without one", lambda d: d["x-replaced-by"]["headers"].pop("Sunset")),
    ("replacements", "an unknown header", lambda d: d["x-replaced-by"]["headers"].update(ETag="Tag")),
    ("replacements", "a member of an error without one", lambda d: d["x-replaced-by"]["errors"].pop("/code")),
    ("replacements", "a status without one", lambda d: d["x-replaced-by"].pop("statuses")),
    ("replacements", "an unknown status", lambda d: became(d, "400", to="418", when="Now.")),
    ("replacements", "a status that it has not", lambda d: became(d, "418", to="400", when="Now.")),
    ("replacements", "a status for no reason", lambda d: became(d, "400", to="401")),
    (
        "replacements",
        "an unknown addition",
        lambda d: listing(d)["x-replaced-by"].update(adds={"size": {"value": "1"}}),
    ),
    ("replacements", "a need of what is not there", lambda d: listing(d)["x-replaced-by"].update(needs=need("limit"))),
    ("headers", "no Sunset header", lambda d: listing(d)["responses"]["200"]["headers"].pop("Sunset")),
    ("error-set", "no 410", lambda d: listing(d)["responses"].pop("410")),
)


@pytest.mark.parametrize(("rule", "what", "change"), ENDED, ids=[f"{rule}: {what}" for rule, what, _ in ENDED])
def test_a_version_that_ends_says_so_everywhere(rule: str, what: str, change: Change) -> None:
    node = copy.deepcopy(small_document(end=True))
    change(node)
    ending = Document("v1", node, handlers=HANDLERS, successor=document(small_document()))
    assert rule in rules_broken(ending), what


def test_a_successor_that_insists_on_more_than_its_predecessor_has_is_found() -> None:
    newest = small_document()
    listing(newest)["parameters"].append({**limit(newest), "name": "size", "required": True})
    ending = Document("v1", small_document(end=True), handlers=HANDLERS, successor=document(newest))
    assert "v1: GET /notes does not say where the parameter size comes from" in documents.check([ending])[0]


def test_small_documents_that_keep_every_rule_pass() -> None:
    newest = document(small_document())
    ending = Document("v1", small_document(end=True), handlers=HANDLERS, successor=newest)
    assert documents.check([newest, ending]) == []


def test_clients_may_leave_members_out_where_the_schema_is_sparse() -> None:
    node = small_document()
    schema(node, "Note")["required"].remove("tone")
    schema(node, "Note")["x-sparse"] = True
    assert rules_broken(document(node)) == set()


def test_a_handler_that_no_operation_calls_is_found() -> None:
    spare = {"notes": HANDLERS["notes"] | {"eat_note"}}
    assert rules_broken(replace(document(small_document()), handlers=spare)) == {"handler"}


FILES = (
    ("file-length", "openapi/v2/paths/notes.yaml", "# x\n" * 401),
    ("versions-apart", "openapi/v2/paths/notes.yaml", 'notes: {$ref: "../../v1/paths/notes.yaml#/notes"}'),
    ("versions-apart", "openapi/shared/errors.yaml", 'notes: {$ref: "../v2/paths/notes.yaml#/notes"}'),
    ("quoted-enums", "openapi/v2/schemas/notes.yaml", "language:\n  enum: [en, no]\n"),
    ("no-spare-components", "openapi/v2/schemas/notes.yaml", "components:\n  schemas:\n    Letter: {type: string}\n"),
)  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "text"), FILES)
def test_a_file_that_breaks_a_rule_is_found(rule: str, path: str, text: str) -> None:
    assert rules_broken(document(small_document(), files={path: text})) == {rule}


def test_every_rule_is_shown_to_fail() -> None:
    shown = {rule for rule, *_ in (*BROKEN, *ENDED, *FILES)}
    assert {rule.name for rule in documents.RULES} == shown


def test_the_published_documents_keep_every_rule() -> None:
    assert documents.check(load_all()) == []

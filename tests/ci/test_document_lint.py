"""Every rule of the document lint, on a small document that keeps them all and is then broken in one place."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ci.lints import documents
from ci.lints.contract.document import Document, load_all

Node = dict[str, Any]
Change = Callable[[Node], object]

HEADERS = "X-Request-Id RateLimit RateLimit-Policy X-RateLimit-Limit X-RateLimit-Remaining X-RateLimit-Reset".split()
OF_STATUS = {
    "200": ["ETag"],
    "201": ["Location", "Idempotency-Replayed"],
    "401": ["WWW-Authenticate"],
    "429": ["Retry-After"],
}
OF_STATUS["503"] = OF_STATUS["429"]
LIFECYCLE = ["Deprecation", "Sunset", "Link"]
RETRY = "A client may retry **408, 425, 429, 500, 502, 503 and 504**."
HANDLERS = {"notes": frozenset({"list_notes", "create_note"})}
SUNSET = "2027-06-30T23:59:59Z"


def answers(*statuses: str, schema: str = "Problem", end: bool = False) -> Node:
    """Responses with every header that the rules want; those below 300 show a note, the others a problem."""
    return {
        status: {
            "description": status,
            "headers": {
                name: {"schema": {"type": "string"}}
                for name in (*HEADERS, *OF_STATUS.get(status, []), *(LIFECYCLE if end else []))
            },
            **({} if status == "304" else {"content": body(status, schema)}),
        }
        for status in statuses
    }


def body(status: str, schema: str) -> Node:
    if status.startswith("2"):
        return {"application/json": {"schema": ref("Note"), "example": {"text": "hello", "tone": "calm"}}}
    problem = {"type": "/problems/broken", "title": "It is broken", "status": int(status), "code": f"broken_{status}"}
    problem["type"] = f"/problems/broken_{status}"
    return {"application/problem+json": {"schema": ref(schema), "example": problem}}


def ref(name: str) -> Node:
    return {"$ref": f"#/components/schemas/{name}"}


def obj(properties: Node, **more: Any) -> Node:
    return {"type": "object", "properties": properties, "required": list(properties), **more}


def small_document(*, end: bool = False) -> Node:
    """A list and a creation of notes: everything that the rules look at, once."""
    ending = {"deprecated": True, "x-sunset": SUNSET} if end else {}
    failures = ["400", "401", "403", "406", "429", "500", "503", *(["410"] if end else [])]
    listing: Node = {
        "operationId": "listNotes",
        "tags": ["notes"],
        "summary": "List notes",
        "description": "Every note of the caller.",
        "security": [{"bearer": ["notes:read"]}],
        "parameters": [
            {
                "name": "limit",
                "in": "query",
                "description": "How many.",
                "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
                "example": 20,
            },
            {
                "name": "If-None-Match",
                "in": "header",
                "description": "The ETag.",
                "schema": {"type": "string", "maxLength": 100},
                "example": '"x"',
            },
        ],
        "responses": answers("200", "304", *failures, end=end),
        **ending,
    }
    creation: Node = {
        "operationId": "createNote",
        "tags": ["notes"],
        "summary": "Write a note",
        "description": "Keeps a note for the caller.",
        "security": [{"bearer": ["notes:write"]}],
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The same for each repetition.",
                "schema": {"type": "string", "maxLength": 255},
                "example": "x",
            },
        ],
        "requestBody": {"content": {"application/json": {"schema": ref("CreateNote"), "example": {"text": "hello"}}}},
        "responses": answers("201", *failures, "409", "413", "415", "422", end=end),
        **ending,
    }
    if end:
        listing["x-replaced-by"] = {"operation": "listNotes", "parameters": {"limit": "limit"}}
        creation["x-replaced-by"] = {"operation": "createNote", "parameters": {}}
    text = {"type": "string", "description": "What it says.", "example": "hello"}
    tone = {"type": "string", "nullable": True, "description": "How it sounds.", "enum": ["calm", "loud", None]}
    tone["title"] = "Tone"
    scopes = {"enum": ["notes:read", "notes:write"], "x-enum-varnames": ["NotesRead", "NotesWrite"]}
    statuses = (400, 401, 403, 406, 409, 410, 413, 415, 422, 429, 500, 503)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"Tidings API {'v1' if end else 'v2'}",
            "version": "1.0.0" if end else "2.0.0",
            "license": {"name": "Apache-2.0"},
            "description": RETRY,
        },
        "servers": [{"url": "/v1" if end else "/v2"}],
        **({"x-deprecated-since": "2026-12-01T00:00:00Z", "x-sunset": SUNSET} if end else {}),
        "x-problems": {f"broken_{s}": {"status": s, "title": "It is broken", "description": "!"} for s in statuses},
        "tags": [{"name": "notes"}],
        "paths": {"/notes": {"get": listing, "post": creation}},
        "components": {
            "securitySchemes": {"bearer": {"x-scopes": {"notes:read": "Read.", "notes:write": "Write."}}},
            "schemas": {
                "Note": obj({"text": text, "tone": tone}),
                "CreateNote": obj({"text": text}, additionalProperties=False),
                "Problem": obj(
                    dict.fromkeys(("type", "title", "code"), text)
                    | {"status": {**text, "type": "integer", "example": 400}}
                ),
                "Scope": {"type": "string", **scopes},
            },
        },
    }


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


ENDED: tuple[tuple[str, str, Change], ...] = (
    ("lifecycle", "an end before its announcement", lambda d: d.update({"x-deprecated-since": SUNSET})),
    ("lifecycle", "an operation that does not say it", lambda d: listing(d).pop("deprecated")),
    ("lifecycle", "an operation with another date", lambda d: listing(d).update({"x-sunset": "2028-01-01"})),
    ("replacements", "no successor", lambda d: listing(d).pop("x-replaced-by")),
    ("replacements", "an unknown successor", lambda d: listing(d)["x-replaced-by"].update(operation="findNotes")),
    ("replacements", "a parameter without one", lambda d: listing(d)["x-replaced-by"].update(parameters={})),
    ("replacements", "an unknown one", lambda d: listing(d)["x-replaced-by"]["parameters"].update(limit="size")),
    ("headers", "no Sunset header", lambda d: listing(d)["responses"]["200"]["headers"].pop("Sunset")),
    ("error-set", "no 410", lambda d: listing(d)["responses"].pop("410")),
)


@pytest.mark.parametrize(("rule", "what", "change"), ENDED, ids=[f"{rule}: {what}" for rule, what, _ in ENDED])
def test_a_version_that_ends_says_so_everywhere(rule: str, what: str, change: Change) -> None:
    node = copy.deepcopy(small_document(end=True))
    change(node)
    ending = Document("v1", node, handlers=HANDLERS, successor=document(small_document()))
    assert rule in rules_broken(ending), what


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

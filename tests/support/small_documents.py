"""A small pair of documents that keep every rule of the lint, for tests that break them in one place."""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]

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


def shared() -> Node:
    """What is replaced in the same way everywhere."""
    stay = [*HEADERS, *(name for names in OF_STATUS.values() for name in names)]
    return {
        "parameters": {name: name for name in ("If-None-Match", "Idempotency-Key")},
        "headers": {name: name for name in stay} | {name: {"none": "There is no end."} for name in LIFECYCLE},
        "errors": {f"/{name}": f"/{name}" for name in ("type", "title", "status", "code")},
        "statuses": [{"from": "410", "error": "ENDED", "none": "There is no end."}],
    }


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
        note = {"/text": "/text", "/tone": "/tone"}
        listing["x-replaced-by"] = {"operation": "listNotes", "parameters": {"limit": "limit"}, "response": note}
        creation["x-replaced-by"] = {"operation": "createNote", "request": {"/text": "/text"}, "response": dict(note)}
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
        **(
            {"x-deprecated-since": "2026-12-01T00:00:00Z", "x-sunset": SUNSET, "x-replaced-by": shared()} if end else {}
        ),
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

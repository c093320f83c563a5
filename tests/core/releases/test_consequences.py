"""Whom a change would break: by what each caller sent, did not send, or called."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.contract.elements import Element, ElementKind
from core.releases.consequences import Caller, Consequences, Use

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADA = Caller("acme", "key_ada", "api_key", "Ada")
BOB = Caller("bobs", "key_bob", "api_key", "Bob")
JSON = "application/json"
ITEM = {
    "type": "object",
    "properties": {"url": {"type": "string"}, "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
}
BASE: dict[str, Any] = {
    "servers": [{"url": "/v2"}],
    "paths": {
        "/things": {
            "parameters": [{"$ref": "#/components/parameters/Tone"}],
            "get": {
                "operationId": "listThings",
                "parameters": [{"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/List"}}}}
                },
            },
            "post": {
                "operationId": "addThings",
                "requestBody": {"content": {JSON: {"schema": {"$ref": "#/components/schemas/New"}}}},
                "responses": {"204": {"description": "Added."}},
            },
        },
        "/things/{id}": {"get": {"operationId": "getThing", "responses": {}}},
    },
    "components": {
        "parameters": {
            "Tone": {"name": "tone", "in": "query", "schema": {"type": "string", "enum": ["loud", "quiet"]}},
        },
        "schemas": {
            "List": {"type": "object", "properties": {"data": {"items": {"$ref": "#/components/schemas/Thing"}}}},
            "Thing": {"type": "object", "properties": {"part": {"$ref": "#/components/schemas/Thing"}}},
            "New": {
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "enum": ["small", "large"]},
                    "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
                    "parts": {"type": "array", "items": ITEM},
                    "self": {"$ref": "#/components/schemas/New"},
                },
            },
        },
    },
}


def use(
    caller: Caller, operation: str, calls: int, kind: ElementKind = "operation", name: str = "", value: str = "", *,
    version: str = "v2", days_ago: int = 0,
) -> Use:  # fmt: skip
    moment = NOON - timedelta(days=days_ago)
    return Use(caller, version, operation, Element(kind, name, value), calls, moment)


USES = (
    use(ADA, "listThings", 10),
    use(ADA, "listThings", 4, "parameter", "tone"),
    use(ADA, "listThings", 3, "enum", "tone", "loud", days_ago=2),
    use(ADA, "listThings", 2, "parameter", "If-None-Match"),
    use(BOB, "listThings", 20),
    use(BOB, "listThings", 99, version="v1"),
    use(BOB, "addThings", 8),
    use(BOB, "addThings", 8, "media_type", "", "application/json"),
    use(BOB, "addThings", 5, "member", "/kind"),
    use(BOB, "addThings", 5, "enum", "/kind", "small"),
    use(BOB, "addThings", 6, "member", "/parts"),
    use(BOB, "addThings", 2, "member", "/parts/*/url"),
    use(BOB, "addThings", 1, "member", "/parts/*/items/n"),
    use(BOB, "addThings", 7, "member", "/tags"),
    use(BOB, "addThings", 3, "enum", "/tags/*", "a"),
)


def hits(rule: str, text: str, operation: str | None = "listThings", section: str = "paths") -> dict[str, int]:
    finding: Mapping[str, Any] = {
        "id": rule, "text": text, "level": 3, "operationId": operation, "section": section,
    }  # fmt: skip
    return {hit.caller.organization: hit.calls for hit in Consequences(BASE, USES).of(finding)}


OF_TONE = "`query` request parameter `tone`"
EVERYBODY = {"bobs": 20, "acme": 10}


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("request-parameter-removed", f"deleted the {OF_TONE}", {"acme": 4}),
        ("request-parameter-removed", "deleted the `header` request parameter `if-none-match`", {"acme": 2}),
        ("request-parameter-max-length-set", f"for the {OF_TONE}, the maxLength was set to `3`", {"acme": 4}),
        ("request-parameter-enum-value-removed", f"removed the enum value `loud` from the {OF_TONE}", {"acme": 3}),
        ("request-parameter-enum-value-removed", f"removed the enum value `quiet` from the {OF_TONE}", {}),
        ("request-parameter-became-required", f"the {OF_TONE} became required", {"bobs": 20, "acme": 6}),
        (
            "request-parameter-default-value-changed",
            f"for the {OF_TONE}, default value was changed",
            {"bobs": 20, "acme": 6},
        ),
        ("new-required-request-parameter", "added the new required `query` request parameter `since`", EVERYBODY),
        ("request-parameter-pattern-added", "added the pattern `x` to the `path` request parameter `id`", EVERYBODY),
        ("response-required-property-removed", "removed the required property `data` from the response", EVERYBODY),
        ("api-removed-without-deprecation", "api removed without deprecation", EVERYBODY),
        ("api-security-scope-added", "the security scope `x` was added to the security scheme `bearer`", EVERYBODY),
    ],
)
def test_a_change_of_what_is_asked_for_hits_who_sends_it_or_does_not(
    rule: str, text: str, expected: dict[str, int]
) -> None:
    assert hits(rule, text) == expected


@pytest.mark.parametrize(
    ("rule", "text", "calls"),
    [
        ("request-property-removed", "removed the request property `kind`", 5),
        ("request-property-enum-value-removed", "removed the enum value `small` of the request property `kind`", 5),
        ("request-property-enum-value-removed", "removed the enum value `large` of the request property `kind`", 0),
        ("request-property-enum-value-removed", "removed the enum value `a` of the request property `tags/items/`", 3),
        ("request-property-max-length-set", "the `tags/items/` request property's maxLength was set to `3`", 7),
        ("request-property-removed", "removed the request property `parts/items/url`", 2),
        ("request-property-removed", "removed the request property `parts/items/items/n`", 1),
        ("request-property-became-required", "the request property `kind` became required", 3),
        ("request-property-became-required", "the request property `parts/items/url` became required", 4),
        ("request-property-default-value-changed", "the `kind` request property default value changed", 3),
        ("new-required-request-property", "added the new required request property `mood`", 8),
        ("new-required-request-property", "added the new required request property `parts/items/mood`", 6),
        ("request-property-removed", "removed the request property `never/heard/of`", 8),
        ("request-body-media-type-removed", "removed the media type `application/json` from the request body", 8),
        ("request-body-became-not-nullable", "the request's body became not nullable", 8),
    ],
)
def test_a_change_of_a_body_hits_who_sends_that_part(rule: str, text: str, calls: int) -> None:
    assert sum(hits(rule, text, "addThings").values()) == calls


def test_callers_are_told_with_the_most_calls_first_and_their_last_call() -> None:
    found = Consequences(BASE, USES).of({"id": "api-tag-removed", "text": "…", "operationId": "listThings"})
    assert [(hit.caller, hit.calls, hit.last_call_at) for hit in found] == [(BOB, 20, NOON), (ADA, 10, NOON)]


def test_a_schema_hits_the_operations_that_lead_to_it() -> None:
    assert hits("api-schema-removed", "removed the schema `Thing`", None, "components") == {"bobs": 20, "acme": 10}
    assert hits("api-schema-removed", "removed the schema `New`", None, "components") == {"bobs": 8}
    assert hits("api-schema-removed", "removed the schema `Nowhere`", None, "components") == {}


def test_what_belongs_to_the_whole_document_hits_everybody() -> None:
    text = "the security scheme `bearer` was removed from the API"
    assert hits("api-global-security-removed", text, None, "security") == {"bobs": 28, "acme": 10}


def test_the_number_of_a_document_hits_nobody() -> None:
    assert hits("info-version-decreased", "info.version went back from `2.0.0` to `1.0.0`", None, "info") == {}


def test_usage_without_a_version_counts_for_any() -> None:
    uses = [use(ADA, "getThing", 5, version=""), use(ADA, "getThing", 1, version="v2")]
    finding = {"id": "api-removed-without-deprecation", "text": "api removed", "operationId": "getThing"}
    (hit,) = Consequences(BASE, uses).of(finding)
    assert hit.calls == 6

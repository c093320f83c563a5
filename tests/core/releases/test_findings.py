"""What oasdiff found, as changes: of which kind, about what, and under which id."""

from typing import Any

import pytest

from core.releases import findings, wording
from core.releases.types import ChangedElement, ChangedOperation

DOCUMENT: dict[str, Any] = {
    "info": {"title": "T", "version": "2.0.0"},
    "servers": [{"url": "/v2"}],
    "paths": {
        "/feeds": {
            "post": {
                "operationId": "createFeed",
                "summary": "Subscribe to a feed",
                "parameters": [
                    {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}},
                    {"name": "tone", "in": "query", "description": "How it sounds.", "schema": {"type": "string"}},
                ],
            }
        }
    },
    "components": {
        "schemas": {"Feed": {"properties": {"title": {"type": "string", "description": "Its title."}}}},
    },
}


def finding(rule: str, text: str, level: int = 1, **members: Any) -> dict[str, Any]:
    return {
        "id": rule, "text": text, "level": level, "operation": "POST", "operationId": "createFeed", "path": "/feeds",
        **members,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "text", "element"),
    [
        (
            "new-optional-request-parameter",
            "added the new optional `header` request parameter `idempotency-key`",
            ChangedElement("parameter", "Idempotency-Key"),
        ),
        (
            "request-parameter-enum-value-removed",
            "removed the enum value `dry` from the `query` request parameter `tone`",
            ChangedElement("parameter", "tone", "dry"),
        ),
        (
            "request-property-enum-value-added",
            "added the new `audit:read` enum value to the request property `scopes/items/`",
            ChangedElement("request_member", "/scopes/*", "audit:read"),
        ),
        (
            "request-property-max-items-increased",
            "the `scopes` request property's maxItems was increased from `3` to `5`",
            ChangedElement("request_member", "/scopes"),
        ),
        (
            "response-required-property-added",
            "added the required property `identity_providers` to the response with the `200` status",
            ChangedElement("response_member", "/identity_providers", None, "200"),
        ),
        (
            "response-property-enum-value-removed",
            "removed the `a` enum value from the `data/items/items/items/` response property for the status `200`",
            ChangedElement("response_member", "/data/*/*/*", "a", "200"),
        ),
        (
            "response-required-property-added",
            "added the required property `allOf[#/components/schemas/Key]/mode` to the response with the `201` status",
            ChangedElement("response_member", "/mode", None, "201"),
        ),
        (
            "response-header-added",
            "the response header `etag` was added for the status `410`",
            ChangedElement("response_header", "etag", None, "410"),
        ),
        (
            "response-non-success-status-added",
            "added the non-success response with the status `422`",
            ChangedElement("response", None, None, "422"),
        ),
        ("request-body-became-optional", "request body became optional", ChangedElement("request_body")),
        ("endpoint-added", "endpoint added", ChangedElement("operation")),
        ("api-schema-removed", "removed the schema `Feed`", ChangedElement("schema", "Feed")),
    ],
)
def test_a_finding_names_its_element(rule: str, text: str, element: ChangedElement) -> None:
    (change,) = findings.changes([finding(rule, text)], DOCUMENT, DOCUMENT, "2.1.0")
    assert change.element == element
    assert change.operation == ChangedOperation("createFeed", "POST", "/v2/feeds")


@pytest.mark.parametrize(
    ("rule", "level", "kind"),
    [
        ("endpoint-added", 1, "additive"),
        ("request-parameter-pattern-changed", 2, "breaking"),
        ("request-parameter-removed", 3, "breaking"),
        ("api-path-removed-with-deprecation", 1, "breaking"),
        ("endpoint-deprecated", 1, "documentation"),
        ("request-property-deprecated-with-sunset", 1, "documentation"),
    ],
)
def test_a_finding_breaks_adds_or_announces(rule: str, level: int, kind: str) -> None:
    (change,) = findings.changes([finding(rule, "something", level)], DOCUMENT, DOCUMENT, "2.1.0")
    assert change.kind == kind


def test_the_id_is_the_same_whatever_the_words_are_and_another_in_another_release() -> None:
    text = "added the new optional `query` request parameter `tone`"
    (one,) = findings.changes([finding("new-optional-request-parameter", text)], DOCUMENT, DOCUMENT, "2.1.0")
    again = finding("new-optional-request-parameter", f"{text} (optional)")
    (other,) = findings.changes([again, again], DOCUMENT, DOCUMENT, "2.1.0")
    (later,) = findings.changes([again], DOCUMENT, DOCUMENT, "2.2.0")
    assert one.id == other.id != later.id


def test_a_new_operation_is_described_by_its_summary() -> None:
    (change,) = findings.changes([finding("endpoint-added", "endpoint added")], DOCUMENT, DOCUMENT, "2.1.0")
    assert change.text == "`POST /v2/feeds` was added: Subscribe to a feed."


def test_a_member_is_called_by_its_pointer_in_the_text_too() -> None:
    path = "data/items/allOf[#/components/schemas/Key]/mode"
    text = f"added the required property `{path}` to the response with the `200` status"
    (change,) = findings.changes([finding("response-required-property-added", text)], DOCUMENT, DOCUMENT, "2.1.0")
    assert change.text == "Added the required property `/data/*/mode` to the response with the `200` status."


def test_what_belongs_to_no_operation_is_about_the_document() -> None:
    whole = finding("api-global-security-added", "security added", operation=None, operationId=None)
    (change,) = findings.changes([whole], DOCUMENT, DOCUMENT, "2.1.0")
    assert (change.operation, change.element) == (None, ChangedElement("document"))


def reworded(**parts: Any) -> list[tuple[str | None, ChangedElement]]:
    found = wording.changes(DOCUMENT, {**DOCUMENT, **parts}, "2.0.1")
    return [(change.operation.id if change.operation else None, change.element) for change in found]


def post(**members: Any) -> dict[str, Any]:
    return {"/feeds": {"post": {**DOCUMENT["paths"]["/feeds"]["post"], **members}}}


def test_the_same_words_are_no_change_and_neither_is_the_number() -> None:
    assert reworded(info={"title": "T", "version": "2.0.1"}) == []


def test_new_words_are_told_of_the_operation_that_says_them() -> None:
    operation = ("createFeed", ChangedElement("operation"))
    assert reworded(paths=post(summary="Follow a feed")) == [operation]
    parameters = DOCUMENT["paths"]["/feeds"]["post"]["parameters"]
    louder = [parameters[0], {**parameters[1], "description": "How loud it is."}]
    assert reworded(paths=post(parameters=louder)) == [operation]


def test_a_part_that_is_new_is_no_matter_of_words() -> None:
    parameters = DOCUMENT["paths"]["/feeds"]["post"]["parameters"]
    more = [{"name": "new", "in": "query", "description": "New."}, *parameters]
    assert reworded(paths=post(parameters=more)) == []


def test_new_words_are_told_of_the_component_and_of_the_document() -> None:
    titled = {"properties": {"title": {"type": "string", "description": "What it is called."}}}
    assert reworded(components={"schemas": {"Feed": titled}}) == [(None, ChangedElement("schema", "Feed"))]
    assert reworded(info={"title": "Other", "version": "2.0.0"}) == [(None, ChangedElement("document"))]


def test_a_member_that_is_called_like_a_word_of_openapi_is_a_member() -> None:
    before = {"properties": {"title": {"type": "string"}, "description": {"type": "string"}}}
    after = {"properties": {"title": {"type": "integer"}, "description": {"type": "string"}}}
    assert not wording.reworded(before, after)

"""Schemas of OpenAPI 3.0 as validators of requests."""

from typing import Any

import pytest

from core.contract.schema import MAX_ERRORS, UnknownFormat, Validator


def faults(schema: dict[str, Any], value: Any) -> list[tuple[str | None, str, str]]:
    return [(error.pointer, error.code, error.detail) for error in Validator(schema).errors(value)]


def test_an_unknown_format_stops_the_start() -> None:
    with pytest.raises(UnknownFormat, match="add a check to"):
        Validator({"type": "object", "properties": {"x": {"type": "string", "format": "colour"}}})


def test_a_pattern_that_could_backtrack_stops_the_start() -> None:
    with pytest.raises(ValueError, match="regex"):
        Validator({"type": "string", "pattern": r"(a)\1"})


def test_a_hostile_text_for_a_nested_pattern_is_decided_at_once() -> None:
    assert not Validator({"type": "string", "pattern": "^(a+)+$"}).is_valid("a" * 50_000 + "!")


def test_all_faults_are_found_and_none_repeats_the_value_or_the_schema() -> None:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "size"],
        "properties": {
            "name": {"type": "string", "minLength": 3, "pattern": "^[a-z]+$"},
            "size": {"type": "integer"},
            "tags": {"type": "array", "uniqueItems": True, "items": {"type": "string", "enum": ["a", "b"]}},
            "at": {"type": "string", "format": "date-time"},
            "id": {"type": "string", "readOnly": True},
            "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        },
    }
    value = {"name": "X", "tags": ["a", "a", "c"], "at": "now", "id": "1", "either": [], "more/~": 1}
    assert sorted(faults(schema, value)) == [
        ("/at", "format", "must be a date-time"),
        ("/either", "shape", "has none of the shapes that are allowed here"),
        ("/id", "read_only", "is set by the server and cannot be sent"),
        ("/more~1~0", "unknown_member", "is not a member of this object"),
        ("/name", "min_length", "must have 3 characters or more"),
        ("/name", "pattern", "must match ^[a-z]+$"),
        ("/size", "required", "is required"),
        ("/tags", "unique_items", "must not hold the same item twice"),
        ("/tags/2", "enum", "must be one of a, b"),
    ]


def test_a_long_member_name_is_cut() -> None:
    (fault,) = faults({"type": "object", "additionalProperties": False}, {"x" * 10_000: 1})
    assert len(fault[0] or "") <= 201


def test_a_hundred_thousand_bad_items_make_a_short_list() -> None:
    schema = {"type": "array", "items": {"type": "integer"}}
    assert len(Validator(schema).errors(["x"] * 100_000)) == MAX_ERRORS


@pytest.mark.parametrize("value", [1.0, True, "1", None, 2**31])
def test_an_int32_is_an_integer_in_its_range(value: Any) -> None:
    assert not Validator({"type": "integer", "format": "int32"}).is_valid(value)


def test_an_exclusive_bound_is_the_boolean_of_openapi_3_0() -> None:
    validator = Validator({"type": "integer", "maximum": 5, "exclusiveMaximum": True})
    assert (validator.is_valid(4), validator.is_valid(5)) == (True, False)


def test_a_read_only_member_is_not_required_in_a_request() -> None:
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "readOnly": True}}}
    assert Validator(schema).is_valid({})


def test_null_is_allowed_where_the_document_says_nullable() -> None:
    schema = {"type": "string", "nullable": True, "enum": ["a"], "format": "date"}
    assert Validator({"type": "string", "nullable": True, "format": "date"}).is_valid(None)
    assert Validator(schema | {"format": "password"}).is_valid(None)
    assert not Validator({"type": "string"}).is_valid(None)

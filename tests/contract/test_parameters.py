"""Arguments out of path, query and headers."""

from typing import Any

import pytest

from core.contract.parameters import (
    ArgumentPlan,
    NotCompilable,
    Undecodable,
    argument_name,
    percent_decoded,
    snake_case,
)
from core.errors import FieldError


def query(name: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **more}


INTEGER = query("n", {"type": "integer", "minimum": 0})
NUMBER = query("x", {"type": "number", "minimum": 0, "maximum": 1})
PLAN = ArgumentPlan(
    [
        INTEGER,
        NUMBER,
        query("b", {"type": "boolean"}),
        query("q", {"type": "string", "maxLength": 10}),
        query("tag", {"type": "array", "maxItems": 2, "items": {"type": "string"}}),
        query("ids", {"type": "array", "items": {"type": "integer"}}, explode=False),
        query("pipe", {"type": "array", "items": {"type": "string"}}, explode=False, style="pipeDelimited"),
        query("limit", {"type": "integer", "default": 20}),
        {"name": "X-Depth", "in": "header", "schema": {"type": "integer", "maximum": 9}},
    ]
)


def read(text: str, plan: ArgumentPlan = PLAN, **headers: str) -> tuple[dict[str, Any], list[tuple[str | None, str]]]:
    errors: list[FieldError] = []
    given = {name.replace("_", "-").lower().encode(): value.encode() for name, value in headers.items()}
    arguments = plan.read({}, text.encode(), given, errors)
    return arguments, [(error.parameter, error.code) for error in errors]


@pytest.mark.parametrize(
    "raw",
    ["1_0", "%D9%A1", "%2010", "+10", "%2B10", "1.0", "1e1", "", "007", "0x1", "--1", "9" * 19, "9" * 5000, "nan"],
)
def test_an_integer_is_written_as_in_json_and_fits_64_bits(raw: str) -> None:
    assert read(f"n={raw}")[1] == [("n", "type")]


@pytest.mark.parametrize("raw", ["nan", "inf", "-inf", "Infinity", "1e999", "1_0", ".5", "5.", "0x1", "%D9%A1", ""])
def test_a_number_is_finite_and_written_as_in_json(raw: str) -> None:
    assert read(f"x={raw}")[1] == [("x", "type")]


@pytest.mark.parametrize("raw", ["True", "1", "yes", "on", ""])
def test_a_boolean_is_true_or_false(raw: str) -> None:
    assert read(f"b={raw}")[1] == [("b", "type")]


@pytest.mark.parametrize("raw", ["%00", "a%00b", "%ff", "%c0%af", "%ed%a0%80", "%", "%a", "%zz"])
def test_a_percent_escape_is_complete_utf8_without_nul(raw: str) -> None:
    assert read(f"q={raw}")[1] == [("q", "encoding")]


def test_a_query_that_is_not_ascii_is_refused() -> None:
    assert read("q=ä")[1] == [(None, "encoding")]


def test_an_unknown_parameter_is_refused_by_name() -> None:
    assert read("zzz=1&n=1")[1] == [("zzz", "unknown_parameter")]


def test_a_credential_in_the_query_is_refused_as_such() -> None:
    assert read("access_token=tdk_live_x")[1] == [("access_token", "credential")]


def test_a_second_value_of_a_scalar_is_refused() -> None:
    assert read("n=1&n=2")[1] == [("n", "repeated")]


def test_a_missing_required_parameter_is_named() -> None:
    plan = ArgumentPlan([query("n", {"type": "integer"}, required=True)])
    assert read("", plan)[1] == [("n", "required")]


def test_every_fault_is_found_at_once() -> None:
    _, errors = read("n=-1&x=2&b=maybe&q=longer-than-ten&tag=1&tag=2&tag=3&ids=1,x&zzz=1", X_Depth="10")
    assert errors == [
        ("n", "minimum"),
        ("x", "maximum"),
        ("b", "type"),
        ("q", "max_length"),
        ("tag", "max_items"),
        ("ids", "type"),
        ("zzz", "unknown_parameter"),
        ("X-Depth", "maximum"),
    ]


@pytest.mark.parametrize(
    "definition",
    [
        {"name": "o", "in": "query", "schema": {"type": "object"}},
        {"name": "o", "in": "query", "schema": {"oneOf": [{"type": "string"}]}},
        {"name": "o", "in": "query", "style": "deepObject", "schema": {"type": "string"}},
        {"name": "o", "in": "query", "content": {"application/json": {"schema": {"type": "string"}}}},
        {"name": "o", "in": "cookie", "schema": {"type": "string"}},
    ],
)
def test_what_cannot_be_compiled_is_left_to_the_stock_stack(definition: dict[str, Any]) -> None:
    with pytest.raises(NotCompilable, match="parameter o"):
        ArgumentPlan([definition])


def test_good_values_arrive_with_their_types() -> None:
    arguments, errors = read("n=9223372036854775807&x=0.5&b=true&q=a%20b+c%E2%82%AC&tag=a,b&tag=c&ids=1,-2&pipe=a|b")
    assert errors == []
    assert arguments == {
        "n": 9223372036854775807,
        "x": 0.5,
        "b": True,
        "q": "a b c€",
        "tag": ["a,b", "c"],
        "ids": [1, -2],
        "pipe": ["a", "b"],
        "limit": 20,
    }


def test_a_header_parameter_is_an_argument_and_the_engines_own_are_not() -> None:
    definitions = [
        {"name": "X-Depth", "in": "header", "schema": {"type": "integer"}},
        {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}},
    ]
    plan = ArgumentPlan(definitions)
    assert [parameter.argument for parameter in plan.parameters] == ["x_depth"]
    assert read("", plan, X_Depth="3", If_None_Match='"x"') == ({"x_depth": 3}, [])


def test_a_parameter_that_connexion_appended_twice_counts_once() -> None:
    assert len(ArgumentPlan([INTEGER, INTEGER]).parameters) == 1


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("from", "from_"),
        ("X-Foo", "x_foo"),
        ("id", "id_"),
        ("thingId", "thing_id"),
        ("limit", "limit"),
        ("type", "type_"),
    ],
)
def test_an_argument_is_snake_case_and_shadows_nothing(name: str, argument: str) -> None:
    assert argument_name(name) == argument


def test_operation_ids_and_tags_become_names_of_functions_and_files() -> None:
    assert (snake_case("listArticles"), snake_case("apiKeys"), snake_case("exportOPML")) == (
        "list_articles",
        "api_keys",
        "export_opml",
    )


def test_decoding_keeps_what_is_not_encoded() -> None:
    assert percent_decoded("plain+text") == "plain+text"
    with pytest.raises(Undecodable):
        percent_decoded("%C3")

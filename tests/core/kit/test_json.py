"""JSON from strangers."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit.json import MAX_DEPTH, InvalidJson, dumps, loads_strict

HOSTILE = {
    "empty": b"",
    "half an object": b'{"a":',
    "trailing comma": b'{"a":1,}',
    "comment": b'{"a":1} // x',
    "single quotes": b"{'a':1}",
    "NaN": b'{"a":NaN}',
    "Infinity": b"[Infinity]",
    "minus Infinity": b"[-Infinity]",
    "overflowing double": b"[1e400]",
    "2**63": b"[9223372036854775808]",
    "below -2**63": b"[-9223372036854775809]",
    "5,000 digits": b"[" + b"9" * 5000 + b"]",
    "leading zero": b"[01]",
    "leading plus": b"[+1]",
    "repeated member": b'{"a":1,"a":2}',
    "repeated member deep down": b'[{"x":{"a":1,"b":2,"a":3}}]',
    "repeated member by escape": b'{"a":1,"\\u0061":2}',
    "NUL": b'["\\u0000"]',
    "NUL as member name": b'{"\\u0000":1}',
    "lone high surrogate": b'["\\ud800"]',
    "lone low surrogate": b'["\\udc00x"]',
    "swapped surrogates": b'["\\udc00\\ud800"]',
    "invalid UTF-8": b'["\xff\xfe"]',
    "overlong UTF-8": b'["\xc0\xaf"]',
    "encoded surrogate": b'["\xed\xa0\x80"]',
    "byte order mark": b'\xef\xbb\xbf{"a":1}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "raw control character": b'["a\nb"]',
    "too deep": b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    "100,000 levels": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "100,000 open brackets": b"[" * 100_000,
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_json_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidJson):
        loads_strict(data)


def test_the_deepest_allowed_nesting_is_read() -> None:
    value: Any = loads_strict(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    for _ in range(MAX_DEPTH - 1):
        assert len(value) == 1
        value = value[0]
    assert value == []


def test_brackets_inside_strings_are_not_nesting() -> None:
    text = "[{" * 500 + '\\"' + "]"
    assert loads_strict(dumps({"a": text})) == {"a": text}


def test_escaped_pairs_and_extreme_integers_are_read() -> None:
    assert loads_strict(b'["\\ud83d\\ude00", 9223372036854775807, -9223372036854775808, 1e300]') == [
        "😀",
        2**63 - 1,
        -(2**63),
        1e300,
    ]


TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS
VALUES = st.recursive(SCALARS | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20)


@given(VALUES)
def test_whatever_we_write_we_read(value: Any) -> None:
    assert loads_strict(dumps(value)) == value


def test_instants_are_written_in_utc_with_z() -> None:
    assert dumps(datetime(2026, 11, 21, 9, 0, tzinfo=UTC)) == b'"2026-11-21T09:00:00Z"'


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b'"[[[[\\"[[[[",' * 30 + b"1]",
        b'[{"a\\\\": ' + b'"\\\\"' + b", " + b'"b": [' + b"[]," * 100 + b"1]}]",
        b"[" * 64 + b"]" * 64,
    ],
)
def test_brackets_in_texts_are_no_levels(data: bytes) -> None:
    assert loads_strict(data)


@pytest.mark.parametrize(
    "data", [b"[" * 65 + b"]" * 65, b'["\\\\",' + b"[" * 64 + b"]" * 65, b'{"a":' * 65 + b"1" + b"}" * 65]
)
def test_a_level_too_many_is_refused_before_it_is_parsed(data: bytes) -> None:
    with pytest.raises(InvalidJson, match="nested deeper than 64 levels"):
        loads_strict(data)

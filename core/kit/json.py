"""JSON in and out. Out: orjson. In: RFC 8259 by the letter and nothing that a database or a peer could choke on."""

import json
import math
import re
from typing import Any, Final, NoReturn

import orjson

MAX_DEPTH: Final = 64
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_MAX_INTEGER_DIGITS: Final = 19
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NO_BRACKET: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_SUSPECT: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


class InvalidJson(ValueError):
    """The bytes are not JSON that is accepted here; the message says why in a few words."""


def dumps(value: Any) -> bytes:
    """Compact UTF-8 JSON; aware datetimes become RFC 3339 with `Z`."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


def written(value: Any) -> str:
    """The same for people to read: two spaces a level."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2).decode()


def loads(data: bytes | str) -> Any:
    """JSON of our own making (a cache entry, a stored document): no strictness beyond the parser's."""
    return orjson.loads(data)


def loads_strict(data: bytes) -> Any:
    """JSON from a stranger.

    Refused with `InvalidJson`, although common parsers take it: a byte order mark, an encoding other than UTF-8,
    `NaN` and `Infinity`, a number that overflows a double, an integer outside int64, a repeated member name, `\\u0000`,
    a lone surrogate, more than 64 levels.
    """
    _check_depth(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidJson("the body is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise InvalidJson("the body starts with a byte order mark")
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise InvalidJson(f"not JSON: {error.msg} at character {error.pos}") from None
    if _SUSPECT.search(data):
        _check_text(value)
    return value


def _check_depth(data: bytes) -> None:
    """Before parsing, so that 100,000 brackets cost one scan and no stack.

    Strings are cut out by the interpreter's own search: a loop over the bytes of an archive of 8 MB takes four times as
    long. What stands behind a stray backslash may be misjudged; the parser stops before it.
    """
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return
    pieces = data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
    depth = 0
    for byte in b"".join(pieces[::2]).translate(None, _NO_BRACKET):
        if byte in (0x5B, 0x7B):
            depth += 1
            if depth > MAX_DEPTH:
                raise InvalidJson(f"nested deeper than {MAX_DEPTH} levels")
        else:
            depth -= 1


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise InvalidJson("a member name is repeated in one object")
    return value


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > _MAX_INTEGER_DIGITS or not _INT64_MIN <= (value := int(text)) <= _INT64_MAX:
        raise InvalidJson("an integer is outside the range of 64 bits")
    return value


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise InvalidJson("a number is too large")
    return value


def _constant(name: str) -> NoReturn:
    raise InvalidJson(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_number, parse_constant=_constant
)


def _check_text(value: Any) -> None:
    """Strings with an escaped NUL or half a surrogate pair: PostgreSQL's text type takes neither."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if "\x00" in item:
                raise InvalidJson("a string holds U+0000")
            if _SURROGATE.search(item):
                raise InvalidJson("a string holds half of a surrogate pair")
        elif isinstance(item, dict):
            stack.extend(item)
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)

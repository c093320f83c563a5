"""The published mapping, carried out: from an answer of v2 to the answer that v1 would give.

Knows nothing but what `POST /v2/migrations/translate` says, so that whoever reads that can do the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Node = dict[str, Any]


def good_answer(mapping: Node, body: Any, *, asked: Mapping[str, Any], count: int | None) -> Any:
    """v1's body out of v2's. `asked` are v1's parameters with their defaults, `count` the elements of all pages."""
    if not mapping["response"]:
        return None
    answer: Node = {}
    sources = [move["source"] for move in mapping["response"]]
    for move in mapping["response"]:
        source, target = move["source"], move["target"]
        if move["by"] == "asked":
            _put(answer, source, (), asked[target])
        elif move["by"] == "count":
            _put(answer, source, (), count)
        elif any(other.startswith(f"{source}/*/") for other in sources):
            for places, value in _found(body, target):
                _put(answer, source, places, [{} for _ in value])
        else:
            for places, value in _found(body, target):
                _put(answer, source, places, _changed(move["by"], value))
    return answer


def error(mapping: Node, body: Node) -> Node:
    """v1's error out of v2's problem."""
    answer: Node = {}
    for move in mapping["errors"]:
        values = [value for _, value in _found(body, move["target"])]
        value: Any = values[0] if values else None
        if move["by"] == "upper_case":
            value = value.upper()
        elif move["by"] == "field":
            value = _place(value) if values else None
        elif move["by"] == "message":
            value = _message(body["errors"]) or value
        _put(answer, move["source"], (), value)
    return answer


def _message(errors: list[Node]) -> str:
    if len(errors) == 1:
        return str(errors[0]["detail"])
    return "; ".join(f"{_place(item) or 'body'}: {item['detail']}" for item in errors)


def _place(item: Node) -> str | None:
    if item["parameter"] is not None:
        return str(item["parameter"])
    return (item["pointer"] or "").lstrip("/").replace("/", ".") or None


def _changed(by: str, value: Any) -> Any:
    """The value of v1."""
    if by == "seconds":
        return None if value is None else re.sub(r"\.\d+Z$", "Z", value)
    assert by in ("copy", "reissue"), f"{by} is no way from one answer to the other"
    return value


def _found(body: Any, pointer: str) -> Iterator[tuple[tuple[int, ...], Any]]:
    """What stands at a pointer, once for each element where it has `*`, with the places of these elements."""
    found: list[tuple[tuple[int, ...], Any]] = [((), body)]
    for step in pointer.split("/")[1:]:
        if step == "*":
            found = [((*places, index), item) for places, value in found for index, item in enumerate(value)]
        else:
            found = [
                (places, value[int(step)] if isinstance(value, list) else value[step])
                for places, value in found
                if not isinstance(value, list) or int(step) < len(value)
            ]
    yield from found


def _put(answer: Node, pointer: str, places: tuple[int, ...], value: Any) -> None:
    remaining = list(places)
    steps: list[str | int] = [remaining.pop(0) if step == "*" else step for step in pointer.split("/")[1:]]
    node: Any = answer
    for step in steps[:-1]:
        node = node[step] if isinstance(step, int) else node.setdefault(step, {})
    node[steps[-1]] = value

"""For each operation of v1 an example request before and after, as commands for a shell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from core.contract.replacements import Document, Move, Replacement, replacements_of, resolve
from core.kit import json
from core.translation.translator import Translator
from core.translation.types import Example, RecordedRequest, TranslatedRequest

ADDRESS: Final = "http://127.0.0.1:8080"
PAGE: Final = 2
"""The page that examples of lists ask for: the first one needs no cursor."""
_CREDENTIAL: Final = '-H "Authorization: Bearer $TIDINGS_KEY"'


def examples_of(document: Document, newer: Document) -> tuple[Example, ...]:
    """One for each operation that has a successor, in the order of the document."""
    translator = Translator(document, newer)
    return tuple(_example(document, translator, replacement) for replacement in replacements_of(document, newer))


def _example(document: Document, translator: Translator, replacement: Replacement) -> Example:
    needs_credential = bool(replacement.operation["security"])
    request = RecordedRequest(replacement.method, _url(document, replacement), body=_body(document, replacement))
    translated = translator.translate(request, ()).request
    if translated is None:
        raise ValueError(f"the example of {replacement.operation_id} has no translation")
    body = translated.body and {
        name: request.body[name] if value == f"<{name}>" else value for name, value in translated.body.items()
    }
    url = translated.url
    for need in replacement.needed:
        url = url.replace(f"{{{need.name}}}", f"${need.name.upper()}")
    after = [_curl(translated.method, url, body, needs_credential=needs_credential)]
    after += [
        _curl(translated.method, following, None, needs_credential=needs_credential)
        for following in _pages(translated, url)
    ]
    before = _curl(request.method, request.url, request.body, needs_credential=needs_credential)
    return Example(replacement, before, tuple(after))


def _url(document: Document, replacement: Replacement) -> str:
    """The path with its examples, and the first parameter that stays beside all that change."""
    nodes = [resolve(document, node) for node in replacement.operation.get("parameters", ())]
    path = replacement.path
    for node in nodes:
        if node["in"] == "path":
            path = path.replace(f"{{{node['name']}}}", quote(node["example"]))
    moves = {move.name: move for move in replacement.parameters}
    asked = [node for node in nodes if node["in"] == "query"]
    kept = [node["name"] for node in asked if moves[node["name"]].is_same][:1]
    shown = [node for node in asked if node["name"] in kept or not moves[node["name"]].is_same]
    query = {node["name"]: _value(moves[node["name"]], node) for node in shown}
    return f"{path}?{urlencode(query)}" if query else path


def _value(move: Move, node: Mapping[str, Any]) -> Any:
    return PAGE if move.by == "pages" else node["example"]


def _body(document: Document, replacement: Replacement) -> Any:
    body = resolve(document, replacement.operation.get("requestBody", {}))
    return body.get("content", {}).get("application/json", {}).get("example")


def _pages(request: TranslatedRequest, url: str) -> Iterator[str]:
    if request.pages is not None:
        yield f"{url}{'&' if '?' in url else '?'}{request.pages.parameter}=$NEXT_CURSOR"


def _curl(method: str, url: str, body: Any, *, needs_credential: bool) -> str:
    words = ["curl" if method == "GET" else f"curl -X {method}"]
    if needs_credential:
        words.append(_CREDENTIAL)
    if body is not None:
        words += ["-H 'Content-Type: application/json'", _quoted(json.dumps(body).decode())]
    words.append(f'"{ADDRESS}{url}"')
    return " \\\n  ".join([" ".join(words[:2]), *words[2:]]) if len(words) > 2 else " ".join(words)


def _quoted(text: str) -> str:
    escaped = text.replace("'", "'\\''")
    return f"-d '{escaped}'"

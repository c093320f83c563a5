"""From a recorded request to its translation: whose it is, which operation it is for, and what takes its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from core.contract.hygiene import MAX_TARGET_BYTES
from core.contract.lifecycle import base_path
from core.contract.parameters import Undecodable, percent_decoded
from core.contract.replacements import Document, replacements_of
from core.errors import FieldError
from core.kit.json import InvalidJson
from core.translation.operations import Operation
from core.translation.types import Note, RecordedRequest, Translation

_DEFAULT_PORTS: Final[Mapping[str, str]] = {"http": ":80", "https": ":443"}
_CREDENTIALS: Final = frozenset({"authorization", "cookie", "x-api-key", "proxy-authorization"})
_LEFT_OUT: Final = "Credentials are not repeated: send yours as before."


class Translator:
    """Translates from one document to the next. Pure: it knows the two documents and nothing else."""

    def __init__(self, document: Document, newer: Document) -> None:
        self.base = base_path(document)
        self._routes: dict[tuple[str, ...], dict[str, Operation]] = {}
        for replacement in replacements_of(document, newer):
            by_method = self._routes.setdefault(tuple(replacement.path.split("/")[1:]), {})
            by_method[replacement.method] = Operation(replacement, document, newer)

    def translate(self, request: RecordedRequest, origins: Iterable[str]) -> Translation:
        """What takes the place of a request. `origins` are the hosts (`news.example:8080`) that serve v1."""
        try:
            url = urlsplit(request.url)
            host = host_of(url)
        except ValueError:
            return _refused(request, None, FieldError("invalid_url", "is not a URL", pointer="/url"))
        if host and host not in origins:
            fault = FieldError("foreign_origin", "leads to another host than this instance", pointer="/url")
            return Translation("foreign", request.method, None, errors=(fault,))
        if not url.path.startswith(f"{self.base}/"):
            fault = FieldError("unknown_path", f"does not begin with {self.base}/", pointer="/url")
            return Translation("unknown", request.method, None, errors=(fault,))
        if len(url.path) + len(url.query) > MAX_TARGET_BYTES:
            return _refused(request, None, FieldError("max_length", "is too long", pointer="/url"))
        return self._of_path(request, url)

    def _of_path(self, request: RecordedRequest, url: SplitResult) -> Translation:
        try:
            segments = [percent_decoded(segment) for segment in url.path.split("/")[1:]]
        except Undecodable as error:
            return _refused(request, url.path, FieldError("encoding", str(error), pointer="/url"))
        template = self._find(segments)
        if template is None:
            fault = FieldError("unknown_path", f"no operation of {self.base[1:]} has this path", pointer="/url")
            return Translation("unknown", request.method, url.path, errors=(fault,))
        offered = self._routes[template]
        operation = offered.get("GET" if request.method == "HEAD" else request.method)
        if operation is None:
            detail = f"the path takes {', '.join(sorted(offered))} only"
            fault = FieldError("unknown_method", detail, pointer="/method")
            return Translation("unknown", request.method, url.path, errors=(fault,))
        values = {name[1:-1]: value for name, value in zip(template, segments, strict=True) if name[:1] == "{"}
        return _of_operation(request, url, operation, values)

    def _find(self, segments: Sequence[str]) -> tuple[str, ...] | None:
        """The template of a path; one with fewer parameters goes before the others."""
        found = [template for template in self._routes if _fits(template, segments)]
        return min(found, key=lambda template: sum(part[:1] == "{" for part in template), default=None)


def _of_operation(
    request: RecordedRequest, url: SplitResult, operation: Operation, path: dict[str, str]
) -> Translation:
    replacement = operation.replacement
    try:
        request = request.read() if operation.takes_body else replace(request, text=None)
    except InvalidJson as error:
        return _refused(request, url.path, FieldError("invalid_json", str(error), pointer="/body"))
    errors = operation.errors(request, path, url.query.encode())
    if errors:
        return Translation("refused", request.method, url.path, replacement, errors=tuple(errors))
    notes: list[Note] = []
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    translated = operation.translate(request, path, query, notes)
    if any(name.lower() in _CREDENTIALS for name, _ in request.headers):
        notes.append(Note("credential", "Authorization", _LEFT_OUT))
    if replacement.new_scopes:
        notes.append(Note("scope", "Authorization", f"The key needs {', '.join(replacement.new_scopes)} as well."))
    is_whole = not any(note.code in ("lost", "reissued") for note in notes)
    is_empty = request.body is not None and translated.body is None and bool(replacement.request)
    return Translation(
        "translated" if is_whole else "partial",
        request.method,
        url.path,
        replacement,
        None if is_empty else translated,
        tuple(notes),
    )


def _refused(request: RecordedRequest, path: str | None, fault: FieldError) -> Translation:
    return Translation("refused", request.method, path, errors=(fault,))


def _fits(template: Sequence[str], segments: Sequence[str]) -> bool:
    return len(template) == len(segments) and all(
        part == segment or (part[:1] == "{" and segment != "") for part, segment in zip(template, segments, strict=True)
    )


def host_of(url: SplitResult) -> str:
    """`news.example:8080` in lower case, without the port that the scheme implies. Raises `ValueError`."""
    host = url.netloc.rpartition("@")[2].lower()
    url.port  # noqa: B018  # raises for a port that is no number
    return host.removesuffix(_DEFAULT_PORTS.get(url.scheme, "\0"))

"""Requests before and after, and what has to be said about the way between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from core.contract.replacements import Move, NeededValue, Replacement
from core.errors import FieldError
from core.kit import json

__all__ = [
    "Example",
    "Move",
    "NeededValue",
    "Note",
    "NoteCode",
    "Outcome",
    "PageWalk",
    "RecordedRequest",
    "Replacement",
    "Report",
    "TranslatedRequest",
    "Translation",
]

Outcome = Literal["translated", "partial", "refused", "unknown", "foreign"]
"""`translated`: whole. `partial`: a part has nowhere to go, and a note names it. `refused`: v1 itself refuses the
request. `unknown`: no operation of v1 has this path or method. `foreign`: the request went to another host."""

NoteCode = Literal["lost", "reissued", "pages", "needed", "added", "changed", "credential", "scope", "id_form"]


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request as somebody sent it. `body` is None where there was none, `text` is a body that nobody has read yet."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: Any = None
    text: str | None = None
    media_type: str | None = None

    def read(self) -> "RecordedRequest":
        """The same request with its text as a body. Raises `core.kit.json.InvalidJson`."""
        if self.text is None:
            return self
        try:
            return replace(self, body=json.loads_strict(self.text.encode()), text=None)
        except UnicodeEncodeError:
            raise json.InvalidJson("a string holds half of a surrogate pair") from None


@dataclass(frozen=True, slots=True)
class PageWalk:
    """Pages to follow: `times` times, ask again with `parameter` set to what stands at `pointer` of the answer."""

    parameter: str
    pointer: str
    times: int


@dataclass(frozen=True, slots=True)
class TranslatedRequest:
    """The request to send instead. `url` is path and query; it holds `{name}` for each value that is `needed`."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: Any
    pages: PageWalk | None
    needed: tuple[NeededValue, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know or to do about one place of the request: a parameter, a header or a pointer into the body."""

    code: NoteCode
    place: str
    detail: str


@dataclass(frozen=True, slots=True)
class Translation:
    """What became of one request. `request` is None where there is nothing to send, `errors` say why."""

    outcome: Outcome
    method: str | None
    path: str | None
    replacement: Replacement | None = None
    request: TranslatedRequest | None = None
    notes: tuple[Note, ...] = ()
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """Commands for a shell: `before` for v1, `after` for v2, more than one where pages are followed."""

    replacement: Replacement
    before: str
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of every request, in their order, and the operations of v1 among them, each once."""

    translations: Sequence[Translation]
    replacements: Sequence[Replacement]

"""The quick starts: one a language, with the programs that the generated packages carry in their README."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.portal import text

_FOLDER: Final = Path(__file__).parent / "quickstarts"
_LANGUAGES: Final = {
    "curl": ("curl", "curl"),
    "python": ("Python", "python-v2"),
    "typescript": ("TypeScript", "typescript-v2"),
    "go": ("Go", "go-v2"),
    "java": ("Java", "java-v2"),
}
"""Fragment of the page → the language's name, and the file (without .md) that ci/sdk leaves with the package too."""

_LABELS: Final = {"console": "Terminal", "bash": "Terminal"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph (`language` is empty), or a program with its language for the colours and its label for people."""

    language: str
    label: str
    source: str


@dataclass(frozen=True, slots=True)
class QuickStart:
    """One section of the page."""

    id: str
    name: str
    pieces: tuple[Piece, ...]


def quick_starts() -> tuple[QuickStart, ...]:
    """All of them, in the order of the page."""
    return tuple(_read(id_, name, file) for id_, (name, file) in _LANGUAGES.items())


def _read(id_: str, name: str, file: str) -> QuickStart:
    _, _, body = (_FOLDER / f"{file}.md").read_text(encoding="utf-8").partition("\n")
    pieces = tuple(Piece(language, _LABELS.get(language, name), source) for language, source in text.parts(body))
    return QuickStart(id_, name, pieces)

"""Pages of docs/ that say which test shows a thing name only tests, operations and statuses that there are."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from ci.bundle import bundle_all
from ci.support import ROOT

SPEAKING: Final = {"security": 30, "cascade": 20}
"""The pages, and how many tests each names at least."""

DEFINED: Final = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
}


def named_in(text: str) -> list[str]:
    return sorted(set(re.findall(r"`(test_\w+)`", text)))


def text_of(page: str) -> str:
    return (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", SPEAKING)
def test_every_test_that_a_page_names_exists(page: str) -> None:
    named = named_in(text_of(page))
    assert len(named) > SPEAKING[page]
    assert [name for name in named if name not in DEFINED] == []


def test_every_page_that_names_tests_is_held_to_it() -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md")}
    pages = {page for page, text in texts.items() if DEFINED.intersection(named_in(text))}
    assert pages == SPEAKING.keys()


def test_every_status_that_the_cascade_names_is_documented() -> None:
    answers = {version: statuses_of(bundled.with_suffix(".json")) for version, bundled in bundle_all().items()}
    claims = list(claims_of(text_of("cascade")))
    assert len(claims) > 15
    for version, operation, status in claims:
        assert status in answers[version][operation], operation


def claims_of(text: str) -> Iterator[tuple[str, str, str]]:
    """(version, operation, status) as the cells of tables say it: an operation, and what it answers behind it."""
    for cell in re.findall(r"[^|\n]+", text):
        operation = None
        for old, name, status in re.findall(r"(v1 )?`([a-z]+[A-Z]\w+)`|\b([2-5]\d\d)\b", cell):
            if name:
                operation = ("v1" if old else "v2", name)
            elif operation:
                yield *operation, status


def statuses_of(document: Path) -> dict[str, set[str]]:
    """The statuses by operation."""
    items: Any = json.loads(document.read_bytes())["paths"].values()
    return {operation["operationId"]: set(operation["responses"]) for item in items for operation in item.values()}

"""`tidings contract release`: from changed documents to a release: number, snapshot and changelog, or a refusal.

Everything is looked at before anything is written, so that two documents are released together or not at all.
"""

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from yaml import YAMLError

from core.cli.contract import ContractError, problems
from core.cli.documents import DOCUMENTS
from core.cli.output import say
from core.cli.release_notes import add_section
from core.contract import yaml12
from core.contract.bundle import BundleError, Document, bundle, to_yaml
from core.releases import changelog, findings, wording
from core.releases.types import Change, Release, number_of

_NUMBER: Final = re.compile(r"^(info:\n(?:[ ].*\n)*?[ ]+version: )(\S+)$", re.MULTILINE)
_NOTHING_BREAKS: Final = 0
_BREAKS: Final = 1
_SHOWN: Final = 10
"""Breaking findings that a refusal shows."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A release that is ready to be written, and the document that is to carry its number."""

    source: Path
    document: Document
    release: Release


def release(
    documents: Annotated[
        Path, typer.Option("--documents", help="The folder of the documents; by default that of this checkout.")
    ] = DOCUMENTS,
    notes: Annotated[
        Path | None,
        typer.Option("--notes", help="The changelog for people; by default CHANGELOG.md beside it."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be released, and write nothing.")] = False,
) -> None:
    """Release the changed documents: raise the number, keep the document for good, and write the changelog.

    What clients gain raises the minor number of info.version, new words the patch number; what breaks them is refused.
    It writes openapi/<version>/openapi.yaml, openapi/released/<version>-<number>.yaml, openapi/released/changes/ and
    CHANGELOG.md. Needs a checkout, and oasdiff.
    """
    today = datetime.now(UTC).date()
    versions = sorted(path.parent.name for path in documents.glob("v*/openapi.yaml"))
    if not versions:
        raise ContractError(f"there is no document in {documents}")
    planned = [plan(documents, version, today) for version in versions]
    for version, each in zip(versions, planned, strict=True):
        if each is None:
            say(f"{version}: unchanged since {newest(documents, version)}")
            continue
        say(f"{version}: {_summary(each.release)}")
        if not dry_run:
            _write(documents, notes or documents.parent / "CHANGELOG.md", each)


def plan(documents: Path, version: str, today: date) -> Planned | None:
    """What releasing a version comes to; None where nothing changed. Raises `ContractError`."""
    source = documents / version / "openapi.yaml"
    whole = _bundled(source, version)
    stated, previous = str(whole["info"]["version"]), newest(documents, version)
    if previous is None:
        return Planned(source, whole, Release(version, stated, None, today, ()))
    base = yaml12.load(documents / "released" / f"{version}-{previous}.yaml")
    if _numbered(whole, previous) == base:
        if stated != previous:
            raise ContractError(
                f"{version}: info.version is {stated}, but nothing changed since {previous}: set it back"
            )
        return None
    found = compare(version, base, whole)
    number = next_number(previous, shape_changed=bool(found))
    if stated not in (previous, number):
        reason = "its shape changed" if found else "only words changed"
        raise ContractError(f"{version}: info.version is {stated}, but {reason} since {previous}: that is {number}")
    whole = _numbered(whole, number)
    changes: list[Change] = [*findings.changes(found, base, whole, number), *wording.changes(base, whole, number)]
    return Planned(source, whole, Release(version, number, previous, today, changelog.sort(changes)))


def compare(version: str, base: Document, revision: Document) -> Sequence[Mapping[str, Any]]:
    """What oasdiff finds between two documents. Raises `ContractError` where it breaks clients, or cannot be had."""
    script = DOCUMENTS.parent / "ci" / "changelog"
    if not script.exists():
        raise ContractError("a release needs ci/changelog, which only a checkout of Tidings has: run it there")
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{version}-{name}.yaml" for name in ("released", "working")]
        for file, document in zip(files, (base, revision), strict=True):
            file.write_bytes(to_yaml(document))
        finished = subprocess.run([script, *files], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if finished.returncode not in (_NOTHING_BREAKS, _BREAKS):
        raise ContractError(f"{version}: {finished.stderr.strip()}")
    found: Sequence[Mapping[str, Any]] = json.loads(finished.stdout)
    if finished.returncode == _BREAKS:
        raise ContractError(f"{version}: not released, this would break clients: {_listed(found)}")
    return found


def next_number(previous: str, *, shape_changed: bool) -> str:
    """The number after `previous`: a major one is a version of its own, with its own paths."""
    major, minor, patch = number_of(previous)
    return f"{major}.{minor + 1}.0" if shape_changed else f"{major}.{minor}.{patch + 1}"


def newest(documents: Path, version: str) -> str | None:
    """The number of the newest released document; None where there is none."""
    numbers = [path.stem.partition("-")[2] for path in (documents / "released").glob(f"{version}-*.yaml")]
    return max(numbers, key=number_of, default=None)


def _write(documents: Path, notes: Path, planned: Planned) -> None:
    made = planned.release
    text = planned.source.read_text(encoding="utf-8")
    raised = _NUMBER.sub(rf"\g<1>{made.number}", text, count=1)
    target = documents / "released" / f"{made.version}-{made.number}.yaml"
    target.parent.mkdir(exist_ok=True)
    planned.source.write_text(raised, encoding="utf-8")
    target.write_bytes(to_yaml(planned.document))
    changelog.write(documents, made)
    before = notes.read_text(encoding="utf-8") if notes.exists() else ""
    notes.write_text(add_section(before, made), encoding="utf-8")


def _bundled(source: Path, version: str) -> Document:
    try:
        whole = bundle(source)
    except (BundleError, YAMLError) as error:
        raise ContractError(f"{version}: {error}") from None
    for problem in problems(whole):
        raise ContractError(f"{version}: {problem}")
    if not re.fullmatch(r"\d+\.\d+\.\d+", str(whole["info"]["version"])):
        raise ContractError(f"{version}: info.version must be three numbers, such as 2.1.0")
    if not _NUMBER.search(source.read_text(encoding="utf-8")):
        raise ContractError(f"{version}: info.version must stand on a line of its own below `info:`")
    return whole


def _numbered(document: Document, number: str) -> Document:
    return {**document, "info": {**document["info"], "version": number}}


def _summary(made: Release) -> str:
    if made.previous is None:
        return f"{made.number}, the first release"
    counts = {kind: sum(change.kind == kind for change in made.changes) for kind in ("breaking", "additive")}
    told = [f"{count} {kind}" for kind, count in counts.items() if count]
    words = len(made.changes) - sum(counts.values())
    return f"{made.previous} → {made.number}: {', '.join([*told, *([f'{words} documentation'] if words else [])])}"


def _listed(found: Sequence[Mapping[str, Any]]) -> str:
    breaking = [finding for finding in found if finding["level"] == findings.BREAKS]
    lines = [
        f" {each.get('operation', '')} {each.get('path', '')}: {each['text']} [{each['id']}];" for each in breaking
    ]
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return f"{''.join(lines[:_SHOWN])}{more}".rstrip(";")

"""`tidings contract diff`: what a changed document would break, and whom.

exit codes: 0 nothing that counts breaks; 1 something does; 2 a document or the file of usage cannot be read; 3 nothing
was compared, or `--fail-on used` does not know what is used
"""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

from core.cli import diff_report
from core.cli.caller_usage import DAYS, Days, Recorded, UsageFileError, of_file, of_instance
from core.cli.diff_report import Compared, Judged, Report
from core.cli.documents import DOCUMENTS
from core.cli.errors import CommandError
from core.cli.options import AsJson
from core.cli.output import complain, print_json, say
from core.contract import yaml12
from core.errors import TidingsError
from core.releases.consequences import Consequences, Hit
from core.settings import InvalidSettings

BREAKS: Final = 1
UNREADABLE: Final = 2
UNKNOWN: Final = 3
_ROOT: Final = DOCUMENTS.parent
_INSTANCE: Final = "instance"
_NOWHERE: Final = "none"


class FailOn(StrEnum):
    """Which breaking changes make the command fail."""

    BREAKING = "breaking"
    USED = "used"
    NONE = "none"


class Semver(StrEnum):
    """When info.version must follow the change."""

    RAISED = "raised"
    ALWAYS = "always"
    OFF = "off"


def diff(
    base: Annotated[Path | None, typer.Option(help="What clients hold; by default the newest release.")] = None,
    revision: Annotated[Path | None, typer.Option(help="What they would get; by default the working document.")] = None,
    usage: Annotated[
        str,
        typer.Option(help="Whose recorded usage: `instance`, `none`, or a file of `tidings contract usage --json`."),
    ] = _INSTANCE,
    days: Days = DAYS,
    fail_on: Annotated[
        FailOn, typer.Option(help="Fail on any breaking change, on one that somebody would notice, or never.")
    ] = FailOn.BREAKING,
    semver: Annotated[
        Semver, typer.Option(help="Whether info.version must follow the change: where it was raised, always, or off.")
    ] = Semver.RAISED,
    major_may_break: Annotated[
        bool, typer.Option("--major-may-break", help="Let a change pass that raises the major number.")
    ] = False,
    names: Annotated[bool, typer.Option(help="Name the callers; counts only otherwise.")] = True,
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, for a pull request.")] = False,
    github: Annotated[bool, typer.Option("--github", help="Print annotations of a GitHub workflow.")] = False,
    into: Annotated[
        Path | None, typer.Option("--report", help="Write report.json and comment.md into this folder as well.")
    ] = None,
) -> None:
    """Show what would break the clients of the documents, and the keys and calls that each change would break.

    Needs a checkout, and oasdiff. Exit codes: 0 nothing breaks, 1 something does, 2 a file cannot be read, 3 nothing
    was compared, or --fail-on used does not know what is used.
    """
    if (base is None) != (revision is None):
        raise typer.BadParameter("--base and --revision go together")
    if as_json + markdown + github > 1:
        raise typer.BadParameter("choose one of --json, --markdown and --github")
    pair = () if base is None else ("--base", base, "--revision", revision)
    options = ("--semver", semver, *(["--major-may-break"] if major_may_break else []))
    with _gate(*pair, *options) as gate:
        recorded, reason = _recorded(usage, days)  # meanwhile
        comparisons = _compared(gate)
    report = Report(
        tuple(_judged(comparison, recorded) for comparison in comparisons), recorded, reason, fail_on, names, days
    )
    if into is not None:
        _write(into, report)
    if as_json:
        print_json(diff_report.as_json(report))
    elif markdown:
        say(diff_report.as_markdown(report))
    elif github:
        for line in diff_report.as_annotations(report):
            say(line)
    else:
        say(diff_report.as_text(report))
    if not report.is_decided:
        complain(f"nobody knows what is used, so nothing was decided: {reason}")
        raise typer.Exit(UNKNOWN)
    if report.is_young and fail_on is FailOn.USED:
        complain(f"what is used is known from {report.recorded and report.recorded.since} on only")
    if report.fails:
        raise typer.Exit(BREAKS)


@contextmanager
def _gate(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """The gate, which compares meanwhile, and no longer than the block; ends the command where there is none."""
    script = _ROOT / "ci" / "breaking"
    if not script.exists():
        complain("comparing needs ci/breaking, which only a checkout of Tidings has: run it there")
        raise typer.Exit(UNKNOWN)
    command = [str(script), *map(str, arguments), "--json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as gate:  # noqa: S603 - ours
        try:
            yield gate
        finally:
            gate.kill()  # nothing happens where it has ended


def _compared(gate: subprocess.Popen[str]) -> Sequence[Mapping[str, Any]]:
    """What the gate found; ends the command as the gate ends where it could not compare."""
    found, errors = gate.communicate()
    if gate.returncode not in (0, BREAKS) or not found:
        complain(errors.strip() or f"ci/breaking ended with {gate.returncode} and said nothing")
        raise typer.Exit(gate.returncode if gate.returncode in (UNREADABLE, UNKNOWN) else UNKNOWN)
    compared: Sequence[Mapping[str, Any]] = json.loads(found)
    return compared


def _recorded(usage: str, days: int) -> tuple[Recorded | None, str]:
    """What is used; None with the reason where nobody was asked, or the instance does not answer."""
    if usage == _NOWHERE:
        return None, "no recorded usage was given"
    try:
        return (of_instance(days) if usage == _INSTANCE else of_file(Path(usage))), ""
    except UsageFileError as error:
        complain(str(error))
        raise typer.Exit(UNREADABLE) from None
    except (CommandError, InvalidSettings, TidingsError) as error:
        return None, " ".join(str(error).split())


def _write(folder: Path, report: Report) -> None:
    """The report for programs and for people, where a later step of a workflow finds it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_bytes(orjson.dumps(diff_report.as_json(report), option=orjson.OPT_UTC_Z))
    (folder / "comment.md").write_text(f"{diff_report.as_markdown(report)}\n", encoding="utf-8")


def _judged(comparison: Mapping[str, Any], recorded: Recorded | None) -> Compared:
    found = comparison["findings"]
    hits: list[tuple[Hit, ...] | None] = [None] * len(found)
    if recorded is not None and found:
        base = _ROOT / comparison["base"]  # an absolute path stays what it is
        consequences = Consequences(yaml12.load(base if base.exists() else Path(comparison["base"])), recorded.uses)
        hits = [tuple(consequences.of(finding)) for finding in found]
    judged = tuple(Judged(finding, hit) for finding, hit in zip(found, hits, strict=True))
    return Compared(comparison["name"], comparison["base"], comparison["revision"], judged, comparison["breaks"])

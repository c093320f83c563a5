"""How `tidings contract diff` tells what it found: to people, to programs, in pull requests and at changed files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.cli.caller_usage import Recorded
from core.cli.output import as_text as shown
from core.kit.annotations import annotation
from core.releases.consequences import Hit
from core.releases.findings import BREAKS

CALLERS_SHOWN: Final = 5
"""Callers that a finding names; JSON has them all."""
_FINDINGS_IN_MARKDOWN: Final = 100  # a comment of GitHub holds 65,536 characters
_LEVELS: Final = {2: "warning", BREAKS: "breaking"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding and whom it hits; None where nobody knows what is used."""

    finding: Mapping[str, Any]
    hits: tuple[Hit, ...] | None

    @property
    def breaks(self) -> bool:
        """Whether it breaks clients, or only may."""
        return bool(self.finding["level"] == BREAKS)

    @property
    def calls(self) -> int:
        """Calls that it would break."""
        return sum(hit.calls for hit in self.hits or ())

    @property
    def of_number(self) -> bool:
        """Whether it is about the document's number, which nobody calls and everybody reads."""
        return bool(self.finding.get("section") == "info")

    @property
    def place(self) -> str:
        """`GET /articles`, or the part of the document."""
        finding = self.finding
        return " ".join(filter(None, (finding.get("operation"), finding.get("path") or finding["section"])))


@dataclass(frozen=True, slots=True)
class Compared:
    """A pair of documents. `breaks` is the verdict of the bare gate."""

    name: str
    base: str
    revision: str
    findings: tuple[Judged, ...]
    breaks: bool


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the command tells. `reason` says why nobody knows what is used."""

    compared: tuple[Compared, ...]
    recorded: Recorded | None
    reason: str
    fail_on: str
    names: bool
    days: int

    @property
    def is_young(self) -> bool:
        """Whether less is recorded than was asked for: what nobody used since then, somebody may have used before."""
        return self.recorded is not None and self.recorded.days < self.days

    @property
    def is_decided(self) -> bool:
        """Whether it is known what counts: `used` needs to know what is used, where something breaks at all."""
        breaking = any(judged.breaks for compared in self.compared for judged in compared.findings)
        return self.fail_on != "used" or self.recorded is not None or not breaking

    @property
    def fails(self) -> bool:
        """Whether something breaks that counts."""
        return any(self.counts(each, judged) for each in self.compared for judged in each.findings)

    def counts(self, compared: Compared, judged: Judged) -> bool:
        """Whether the finding makes the command fail."""
        if not judged.breaks or not compared.breaks or self.fail_on == "none":
            return False
        return self.fail_on == "breaking" or judged.of_number or bool(judged.hits)


def as_text(report: Report) -> str:
    """A line that sums up each pair, its findings, and below each of them whom it hits."""
    lines: list[str] = []
    for compared in report.compared:
        lines.append(f"{compared.name}: {_counts(compared)} against {compared.base}")
        for judged in compared.findings:
            level = _LEVELS.get(judged.finding["level"], "note")
            lines.append(f"  {level}: {judged.place}: {judged.finding['text']} [{judged.finding['id']}]")
            lines += [f"    {line}" for line in _whom(report, judged)]
    return "\n".join([*lines, _sum(report)])


def as_json(report: Report) -> dict[str, Any]:
    """Everything, with all callers."""
    recorded = report.recorded
    span = None if recorded is None else {"since": recorded.since.isoformat(), "days": recorded.days}
    return {
        "fails": report.fails,
        "fail_on": str(report.fail_on),
        "usage": span,
        "usage_unknown_because": report.reason or None,
        "comparisons": [_comparison(report, compared) for compared in report.compared],
    }


def as_markdown(report: Report) -> str:
    """A comment of a pull request: a heading and a table for each pair with findings."""
    lines: list[str] = []
    for compared in report.compared:
        lines += [f"### {compared.name}: {_counts(compared)}", ""]
        if compared.findings:
            lines += ["| | change | whom it breaks |", "|---|---|---|"]
        for judged in compared.findings[:_FINDINGS_IN_MARKDOWN]:
            mark = "❌" if report.counts(compared, judged) else "⚠️"
            change = f"`{judged.place}`<br>{judged.finding['text']}<br><sub>{judged.finding['id']}</sub>"
            lines.append(f"| {mark} | {_cell(change)} | {_cell('<br>'.join(_whom(report, judged)))} |")
        if (left := len(compared.findings) - _FINDINGS_IN_MARKDOWN) > 0:
            lines.append(f"| | and {left} more | |")
        lines.append("")
    return "\n".join([*lines, _sum(report)])


def as_annotations(report: Report) -> Iterator[str]:
    """Workflow commands: an error for what fails the command, a warning for the rest, and a notice that sums up."""
    for compared in report.compared:
        for judged in compared.findings:
            kind = "error" if report.counts(compared, judged) else "warning"
            text = f"{judged.place}: {judged.finding['text']}. {'; '.join(_whom(report, judged))}"
            yield annotation(kind, text, file=_changed(compared), title=judged.finding["id"])
    yield annotation("notice", _sum(report), title="contract diff")


def _changed(compared: Compared) -> str:
    """The file that people edit: the bundle of a working document lies where nobody looks."""
    return compared.revision if "." in compared.name else f"openapi/{compared.name}/openapi.yaml"


def _comparison(report: Report, compared: Compared) -> dict[str, Any]:
    return {
        "name": compared.name,
        "base": compared.base,
        "revision": compared.revision,
        "breaks": compared.breaks,
        "findings": [_finding(report, compared, judged) for judged in compared.findings],
    }


def _finding(report: Report, compared: Compared, judged: Judged) -> dict[str, Any]:
    names = ("operationId", "path", "section")
    told = {
        "id": judged.finding["id"],
        "level": _LEVELS.get(judged.finding["level"], "note"),
        "text": judged.finding["text"],
        "method": judged.finding.get("operation"),
        **{name: judged.finding.get(name) for name in names},
        "fails": report.counts(compared, judged),
    }
    if judged.hits is None:
        return {**told, "calls": None, "caller_count": None, "callers": None}
    callers = [
        {**hit.caller._asdict(), "calls": hit.calls, "last_call_at": hit.last_call_at}
        for hit in (judged.hits if report.names else ())
    ]
    return {**told, "calls": judged.calls, "caller_count": len(judged.hits), "callers": callers}


def _whom(report: Report, judged: Judged) -> Sequence[str]:
    """Whom the finding hits, in a few lines."""
    if judged.of_number:
        return ["whoever relies on the number"]
    if judged.hits is None or report.recorded is None:
        return ["nobody knows what is used"]
    if not judged.hits:
        return [f"nobody in the last {_days(report.recorded)}"]
    if not report.names:
        return [f"{_callers(len(judged.hits))}, {judged.calls:,} calls in the last {_days(report.recorded)}"]
    shown_hits = [
        f"{hit.caller.organization}: {hit.caller.name or hit.caller.kind} ({hit.caller.id}), {hit.calls:,} calls, the"
        f" last at {shown(hit.last_call_at)}"
        for hit in judged.hits[:CALLERS_SHOWN]
    ]
    left = judged.hits[CALLERS_SHOWN:]
    more = f"and {_callers(len(left))} more, {sum(hit.calls for hit in left):,} calls"
    return [*shown_hits, more] if left else shown_hits


def _sum(report: Report) -> str:
    findings = [judged for compared in report.compared for judged in compared.findings if judged.breaks]
    if not findings:
        return "Nothing breaks a client."
    if report.recorded is None:
        return f"{_changes(len(findings))}; whom they would hit is not known: {report.reason}"
    hitting = [judged for judged in findings if judged.hits]
    callers = {hit.caller for judged in hitting for hit in judged.hits or ()}
    whom = f"{len(hitting)} of them would have hit {_callers(len(callers))}" if hitting else "none of them hits anybody"
    young = f" It is recorded for no longer; {report.days} days were asked for." if report.is_young else ""
    return f"{_changes(len(findings))}; {whom} in the last {_days(report.recorded)}.{young}"


def _counts(compared: Compared) -> str:
    breaking = sum(judged.breaks for judged in compared.findings)
    return f"{breaking} breaking, {len(compared.findings) - breaking} warnings"


def _changes(number: int) -> str:
    return f"{number} breaking change{'' if number == 1 else 's'}"


def _callers(number: int) -> str:
    return f"{number} caller{'' if number == 1 else 's'}"


def _days(recorded: Recorded) -> str:
    return "day" if recorded.days < 2 else f"{recorded.days} days"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")

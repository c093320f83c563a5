"""Compare the two documents with what clients hold today, and refuse what would break them.

Each working document openapi/<version>/openapi.yaml is bundled and compared with the newest
openapi/released/<version>-*.yaml by the pinned oasdiff; `--base` and `--revision` compare any two files instead.
Besides, what is deprecated stays for 180 days (stable operations), and info.version follows the change: a breaking one
raises the major number, additions the minor one, words the patch number.

exit codes: 0 nothing breaks; 1 something does; 2 a document cannot be read; 3 nothing could be compared (no oasdiff, or
no released document)
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml import YAMLError

from ci import policy
from ci.bundle import OPENAPI, UNREADABLE, bundle_all
from ci.oasdiff import UNAVAILABLE, oasdiff
from ci.severities import FILE as SEVERITIES
from ci.support import ROOT, fail, run
from core.contract import yaml12
from core.contract.bundle import BundleError, bundle
from core.kit.annotations import annotation

UNREADABLE_TO_OASDIFF = 102
BREAKS = 1
LEVELS = {policy.WARNS: "warning", policy.BREAKS: "breaking"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One pair of documents and what was found between them; `everything` has the harmless changes too."""

    name: str
    base: Path
    revision: Path
    everything: tuple[dict[str, Any], ...]
    breaks: bool

    @property
    def findings(self) -> tuple[dict[str, Any], ...]:
        """What breaks a client, or may."""
        return tuple(finding for finding in self.everything if finding["level"] in LEVELS)


def compare(
    name: str, base: Path, revision: Path, *, semver: policy.Semver = "raised", major_may_break: bool = False
) -> Comparison:
    """What of `base` would a client miss in `revision`?

    With `major_may_break` a revision that raises the major number of info.version does not break anybody: clients of
    the base stay where they are.
    """
    options = ("--severity-levels", SEVERITIES, "--deprecation-days-stable", str(policy.STABLE_DAYS))
    finished = run(oasdiff(), "changelog", base, revision, *options, "--format", "json", check=False, capture=True)
    if finished.returncode == UNREADABLE_TO_OASDIFF:
        fail(f"{name} cannot be read: {finished.stderr.strip().removeprefix('Error: ')}", UNREADABLE)
    if finished.returncode != 0:
        fail(f"{name}: nothing was compared, oasdiff ended with {finished.returncode}: {finished.stderr.strip()}", 3)
    old, new = _read(base), _read(revision)
    found = [*json.loads(finished.stdout or "[]"), *policy.deprecations(old, new)]
    found += policy.numbering(old, new, found, semver)
    breaks = any(finding["level"] == policy.BREAKS for finding in found)
    if major_may_break and policy.raises_major(old, new):
        breaks = any(finding["section"] == "info" and finding["level"] == policy.BREAKS for finding in found)
    return Comparison(name, base, revision, tuple(found), breaks)


def _read(path: Path) -> policy.Document:
    try:
        document = yaml12.load(path)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        fail(f"{path.name} cannot be read: {' '.join(str(error).split())}", UNREADABLE)
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        fail(f"{path.name} cannot be read: it is no OpenAPI document, it has no paths", UNREADABLE)
    if any(isinstance(item, dict) and "$ref" in item for item in document["paths"].values()):
        return _bundled(path)
    return document


def _bundled(path: Path) -> policy.Document:
    """A document whose paths lie in other files, or elsewhere in this one."""
    try:
        return bundle(path)
    except (BundleError, OSError, YAMLError) as error:
        reason = " ".join(str(error).split())
        fail(f"{path.name} cannot be read: {reason}. Put it together into one file first", UNREADABLE)


def working_pairs() -> list[tuple[str, Path, Path]]:
    """(version, newest released document, bundle of the working one) for every version under openapi/."""
    pairs = [(version, newest_released(version), bundled) for version, bundled in bundle_all().items()]
    return pairs or fail("no document was found under openapi/, so nothing was compared", UNAVAILABLE)


def newest_released(version: str, folder: Path = OPENAPI / "released") -> Path:
    """The released document with the highest number: v1-1.10.0.yaml comes after v1-1.9.0.yaml."""
    released = sorted(folder.glob(f"{version}-*.yaml"), key=_number)
    if not released:
        fail(f"no openapi/released/{version}-*.yaml to compare with; `tidings contract release` makes one", UNAVAILABLE)
    return released[-1]


def _number(released: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in released.stem.split("-", 1)[1].split("."))


def as_text(comparison: Comparison) -> str:
    """The findings for people: a line that sums up, and below it one line each."""
    breaking = sum(LEVELS.get(finding["level"]) == "breaking" for finding in comparison.findings)
    base = _shown(comparison.base)
    summary = f"{comparison.name}: {breaking} breaking, {len(comparison.findings) - breaking} warnings against {base}"
    return "\n".join([summary, *(f"  {_line(finding)}" for finding in comparison.findings)])


def as_annotation(comparison: Comparison, finding: dict[str, Any]) -> str:
    """The finding as a workflow command, which GitHub shows at the changed document."""
    kind = "error" if LEVELS.get(finding["level"]) == "breaking" else "warning"
    document = OPENAPI / comparison.name / "openapi.yaml"
    file = _shown(document if document.exists() else comparison.revision)
    return annotation(kind, _line(finding), file=file, title=finding["id"])


def _line(finding: dict[str, Any]) -> str:
    where = " ".join(filter(None, (finding.get("operation"), finding.get("path") or finding["section"])))
    return f"{LEVELS.get(finding['level'], 'note')}: {where}: {finding['text']} [{finding['id']}]"


def _shown(path: Path) -> str:
    """As people find it: from the top of this repository, or else from where they stand."""
    folder = next((folder for folder in (ROOT, Path.cwd()) if path.is_relative_to(folder)), path.root)
    return str(path.relative_to(folder) if folder != path.root else path)


def _as_json(comparisons: list[Comparison]) -> str:
    rows = [
        {
            "name": comparison.name,
            "base": _shown(comparison.base),
            "revision": _shown(comparison.revision),
            "breaks": comparison.breaks,
            "findings": comparison.findings,
        }
        for comparison in comparisons
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def _arguments() -> argparse.Namespace:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="ci/breaking", description=__doc__, formatter_class=formatter)
    parser.add_argument("--base", type=Path, metavar="FILE", help="what clients hold")
    parser.add_argument("--revision", type=Path, metavar="FILE", help="what they would get")
    parser.add_argument(
        "--semver",
        choices=policy.SEMVER,
        default="raised",
        help="whether info.version must follow the change: where it was raised, always, or off (%(default)s)",
    )
    parser.add_argument(
        "--major-may-break", action="store_true", help="let a breaking change pass that raises the major number"
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print the findings as JSON")
    shape.add_argument("--github", action="store_true", help="print the findings as annotations of a GitHub workflow")
    arguments = parser.parse_args()
    if (arguments.base is None) != (arguments.revision is None):
        parser.error("--base and --revision go together")
    return arguments


def main() -> None:
    """The command `ci/breaking`."""
    arguments = _arguments()
    given = arguments.base and (arguments.revision.name, arguments.base.resolve(), arguments.revision.resolve())
    pairs = [given] if given else working_pairs()
    options: dict[str, Any] = {"semver": arguments.semver, "major_may_break": arguments.major_may_break}
    comparisons = [compare(*pair, **options) for pair in pairs]
    if arguments.json:
        print(_as_json(comparisons))
    elif arguments.github:
        print("\n".join(as_annotation(compared, finding) for compared in comparisons for finding in compared.findings))
    else:
        print("\n".join(map(as_text, comparisons)))
    raise SystemExit(BREAKS if any(comparison.breaks for comparison in comparisons) else 0)


if __name__ == "__main__":
    main()

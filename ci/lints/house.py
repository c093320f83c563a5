"""Check the house rules in every tracked file, and say for each breach why the rule exists and what to do.

An exception names one rule and one file, with its reason; one that is no longer needed fails too, so that the list
shrinks.
"""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from ci.lints import arrows, places, shape
from ci.lints.rules import Breach, Rule, Source
from ci.support import ROOT

RULES: tuple[Rule, ...] = (*arrows.RULES, *shape.RULES, *places.RULES)
# (rule, file) → why the rule does not fit there
EXCEPTIONS: Mapping[tuple[str, str], str] = {
    (
        "environment-in-settings",
        "core/infra/embedded/launch.py",
    ): "hands an account's own HOME and USER to the engine that it becomes; nothing of ours is configured by them",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach that stands, ready to print."""

    rule: Rule
    path: PurePosixPath
    breach: Breach

    def __str__(self) -> str:
        where = f"{self.path}:{self.breach.line}: {self.breach.what} [{self.rule.name}]"
        return f"{where}\n    why: {self.rule.reason}\n    fix: {self.rule.fix}"


def check(sources: Iterable[Source], exceptions: Mapping[tuple[str, str], str] = EXCEPTIONS) -> list[str]:
    """The findings in these files, and the exceptions that nothing needed, as texts for people."""
    unused = set(exceptions)
    texts = []
    for finding in _findings(sources):
        key = (finding.rule.name, str(finding.path))
        unused.discard(key)
        if key not in exceptions:
            texts.append(str(finding))
    texts += [
        f"{path}: needs no exception from {rule} any more: remove it from EXCEPTIONS" for rule, path in sorted(unused)
    ]
    return texts


def tracked() -> Iterator[Source]:
    """The text files that Git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in sorted(set(listed.stdout.split("\0")) - {""}):
        file = ROOT / name
        if not file.is_file() or file.is_symlink():
            continue
        content = file.read_bytes()
        if b"\0" not in content[:8192]:
            yield Source(PurePosixPath(name), content.decode("utf-8", errors="replace"))


def _findings(sources: Iterable[Source]) -> Iterator[Finding]:
    for source in sources:
        if source.is_python and not source.parses:
            continue  # ruff names the place of a syntax error
        for rule in RULES:
            yield from (Finding(rule, source.path, breach) for breach in rule.breaches(source))


def main() -> None:
    """Print what is wrong; exit code 1 when something is."""
    texts = check(tracked())
    print("\n".join(texts) or "house rules: nothing to say")
    raise SystemExit(1 if texts else 0)


if __name__ == "__main__":
    main()

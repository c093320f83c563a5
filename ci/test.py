"""Run everything that must hold before a change lands: checks, tests with coverage, the break diff and the fuzzers.

Options after `--` go to pytest, and then only the tests run: `ci/test -- tests/core/kit -k cursor`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ci.support import ROOT, VENV_BIN, artifacts

CI = ROOT / "ci"


def checks() -> bool:
    """Form, types, house rules and documents."""
    return _passes(CI / "check")


def tests() -> bool:
    """Every test, with the coverage of core and handlers (pyproject.toml says how much is wanted)."""
    if not _passes(CI / "machine"):  # Chromium, for the tests of the pages
        return False
    reports = artifacts("tests")
    data = {"COVERAGE_FILE": str(reports / ".coverage")}
    coverage = VENV_BIN / "coverage"
    _passes(coverage, "erase", **data)
    pytest = ("-m", "pytest", "-q", f"--junit-xml={reports / 'pytest.xml'}")
    passed = _passes(coverage, "run", *pytest, **data)
    _passes(coverage, "combine", "--quiet", **data)
    return _passes(coverage, "report", **data) and passed


def breaking() -> bool:
    """Nothing that clients hold today is broken."""
    return _passes(CI / "breaking")


def fuzz() -> bool:
    """The running server keeps what the documents promise."""
    return _passes(CI / "fuzz")


GATES: tuple[Callable[[], bool], ...] = (checks, tests, breaking, fuzz)


def _passes(program: Path, *arguments: str, **variables: str) -> bool:
    env = {**os.environ, **variables}
    command: list[str | Path] = [program, *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False).returncode == 0


def main() -> None:
    """The command `ci/test`."""
    if "--" in sys.argv:
        chosen = sys.argv[sys.argv.index("--") + 1 :]
        os.execv(sys.executable, [sys.executable, "-P", "-m", "pytest", *chosen])  # noqa: S606  # a fixed program
    failed = []
    for gate in GATES:
        started = time.monotonic()
        print(f"══ {gate.__name__}", flush=True)
        if not gate():
            failed.append(gate.__name__)
        print(f"══ {gate.__name__} took {time.monotonic() - started:.0f} s", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}")
    print(f"gates: {len(GATES) - len(failed)} passed, {len(failed)} failed")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()

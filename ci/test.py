"""Run everything that must hold before a change lands: checks, the break diff, SDKs, the fuzzers, tests with coverage.

The tests are shared by one process more than there are cores: they wait for servers that start (docs/decisions/0014).
Options after `--` go to pytest, and then only the tests run: `ci/test -- tests/core/kit -k cursor`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from ci.support import ROOT, VENV_BIN, artifacts

CI = ROOT / "ci"
PROCESSES = (os.cpu_count() or 1) + 1


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
    report = reports / "pytest.xml"
    report.unlink(missing_ok=True)
    shared = (f"--numprocesses={PROCESSES}", "--no-loadscope-reorder")  # tests/support/parallel_plugin.py has an order
    pytest = ("-m", "pytest", *shared, f"--junit-xml={report}")
    passed = _passes(coverage, "run", *pytest, **data)
    _passes(coverage, "combine", "--quiet", **data)
    covered = _passes(coverage, "report", **data)
    print(summary(report), flush=True)
    return covered and passed


def summary(report: Path) -> str:
    """What pytest said at its end, once more: the table of coverage has pushed it out of sight."""
    if not report.exists():
        return "tests: no report was written"
    suites = ElementTree.parse(report).getroot().iter("testsuite")  # noqa: S314  # our own file
    count = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for suite in suites:
        for name in count:
            count[name] += int(suite.get(name, 0))
    failed, skipped = count["failures"] + count["errors"], count["skipped"]
    return f"tests: {count['tests'] - failed - skipped} passed, {failed} failed, {skipped} skipped"


def breaking() -> bool:
    """Nothing that clients hold today is broken."""
    return _passes(CI / "breaking")


def sdk() -> bool:
    """Generated clients see what plain HTTP sees."""
    return _passes(CI / "sdk")


def fuzz() -> bool:
    """The running server keeps what the documents promise."""
    return _passes(CI / "fuzz")


GATES: tuple[Callable[[], bool], ...] = (checks, breaking, sdk, fuzz, tests)


def _passes(program: Path, *arguments: str, **variables: str) -> bool:
    env = {**_environment(), **variables}
    command: list[str | Path] = [program, *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False).returncode == 0


def _environment() -> dict[str, str]:
    """Ours. Who wants no compiled modules beside the sources gets them elsewhere: hundreds of processes start here."""
    env = dict(os.environ)
    if env.pop("PYTHONDONTWRITEBYTECODE", ""):
        env["PYTHONPYCACHEPREFIX"] = str(artifacts("bytecode"))
    return env


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

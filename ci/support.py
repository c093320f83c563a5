"""What the scripts of ci/ share: where things are, how a command is run, how a script ends."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
ARTIFACTS = ROOT / ".artifacts"  # reports, diffs and bundles of a run; never committed
TOOLS = ROOT / ".tools"  # what a script installs for itself
VENV_BIN = Path(sys.executable).parent


def find(name: str) -> Path | None:
    """The program of this name in the project's .venv, else on PATH, else None."""
    local = VENV_BIN / name
    found = str(local) if local.exists() else shutil.which(name)
    return Path(found) if found else None


def run(
    program: Path | str,
    *arguments: str | Path,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    text: str | None = None,
    check: bool = True,
    capture: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; where `check` is set, a failing one ends the script with its own exit code."""
    command = [str(program), *map(str, arguments)]
    finished = subprocess.run(command, cwd=cwd, env=env, input=text, text=True, capture_output=capture, check=False)
    if check and finished.returncode != 0:
        if capture:
            sys.stderr.write(finished.stdout + finished.stderr)
        fail(f"{Path(command[0]).name} ended with {finished.returncode}", finished.returncode)
    return finished


def fail(message: str, code: int = 1) -> NoReturn:
    """End the script with one line for people."""
    print(f"ci/{Path(sys.argv[0]).stem}: {message}", file=sys.stderr)
    raise SystemExit(code)


def artifacts(name: str) -> Path:
    """The folder .artifacts/<name>, made when it is missing."""
    folder = ARTIFACTS / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder

"""Check form, types, house rules and documents, all of them, and say which of these failed.

`--fast` leaves out the types, which take the longest.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ci.bundle import bundle_all
from ci.support import ROOT, VENV_BIN, run


def ruff() -> bool:
    """Style, imports and a few hundred known mistakes."""
    return _passes(VENV_BIN / "ruff", "check")


def form() -> bool:
    """The one form of the code; `make fmt` brings it about."""
    return _passes(VENV_BIN / "ruff", "format", "--check")


def types() -> bool:
    """Strict types in the product, its scripts and its benchmarks, lighter ones in the tests."""
    # the benchmark's peers bring their types along
    return _passes(ROOT / "ci" / "setup", "bench") and _passes(VENV_BIN / "mypy")


def house() -> bool:
    """The rules of ci/lints/house.py."""
    return _passes(sys.executable, "-P", "-m", "ci.lints.house")


def style() -> bool:
    """The style of the two documents: ci/lints/documents.py."""
    return _passes(sys.executable, "-P", "-m", "ci.lints.documents")


def openapi() -> bool:
    """Both bundles are valid OpenAPI 3.0.3."""
    return _passes(VENV_BIN / "openapi-spec-validator", *bundle_all().values())


def docs() -> bool:
    """The generated parts of README.md and docs/ say what their sources say."""
    return _passes(ROOT / "ci" / "docs", "--check")


CHECKS: tuple[Callable[[], bool], ...] = (ruff, form, house, openapi, style, docs, types)


def _passes(program: Path | str, *arguments: Path | str) -> bool:
    return run(program, *arguments, check=False).returncode == 0


def main() -> None:
    """The command `ci/check`."""
    parser = argparse.ArgumentParser(prog="ci/check", description=__doc__)
    parser.add_argument("--fast", action="store_true", help="leave out the types")
    chosen = [check for check in CHECKS if not (parser.parse_args().fast and check is types)]
    failed = []
    for check in chosen:
        started = time.monotonic()
        print(f"── {check.__name__}", flush=True)
        if not check():
            failed.append(check.__name__)
        print(f"   {time.monotonic() - started:.1f} s", flush=True)
    print(f"checks: {len(chosen) - len(failed)} passed, {len(failed)} failed {' '.join(failed)}".rstrip())
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()

"""Tell everything that changed from one document to another, as JSON: what breaks clients, and what does not.

It prints the findings of the pinned oasdiff, each with its rule, level and text; `tidings contract release` makes the
changelog of them.

exit codes: 0 nothing breaks; 1 something does; 2 a document cannot be read; 3 nothing could be compared
"""

import argparse
import json
from pathlib import Path
from typing import Any

from ci.breaking import BREAKS, compare
from ci.bundle import UNREADABLE
from ci.oasdiff import UNAVAILABLE, oasdiff
from ci.severities import FILE as SEVERITIES
from ci.support import fail, run


def findings(base: Path, revision: Path) -> list[dict[str, Any]]:
    """What oasdiff finds, the harmless included."""
    options = ("--severity-levels", SEVERITIES, "--format", "json")
    finished = run(oasdiff(), "changelog", base, revision, *options, check=False, capture=True)
    if finished.returncode != 0:
        fail(f"nothing was compared: {finished.stderr.strip().removeprefix('Error: ')}", UNAVAILABLE)
    found: list[dict[str, Any]] = json.loads(finished.stdout or "[]")
    return found


def main() -> None:
    """The command `ci/changelog`."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="ci/changelog", description=__doc__, formatter_class=formatter)
    parser.add_argument("base", type=Path, help="what clients hold")
    parser.add_argument("revision", type=Path, help="what they would get")
    given = parser.parse_args()
    for document in (given.base, given.revision):
        if not document.is_file():
            fail(f"{document}: no such file", UNREADABLE)
    compared = compare(given.revision.name, given.base.resolve(), given.revision.resolve())
    print(json.dumps(findings(given.base.resolve(), given.revision.resolve()), ensure_ascii=False))
    raise SystemExit(BREAKS if compared.breaks else 0)


if __name__ == "__main__":
    main()

"""Tell everything that changed from one document to another, as JSON: what breaks clients, and what does not.

It prints the findings of `ci/breaking` and the harmless ones, each with its rule, level and text;
`tidings contract release` makes the changelog of them.

exit codes: 0 nothing breaks; 1 something does; 2 a document cannot be read; 3 nothing could be compared
"""

import argparse
import json
from pathlib import Path

from ci.breaking import BREAKS, compare
from ci.bundle import UNREADABLE
from ci.support import fail


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
    print(json.dumps(compared.everything, ensure_ascii=False))
    raise SystemExit(BREAKS if compared.breaks else 0)


if __name__ == "__main__":
    main()

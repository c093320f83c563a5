"""Write what can be derived from the documents and the code: parts of README.md, and all of docs/migration.md.

Between `<!-- generated: NAME -->` and `<!-- end: NAME -->` the text is this script's. `ci/docs --check` changes nothing
and fails where the text has fallen behind.
"""

import argparse
import re
from collections.abc import Callable, Mapping
from typing import Final

from ci.readme import tables
from ci.readme.endpoints import endpoints
from ci.readme.guide import guide
from ci.support import ROOT, fail

README: Final = ROOT / "README.md"
GUIDE: Final = ROOT / "docs" / "migration.md"
PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "endpoints": endpoints,
    "scopes": tables.scopes,
    "plans": tables.plans,
    "migration": tables.migration,
    "configuration": tables.configuration,
}


def main() -> None:
    """The command `ci/docs`."""
    parser = argparse.ArgumentParser(prog="ci/docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where a text has fallen behind")
    options = parser.parse_args()
    text = README.read_text(encoding="utf-8")
    fresh = text
    for name, part in PARTS.items():
        fresh = replace(fresh, name, part())
    for file, kept in ((README, fresh), (GUIDE, guide())):
        if file.is_file() and file.read_text(encoding="utf-8") == kept:
            continue
        if options.check:
            fail(f"{file.relative_to(ROOT)} has fallen behind the documents or the settings: run ci/docs")
        file.write_text(kept, encoding="utf-8")
        print(f"{file.relative_to(ROOT)} brought up to date")


def replace(text: str, name: str, part: str) -> str:
    """The text with another generated part; a missing marker ends the script."""
    pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end: {name} -->)", re.DOTALL)
    if not pattern.search(text):
        fail(f"README.md has no `<!-- generated: {name} -->` … `<!-- end: {name} -->`")
    return pattern.sub(lambda match: f"{match[1]}\n{part}\n{match[2]}", text)


if __name__ == "__main__":
    main()

"""docs/security.md names only tests that exist."""

import re
from typing import Final

from ci.support import ROOT

PAGE: Final = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED: Final = sorted(set(re.findall(r"\btest_\w+\b(?!\.py)", PAGE)))


def test_every_test_that_the_page_names_exists() -> None:
    defined = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(NAMED) > 30
    assert [name for name in NAMED if name not in defined] == []

"""Values as the commands print them for people."""

from datetime import UTC, datetime
from typing import Any

import pytest

from core.cli.output import as_text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        (datetime(2026, 11, 21, 9, 30, tzinfo=UTC), "2026-11-21 09:30:00Z"),
        (["admin", "owner"], "admin owner"),
        ({"limit": None, "used": 3}, "limit=- used=3"),
        ({"create_keys": "admin", "invite": "owner"}, "create_keys=admin invite=owner"),
        ("two\nlines", "two lines"),
    ],
)
def test_a_value_is_one_line_of_words(value: Any, shown: str) -> None:
    assert as_text(value) == shown

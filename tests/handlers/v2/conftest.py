"""Those who write notes, and what they write about."""

import pytest

from tests.handlers.conftest import KeyFor, Seeded


@pytest.fixture
def writer(key_for: KeyFor) -> dict[str, str]:
    """A key that reads and writes notes, and is no admin."""
    return key_for("notes:read", "notes:write", name="Writer")


@pytest.fixture
def colleague(key_for: KeyFor) -> dict[str, str]:
    """Another one of the same organisation."""
    return key_for("notes:read", "notes:write", name="Colleague")


@pytest.fixture
def admin(key_for: KeyFor) -> dict[str, str]:
    """A key that may do what an admin may."""
    return key_for("notes:read", "notes:write", "organization:write")


@pytest.fixture
def article(seeded: Seeded) -> str:
    return seeded.stories[0]

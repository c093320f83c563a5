"""Every module has a process and a database of its own, and knows what the documents say."""

import pytest

from core.app import read_documents
from core.deprecations.service import deprecations
from core.kit.clock import SystemClock
from tests.support.process import database, infra, process, process_settings

__all__ = ["database", "infra", "process", "process_settings"]


@pytest.fixture(autouse=True)
def documents() -> None:
    """As the wiring does it."""
    deprecations.configure(read_documents(), SystemClock())

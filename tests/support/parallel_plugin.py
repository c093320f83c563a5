"""What a run by several processes needs (`ci/test` runs pytest with `-n`): an order, and every process's coverage."""

from pathlib import Path
from typing import Final

import coverage
import pytest

LONGEST_FIRST: Final = ("faults", "e2e", "core/cli", "ci")
"""Folders of tests/ whose files take longest. A file is one process's: a long one that began last would end alone."""


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long files first."""
    if not _is_worker(config):
        return
    folders = [config.rootpath / "tests" / name for name in LONGEST_FIRST]
    items.sort(key=lambda item: _rank(item.path, folders))


def _rank(file: Path, folders: list[Path]) -> int:
    return next((rank for rank, folder in enumerate(folders) if file.is_relative_to(folder)), len(folders))


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> object:
    """Write what was measured before the controller hears of the end, after which it gives 10 s and then kills."""
    result = yield
    measuring = coverage.Coverage.current()
    if _is_worker(session.config) and measuring is not None:
        measuring.stop()
        measuring.save()
    return result

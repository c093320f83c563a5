"""What a run by several processes needs (`ci/test` runs pytest with `-n`): shares, an order, everybody's coverage."""

from pathlib import Path
from typing import Final

import coverage
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

TOGETHER: Final = ("tests/e2e/",)
"""Folders whose files share a running instance."""

LONGEST_FIRST: Final = ("e2e", "faults", "core/cli", "ci")
"""Folders of tests/ whose files take longest: one of these that began last would end alone."""


class Shares(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """A file goes to one process as a whole, because its tests share what they have made; some folders do, too."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Shares:
    """Hand out shares, whatever `--dist` says."""
    return Shares(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long files first."""
    if _is_worker(config):
        folders = [config.rootpath / "tests" / name for name in LONGEST_FIRST]
        items.sort(key=lambda item: _rank(item.path, folders))


def _rank(file: Path, folders: list[Path]) -> int:
    return next((rank for rank, folder in enumerate(folders) if file.is_relative_to(folder)), len(folders))


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> object:
    """Write what was measured before the controller hears of the end: soon after that it ends its processes."""
    result = yield
    measuring = coverage.Coverage.current()
    if _is_worker(session.config) and measuring is not None:
        measuring.stop()
        measuring.save()
    return result


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")

"""One contract check for the whole run. When every test has run, every documented status must have been seen.

Where several processes share the tests (pytest-xdist), each tells the controller what it has seen, and the controller
judges all of it.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from _pytest.terminal import TerminalReporter

from tests.support.contract_check import ContractCheck

_CHECK = pytest.StashKey[ContractCheck]()
_SEEN: Final = "statuses_seen"
"""The name of (operation, status) pairs in what a worker of pytest-xdist leaves to its controller."""


@pytest.fixture(scope="session")
def contract(pytestconfig: pytest.Config) -> ContractCheck:
    """The check that clients of the API are made with."""
    return _check(pytestconfig)


def _check(config: pytest.Config) -> ContractCheck:
    if _CHECK not in config.stash:
        config.stash[_CHECK] = ContractCheck.load()
    return config.stash[_CHECK]


def _unseen(config: pytest.Config) -> list[str]:
    """What is missing, if the whole suite has run: a part of it cannot see everything."""
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    is_filtered = any(config.getoption(name) for name in ("keyword", "markexpr", "lf", "collectonly"))
    if not is_whole or is_filtered or _CHECK not in config.stash:
        return []
    return config.stash[_CHECK].unseen()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker has seen; one that crashed has left nothing, and fails the run by itself."""
    seen = getattr(node, "workeroutput", {}).get(_SEEN, ())
    _check(node.config).seen.update((name, status) for name, status in seen)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave a worker's part to the controller; fail a whole run that was good otherwise."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput[_SEEN] = sorted(_check(config).seen)
    elif _unseen(config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say what is missing and what to do."""
    if unseen := _unseen(terminalreporter.config):
        terminalreporter.section("documented, but seen by no test", red=True)
        for status in unseen:
            terminalreporter.write_line(status)
        terminalreporter.write_line(
            "Write a test that sees it, take it out of the document, or give the reason in contract_check.NEVER_SEEN."
        )

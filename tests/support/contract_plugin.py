"""One contract check for the whole run. When every test has run, every documented status must have been seen."""

from __future__ import annotations

import pytest
from _pytest.terminal import TerminalReporter

from tests.support.contract_check import ContractCheck

_CHECK = pytest.StashKey[ContractCheck]()


@pytest.fixture(scope="session")
def contract(pytestconfig: pytest.Config) -> ContractCheck:
    """The check that clients of the API are made with."""
    if _CHECK not in pytestconfig.stash:
        pytestconfig.stash[_CHECK] = ContractCheck.load()
    return pytestconfig.stash[_CHECK]


def _unseen(config: pytest.Config) -> list[str]:
    """What is missing, if the whole suite has run: a part of it cannot see everything."""
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    is_filtered = any(config.getoption(name) for name in ("keyword", "markexpr", "lf", "collectonly"))
    if not is_whole or is_filtered or _CHECK not in config.stash:
        return []
    return config.stash[_CHECK].unseen()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that was good otherwise."""
    if _unseen(session.config) and session.exitstatus == pytest.ExitCode.OK:
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

"""A run that several processes share sees and measures what one process would."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from ci.support import ROOT

UNSEEN: Final = "v2.listArticles 304"
PROJECT: Final = """
[tool.pytest.ini_options]
testpaths = ["."]
addopts = ["--import-mode=importlib", "-p", "xdist.plugin", "--numprocesses=2", "--dist=loadfile"]
[tool.coverage.run]
source = ["product"]
patch = ["subprocess"]
parallel = true
"""
CONFTEST: Final = 'pytest_plugins = ["tests.support.contract_plugin", "tests.support.parallel_plugin"]\n'
TEST: Final = """
from product import half_{number}

def test_sees_and_runs_its_half(contract):
    assert half_{number}.runs()
    assert not contract.seen, "both halves were run by one process"
    statuses = [status for status in contract.unseen() if status != {unseen!r}]
    contract.seen.update(tuple(status.split()) for status in statuses[{number}::2])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two files of tests, each of which runs half of a product and sees half of the documented statuses, save one."""
    (tmp_path / "product").mkdir()
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for number in range(2):
        (tmp_path / "product" / f"half_{number}.py").write_text("def runs():\n    return True\n")
        (tmp_path / f"test_half_{number}.py").write_text(TEST.format(number=number, unseen=UNSEEN))
    return tmp_path


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A module of our environment, run in `folder`; nobody else measures it."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    paths = os.pathsep.join([str(folder), str(ROOT)])
    env |= {"PYTHONPATH": paths, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=env)


def test_what_every_process_has_seen_and_run_is_put_together(project: Path) -> None:
    shared = run(project, "coverage", "run", "-m", "pytest")
    assert "2 passed" in shared.stdout, shared.stdout + shared.stderr
    missing = shared.stdout.partition("seen by no test")[2].splitlines()[1:]
    assert missing[0] == UNSEEN
    assert missing[1].startswith("Write a test that sees it"), "more is missing than what neither half has seen"
    assert shared.returncode == pytest.ExitCode.TESTS_FAILED
    assert run(project, "coverage", "combine").returncode == 0
    covered = run(project, "coverage", "report", "--fail-under=100")
    assert covered.returncode == 0, covered.stdout

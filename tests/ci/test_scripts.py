"""The Makefile, the CI workflow and .ci/run call scripts that exist, and hold nothing of their own."""

import os
import re
import subprocess
from typing import Any

import pytest
import yaml

from ci.support import ROOT

CI = ROOT / "ci"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WANTED_TARGETS = {"up", "test", "check", "fmt", "bench", "docs", "lock", "sdk", "help"}


def targets() -> dict[str, tuple[str, str]]:
    """Target → (help line, its one command)."""
    found = re.findall(r"^([a-z]+): ## (.+)\n\t(.+)\n", MAKEFILE, flags=re.MULTILINE)
    return {name: (line, command) for name, line, command in found}


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    return yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))


def test_every_target_has_a_help_line_and_is_one_call() -> None:
    assert targets().keys() >= WANTED_TARGETS
    assert len(re.findall(r"^\t", MAKEFILE, flags=re.MULTILINE)) == len(targets())


def test_every_target_calls_the_script_of_its_name() -> None:
    for name, (_, command) in targets().items():
        if name != "help":
            assert command == f"ci/{name}"
            assert os.access(CI / name, os.X_OK), name


def test_help_lists_every_target() -> None:
    printed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name, (line, _) in targets().items():
        assert re.search(rf"make {name} +{re.escape(line)}\n", printed)


def test_every_python_command_is_a_link_to_the_launcher() -> None:
    links = [file for file in CI.iterdir() if file.is_symlink()]
    assert links
    for link in links:
        assert link.readlink().name == "launch"
        assert (CI / f"{link.name}.py").is_file(), link.name


def test_every_script_can_be_executed_and_stops_at_the_first_error() -> None:
    scripts = [file for file in CI.iterdir() if file.is_file() and not file.is_symlink() and "." not in file.name]
    for script in [*scripts, ROOT / ".ci" / "run", ROOT / "deploy" / "make-env"]:
        assert os.access(script, os.X_OK), script.name
        assert "\nset -euo pipefail\n" in script.read_text(encoding="utf-8"), script.name


def test_ci_runs_what_make_test_runs() -> None:
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").endswith("\nexec make test\n")


def test_the_workflow_calls_only_scripts_of_the_repository(workflow: dict[str, Any]) -> None:
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert commands
    for command in commands:
        script = command.removeprefix("sudo ").split()[0]
        assert os.access(ROOT / script, os.X_OK), command


def test_the_workflow_may_only_read(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}


def test_setting_up_again_changes_nothing_and_says_nothing() -> None:
    subprocess.run([CI / "setup"], check=True, capture_output=True)
    again = subprocess.run([CI / "setup"], check=True, capture_output=True, text=True)
    assert again.stdout + again.stderr == ""

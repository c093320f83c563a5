"""The GitHub Action by which any repository gates its own document: its step is run here as a runner runs it."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ci.support import ROOT
from tests.ci.test_breaking import PAIRS
from tests.core.cli.test_diff_command import usage_file

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
Step = Callable[..., "Outcome"]


class Outcome:
    """What the step left: exit code, output, and its outputs as the runner reads them."""

    def __init__(self, finished: subprocess.CompletedProcess[str], outputs: Path, summary: Path) -> None:
        self.code, self.out = finished.returncode, finished.stdout
        self.summary = summary.read_text(encoding="utf-8")
        self.outputs = dict(line.split("=", 1) for line in outputs.read_text(encoding="utf-8").splitlines())


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A checkout of a repository with a document, whose origin/main has it as clients hold it."""
    checkout = tmp_path / "checkout"
    (checkout / "api").mkdir(parents=True)
    (checkout / "api" / "openapi.yaml").write_bytes((PAIRS / "base.yaml").read_bytes())
    author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    for command in (
        ("init", "--quiet", "--initial-branch", "main"),
        ("add", "."),
        (*author, "commit", "--quiet", "--message", "The document"),
        ("update-ref", "refs/remotes/origin/main", "HEAD"),
    ):
        subprocess.run(["git", *command], cwd=checkout, check=True)
    return checkout


@pytest.fixture
def step(repository: Path, tmp_path: Path) -> Step:
    """Runs the action's own step in that checkout, with inputs and defaults as a runner would fill them in."""

    def run(revision: str | None, inputs: Mapping[str, str] | None = None, *, base_branch: str = "main") -> Outcome:
        if revision is not None:
            (repository / "api" / "openapi.yaml").write_bytes((PAIRS / f"{revision}.yaml").read_bytes())
        given = {name: str(node.get("default", "")) for name, node in ACTION["inputs"].items()}
        given |= {"revision": "api/openapi.yaml", **(inputs or {})}
        (script,) = (step for step in ACTION["runs"]["steps"] if "run" in step)
        filled = {name: _filled(value, given, base_branch) for name, value in script["env"].items()}
        outputs, summary = tmp_path / "outputs", tmp_path / "summary"
        outputs.touch()
        summary.touch()
        runner = {"GITHUB_ACTION_PATH": str(ROOT), "RUNNER_TEMP": str(tmp_path)}
        files = {"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(summary)}
        finished = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script["run"]],
            cwd=repository, env={**os.environ, **runner, **files, **filled}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return Outcome(finished, outputs, summary)

    return run


def _filled(value: str, given: Mapping[str, str], base_branch: str) -> str:
    known = {f"inputs.{name}": text for name, text in given.items()}
    known |= {"github.base_ref": base_branch, "steps.python.outputs.python-path": ""}
    return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: known[found[1]], value)


def test_every_input_is_described_and_handed_to_the_step() -> None:
    (script,) = (step for step in ACTION["runs"]["steps"] if "run" in step)
    handed = set(re.findall(r"inputs\.([a-z-]+)", json.dumps(script["env"])))
    assert handed == ACTION["inputs"].keys()
    assert all(node["description"] for node in (*ACTION["inputs"].values(), *ACTION["outputs"].values()))
    assert ACTION["runs"]["using"] == "composite"


def test_no_input_is_pasted_into_a_script() -> None:
    assert [step["run"] for step in ACTION["runs"]["steps"] if "${{" in step.get("run", "")] == []


def test_the_page_about_it_shows_what_works(step: Step, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    workflow, usage = (re.search(rf"```{name}\n(.*?)```", page, re.DOTALL) for name in ("yaml", "json"))
    assert workflow is not None
    assert usage is not None
    steps = yaml.safe_load(workflow[1])["jobs"]["contract"]["steps"]
    assert steps[-1]["with"].keys() <= ACTION["inputs"].keys()
    file = tmp_path / "usage.json"
    file.write_text(usage[1], encoding="utf-8")
    assert step("removed-enum-value", {"usage": str(file), "fail-on": steps[-1]["with"]["fail-on"]}).code == 0


def test_a_change_that_breaks_nobody_passes(step: Step) -> None:
    outcome = step("additive")
    assert outcome.code == 0, outcome.out
    assert outcome.outputs["fails"] == "false"
    assert "Nothing breaks a client." in outcome.summary


def test_a_breaking_change_is_stopped_with_an_annotation_at_the_document(step: Step) -> None:
    outcome = step("removed-enum-value")
    assert outcome.code == 1
    assert outcome.out.startswith(
        "::error file=api/openapi.yaml,title=request-property-enum-value-removed::POST /notes"
    )
    assert outcome.outputs["fails"] == "true"
    assert json.loads(Path(outcome.outputs["report"]).read_bytes())["fails"] is True
    assert Path(outcome.outputs["comment"]).read_text(encoding="utf-8") == outcome.summary


@pytest.mark.parametrize(("revision", "code"), [("removed-enum-value", 1), ("removed-parameter", 0)])
def test_recorded_usage_decides_where_it_is_asked(step: Step, tmp_path: Path, revision: str, code: int) -> None:
    outcome = step(revision, {"fail-on": "used", "usage": str(usage_file(tmp_path)), "names": "false"})
    assert outcome.code == code, outcome.out
    assert "acme" not in outcome.out + outcome.summary
    assert ("1,234 calls" in outcome.summary) is (code == 1)


@pytest.mark.parametrize(
    ("revision", "inputs", "code"),
    [
        ("breaking-as-major", {}, 1),
        ("breaking-as-major", {"major-may-break": "true"}, 0),
        ("words-unraised", {}, 0),
        ("words-unraised", {"semver": "always"}, 1),
        ("removed-enum-value", {"fail-on": "none"}, 0),
        ("removed-before-sunset", {"base": str(PAIRS / "long-notice-base.yaml")}, 0),
        ("removed-before-sunset", {"base": str(PAIRS / "short-notice-base.yaml")}, 1),
        ("removed-enum-value", {"base": "HEAD:api/openapi.yaml"}, 1),
    ],
)
def test_the_inputs_choose_what_counts(step: Step, revision: str, inputs: dict[str, str], code: int) -> None:
    assert step(revision, inputs).code == code


@pytest.mark.parametrize(
    ("inputs", "base_branch", "code", "said"),
    [
        ({"revision": ""}, "main", 2, "the input revision is missing"),
        ({"revision": "nowhere.yaml"}, "main", 2, "nowhere.yaml: there is no such file"),
        ({"base": "nowhere.yaml"}, "main", 2, "nowhere.yaml: there is no such file, and it names no <git ref>:<file>"),
        ({}, "gone", 2, "check out with fetch-depth: 0"),
        ({}, "", 2, "this is no pull request"),
        ({"usage": "nowhere.json"}, "main", 2, "nowhere.json: No such file or directory"),
        ({"fail-on": "sometimes"}, "main", 2, "sometimes"),
    ],
)
def test_what_cannot_be_compared_is_never_passed(
    step: Step, inputs: dict[str, str], base_branch: str, code: int, said: str
) -> None:
    outcome = step("removed-enum-value", inputs, base_branch=base_branch)
    assert outcome.code == code, outcome.out
    assert outcome.out.startswith("::error title=contract diff::")
    assert said in outcome.out
    assert outcome.outputs == {}


def test_a_document_that_cannot_be_read_is_never_passed(step: Step, repository: Path) -> None:
    (repository / "api" / "openapi.yaml").write_text("openapi: [", encoding="utf-8")
    outcome = step(None)
    assert outcome.code == 2
    assert "openapi.yaml cannot be read: " in outcome.out


def test_what_is_used_is_never_guessed(step: Step) -> None:
    outcome = step("removed-enum-value", {"fail-on": "used"})
    assert outcome.code == 3
    assert "nobody knows what is used, so nothing was decided: no recorded usage was given" in outcome.out

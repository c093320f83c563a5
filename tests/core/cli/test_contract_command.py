"""`tidings contract`: both documents put together, checked and released."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from core.cli import run
from core.cli.contract import problems
from core.cli.documents import DOCUMENTS, known_scopes, reading_scopes
from core.contract.bundle import Document, bundle

Run = Callable[..., Any]


@pytest.fixture
def document() -> Document:
    return bundle(DOCUMENTS / "v2" / "openapi.yaml")


def test_an_unknown_version_is_a_wrong_argument(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["contract", "bundle", "v9"]) == 2
    assert "there is no document v9; there are v1, v2" in capfd.readouterr().err


def test_an_operation_that_is_named_twice_is_a_problem(document: Document) -> None:
    operations = [item["get"] for item in document["paths"].values() if "get" in item]
    operations[0]["operationId"] = operations[1]["operationId"]
    assert any("is used twice" in problem for problem in problems(document))


def test_an_operation_without_a_name_is_a_problem(document: Document) -> None:
    del document["paths"]["/articles"]["get"]["operationId"]
    assert any("has no operationId" in problem for problem in problems(document))


def test_a_document_that_is_no_openapi_is_a_problem(document: Document) -> None:
    del document["info"]["title"]
    assert any("title" in problem for problem in problems(document))


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["contract", "bundle", "v1", "--output", str(tmp_path / "nowhere" / "v1.yaml")]) == 1
    assert capfd.readouterr().err == f"tidings: {tmp_path}/nowhere/v1.yaml: No such file or directory\n"


def test_both_documents_are_valid(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["contract", "check"]) == 0
    assert capfd.readouterr().out == "v1: valid\nv2: valid\n"


def test_the_result_of_the_check_is_json_when_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["contract", "check", "--json"]) == 0
    assert orjson.loads(capfd.readouterr().out) == {"v1": [], "v2": []}


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_bundle_is_the_same_in_both_notations(version: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["contract", "bundle", version]) == 0
    written = yaml.safe_load(capfdbinary.readouterr().out)
    assert run(["contract", "bundle", version, "--json"]) == 0
    assert orjson.loads(capfdbinary.readouterr().out)["paths"].keys() == written["paths"].keys()


def test_the_bundle_is_written_to_a_file_when_asked_for(tmp_path: Path) -> None:
    assert run(["contract", "bundle", "v1", "--output", str(tmp_path / "v1.yaml")]) == 0
    assert (tmp_path / "v1.yaml").read_bytes().startswith(b"openapi: ")


def test_a_key_reads_news_by_default_and_not_who_has_keys() -> None:
    assert "articles:read" in reading_scopes()
    assert not {"keys:read", "keys:write", "feeds:write"} & set(reading_scopes())
    assert set(reading_scopes()) < set(known_scopes())

"""What the fuzzer is told of single operations: it holds for the documents as they are now."""

import tomllib
from pathlib import Path
from typing import Any

import orjson
import pytest

from ci import fuzz, fuzz_deep, fuzz_requests, fuzz_world
from ci.bundle import bundle_all
from ci.fuzz import Outcome, Run
from ci.fuzz_deep import SEQUENCES, Ledger, Piece, batches, pieces
from ci.fuzz_results import Recorder, Results
from ci.support import ROOT

NAMES_NOTHING = {"provider"}  # a value of an enumeration

Operations = dict[str, tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def documents() -> dict[str, Operations]:
    """Title → operationId → path and operation."""
    found = {}
    for bundle in bundle_all().values():
        document = orjson.loads(bundle.with_suffix(".json").read_bytes())
        operations = [(path, one) for path, item in document["paths"].items() for one in item.values()]
        found[document["info"]["title"]] = {one["operationId"]: (path, one) for path, one in operations}
    return found


@pytest.fixture(scope="module")
def newest(documents: dict[str, Operations]) -> Operations:
    return documents["Tidings API v2"]


def path_parameters(path: str) -> set[str]:
    return {part[1:-1] for part in path.split("/") if part.startswith("{")}


def test_every_operation_of_which_something_is_told_is_there(newest: Operations) -> None:
    told = {*fuzz_requests.ONCE, *fuzz_requests.OWNERS, *fuzz_requests.OTHER_KINDS, *fuzz_requests.SPARED}
    told |= set(fuzz_requests.TEST_KEYS)
    told |= {*fuzz_requests.USES_UP, *fuzz_requests.MEMBERS, *fuzz_requests.LEFT_OUT, *fuzz_requests.WITH_ARTICLES}
    assert told <= set(newest)


def test_what_is_spared_is_named_by_the_path(newest: Operations) -> None:
    for operation, parameter in fuzz_requests.SPARED.items():
        assert parameter in path_parameters(newest[operation][0])


def test_the_scopes_that_take_an_owner_are_there(newest: Operations) -> None:
    needed = {scope for _, one in newest.values() for entry in one["security"] for scope in entry["bearer"]}
    assert needed >= fuzz_requests.OWNERS_SCOPES


def test_only_people_do_what_can_be_done_once(newest: Operations) -> None:
    for operation in fuzz_requests.ONCE:
        assert newest[operation][1]["security"] != []


def test_the_members_that_are_given_are_members_of_the_bodies(documents: dict[str, Operations]) -> None:
    schemas = orjson.loads(bundle_all()["v2"].with_suffix(".json").read_bytes())["components"]["schemas"]
    for operation, names in fuzz_requests.LEFT_OUT.items():
        body = documents["Tidings API v2"][operation][1]["requestBody"]["content"]["application/json"]["schema"]
        assert set(names) <= set(schemas[body["$ref"].rpartition("/")[2]]["properties"])


def test_there_is_something_for_every_parameter_of_a_path(documents: dict[str, Operations]) -> None:
    for operations in documents.values():
        for operation, (path, _) in operations.items():
            for parameter in path_parameters(path) - NAMES_NOTHING:
                assert fuzz_requests.kind_of(operation, path, parameter) in fuzz_world.MAKERS, (operation, parameter)


def test_every_exception_of_the_configuration_is_about_an_operation(documents: dict[str, Operations]) -> None:
    configuration = tomllib.loads((ROOT / "ci" / "schemathesis.toml").read_text(encoding="utf-8"))
    assert {project["title"] for project in configuration["project"]} == set(documents)
    for project in configuration["project"]:
        for exception in project.get("operations", []):
            named = exception["include-operation-id"]
            assert set([named] if isinstance(named, str) else named) <= set(documents[project["title"]])


def test_the_seed_chooses_the_requests_of_a_deep_run_and_nothing_those_of_the_bounded_one() -> None:
    fixed = tomllib.loads(fuzz.CONFIGURATION.read_text(encoding="utf-8"))
    seeded = tomllib.loads(fuzz.seeded_configuration().read_text(encoding="utf-8"))
    assert (fixed["generation"].pop("deterministic"), seeded["generation"].pop("deterministic")) == (True, False)
    assert fixed.pop("request-timeout") < seeded.pop("request-timeout")
    assert seeded == fixed


def test_a_deep_run_asks_every_operation_under_every_seed(documents: dict[str, Operations]) -> None:
    operations = {title: set(found) for title, found in documents.items()}
    every = list(pieces(operations, fuzz_deep.SEEDS))
    assert (
        len(every) == len(set(every)) == len(fuzz_deep.SEEDS) * (sum(map(len, operations.values())) + len(operations))
    )
    assert {piece.seed for piece in every[: len(every) // len(fuzz_deep.SEEDS)]} == {fuzz_deep.SEEDS[0]}
    assert [piece.operation for piece in pieces(operations, [1], ["listNotes", SEQUENCES])].count(SEQUENCES) == 2


def test_a_batch_is_what_one_run_can_ask(documents: dict[str, Operations]) -> None:
    operations = {title: set(found) for title, found in documents.items()}
    every = list(pieces(operations, fuzz_deep.SEEDS))
    found = list(batches(every))
    assert [piece for batch in found for piece in batch] == every
    for batch in found:
        assert len(batch) <= fuzz_deep.BATCH
        assert len({(piece.version, piece.seed, piece.is_single) for piece in batch}) == 1


def test_a_bounded_run_asks_every_operation_once_and_sequences_of_all(documents: dict[str, Operations]) -> None:
    operations = {title: dict.fromkeys(found, "") for title, found in documents.items()}
    runs = list(fuzz.bounded_runs(operations, 30))
    assert len({(run.version, run.name) for run in runs}) == len(runs)
    for version, named in operations.items():
        phases = [run.phases for run in runs if run.version == version and not run.operations]
        assert phases == ["stateful"]
        assert sorted(name for run in runs if run.version == version for name in run.operations) == sorted(named)


SENT = {"GET /notes": 3, "POST /notes": 4}
NAMED = {"listNotes": "GET /notes", "createNote": "POST /notes"}


@pytest.mark.parametrize(
    ("results", "well", "failed"),
    [
        (Results(SENT, {"GET /notes", "POST /notes"}, set()), True, []),
        (Results(SENT, {"GET /notes", "POST /notes"}, {"POST /notes"}), False, ["createNote"]),
        (Results(SENT, {"POST /notes"}, set()), True, ["listNotes"]),
        (Results(SENT, {"GET /notes", "POST /notes"}, set()), False, ["listNotes", "createNote"]),
        (Results(SENT, {"GET /notes", "POST /notes"}, {"Stateful tests"}), False, ["listNotes", "createNote"]),
        (Results({}, set(), set()), False, ["listNotes", "createNote"]),
    ],
)
def test_an_operation_fails_alone_and_all_of_a_run_that_does_not_say_why(
    results: Results, well: bool, failed: list[str]
) -> None:
    outcome = fuzz.outcome_of(Run("v2", "one", "fuzzing", [], NAMED), results, well=well)
    assert outcome.failed == failed
    assert outcome.requests == {name: SENT[label] for name, label in NAMED.items() if name not in failed}


@pytest.mark.parametrize(("failed", "well"), [(set(), True), ({"Stateful tests"}, False), (set(), False)])
def test_sequences_go_well_or_fail_as_a_whole(failed: set[str], well: bool) -> None:
    outcome = fuzz.outcome_of(Run("v2", "all", "stateful", [], {}), Results(SENT, set(), failed), well=well)
    assert outcome == (Outcome({SEQUENCES: 7}, []) if well else Outcome({}, [SEQUENCES]))


def test_what_became_of_operations_is_read_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUZZ_RESULTS", str(tmp_path / "results.json"))
    recorder = Recorder()
    recorder.accepted.add("GET /notes")
    recorder.failed.add("POST /notes")
    recorder.requests.update(SENT)
    recorder.write()
    assert Results.read(tmp_path / "results.json") == Results(SENT, {"GET /notes"}, {"POST /notes"})
    assert Results.read(tmp_path / "none.json") == Results({}, set(), set())


def test_what_went_well_is_not_asked_again_while_the_product_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz_deep, "artifacts", lambda _: tmp_path)
    monkeypatch.setattr(fuzz_deep, "ROOT", tmp_path)
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "app.py").write_text("served = True")
    one, other = Piece("v2", 1, "listNotes"), Piece("v2", 2, "listNotes")
    Ledger(1_000).keep(one, 2_345)
    again = Ledger(1_000)
    assert again.done(one)
    assert not again.done(other)
    assert str(again) == "1 pieces done, 2345 requests"
    assert not Ledger(10).done(one)
    (tmp_path / "core" / "app.py").write_text("served = False")
    assert not Ledger(1_000).done(one)

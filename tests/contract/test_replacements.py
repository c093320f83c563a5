"""Reading `x-replaced-by`: where each thing of v1 went, in plain values."""

from __future__ import annotations

import pytest

from core.app import read_documents
from core.contract.lifecycle import operations
from core.contract.replacements import Move, Replacement, newest_replacements, replacements_of


@pytest.fixture(scope="module")
def replacements() -> dict[str, Replacement]:
    return {item.operation_id: item for item in newest_replacements(read_documents())}


def test_a_version_without_a_successor_has_no_replacements() -> None:
    assert newest_replacements({"v2": read_documents()["v2"]}) == ()


def test_an_operation_without_a_successor_is_left_out() -> None:
    documents = read_documents()
    del documents["v1"]["paths"]["/sources"]["get"]["x-replaced-by"]
    found = replacements_of(documents["v1"], documents["v2"])
    assert "listSources" not in {item.operation_id for item in found}


def test_every_operation_of_v1_is_replaced_by_one_of_v2(replacements: dict[str, Replacement]) -> None:
    documents = read_documents()
    places = [(f"{method} {path}", node["operationId"]) for path, method, node in operations(documents["v1"])]
    assert [(item.place, item.operation_id) for item in replacements.values()] == places
    theirs = {f"{method} {path}" for path, method, _ in operations(documents["v2"])}
    assert {item.successor_place for item in replacements.values()} <= theirs


def test_names_places_and_links_are_those_of_the_documents(replacements: dict[str, Replacement]) -> None:
    item = replacements["updateCollectionItem"]
    assert item.place == "PATCH /v1/items/{item_id}"
    assert item.successor_place == "PATCH /v2/collections/{collection_id}/items/{item_id}"
    assert item.link == "/migration#updatecollectionitem"
    assert [need.name for need in item.needed] == ["collection_id"]


def test_a_thing_is_found_by_its_kind_and_name(replacements: dict[str, Replacement]) -> None:
    listing = replacements["listArticles"]
    assert listing.move("parameter", "category") == Move("category", "category")
    direction = listing.move("parameter", "dir")
    assert direction is not None
    assert (direction.to, direction.by, direction.values) == ("sort", "prefix", {"desc": "-", "asc": ""})
    summary = listing.move("response", "/data/*/description")
    assert summary is not None
    assert (summary.to, summary.is_same) == ("/data/*/summary", False)
    assert listing.move("parameter", "cursor") is None


def test_what_holds_everywhere_is_said_of_each_operation_that_has_it(replacements: dict[str, Replacement]) -> None:
    assert replacements["getArticle"].move("parameter", "If-Match") is None
    assert replacements["updateCollection"].move("parameter", "If-Match") is not None
    assert replacements["getArticle"].move("header", "Location") is None
    assert replacements["createCollection"].move("header", "Location") is not None
    assert {change.status for change in replacements["getArticle"].statuses} == {403, 404, 410}


def test_what_is_gone_has_a_reason(replacements: dict[str, Replacement]) -> None:
    gone = replacements["updateCollectionItem"].move("request", "/position")
    assert gone is not None
    assert gone.to is None
    assert "reorder" in (gone.note or "")


def test_scopes_that_the_successor_asks_for_on_top_are_named(replacements: dict[str, Replacement]) -> None:
    assert replacements["listSources"].new_scopes == ("sources:read",)
    assert replacements["listArticles"].new_scopes == ()

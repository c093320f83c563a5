"""What the documents say and what the code holds: the same facts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import CheckConstraint

from ci.lints.contract.document import Document, load_all
from core import models
from core.accounts.passwords import SHORTEST
from core.contract.parameters import argument_name
from core.errors import TidingsError, tree
from core.kit import ids
from core.kit.crypto import new_api_key
from core.organizations.policies import POLICIES
from handlers.v1.shapes import api_keys as v1_api_keys
from handlers.v1.shapes import collections as v1_collections
from handlers.v1.shapes.articles import sort_in
from handlers.v2.shapes.articles import ALWAYS


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    return {document.version: document for document in load_all()}


def enum_of(document: Document, name: str) -> set[Any]:
    return set(document.components("schemas")[name]["enum"])


def allowed_by(table: str, column: str) -> set[str]:
    """The words that a CHECK constraint of a table allows in a column."""
    for constraint in models.Base.metadata.tables[table].constraints:
        if isinstance(constraint, CheckConstraint) and str(constraint.sqltext).startswith(f"{column} IN"):
            return set(re.findall(r"'([^']+)'", str(constraint.sqltext)))
    raise LookupError(f"{table}.{column} has no CHECK … IN")


def test_the_catalogue_of_problems_is_the_tree_of_exceptions(documents: dict[str, Document]) -> None:
    catalogue = documents["v2"].node["x-problems"]
    errors: list[type[TidingsError]] = [TidingsError, *tree()]
    raised = {error.code: error.status for error in errors}
    assert {code: entry["status"] for code, entry in catalogue.items()} == raised


def test_every_problem_is_explained(documents: dict[str, Document]) -> None:
    for code, entry in documents["v2"].node["x-problems"].items():
        assert entry.keys() == {"status", "title", "description"}, code
        assert not entry["title"].endswith("."), code
        assert entry["description"].endswith("."), code


@pytest.mark.parametrize(
    ("schema", "table", "column"),
    [
        ("SourceKind", "sources", "kind"),
        ("SourceState", "sources", "state"),
        ("ContentStatus", "articles", "content_status"),
        ("FetchOutcome", "fetch_log", "outcome"),
        ("CollectionVisibility", "collections", "visibility"),
        ("ItemStatus", "collection_items", "status"),
        ("CollectionRole", "collection_collaborators", "role"),
        ("CollectionInvitationDelivery", "invitations", "delivery_state"),
        ("Role", "memberships", "role"),
        ("OrganizationKind", "organizations", "kind"),
        ("MailState", "invitations", "delivery_state"),
        ("BillingDeliveryState", "billing_events", "delivery_state"),
    ],
)
def test_an_enum_is_what_the_database_allows(
    documents: dict[str, Document], schema: str, table: str, column: str
) -> None:
    assert enum_of(documents["v2"], schema) == allowed_by(table, column)


def test_policies_are_what_the_code_decides_by(documents: dict[str, Document]) -> None:
    schemas = documents["v2"].components("schemas")
    shown = {"create_keys": "KeyPolicy", "invite": "InvitePolicy", "delete": "DeletePolicy"}
    assert schemas["OrganizationPolicies"]["properties"].keys() == POLICIES.keys() == shown.keys()
    assert {name: tuple(schemas[schema]["enum"]) for name, schema in shown.items()} == {
        name: policy.choices for name, policy in POLICIES.items()
    }


def test_both_versions_know_the_same_kinds_states_and_categories(documents: dict[str, Document]) -> None:
    for name in ("SourceKind", "SourceState", "Category"):
        assert enum_of(documents["v1"], name) == enum_of(documents["v2"], name)
    assert enum_of(documents["v2"], "FeedCategory") == {*enum_of(documents["v2"], "Category"), None}


@pytest.mark.parametrize(
    ("schema", "prefix"),
    [
        ("ArticleId", "art"),
        ("SourceId", "src"),
        ("FeedId", "feed"),
        ("AccountId", "acct"),
        ("SessionId", "ses"),
        ("CollectionId", "col"),
        ("CollectionItemId", "itm"),
        ("CollaboratorAccountId", "acct"),
    ],
)
def test_ids_have_the_form_that_the_document_promises(documents: dict[str, Document], schema: str, prefix: str) -> None:
    pattern = documents["v2"].components("schemas")[schema]["pattern"]
    assert re.fullmatch(pattern, ids.encode(prefix, ids.new_id()))


def test_new_keys_have_the_form_that_the_document_promises(documents: dict[str, Document]) -> None:
    for document in documents.values():
        pattern = document.components("schemas")["ApiKeySecret"]["properties"]["key"]["pattern"]
        assert re.fullmatch(pattern, new_api_key("live"))
        assert re.fullmatch(pattern, new_api_key("test"))


def test_a_v1_key_gets_the_scopes_that_the_document_promises(documents: dict[str, Document]) -> None:
    scopes = documents["v1"].components("schemas")["CreateApiKey"]["properties"]["scopes"]
    assert scopes["default"] == list(v1_api_keys.DEFAULT_SCOPES)


def test_fields_cannot_take_away_what_the_document_requires(documents: dict[str, Document]) -> None:
    article = documents["v2"].components("schemas")["Article"]
    assert set(article["required"]) == ALWAYS
    assert enum_of(documents["v2"], "ArticleField") == set(article["properties"])


def test_every_sort_of_v1_is_a_sort_of_v2(documents: dict[str, Document]) -> None:
    columns, directions = enum_of(documents["v1"], "ArticleSort"), enum_of(documents["v1"], "SortDirection")
    pairs = {sort_in(column, direction) for column in columns for direction in directions}
    assert pairs == enum_of(documents["v2"], "ArticleSort")


@pytest.mark.parametrize(
    ("schema", "direction", "shape"),
    [
        ("CollectionSort", "CollectionSortDirection", v1_collections.sort_in),
        ("ItemSort", "ItemSortDirection", v1_collections.item_sort_in),
    ],
)
def test_every_sort_of_reading_lists_in_v1_is_one_of_v2(
    documents: dict[str, Document], schema: str, direction: str, shape: Callable[[str, str], str]
) -> None:
    columns, directions = enum_of(documents["v1"], schema), enum_of(documents["v1"], direction)
    assert {shape(column, way) for column in columns for way in directions} == enum_of(documents["v2"], schema)


def test_an_item_has_the_same_states_in_both_versions(documents: dict[str, Document]) -> None:
    assert enum_of(documents["v1"], "ItemStatus") == enum_of(documents["v2"], "ItemStatus")


def test_arguments_that_are_python_words_end_in_an_underscore() -> None:
    assert [argument_name(name) for name in ("from", "dir", "If-Match", "q")] == ["from_", "dir_", "if_match", "q"]


def test_passwords_have_the_same_bounds_everywhere(documents: dict[str, Document]) -> None:
    for document in documents.values():
        new = document.components("schemas")["Registration"]["properties"]["password"]
        assert (new["minLength"], new["maxLength"]) == (SHORTEST, 128)
        known = document.components("schemas")["Credentials"]["properties"]["password"]
        assert (known["minLength"], known["maxLength"]) == (1, new["maxLength"])


def test_an_address_tries_passwords_on_one_budget_for_both_versions(documents: dict[str, Document]) -> None:
    stated = {
        (operation.node["operationId"], document.version): operation.node.get("x-address-limit")
        for document in documents.values()
        for operation in document.operations()
        if operation.node["operationId"] in ("logIn", "registerAccount")
    }
    for name, budget in (("logIn", "login"), ("registerAccount", "register")):
        limits = [stated[name, version] for version in documents]
        assert limits == [{"name": budget, "limit": 10, "window_seconds": 60}] * 2

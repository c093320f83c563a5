"""The catalogue of the migrated database: no table of tenants without its wall, and no way around it."""

from collections.abc import Iterator
from typing import Any

import psycopg
import psycopg.rows
import pytest

from core.infra.pools import ROLE
from tests.support.engines import drop_database, fresh_database

WITHOUT_ORGANIZATION = {
    "accounts": "a person belongs to no organisation; the policies show it to the person and to fellow members",
    "account_passwords": "of a person",
    "organizations": "is the tenant itself",
    "alembic_version": "says how far the schema is",
    "conformance_daily": "of the instance: counts by operation, and the place of a fault in the contract",
    "signing_keys": "of the instance; the private halves are sealed with its secret",
}
"""Tables that hold people's data, or none, and no organisation's. Each with the reason."""

WITHOUT_WALL = {"alembic_version", "conformance_daily", "signing_keys"}
"""Those of them that are nobody's, so that every transaction may look into them."""

KEYED_OTHERWISE = {
    "fetch_log": "lines are numbered; an index that begins with the organisation finds them",
}
"""Tables of organisations whose primary key begins with something else."""

_TABLES = """
SELECT c.relname AS name, c.relrowsecurity AS secured, pg_get_userbyid(c.relowner) AS owner,
  EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organization_id') AS owned,
  EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'account_id') AS personal,
  (SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
   WHERE i.indrelid = c.oid AND i.indisprimary) AS first_of_key,
  ARRAY(SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
   WHERE i.indrelid = c.oid) AS first_of_indexes,
  has_table_privilege('tidings_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE') AS reachable
FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
  AND c.relname NOT LIKE 'procrastinate%'
ORDER BY 1
"""
_POLICIES = """
SELECT tablename AS name, policyname AS policy, cmd, coalesce(qual, '') AS reads, coalesce(with_check, '') AS writes,
  permissive, roles
FROM pg_policies WHERE schemaname = 'public' ORDER BY 1, 2
"""
_DOORS = """
SELECT p.oid::regprocedure::text AS name, p.proconfig AS config, obj_description(p.oid, 'pg_proc') AS reason,
  has_function_privilege('public', p.oid, 'EXECUTE') AND p.prorettype <> 'trigger'::regtype AS open_to_all
FROM pg_proc p
WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace AND p.proname NOT LIKE 'procrastinate%'
ORDER BY 1
"""


@pytest.fixture(scope="module")
def catalogue(postgres_url: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    url = fresh_database(postgres_url)
    with psycopg.connect(url, row_factory=psycopg.rows.dict_row, autocommit=True) as owner:
        yield owner
    drop_database(url)


@pytest.fixture(scope="module")
def tables(catalogue: psycopg.Connection[dict[str, Any]]) -> list[dict[str, Any]]:
    return catalogue.execute(_TABLES).fetchall()


@pytest.fixture(scope="module")
def policies(catalogue: psycopg.Connection[dict[str, Any]]) -> list[dict[str, Any]]:
    return catalogue.execute(_POLICIES).fetchall()


def test_every_table_belongs_to_an_organisation_or_has_a_reason(tables: list[dict[str, Any]]) -> None:
    others = {table["name"] for table in tables if not table["owned"] and not table["personal"]}
    assert others - WITHOUT_ORGANIZATION.keys() == set()
    assert WITHOUT_ORGANIZATION.keys() - {table["name"] for table in tables} == set()


def test_every_table_that_the_application_reaches_has_row_level_security(tables: list[dict[str, Any]]) -> None:
    open_ones = {table["name"] for table in tables if table["reachable"] and not table["secured"]}
    assert open_ones == WITHOUT_WALL


def test_every_table_of_an_organisation_has_a_policy_that_names_it(
    tables: list[dict[str, Any]], policies: list[dict[str, Any]]
) -> None:
    guarded = {policy["name"] for policy in policies if "current_organization()" in policy["reads"] + policy["writes"]}
    assert {table["name"] for table in tables if table["owned"]} - guarded == set()


def test_no_policy_lets_a_row_be_written_for_another_organisation(
    tables: list[dict[str, Any]], policies: list[dict[str, Any]]
) -> None:
    owned = {table["name"] for table in tables if table["owned"]}
    loose = [
        (policy["name"], policy["policy"])
        for policy in policies
        if policy["name"] in owned
        and policy["permissive"] == "PERMISSIVE"
        and policy["cmd"] != "SELECT"
        and "current_organization()" not in (policy["writes"] or policy["reads"])
    ]
    assert loose == []


def test_every_key_of_a_table_of_an_organisation_begins_with_it(tables: list[dict[str, Any]]) -> None:
    owned = [table for table in tables if table["owned"]]
    offending = {table["name"] for table in owned if table["first_of_key"] != "organization_id"}
    assert offending - KEYED_OTHERWISE.keys() == set()
    assert {table["name"] for table in owned if "organization_id" not in table["first_of_indexes"]} == set()


def test_the_application_owns_no_table(tables: list[dict[str, Any]]) -> None:
    assert [table["name"] for table in tables if table["owner"] == ROLE] == []


def test_policies_bind_the_application(policies: list[dict[str, Any]]) -> None:
    assert {policy["name"] for policy in policies if policy["roles"] != [ROLE]} == set()


def test_every_door_is_narrow_and_says_why_it_is_there(catalogue: psycopg.Connection[dict[str, Any]]) -> None:
    doors = catalogue.execute(_DOORS).fetchall()
    assert len(doors) > 3
    assert [door["name"] for door in doors if door["open_to_all"]] == []
    assert [door["name"] for door in doors if not door["reason"]] == []
    assert [door["name"] for door in doors if not any("search_path=" in item for item in door["config"] or ())] == []

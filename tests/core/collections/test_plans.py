"""Each page is one scan of its index: what PostgreSQL plans for a list of 20,000 items, under row-level security."""

import re
from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from core.collections import queries
from core.collections.queries import ItemShape, ListShape
from core.infra.context import Infrastructure
from core.kit.ids import new_id
from core.kit.principal import Principal
from tests.support.infrastructure import OTHER_ID, opened

ITEMS = ItemShape(sort="position", status=False, tag=False, kind=False, after=False)
LISTS = ListShape(sort="-updated_at", shared=False, own=False, q=False, visibility=False, after=False)
DEEP = 15_000 * 1_048_576
LONG, MAKER = UUID(int=7), UUID(int=8)
_PARAMETER = re.compile(r"%\((\w+)\)s")

_FILL = """
INSERT INTO collections (organization_id, id, name, name_key, sort_key, visibility, item_count, created_by,
  created_by_kind, created_at, updated_at)
SELECT %(organization)s, CASE n WHEN 1 THEN %(long)s ELSE gen_random_uuid() END, 'List ' || n, 'list ' || n,
  'list ' || n, 'organization', 20000, %(maker)s, 'api_key', now() + n * interval '1 s', now() + n * interval '1 s'
FROM generate_series(1, 5000) n
"""
_FILL_LONG = """
INSERT INTO collection_items (organization_id, id, collection_id, identity, url, title, status, tags, position,
  added_at)
SELECT %(organization)s, gen_random_uuid(), c.id, decode(md5(n::text), 'hex'), 'https://example.org/' || n,
  'Page ' || n, (ARRAY['unread', 'reading', 'done'])[1 + n %% 3], ARRAY['tag-' || n %% 10], n * 1048576::bigint,
  now() + n * interval '1 s'
FROM (SELECT %(long)s::uuid AS id, 20000 AS items UNION ALL
  SELECT id, 5 FROM collections WHERE organization_id = %(organization)s AND id <> %(long)s) c,
  generate_series(1, c.items) n
"""


class Stocked(NamedTuple):
    """A database with 5,000 lists of one organisation, one of them long."""

    infra: Infrastructure
    reader: Principal


@pytest.fixture(scope="module")
async def stocked(postgres_url: str, redis_url: str) -> AsyncIterator[Stocked]:
    async with opened(postgres_url, redis_url) as infra:
        values = {"organization": OTHER_ID, "long": LONG, "maker": MAKER}
        with psycopg.connect(infra.db.url, autocommit=True) as owner:
            owner.execute(_FILL, values)
            owner.execute(_FILL_LONG, values)
            owner.execute("VACUUM ANALYZE collections, collection_items")
        yield Stocked(infra, Principal(OTHER_ID, new_id(), "api_key"))


async def _plan(stocked: Stocked, text: str, **values: Any) -> list[dict[str, Any]]:
    """The nodes of the plan for a key of the organisation: the one for any values, as hot reads are planned."""
    given = {
        "organization": OTHER_ID, "collection": LONG, "id": new_id(), "me": stocked.reader.principal_id,
        "account": None, "limit": 21, "skip": 0, "after": None, "after_id": new_id(), "status": "unread",
        "tag": "tag-1", "outside": True, "q": "list", "visibility": "organization", **values,
    }  # fmt: skip
    names = list(dict.fromkeys(_PARAMETER.findall(text)))
    numbered = _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", text)
    literals = sql.SQL(", ").join(sql.Literal(given[name]) for name in names)
    async with stocked.infra.db.reads(stocked.reader) as connection:
        await connection.execute(f"PREPARE page AS {numbered}")
        cursor = await connection.execute(sql.SQL("EXPLAIN (FORMAT JSON) EXECUTE page({})").format(literals))
        row = await cursor.fetchone()
        await connection.execute("DEALLOCATE page")
    assert row is not None
    return list(_nodes(row[0][0]["Plan"]))


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in _nodes(child))]


def _only_scan(nodes: list[dict[str, Any]], table: str) -> dict[str, Any]:
    """The one node that reads the table."""
    (scan,) = [node for node in nodes if node.get("Relation Name") == table]
    return scan


def _sorts(nodes: list[dict[str, Any]]) -> bool:
    return any("Sort" in node["Node Type"] for node in nodes)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("shape", "index"),
    [
        (ITEMS, "ix_collection_items_position"),
        (ITEMS._replace(sort="-position"), "ix_collection_items_position"),
        (ITEMS._replace(sort="added_at"), "ix_collection_items_added_at"),
        (ITEMS._replace(sort="-added_at"), "ix_collection_items_added_at"),
        (ITEMS._replace(status=True), "ix_collection_items_status"),
        (ITEMS._replace(status=True, sort="-position"), "ix_collection_items_status"),
    ],
)
async def test_a_page_of_items_is_one_scan_of_its_index_wherever_it_begins(
    stocked: Stocked, shape: ItemShape, index: str, after: bool
) -> None:
    position = (await _position(stocked)) if shape.column == "added_at" else DEEP
    nodes = await _plan(stocked, queries.items(shape._replace(after=after)), after=position if after else None)
    scan = _only_scan(nodes, "collection_items")
    assert (scan["Node Type"], scan["Index Name"]) == ("Index Scan", index)
    assert not _sorts(nodes)
    assert "Filter" not in scan  # no row is read to be thrown away
    assert ("ROW(" in scan["Index Cond"]) is after


async def _position(stocked: Stocked) -> Any:
    """A time deep in the list."""
    async with stocked.infra.db.reads(stocked.reader) as connection:
        cursor = await connection.execute(
            "SELECT added_at FROM collection_items WHERE organization_id = %s AND collection_id = %s AND position = %s",
            (OTHER_ID, LONG, DEEP),
        )
        row = await cursor.fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_numbered_page_passes_over_an_index_only(stocked: Stocked, backwards: bool) -> None:
    nodes = await _plan(stocked, queries.numbered_items(ITEMS._replace(backwards=backwards)), skip=9_000)
    passing = next(node for node in nodes if node["Node Type"] == "Index Only Scan")
    assert passing["Index Name"] == "ix_collection_items_position"
    assert [node["Node Type"] for node in nodes].count("Nested Loop") == 1
    assert "pk_collection_items" in {node.get("Index Name") for node in nodes}


async def test_the_items_of_a_status_are_counted_in_the_index(stocked: Stocked) -> None:
    nodes = await _plan(stocked, queries.count_items(ITEMS._replace(status=True)))
    assert "ix_collection_items_status" in {node.get("Index Name") for node in nodes}
    assert not any(node["Node Type"] == "Seq Scan" for node in nodes)


@pytest.mark.parametrize(
    "text", [queries.ONE_ITEM, queries.LAST_POSITION, queries.IDENTICAL_ITEM.replace("%(identity)s", "'\\x00'::bytea")]
)
async def test_what_a_write_looks_at_is_found_by_an_index(stocked: Stocked, text: str) -> None:
    nodes = await _plan(stocked, text)
    assert _only_scan(nodes, "collection_items")["Node Type"].startswith("Index")
    assert not _sorts(nodes)


@pytest.mark.parametrize("text", [queries.POSITION_BEFORE, queries.POSITION_AFTER])
async def test_the_neighbour_of_an_item_is_the_next_in_the_index(stocked: Stocked, text: str) -> None:
    nodes = await _plan(stocked, text, position=DEEP, moved=[new_id()])
    assert _only_scan(nodes, "collection_items")["Index Name"] == "ix_collection_items_position"
    assert not _sorts(nodes)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("sort", "index", "position"),
    [
        ("name", "ix_collections_sort_key", "list 4"),
        ("-name", "ix_collections_sort_key", "list 4"),
        ("created_at", "ix_collections_created_at", "2027-01-01T00:00:00Z"),
        ("-updated_at", "ix_collections_updated_at", "2027-01-01T00:00:00Z"),
    ],
)
async def test_a_page_of_lists_is_one_scan_in_order(
    stocked: Stocked, sort: str, index: str, position: str, after: bool
) -> None:
    shape = LISTS._replace(sort=sort, after=after)
    nodes = await _plan(stocked, queries.lists(shape), after=position if after else None)
    scan = _only_scan(nodes, "collections")
    assert scan["Index Name"] == index
    assert ("ROW(" in scan["Index Cond"]) is after
    assert not _sorts(nodes)


async def test_one_list_is_looked_up_by_key(stocked: Stocked) -> None:
    nodes = await _plan(stocked, queries.ONE_LIST)
    assert _only_scan(nodes, "collections")["Index Name"] == "pk_collections"
    assert not any(node["Node Type"] == "Seq Scan" for node in nodes)

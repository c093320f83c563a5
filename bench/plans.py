"""That every list of articles is an index scan at a million rows: EXPLAIN of the product's own statements."""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import psycopg

from bench import data
from bench.harness import BenchError
from bench.report import Row, Section
from core.articles import queries
from core.articles.queries import Shape
from core.infra.pools import application_conninfo
from core.kit.principal import NEWSROOM_ID

_BIG = frozenset({"articles", "article_origins"})
_NO_FILTER = {"category": False, "language": False, "since": False, "until": False, "after": False}
_ONE = Shape(organizations=1, by_ingestion=False, ascending=False, **_NO_FILTER)


def run(url: str) -> Section:
    """The cost of each plan; raises `BenchError` for one that reads a big table from its beginning to its end."""
    fixed = {"tidings.organization_id": str(NEWSROOM_ID), "plan_cache_mode": "force_generic_plan"}
    rows: dict[str, dict[str, float]] = {}
    with psycopg.connect(application_conninfo(url, **fixed), autocommit=True) as connection:
        values = _values(connection)
        for name, statement in _statements():
            plan = _explain(connection, statement, values)
            scanned = [node["Relation Name"] for node in _nodes(plan) if node["Node Type"] == "Seq Scan"]
            if _BIG.intersection(scanned):
                raise BenchError(f"{name}: reads all of {', '.join(scanned)}: {json.dumps(plan)}")
            indexes = sorted({node["Index Name"] for node in _nodes(plan) if "Index Name" in node})
            rows[f"{name} ({', '.join(indexes)})"] = {"ms in PostgreSQL": float(plan["Actual Total Time"])}
    return Section(
        f"Plans of {len(rows)} lists at a million articles: every one by index",
        [Row(name, cells) for name, cells in rows.items()],
    )


def _statements() -> Iterator[tuple[str, str]]:
    for by_ingestion, ascending, after in product((False, True), repeat=3):
        base = _ONE._replace(by_ingestion=by_ingestion, ascending=ascending, after=after)
        order = f"{'+' if ascending else '-'}{base.column}{', from a cursor' if after else ''}"
        yield f"all {order}", queries.page(base)
        if not by_ingestion:
            yield f"category {order}", queries.page(base._replace(category=True))
            yield f"language {order}", queries.page(base._replace(language=True))
            yield f"category and language {order}", queries.page(base._replace(category=True, language=True))
            yield f"from, to {order}", queries.page(base._replace(since=True, until=True))
            yield f"source {order}", queries.page_of_source(base)
            yield f"source and category {order}", queries.page_of_source(base._replace(category=True))


def _values(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, Any]:
    """A position in the middle of the list, and a source."""
    middle = data.NEWEST - (data.NEWEST - _oldest(connection)) / 2
    row = connection.execute(
        "SELECT id, published_at, source_id FROM articles WHERE organization_id = %s AND removed_at IS NULL"
        " AND published_at <= %s ORDER BY published_at DESC, id DESC LIMIT 1",
        (NEWSROOM_ID, middle),
    ).fetchone()
    if row is None:
        raise BenchError("the database holds no articles")
    return {
        "newsroom": NEWSROOM_ID, "source_organization": NEWSROOM_ID, "source": row[2], "category": "science",
        "language": "de", "since": middle - (data.NEWEST - middle) / 10, "until": middle, "after_at": row[1],
        "after_id": row[0], "limit": 21, "skip": 0,
    }  # fmt: skip


def _oldest(connection: psycopg.Connection[tuple[Any, ...]]) -> Any:
    row = connection.execute(
        "SELECT published_at FROM articles WHERE organization_id = %s AND removed_at IS NULL"
        " ORDER BY published_at, id LIMIT 1",
        (NEWSROOM_ID,),
    ).fetchone()
    return data.NEWEST if row is None else row[0]


def _explain(
    connection: psycopg.Connection[tuple[Any, ...]], statement: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    row = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values).fetchone()
    if row is None:
        raise BenchError("EXPLAIN answers nothing")
    plan: dict[str, Any] = row[0][0]["Plan"]
    return plan


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)

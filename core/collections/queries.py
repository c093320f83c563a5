"""The SQL of reading lists. Parameters have the names in `%(…)s`; pages go on from a position by a row comparison."""

from functools import lru_cache
from typing import Final, NamedTuple

COLLECTION: Final = """c.organization_id, c.id, c.name, c.sort_key, c.description, c.visibility, c.item_count,
  c.created_by, c.created_by_kind, c.created_at, c.updated_at, c.feed_created_at"""
ITEM: Final = """i.id, i.collection_id, i.article_id, i.url, i.title, i.status, i.tags, i.position, i.added_at,
  i.updated_at"""

_MINE: Final = "c.created_by = ANY ((SELECT key_lineage(%(me)s))::uuid[])"
_COLLABORATES: Final = (
    "SELECT k.role FROM collection_collaborators k WHERE k.organization_id = c.organization_id"
    " AND k.collection_id = c.id AND k.account_id = %(account)s"
)
_VISIBLE: Final = f"(c.visibility = 'organization' OR {_MINE} OR EXISTS ({_COLLABORATES}))"
_SORT_COLUMNS: Final = {"name": "c.sort_key", "created_at": "c.created_at", "updated_at": "c.updated_at"}


class ListShape(NamedTuple):
    """Which filters a page of lists has: what decides its SQL."""

    sort: str
    shared: bool
    own: bool
    q: bool
    visibility: bool
    after: bool

    @property
    def direction(self) -> str:
        """As ORDER BY writes it."""
        return "DESC" if self.sort.startswith("-") else "ASC"

    @property
    def column(self) -> str:
        """What is sorted by, before the id."""
        return _SORT_COLUMNS[self.sort.removeprefix("-")]

    def conditions(self) -> str:
        """The whole WHERE clause over `c`."""
        shared = "c.id IN (SELECT collection_id FROM shared_collections())"
        within = shared if self.shared else f"c.organization_id = %(organization)s AND {_VISIBLE}"
        beyond = "<" if self.direction == "DESC" else ">"
        optional = (
            (self.own, _MINE),
            (self.q, "strpos(c.name_key, %(q)s) > 0"),
            (self.visibility, "c.visibility = %(visibility)s"),
            (self.after, f"({self.column}, c.id) {beyond} (%(after)s, %(after_id)s)"),
        )
        return " AND ".join([within, *(condition for wanted, condition in optional if wanted)])


@lru_cache(maxsize=256)
def lists(shape: ListShape) -> str:
    """A page of the lists that the caller may see."""
    return (
        f"SELECT {COLLECTION} FROM collections c WHERE {shape.conditions()}"
        f" ORDER BY {shape.column} {shape.direction}, c.id {shape.direction} LIMIT %(limit)s OFFSET %(skip)s"
    )


@lru_cache(maxsize=256)
def count_lists(shape: ListShape) -> str:
    """How many there are."""
    return f"SELECT count(*) FROM collections c WHERE {shape._replace(after=False).conditions()}"


ONE_LIST: Final = f"""
SELECT {COLLECTION}, {_MINE}, ({_COLLABORATES})
FROM collections c WHERE c.organization_id = %(organization)s AND c.id = %(id)s
"""
ONE_LIST_TO_CHANGE: Final = f"{ONE_LIST} FOR NO KEY UPDATE OF c"
SHARED_LIST: Final = "SELECT organization_id, role FROM shared_collections() WHERE collection_id = %(id)s"
LIST_EXISTS: Final = "SELECT collection_exists(%(id)s)"
LIST_OF_ITEM: Final = "SELECT collection_of_item(%(id)s)"
ITEM_EXISTS: Final = "SELECT collection_item_exists(%(id)s)"
INSERT_LIST: Final = """
WITH made AS (
  INSERT INTO collections (organization_id, id, name, name_key, sort_key, description, visibility, created_by,
    created_by_kind, created_at, updated_at)
  SELECT %(organization)s, %(id)s, %(name)s, %(name_key)s, %(sort_key)s, %(description)s, %(visibility)s, %(me)s,
    %(kind)s, %(now)s, %(now)s
  WHERE (SELECT count(*) FROM collections WHERE organization_id = %(organization)s) < %(most)s
  RETURNING id
)
SELECT refuse(%(reason)s) WHERE NOT EXISTS (SELECT FROM made)
"""
UPDATE_LIST: Final = f"""
UPDATE collections c SET name = %(name)s, name_key = %(name_key)s, sort_key = %(sort_key)s,
  description = %(description)s, visibility = %(visibility)s, updated_at = %(now)s
WHERE c.organization_id = %(organization)s AND c.id = %(id)s RETURNING {COLLECTION}
"""
DELETE_LIST: Final = "DELETE FROM collections WHERE organization_id = %(organization)s AND id = %(id)s"
COUNT_ITEMS: Final = f"""
UPDATE collections c SET item_count = item_count + %(change)s, updated_at = %(now)s
WHERE c.organization_id = %(organization)s AND c.id = %(id)s RETURNING {COLLECTION}
"""
COPY_ITEMS: Final = "SELECT copy_collection_items(%(source)s, %(id)s, %(now)s)"


class ItemShape(NamedTuple):
    """Which filters a page of items has. `backwards` reads the order from its end."""

    sort: str
    status: bool
    tag: bool
    kind: bool
    after: bool
    backwards: bool = False

    @property
    def direction(self) -> str:
        """As ORDER BY writes it."""
        return "DESC" if self.sort.startswith("-") is not self.backwards else "ASC"

    @property
    def column(self) -> str:
        """What is sorted by, before the id."""
        return self.sort.removeprefix("-")

    @property
    def is_filtered(self) -> bool:
        """Whether the list's own count is not the number of items asked for."""
        return self.status or self.tag or self.kind

    def conditions(self) -> str:
        """The whole WHERE clause over `i`."""
        beyond = "<" if self.direction == "DESC" else ">"
        optional = (
            (self.status, "i.status = %(status)s"),
            (self.tag, "i.tags @> ARRAY[%(tag)s]::text[]"),
            (self.kind, "(i.article_id IS NULL) = %(outside)s"),
            (self.after, f"(i.{self.column}, i.id) {beyond} (%(after)s, %(after_id)s)"),
        )
        of_list = "i.organization_id = %(organization)s AND i.collection_id = %(collection)s"
        return " AND ".join([of_list, *(condition for wanted, condition in optional if wanted)])

    def order(self, alias: str) -> str:
        """An ORDER BY clause over the columns of `alias`."""
        return f"ORDER BY {alias}.{self.column} {self.direction}, {alias}.id {self.direction}"


@lru_cache(maxsize=256)
def items(shape: ItemShape) -> str:
    """A page of a list: one scan of the index that has the order, at any depth."""
    return f"SELECT {ITEM} FROM collection_items i WHERE {shape.conditions()} {shape.order('i')} LIMIT %(limit)s"


@lru_cache(maxsize=256)
def numbered_items(shape: ItemShape) -> str:
    """The page after `%(skip)s` items: an index-only scan passes them, and only the page's own rows are fetched.

    LATERAL and OFFSET 0 fetch them one by one: in a plan for any limit PostgreSQL expects a tenth of the list and would
    join all of it (5 ms for the first page of 100,000 items instead of 0.2).
    """
    passed = (
        f"SELECT i.id, i.{shape.column} FROM collection_items i WHERE {shape.conditions()}"
        f" {shape.order('i')} OFFSET %(skip)s LIMIT %(limit)s"
    )
    one = f"SELECT {ITEM} FROM collection_items i WHERE i.organization_id = %(organization)s AND i.id = p.id OFFSET 0"
    return f"SELECT i.* FROM ({passed}) p CROSS JOIN LATERAL ({one}) i {shape._replace(backwards=False).order('p')}"


@lru_cache(maxsize=64)
def count_items(shape: ItemShape) -> str:
    """How many items the filters leave."""
    return f"SELECT count(*) FROM collection_items i WHERE {shape._replace(after=False).conditions()}"


_ONE_ITEM: Final = f"""
SELECT {ITEM} FROM collection_items i
WHERE i.organization_id = %(organization)s AND i.collection_id = %(collection)s AND i.id = %(id)s
"""
ONE_ITEM: Final = _ONE_ITEM
ONE_ITEM_TO_CHANGE: Final = f"{_ONE_ITEM} FOR NO KEY UPDATE"
SOME_ITEMS: Final = f"""
SELECT {ITEM} FROM collection_items i
WHERE i.organization_id = %(organization)s AND i.collection_id = %(collection)s AND i.id = ANY (%(ids)s)
"""
ARTICLES: Final = """
SELECT id, url, title FROM articles WHERE organization_id = ANY (%(readable)s) AND id = ANY (%(ids)s)
"""

INSERT_ITEMS: Final = f"""
INSERT INTO collection_items AS i (organization_id, id, collection_id, identity, article_id, url, title, status, tags,
  position, added_at, updated_at)
SELECT %(organization)s, n.id, %(collection)s, n.identity, n.article_id, n.url, n.title, n.status,
  ARRAY(SELECT jsonb_array_elements_text(n.tags)), n.position, %(now)s, %(now)s
FROM unnest(%(ids)s::uuid[], %(identities)s::bytea[], %(articles)s::uuid[], %(urls)s::text[], %(titles)s::text[],
  %(statuses)s::text[], %(tags)s::jsonb[], %(positions)s::bigint[])
  WITH ORDINALITY AS n (id, identity, article_id, url, title, status, tags, position, number)
ORDER BY n.number
ON CONFLICT (organization_id, collection_id, identity) DO NOTHING
RETURNING {ITEM}
"""
IDENTICAL_ITEM: Final = """
SELECT id FROM collection_items
WHERE organization_id = %(organization)s AND collection_id = %(collection)s AND identity = %(identity)s
"""
UPDATE_ITEM: Final = f"""
UPDATE collection_items i SET title = %(title)s, status = %(status)s, tags = %(tags)s, position = %(position)s,
  updated_at = %(now)s
WHERE i.organization_id = %(organization)s AND i.collection_id = %(collection)s AND i.id = %(id)s RETURNING {ITEM}
"""
DELETE_ITEM: Final = """
DELETE FROM collection_items
WHERE organization_id = %(organization)s AND collection_id = %(collection)s AND id = %(id)s
"""
LAST_POSITION: Final = """
SELECT position FROM collection_items WHERE organization_id = %(organization)s AND collection_id = %(collection)s
ORDER BY position DESC, id DESC LIMIT 1
"""
# the nearest item that stays where it is
_NEIGHBOUR: Final = """
SELECT position FROM collection_items
WHERE organization_id = %(organization)s AND collection_id = %(collection)s
  AND (position, id) {beyond} (%(position)s, %(id)s) AND id <> ALL (%(moved)s)
ORDER BY position {direction}, id {direction} LIMIT 1
"""
POSITION_BEFORE: Final = _NEIGHBOUR.format(beyond="<", direction="DESC")
POSITION_AFTER: Final = _NEIGHBOUR.format(beyond=">", direction="ASC")
MOVE_ITEMS: Final = """
UPDATE collection_items i SET position = m.position, updated_at = %(now)s
FROM unnest(%(ids)s::uuid[], %(positions)s::bigint[]) AS m (id, position)
WHERE i.organization_id = %(organization)s AND i.collection_id = %(collection)s AND i.id = m.id
"""
RENUMBER_ITEMS: Final = """
UPDATE collection_items i SET position = n.position
FROM (SELECT id, row_number() OVER (ORDER BY position, id) * %(gap)s AS position FROM collection_items
  WHERE organization_id = %(organization)s AND collection_id = %(collection)s) n
WHERE i.organization_id = %(organization)s AND i.collection_id = %(collection)s AND i.id = n.id
"""

COLLABORATORS: Final = """
SELECT account_id, name, email, role, created_at, updated_at FROM collaborators_of(%(collection)s)
WHERE %(after)s::timestamptz IS NULL OR (created_at, account_id) > (%(after)s, %(after_id)s)
ORDER BY created_at, account_id LIMIT %(limit)s
"""
COLLABORATOR: Final = """
SELECT account_id, name, email, role, created_at, updated_at FROM collaborators_of(%(collection)s)
WHERE account_id = %(account)s
"""
ADD_COLLABORATOR: Final = """
INSERT INTO collection_collaborators (organization_id, collection_id, account_id, role, created_at, updated_at)
VALUES (%(organization)s, %(collection)s, %(account)s, %(role)s, %(now)s, %(now)s)
ON CONFLICT (organization_id, collection_id, account_id) DO UPDATE SET role = excluded.role, updated_at = %(now)s
"""
SET_ROLE: Final = """
UPDATE collection_collaborators SET role = %(role)s, updated_at = %(now)s
WHERE organization_id = %(organization)s AND collection_id = %(collection)s AND account_id = %(account)s
"""
REMOVE_COLLABORATOR: Final = """
DELETE FROM collection_collaborators
WHERE organization_id = %(organization)s AND collection_id = %(collection)s AND account_id = %(account)s
"""

SET_FEED: Final = """
UPDATE collections SET feed_hash = %(hash)s, feed_created_at = %(now)s
WHERE organization_id = %(organization)s AND id = %(collection)s
"""
FIND_FEED: Final = "SELECT organization_id, collection_id FROM find_public_feed(%(hash)s)"

"""Reading lists, their items and collaborators, in SQL that is text."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from core.collections import queries
from core.collections.positions import GAP
from core.collections.queries import ItemShape, ListShape
from core.collections.types import (
    CollaboratorRow,
    CollectionQuery,
    CollectionRow,
    ItemQuery,
    ItemRow,
    ListRole,
    Status,
)
from core.infra.db import Asker, Statement
from core.kit.principal import Principal

After = tuple[datetime | int | str, UUID]


class OwnList(NamedTuple):
    """A list of the principal's own organisation, and what the principal has to do with it."""

    row: CollectionRow
    is_mine: bool
    shared_as: ListRole | None


class Draft(NamedTuple):
    """An item that is ready to be written. `identity` (16 bytes) is what may be in a list only once."""

    id: UUID
    identity: bytes
    article_id: UUID | None
    url: str
    title: str
    status: Status
    tags: list[str]


TOO_MANY_LISTS: Final = "lists"
"""The reason of `insert_list`."""


def insert_list(row: CollectionRow, *, name_key: str, most: int) -> Statement:
    """Writes a new, empty list, or refuses for `TOO_MANY_LISTS` where its organisation has `most`."""
    values = {
        "organization": row.organization_id,
        "id": row.id,
        "name": row.name,
        "name_key": name_key,
        "sort_key": row.sort_key,
        "description": row.description,
        "visibility": row.visibility,
        "me": row.created_by,
        "kind": row.created_by_kind,
        "now": row.created_at,
    }
    return Statement(queries.INSERT_LIST, {**values, "most": most, "reason": TOO_MANY_LISTS})


class _Repository:
    """Statements that name the organisation that the principal acts for and, where there is one, the list."""

    def __init__(self, asker: Asker, principal: Principal, collection_id: UUID | None = None) -> None:
        self._asker = asker
        self._principal = principal
        self._scope = {"organization": principal.organization_id, "collection": collection_id}

    async def _rows(self, text: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return await self._asker.ask(Statement(text, {**self._scope, **values}))

    async def _one(self, text: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        rows = await self._rows(text, values)
        return rows[0] if rows else None

    async def _value(self, text: str, values: Mapping[str, Any]) -> Any:
        row = await self._one(text, values)
        return None if row is None else row[0]


class CollectionRepository(_Repository):
    """The lists of the principal's organisation, and what leads to those of others."""

    async def page(
        self, query: CollectionQuery, *, limit: int, after: After | None = None, skip: int = 0
    ) -> list[CollectionRow]:
        """At most `limit` lists that the principal may see, those beyond `after`, or after the first `skip`."""
        values = {**self._values(query, after), "limit": limit, "skip": skip}
        return [CollectionRow._make(row) for row in await self._rows(queries.lists(_list_shape(query, after)), values)]

    async def count(self, query: CollectionQuery) -> int:
        """How many lists the principal may see."""
        return int(await self._value(queries.count_lists(_list_shape(query, None)), self._values(query, None)))

    async def get(self, id_: UUID, *, lock: bool = False) -> OwnList | None:
        """One list of the organisation, seen or not; with `lock` nobody else changes it until the transaction ends."""
        text = queries.ONE_LIST_TO_CHANGE if lock else queries.ONE_LIST
        row = await self._one(text, {**self._person(), "id": id_})
        return None if row is None else OwnList(CollectionRow._make(row[:-2]), row[-2], row[-1])

    async def shared(self, id_: UUID) -> tuple[UUID, ListRole] | None:
        """The organisation of a list that is shared with the person of this transaction, and the person's role."""
        row = await self._one(queries.SHARED_LIST, {"id": id_})
        return None if row is None else (row[0], row[1])

    async def exists_anywhere(self, id_: UUID) -> bool:
        """Whether any organisation has this list: v1 tells a foreign one from an unknown one."""
        return bool(await self._value(queries.LIST_EXISTS, {"id": id_}))

    async def of_item(self, item_id: UUID) -> UUID | None:
        """The list of an item, of this organisation or of a list that is shared with the person."""
        found: UUID | None = await self._value(queries.LIST_OF_ITEM, {"id": item_id})
        return found

    async def item_exists_anywhere(self, item_id: UUID) -> bool:
        """As `exists_anywhere`, for items."""
        return bool(await self._value(queries.ITEM_EXISTS, {"id": item_id}))

    async def articles(self, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
        """Address and title of those of the articles that the principal may read."""
        readable = [self._principal.newsroom_id, self._principal.organization_id]
        rows = await self._rows(queries.ARTICLES, {"readable": readable, "ids": list(ids)})
        return {id_: (url, title) for id_, url, title in rows}

    async def update(self, id_: UUID, values: Mapping[str, Any], *, now: datetime) -> CollectionRow:
        """Write name, keys, description and visibility of a list, which must exist."""
        return await self._changed(queries.UPDATE_LIST, {**values, "id": id_, "now": now})

    async def count_items(self, id_: UUID, change: int, *, now: datetime) -> CollectionRow:
        """Note that items came (or went, where `change` is negative)."""
        return await self._changed(queries.COUNT_ITEMS, {"id": id_, "change": change, "now": now})

    async def delete(self, id_: UUID) -> None:
        """A list with all that belongs to it."""
        await self._rows(queries.DELETE_LIST, {"id": id_})

    async def copy_items(self, source: UUID, target: UUID, *, now: datetime) -> int:
        """All items of a list, which may be one that is shared with the person, into a new one; how many."""
        return int(await self._value(queries.COPY_ITEMS, {"source": source, "id": target, "now": now}))

    async def set_feed(self, id_: UUID, token_hash: bytes | None, *, now: datetime | None) -> None:
        """The address of the public feed; None for no feed."""
        await self._rows(queries.SET_FEED, {"collection": id_, "hash": token_hash, "now": now})

    async def find_feed(self, token_hash: bytes) -> tuple[UUID, UUID] | None:
        """Organisation and list of a public feed."""
        row = await self._one(queries.FIND_FEED, {"hash": token_hash})
        return None if row is None else (row[0], row[1])

    async def _changed(self, text: str, values: Mapping[str, Any]) -> CollectionRow:
        rows = await self._rows(text, values)
        return CollectionRow._make(rows[0])

    def _person(self) -> dict[str, Any]:
        return {"me": self._principal.principal_id, "account": self._principal.account_id}

    def _values(self, query: CollectionQuery, after: After | None) -> dict[str, Any]:
        position, after_id = after or (None, None)
        return {
            **self._person(),
            "q": query.q,
            "visibility": query.visibility,
            "after": position,
            "after_id": after_id,
        }


class ItemRepository(_Repository):
    """The items of one list of the principal's organisation."""

    def __init__(self, asker: Asker, principal: Principal, collection_id: UUID) -> None:
        super().__init__(asker, principal, collection_id)

    async def page(self, query: ItemQuery, *, limit: int, after: After | None = None) -> list[ItemRow]:
        """At most `limit` items, those beyond `after` (position or time, id)."""
        position, after_id = after or (None, None)
        values = {**self._filters(query), "limit": limit, "after": position, "after_id": after_id}
        return await self._items(queries.items(_item_shape(query, after)), values)

    async def numbered_page(self, query: ItemQuery, *, skip: int, limit: int, total: int) -> list[ItemRow]:
        """At most `limit` items after the first `skip` of `total`: counted from whichever end is nearer."""
        shape = _item_shape(query, None)
        left = total - skip - limit
        if 0 <= left < skip:
            shape, skip = shape._replace(backwards=True), left
        elif left < 0:
            shape, skip, limit = shape._replace(backwards=True), 0, total - skip
        return await self._items(queries.numbered_items(shape), {**self._filters(query), "skip": skip, "limit": limit})

    async def count(self, query: ItemQuery) -> int | None:
        """How many items the filters leave; None where there is no filter, and the list knows."""
        shape = _item_shape(query, None)
        return int(await self._value(queries.count_items(shape), self._filters(query))) if shape.is_filtered else None

    async def get(self, id_: UUID, *, lock: bool = False) -> ItemRow | None:
        """One item; with `lock` nobody else changes it until the transaction ends."""
        rows = await self._items(queries.ONE_ITEM_TO_CHANGE if lock else queries.ONE_ITEM, {"id": id_})
        return rows[0] if rows else None

    async def some(self, ids: Sequence[UUID]) -> dict[UUID, ItemRow]:
        """Those of the items that are in the list."""
        return {row.id: row for row in await self._items(queries.SOME_ITEMS, {"ids": list(ids)})}

    async def insert(self, drafts: Sequence[Draft], positions: Sequence[int], *, now: datetime) -> dict[UUID, ItemRow]:
        """Add items, all in one statement; those that are in the list already are left out of the answer."""
        columns = {
            "ids": [draft.id for draft in drafts],
            "identities": [draft.identity for draft in drafts],
            "articles": [draft.article_id for draft in drafts],
            "urls": [draft.url for draft in drafts],
            "titles": [draft.title for draft in drafts],
            "statuses": [draft.status for draft in drafts],
            "tags": [Jsonb(draft.tags) for draft in drafts],
            "positions": list(positions),
        }
        return {row.id: row for row in await self._items(queries.INSERT_ITEMS, {**columns, "now": now})}

    async def identical(self, identity: bytes) -> UUID | None:
        """The item that stands for the same article or address."""
        found: UUID | None = await self._value(queries.IDENTICAL_ITEM, {"identity": identity})
        return found

    async def update(self, row: ItemRow, *, now: datetime) -> ItemRow:
        """Write title, status, tags and position of an item, which must exist."""
        values = {"id": row.id, "title": row.title, "status": row.status, "tags": row.tags, "position": row.position}
        return (await self._items(queries.UPDATE_ITEM, {**values, "now": now}))[0]

    async def delete(self, id_: UUID) -> None:
        await self._rows(queries.DELETE_ITEM, {"id": id_})

    async def last_position(self) -> int | None:
        """Where the list ends; None where it is empty."""
        found: int | None = await self._value(queries.LAST_POSITION, {})
        return found

    async def neighbour(self, anchor: ItemRow, *, before: bool, moved: Sequence[UUID]) -> int | None:
        """The position of the nearest item before (or after) the anchor that is not moved; None at the end."""
        text = queries.POSITION_BEFORE if before else queries.POSITION_AFTER
        values = {"position": anchor.position, "id": anchor.id, "moved": list(moved)}
        found: int | None = await self._value(text, values)
        return found

    async def move(self, positions: Mapping[UUID, int], *, now: datetime) -> None:
        """Give items new positions."""
        values = {"ids": list(positions), "positions": list(positions.values()), "now": now}
        await self._rows(queries.MOVE_ITEMS, values)

    async def renumber(self) -> None:
        """Number the whole list afresh, with the full gap between any two items."""
        await self._rows(queries.RENUMBER_ITEMS, {"gap": GAP})

    async def _items(self, text: str, values: Mapping[str, Any]) -> list[ItemRow]:
        return [ItemRow._make(row) for row in await self._rows(text, values)]

    def _filters(self, query: ItemQuery) -> dict[str, Any]:
        return {"status": query.status, "tag": query.tag, "outside": query.kind == "url"}


class CollaboratorRepository(_Repository):
    """Whom one list of the principal's organisation is shared with."""

    def __init__(self, asker: Asker, principal: Principal, collection_id: UUID) -> None:
        super().__init__(asker, principal, collection_id)

    async def page(self, *, limit: int, after: tuple[datetime, UUID] | None = None) -> list[CollaboratorRow]:
        """At most `limit` people, those who came after the position, the first who came first."""
        at, after_id = after or (None, None)
        values = {"limit": limit, "after": at, "after_id": after_id}
        return [CollaboratorRow._make(row) for row in await self._rows(queries.COLLABORATORS, values)]

    async def get(self, account_id: UUID) -> CollaboratorRow | None:
        """One of them."""
        row = await self._one(queries.COLLABORATOR, {"account": account_id})
        return None if row is None else CollaboratorRow._make(row)

    async def add(self, account_id: UUID, role: ListRole, *, now: datetime) -> None:
        """Share the list with a person, or give the person another role."""
        await self._rows(queries.ADD_COLLABORATOR, {"account": account_id, "role": role, "now": now})

    async def set_role(self, account_id: UUID, role: ListRole, *, now: datetime) -> None:
        await self._rows(queries.SET_ROLE, {"account": account_id, "role": role, "now": now})

    async def remove(self, account_id: UUID) -> None:
        await self._rows(queries.REMOVE_COLLABORATOR, {"account": account_id})


def _list_shape(query: CollectionQuery, after: After | None) -> ListShape:
    return ListShape(
        sort=query.sort,
        shared=query.shared,
        own=query.own,
        q=query.q is not None,
        visibility=query.visibility is not None,
        after=after is not None,
    )


def _item_shape(query: ItemQuery, after: After | None) -> ItemShape:
    return ItemShape(
        sort=query.sort,
        status=query.status is not None,
        tag=query.tag is not None,
        kind=query.kind is not None,
        after=after is not None,
    )

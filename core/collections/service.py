"""Reading lists: find, make, change, remove and copy. Their items, guests and feeds have modules of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from core.audit.service import audit
from core.collections.access import opened, reading
from core.collections.collaborators import Collaborators
from core.collections.items import Items
from core.collections.public_feeds import PublicFeeds
from core.collections.repository import TOO_MANY_LISTS, After, CollectionRepository, insert_list
from core.collections.types import CollectionQuery, CollectionRow, ListRole, Visibility
from core.errors import FieldError, Forbidden, LimitReached, Unprocessable
from core.infra.context import infrastructure
from core.infra.db import act_for, transaction
from core.infra.paging import pair_in, sliced
from core.kit import ids, json
from core.kit.principal import Principal
from core.kit.slices import Slice
from core.kit.text import one_line, paragraphs
from core.organizations.service import organizations
from core.plans.service import plans

MAX_COLLECTIONS: Final = 10_000
"""Of one organisation: more is a program that makes lists in a loop."""
MAX_NAME_CHARACTERS: Final = 200
MAX_DESCRIPTION_CHARACTERS: Final = 2000
_SORT_CHARACTERS: Final = 100  # as much of a name as a cursor can carry


class Collections:
    """The lists that a caller may see: see `core.collections.access` for who may what. Every write is audited."""

    async def list(
        self, principal: Principal, query: CollectionQuery, *, limit: int, cursor: str | None = None
    ) -> Slice[CollectionRow]:
        """A page by cursor. Raises `InvalidCursor`."""
        bound_to = _fingerprint(principal, query)
        kind: type[str | datetime] = str if query.sort.endswith("name") else datetime
        after = pair_in(cursor, bound_to, kind, UUID)
        rows = await self._page(principal, query, limit=limit + 1, after=after)
        return sliced(rows, limit, bound_to, lambda last: _place(last, query))

    async def list_numbered(
        self, principal: Principal, query: CollectionQuery, *, page: int, limit: int
    ) -> tuple[Sequence[CollectionRow], int]:
        """One page, counted from 1, and how many lists there are."""
        async with infrastructure().db.reader(principal) as reads:
            repository = CollectionRepository(reads, principal)
            total = await repository.count(_searchable(query))
            return await repository.page(_searchable(query), limit=limit, skip=(page - 1) * limit), total

    async def get(
        self,
        principal: Principal,
        collection_id: str,
        *,
        lock: bool = False,
        role: ListRole = "viewer",
        reveal_foreign: bool = False,
    ) -> CollectionRow:
        """One list. With `lock` it stays as it is until the unit of work ends.

        Raises `CollectionNotFound`, or with `reveal_foreign` (v1's way) `Forbidden` for somebody else's; and
        `Forbidden` where the caller has a lesser role in it.
        """
        if lock:
            access = await opened(principal, collection_id, role=role, lock=True, reveal_foreign=reveal_foreign)
            return access.row
        _, access = await reading(principal, collection_id, reveal_foreign=reveal_foreign)
        access.require(role)
        return access.row

    async def create(
        self,
        principal: Principal,
        *,
        name: str,
        description: str | None = None,
        visibility: Visibility = "organization",
    ) -> CollectionRow:
        """A new, empty list of the organisation that the caller acts for. Raises `Unprocessable`.

        It is written with whatever comes next, or with the COMMIT, which then raises `LimitReached`.
        """
        row = self._insert(principal, name, _described(description), visibility)
        audit.record(principal, "collection.created", target=("collection", row.id), after=_members(row))
        return row

    async def update(
        self, principal: Principal, collection_id: str, changes: Mapping[str, Any], *, reveal_foreign: bool = False
    ) -> CollectionRow:
        """Change what `changes` names: name, description, visibility. Only an owner decides who sees the list."""
        access = await opened(principal, collection_id, role="editor", lock=True, reveal_foreign=reveal_foreign)
        visibility = changes.get("visibility", access.row.visibility)
        if visibility != access.row.visibility:
            access.require("owner")
            if not access.by_name:
                raise Forbidden("Only who made the list, or owns it by name, can make it private: you would lose it.")
        values = {
            **_named(changes.get("name", access.row.name)),
            "description": _described(changes.get("description", access.row.description)),
            "visibility": visibility,
        }
        repository = CollectionRepository(transaction(), access.principal)
        row = await repository.update(access.row.id, values, now=_now())
        audit.record(
            access.principal,
            "collection.updated",
            target=("collection", row.id),
            before=_members(access.row),
            after=_members(row),
        )
        return row

    async def delete(self, principal: Principal, collection_id: str, *, reveal_foreign: bool = False) -> None:
        """Remove a list with its items, collaborators and feed; only an owner may."""
        access = await opened(principal, collection_id, role="owner", lock=True, reveal_foreign=reveal_foreign)
        if access.principal.organization_id == principal.organization_id:  # guests answer to the list's owners only
            await organizations.require(principal, "collections.delete")
        await CollectionRepository(transaction(), access.principal).delete(access.row.id)
        audit.record(
            access.principal, "collection.deleted", target=("collection", access.row.id), before=_members(access.row)
        )

    async def duplicate(self, principal: Principal, collection_id: str, *, name: str | None = None) -> CollectionRow:
        """A private copy, with all items as they are, in the organisation that the caller acts for."""
        source = await opened(principal, collection_id)
        if source.principal is not principal:
            await act_for(principal)
        name = source.row.name if name is None else name
        made, now = self._insert(principal, name, source.row.description, "private"), _now()
        repository = CollectionRepository(transaction(), principal)
        copied = await repository.copy_items(source.row.id, made.id, now=now)
        row = await repository.count_items(made.id, copied, now=now)
        audit.record(
            principal,
            "collection.duplicated",
            target=("collection", row.id),
            after={**_members(row), "source": ids.encode("col", source.row.id), "items": copied},
        )
        return row

    def _insert(
        self, principal: Principal, name: str, description: str | None, visibility: Visibility
    ) -> CollectionRow:
        if principal.kind not in ("user", "api_key"):
            raise Forbidden("A list belongs to a person or to a key.")
        named, now = _named(name), _now()
        row = CollectionRow(
            organization_id=principal.organization_id,
            id=ids.new_id(),
            name=named["name"],
            sort_key=named["sort_key"],
            description=description,
            visibility=visibility,
            item_count=0,
            created_by=principal.principal_id,
            created_by_kind=principal.kind,
            created_at=now,
            updated_at=now,
            public_since=None,
        )
        plans.require_storage(principal)
        statement = insert_list(row, name_key=named["name_key"], most=MAX_COLLECTIONS)
        transaction().later(statement, {TOO_MANY_LISTS: _too_many})
        return row

    async def _page(
        self, principal: Principal, query: CollectionQuery, *, limit: int, after: After | None
    ) -> Sequence[CollectionRow]:
        asked = _searchable(query)
        # only a unit of work finds what others share
        asker = transaction() if query.shared else infrastructure().db.short_reads(principal)
        return await CollectionRepository(asker, principal).page(asked, limit=limit, after=after)


def _too_many(_: str) -> LimitReached:
    return LimitReached(f"An organisation can have {MAX_COLLECTIONS:,} lists. Remove those that are not used.")


def _place(row: CollectionRow, query: CollectionQuery) -> After:
    by: Mapping[str, str | datetime] = {
        "name": row.sort_key,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
    return by[query.sort.removeprefix("-")], row.id


def _searchable(query: CollectionQuery) -> CollectionQuery:
    """The query with its words as names are kept for searching."""
    if query.q is None:
        return query
    return replace(query, q=one_line(query.q, limit=MAX_NAME_CHARACTERS).casefold())


def _fingerprint(principal: Principal, query: CollectionQuery) -> bytes:
    """All that decides which list of lists it is, the page left out."""
    caller = principal.organization_id.bytes + principal.principal_id.bytes
    return blake2b(b"collections" + caller + json.dumps(asdict(query)), digest_size=16).digest()


def _named(name: str) -> dict[str, str]:
    """The name and its keys. Raises `Unprocessable` for one in which nothing can be seen."""
    shown = one_line(name, limit=MAX_NAME_CHARACTERS)
    if not shown:
        raise Unprocessable("The name is empty.", errors=[FieldError("blank", "must not be blank", pointer="/name")])
    key = shown.casefold()
    return {"name": shown, "name_key": key, "sort_key": key[:_SORT_CHARACTERS]}


def _described(description: str | None) -> str | None:
    return None if description is None else paragraphs(description, limit=MAX_DESCRIPTION_CHARACTERS) or None


def _members(row: CollectionRow) -> dict[str, Any]:
    """What the audit log keeps of a list."""
    return {"name": row.name, "description": row.description, "visibility": row.visibility}


def _now() -> datetime:
    return infrastructure().clock.now()


collections: Final = Collections()
items: Final = Items()
collaborators: Final = Collaborators()
public_feeds: Final = PublicFeeds()

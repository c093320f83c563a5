"""What is in a reading list, in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from core.audit.service import audit
from core.collections.access import Access, opened, reading
from core.collections.drafts import MAX_TITLE_CHARACTERS, articles_in, draft, normal_tag, normal_tags
from core.collections.positions import between
from core.collections.repository import CollectionRepository, Draft, ItemRepository
from core.collections.types import Added, ItemQuery, ItemRow, NewItem
from core.errors import (
    CollectionItemNotFound,
    FieldError,
    Forbidden,
    ItemAlreadyExists,
    LimitReached,
    Unprocessable,
)
from core.infra.context import infrastructure
from core.infra.db import transaction
from core.infra.paging import pair_in, sliced
from core.kit import ids, json
from core.kit.principal import Principal
from core.kit.slices import Slice
from core.kit.text import one_line
from core.plans.service import plans

MAX_ITEMS: Final = 100_000
"""Of one list: a copy of it is one statement, which must end within the database's time-out of 10 s."""
_NOT_FOUND: Final = "There is no item with this id in the list."


class Items:
    """Viewers read, editors write. A write locks its list first: items come in and move one after the other.

    Every method raises as `core.collections.access.opened` does; `reveal_foreign` is v1's way.
    """

    async def list(
        self, principal: Principal, collection_id: str, query: ItemQuery, *, limit: int, cursor: str | None = None
    ) -> Slice[ItemRow]:
        """A page by cursor. Raises `InvalidCursor`."""
        asked = _asked(query)
        asker, access = await reading(principal, collection_id)
        bound_to = blake2b(access.row.id.bytes + json.dumps(asdict(asked)), digest_size=16).digest()
        by_position = asked.sort.endswith("position")
        kind: type[int | datetime] = int if by_position else datetime
        after = pair_in(cursor, bound_to, kind, UUID)
        repository = ItemRepository(asker, access.principal, access.row.id)
        rows = await repository.page(asked, limit=limit + 1, after=after)
        return sliced(rows, limit, bound_to, lambda last: (last.position if by_position else last.added_at, last.id))

    async def list_numbered(
        self, principal: Principal, collection_id: str, query: ItemQuery, *, page: int, limit: int
    ) -> tuple[Sequence[ItemRow], int]:
        """One page, counted from 1, and how many items there are; somebody else's list is forbidden."""
        skip = (page - 1) * limit
        async with infrastructure().db.reader(principal) as reads:
            asker, access = await reading(principal, collection_id, reveal_foreign=True, reads=reads)
            repository = ItemRepository(asker, access.principal, access.row.id)
            counted = await repository.count(query)
            total = access.row.item_count if counted is None else counted
            if skip >= total:
                return (), total
            return await repository.numbered_page(query, skip=skip, limit=limit, total=total), total

    async def get(
        self,
        principal: Principal,
        collection_id: str,
        item_id: str,
        *,
        lock: bool = False,
        reveal_foreign: bool = False,
    ) -> ItemRow:
        """One item of a list. With `lock` it stays as it is until the unit of work ends, and so does the list.

        Raises `CollectionItemNotFound`, for an item of another list too.
        """
        if lock:
            access = await opened(principal, collection_id, lock=True, reveal_foreign=reveal_foreign)
            return await _item(await _repository(access), item_id, lock=True)
        asker, access = await reading(principal, collection_id, reveal_foreign=reveal_foreign)
        return await _item(ItemRepository(asker, access.principal, access.row.id), item_id)

    async def list_of(self, principal: Principal, item_id: str) -> str:
        """The public id of the list that an item is in, for v1, which names items alone.

        Raises `CollectionItemNotFound`, and `Forbidden` for somebody else's item.
        """
        id_ = _decoded(item_id)
        repository = CollectionRepository(transaction(), principal)
        collection_id = await repository.of_item(id_)
        if collection_id is not None:
            return ids.encode("col", collection_id)
        if await repository.item_exists_anywhere(id_):
            raise Forbidden("This item is in somebody else's list.")
        raise CollectionItemNotFound(_NOT_FOUND)

    async def add(
        self, principal: Principal, collection_id: str, item: NewItem, *, reveal_foreign: bool = False
    ) -> ItemRow:
        """Put an item at the end of a list.

        Raises `Unprocessable` (an article that the caller cannot read, an address that is none), `ItemAlreadyExists`
        and `LimitReached`.
        """
        (prepared,) = await _prepared(principal, [item])
        access = await opened(principal, collection_id, role="editor", lock=True, reveal_foreign=reveal_foreign)
        if isinstance(prepared, Unprocessable):
            raise prepared
        repository = await _repository(access)
        added = await _append(repository, access, [prepared])
        if prepared.id not in added:
            there = await repository.identical(prepared.identity)
            shown = "" if there is None else f", as {ids.encode('itm', there)}"
            raise ItemAlreadyExists(f"It is in the list already{shown}.")
        row = added[prepared.id]
        audit.record(access.principal, "item.added", target=("item", row.id), after=_members(row))
        return row

    async def add_many(self, principal: Principal, collection_id: str, items: Sequence[NewItem]) -> Sequence[Added]:
        """Put items at the end of a list; what became of each. One that is refused does not stop the others.

        Raises `LimitReached`.
        """
        prepared = await _prepared(principal, items)
        access = await opened(principal, collection_id, role="editor", lock=True)
        repository = await _repository(access)
        added = await _append(repository, access, [one for one in prepared if isinstance(one, Draft)])
        public_ids = [ids.encode("itm", id_) for id_ in added]
        if added:
            audit.record(
                access.principal, "items.added", target=("collection", access.row.id), after={"items": public_ids}
            )
        return [_outcome(one, added) for one in prepared]

    async def update(
        self,
        principal: Principal,
        collection_id: str,
        item_id: str,
        changes: Mapping[str, Any],
        *,
        reveal_foreign: bool = False,
    ) -> ItemRow:
        """Change what `changes` names: title, status, tags, position.

        Raises `CollectionItemNotFound`, and `LimitReached` where longer texts find no room.
        """
        access = await opened(principal, collection_id, role="editor", lock=True, reveal_foreign=reveal_foreign)
        repository = await _repository(access)
        before = await _item(repository, item_id, lock=True)
        values = dict(changes)
        if "title" in values:
            values["title"] = _titled(values["title"])
        if "tags" in values:
            values["tags"] = normal_tags(values["tags"])
        changed = before._replace(**values)
        if len(changed.title) + sum(map(len, changed.tags)) > len(before.title) + sum(map(len, before.tags)):
            plans.require_storage(access.principal)
        row = await repository.update(changed, now=_now())
        audit.record(
            access.principal, "item.updated", target=("item", row.id), before=_members(before), after=_members(row)
        )
        return row

    async def remove(
        self, principal: Principal, collection_id: str, item_id: str, *, reveal_foreign: bool = False
    ) -> None:
        """Take an item out of a list. Raises `CollectionItemNotFound`."""
        access = await opened(principal, collection_id, role="editor", lock=True, reveal_foreign=reveal_foreign)
        repository = await _repository(access)
        row = await _item(repository, item_id, lock=True)
        await repository.delete(row.id)
        await _count(access, -1)
        audit.record(access.principal, "item.removed", target=("item", row.id), before=_members(row))

    async def reorder(
        self,
        principal: Principal,
        collection_id: str,
        item_ids: Sequence[str],
        *,
        before: str | None = None,
        after: str | None = None,
    ) -> Sequence[ItemRow]:
        """Move items, in the order given, to right before or right after another item of the list.

        Only the moved rows are written, unless there is no room left between the neighbours. Raises `Unprocessable` for
        ids that are not in the list, and for an anchor that is missing or moved itself.
        """
        access = await opened(principal, collection_id, role="editor", lock=True)
        repository = await _repository(access)
        anchor_id = before if after is None else after
        if anchor_id is None or (before is not None and after is not None):
            raise _refused("one_of", "give either `before` or `after`", "/before")
        pointer = "/before" if after is None else "/after"
        moved = [_of_list(item_id, f"/item_ids/{number}") for number, item_id in enumerate(item_ids)]
        anchor = _of_list(anchor_id, pointer)
        if anchor in moved:
            raise _refused("moved", "is one of the items that are moved", pointer)
        await _place(repository, moved, anchor, pointer, before=after is None)
        rows = await repository.some(moved)
        await _count(access, 0)
        audit.record(
            access.principal,
            "items.reordered",
            target=("collection", access.row.id),
            after={"items": list(item_ids), pointer[1:]: anchor_id},
        )
        return [rows[id_] for id_ in moved]


async def _prepared(principal: Principal, items: Sequence[NewItem]) -> list[Draft | Unprocessable]:
    """The items as they are to be written, or why not.

    The caller's own view of the articles decides, so this comes before the caller goes on in another organisation.
    """
    wanted = articles_in(items)
    readable = await CollectionRepository(transaction(), principal).articles(wanted) if wanted else {}
    prepared: list[Draft | Unprocessable] = []
    for item in items:
        try:
            prepared.append(draft(item, readable))
        except Unprocessable as refusal:
            prepared.append(refusal)
    return prepared


async def _append(repository: ItemRepository, access: Access, drafts: Sequence[Draft]) -> dict[UUID, ItemRow]:
    """The drafts at the end of the list, without those that it holds already."""
    if not drafts:
        return {}
    if access.row.item_count + len(drafts) > MAX_ITEMS:
        raise LimitReached(f"A list can have {MAX_ITEMS:,} items.")
    plans.require_storage(access.principal)
    positions = between(await repository.last_position(), None, len(drafts))
    if positions is None:
        await repository.renumber()
        positions = between(await repository.last_position(), None, len(drafts)) or []
    added = await repository.insert(drafts, positions, now=_now())
    if added:
        await _count(access, len(added))
    return added


async def _place(
    repository: ItemRepository, moved: Sequence[UUID], anchor_id: UUID, pointer: str, *, before: bool
) -> None:
    """Find room beside the anchor, make some where there is none, and move the items there."""
    for _ in range(2):  # numbered afresh there is room, so the second time is the last
        known = await repository.some([*moved, anchor_id])
        if anchor_id not in known:
            raise _refused("unknown_item", "is not an item of this list", pointer)
        for number, id_ in enumerate(moved):
            if id_ not in known:
                raise _refused("unknown_item", "is not an item of this list", f"/item_ids/{number}")
        anchor = known[anchor_id]
        neighbour = await repository.neighbour(anchor, before=before, moved=moved)
        low, high = (neighbour, anchor.position) if before else (anchor.position, neighbour)
        positions = between(low, high, len(moved))
        if positions is not None:
            await repository.move(dict(zip(moved, positions, strict=True)), now=_now())
            return
        await repository.renumber()


async def _count(access: Access, change: int) -> None:
    """Note in the list that items came, went or moved."""
    await CollectionRepository(transaction(), access.principal).count_items(access.row.id, change, now=_now())


async def _repository(access: Access) -> ItemRepository:
    return ItemRepository(transaction(), access.principal, access.row.id)


async def _item(repository: ItemRepository, item_id: str, *, lock: bool = False) -> ItemRow:
    row = await repository.get(_decoded(item_id), lock=lock)
    if row is None:
        raise CollectionItemNotFound(_NOT_FOUND)
    return row


def _decoded(item_id: str) -> UUID:
    try:
        return ids.decode("itm", item_id)
    except ids.InvalidId:
        raise CollectionItemNotFound(_NOT_FOUND) from None


def _of_list(item_id: str, pointer: str) -> UUID:
    try:
        return ids.decode("itm", item_id)
    except ids.InvalidId:
        raise _refused("unknown_item", "is not an item of this list", pointer) from None


def _outcome(prepared: Draft | Unprocessable, added: Mapping[UUID, ItemRow]) -> Added:
    if isinstance(prepared, Unprocessable):
        return Added(None, prepared.code, prepared.detail)
    if prepared.id not in added:
        return Added(None, ItemAlreadyExists.code, "It is in the list already.")
    return Added(added[prepared.id])


def _titled(title: str) -> str:
    shown = one_line(title, limit=MAX_TITLE_CHARACTERS)
    if not shown:
        raise _refused("blank", "must not be blank", "/title")
    return shown


def _asked(query: ItemQuery) -> ItemQuery:
    """The query with its tag as tags are kept."""
    tag = None if query.tag is None else normal_tag(query.tag)
    return ItemQuery(status=query.status, tag=tag, kind=query.kind, sort=query.sort)


def _members(row: ItemRow) -> dict[str, Any]:
    """What the audit log keeps of an item."""
    return {
        "collection": ids.encode("col", row.collection_id),
        "url": row.url,
        "title": row.title,
        "status": row.status,
        "tags": row.tags,
        "position": row.position,
    }


def _refused(code: str, detail: str, pointer: str) -> Unprocessable:
    return Unprocessable("The request cannot be carried out.", errors=[FieldError(code, detail, pointer=pointer)])


def _now() -> datetime:
    return infrastructure().clock.now()

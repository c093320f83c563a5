"""Reading lists as the rest of the product sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

Visibility = Literal["organization", "private"]
Status = Literal["unread", "reading", "done"]
ItemKind = Literal["article", "url"]
ListRole = Literal["viewer", "editor", "owner"]

RANKS: Final[Mapping[ListRole, int]] = {"viewer": 1, "editor": 2, "owner": 3}
"""Each role may do what those below it may."""


class CollectionRow(NamedTuple):
    """A reading list. `created_by` is a principal of its organisation, `public_since` None while no feed shows it."""

    organization_id: UUID
    id: UUID
    name: str
    sort_key: str
    description: str | None
    visibility: Visibility
    item_count: int
    created_by: UUID
    created_by_kind: Literal["user", "api_key"]
    created_at: datetime
    updated_at: datetime
    public_since: datetime | None


class ItemRow(NamedTuple):
    """Something to read. `article_id` is None for an address outside. Items are ordered by (`position`, `id`)."""

    id: UUID
    collection_id: UUID
    article_id: UUID | None
    url: str
    title: str
    status: Status
    tags: list[str]
    position: int
    added_at: datetime
    updated_at: datetime

    @property
    def kind(self) -> ItemKind:
        return "url" if self.article_id is None else "article"


class CollaboratorRow(NamedTuple):
    """A person whom a list is shared with."""

    account_id: UUID
    name: str
    email: str
    role: ListRole
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionQuery:
    """Which lists: the filters narrow together, and None leaves one out.

    `q` stands in the name, `own` are those that the caller has made, `shared` those that somebody has shared with the
    person who asks, in whichever organisation. `sort` is `name`, `created_at` or `updated_at`, with `-` for descending.
    """

    q: str | None = None
    visibility: Visibility | None = None
    own: bool = False
    shared: bool = False
    sort: str = "-updated_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """Which items of a list. `sort` is `position` or `added_at`, with `-` for descending."""

    status: Status | None = None
    tag: str | None = None
    kind: ItemKind | None = None
    sort: str = "position"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """What to add to a list: an article by its public id, or an address with a title."""

    article_id: str | None = None
    url: str | None = None
    title: str | None = None
    status: Status = "unread"
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "NewItem":
        """As a client wrote it."""
        return cls(**{**body, "tags": tuple(body.get("tags", ()))})


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one item of many: the item, or why it was refused."""

    item: ItemRow | None
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class PublicFeed:
    """A new address of a list's feed. The token is not stored and cannot be shown again.

    `origin` is that of this instance, where its operator has named one.
    """

    token: str
    created_at: datetime
    origin: str | None


@dataclass(frozen=True, slots=True)
class FeedSource:
    """What a public feed shows: the list, and its newest items. `origin` as in `PublicFeed`."""

    collection: CollectionRow
    items: tuple[ItemRow, ...]
    origin: str | None

    @property
    def updated_at(self) -> datetime:
        """When any of it last changed."""
        return max([self.collection.updated_at, *(item.updated_at for item in self.items)])

"""Reading lists: their items, whom they are shared with, and their public feeds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class Collection(Base):
    """A reading list.

    `created_by` is a principal of the organisation: an account or an API key. `name_key` is the name as it is searched,
    without case by Unicode's rules whatever the locale of the database is, and `sort_key` its first 100 characters.
    `item_count` is kept by the statements that add and remove items. `feed_hash` is the keyed hash of the token in the
    address of its public feed.
    """

    __tablename__ = "collections"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str]
    sort_key: Mapped[str]
    description: Mapped[str | None]
    visibility: Mapped[str]
    item_count: Mapped[int] = mapped_column(server_default=text("0"))
    created_by: Mapped[UUID]
    created_by_kind: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    feed_hash: Mapped[bytes | None]
    feed_created_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name"),
        CheckConstraint("visibility IN ('organization', 'private')", name="visibility"),
        CheckConstraint("created_by_kind IN ('user', 'api_key')", name="created_by_kind"),
        CheckConstraint("item_count >= 0", name="item_count"),
        CheckConstraint("(feed_hash IS NULL) = (feed_created_at IS NULL)", name="feed"),
        Index("ix_collections_created_at", "organization_id", "created_at", "id"),
        Index("ix_collections_updated_at", "organization_id", "updated_at", "id"),
        Index("ix_collections_sort_key", "organization_id", "sort_key", "id"),
        # looked up before the organisation is known
        Index("uq_collections_feed_hash", "feed_hash", unique=True, postgresql_where=text("feed_hash IS NOT NULL")),
    )


class CollectionItem(Base):
    """Something to read: an article, or an address outside. It keeps the title and the address that it was added with.

    `identity` is what may be in a list only once: the article's id, or a hash of the address. Items are ordered by
    (`position`, `id`); positions have gaps, so that putting an item between two others writes one row.
    """

    __tablename__ = "collection_items"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    collection_id: Mapped[UUID]
    identity: Mapped[bytes]
    article_id: Mapped[UUID | None]
    url: Mapped[str]
    title: Mapped[str]
    status: Mapped[str]
    tags: Mapped[list[str]]
    position: Mapped[int] = mapped_column(BigInteger())
    added_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "collection_id"], ["collections.organization_id", "collections.id"], ondelete="CASCADE"
        ),
        CheckConstraint("status IN ('unread', 'reading', 'done')", name="status"),
        CheckConstraint("octet_length(identity) = 16", name="identity"),
        Index("uq_collection_items_identity", "organization_id", "collection_id", "identity", unique=True),
        Index("ix_collection_items_position", "organization_id", "collection_id", "position", "id"),
        Index("ix_collection_items_status", "organization_id", "collection_id", "status", "position", "id"),
        Index("ix_collection_items_added_at", "organization_id", "collection_id", "added_at", "id"),
    )


class CollectionCollaborator(Base):
    """That a person, of whichever organisation, works on a reading list, and as what."""

    __tablename__ = "collection_collaborators"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    collection_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "collection_id"], ["collections.organization_id", "collections.id"], ondelete="CASCADE"
        ),
        CheckConstraint("role IN ('viewer', 'editor', 'owner')", name="role"),
        Index("ix_collection_collaborators_account_id", "account_id"),
    )

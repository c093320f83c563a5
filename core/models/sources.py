"""What is polled, in which state it is, and what each poll brought."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class Source(Base):
    """Anything that is polled: an upstream of the operator, or a feed of an organisation.

    `config` is what the client needs to know (the subreddits, say); `fetch_cursor` is what the last poll left for the
    next one (ETag, newest id). `next_fetch_at` is null while the source is paused or gone.
    """

    __tablename__ = "sources"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    language: Mapped[str | None]
    category: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="pending")
    state_reason: Mapped[str | None]
    config: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    fetch_cursor: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    poll_interval_s: Mapped[int]
    consecutive_failures: Mapped[int] = mapped_column(server_default="0")
    article_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    quota_limit: Mapped[int | None]
    quota_remaining: Mapped[int | None]
    quota_resets_at: Mapped[datetime | None]
    last_fetch_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    next_fetch_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("kind IN ('newsapi', 'guardian', 'reddit', 'hackernews', 'feed')", name="kind"),
        CheckConstraint(
            "state IN ('pending', 'healthy', 'slow', 'failing', 'moved', 'gone', 'throttled', 'paused')", name="state"
        ),
        CheckConstraint("poll_interval_s >= 5", name="poll_interval_s"),
        Index("uq_sources_organization_id_slug", "organization_id", "slug", unique=True),
        Index("ix_sources_next_fetch_at", "next_fetch_at", postgresql_where=text("next_fetch_at IS NOT NULL")),
    )


class Feed(Base):
    """What only feeds have. The id is the source's: a feed is a source, seen by its subscriber."""

    __tablename__ = "feeds"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str]
    original_url: Mapped[str]
    site_url: Mapped[str | None]
    title: Mapped[str | None]
    title_is_custom: Mapped[bool] = mapped_column(server_default=text("false"))
    format: Mapped[str | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "id"], ["sources.organization_id", "sources.id"], ondelete="CASCADE"),
        Index("uq_feeds_organization_id_url", "organization_id", text("md5(url)"), unique=True),
    )


class FetchLogEntry(Base):
    """One poll of one source. Kept for 30 days."""

    __tablename__ = "fetch_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[UUID]
    source_id: Mapped[UUID]
    started_at: Mapped[datetime]
    duration_ms: Mapped[int]
    outcome: Mapped[str]
    state: Mapped[str]
    http_status: Mapped[int | None]
    reason: Mapped[str | None]
    requests: Mapped[int] = mapped_column(server_default="0")
    bytes_read: Mapped[int] = mapped_column(BigInteger, server_default="0")
    items_seen: Mapped[int] = mapped_column(server_default="0")
    items_new: Mapped[int] = mapped_column(server_default="0")
    items_updated: Mapped[int] = mapped_column(server_default="0")
    items_removed: Mapped[int] = mapped_column(server_default="0")
    items_rejected: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "source_id"], ["sources.organization_id", "sources.id"], ondelete="CASCADE"
        ),
        CheckConstraint("outcome IN ('ok', 'not_modified', 'failed')", name="outcome"),
        Index("ix_fetch_log_source", "organization_id", "source_id", "started_at"),
        Index("ix_fetch_log_started_at", "started_at"),
    )

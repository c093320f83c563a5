"""Articles, where each was seen, and what they said before they were edited."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class Article(Base):
    """One story as one text, however many sources carried it.

    `search` is the weighted full-text vector (title A, summary B, text C) in the article's own language where
    PostgreSQL has a configuration for it. `url_hash` and `fingerprint` are 16-byte BLAKE2b digests of the canonical
    URL and of the normalised text: the second and third way to recognise an article.

    A trigger writes `fragment_v1` and `fragment_v2`: the article's JSON as the lists of both versions show it, but for
    what belongs to the source. They are null only while a migration is rendering what was stored before it.
    """

    __tablename__ = "articles"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    source_id: Mapped[UUID]
    provider_id: Mapped[str]
    publisher: Mapped[str | None]
    url: Mapped[str]
    url_hash: Mapped[bytes]
    fingerprint: Mapped[bytes]
    title: Mapped[str]
    summary: Mapped[str | None]
    content_html: Mapped[str | None]
    content_text: Mapped[str | None]
    content_status: Mapped[str]
    content_hash: Mapped[bytes]
    author: Mapped[str | None]
    image_url: Mapped[str | None]
    language: Mapped[str]
    category: Mapped[str]
    topics: Mapped[list[str]]
    sentiment: Mapped[dict[str, Any] | None]
    published_at: Mapped[datetime]
    ingested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    content_updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(server_default="1")
    origin_count: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    search: Mapped[Any] = mapped_column(TSVECTOR)
    fragment_v1: Mapped[str | None]
    fragment_v2: Mapped[str | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "source_id"], ["sources.organization_id", "sources.id"], ondelete="CASCADE"
        ),
        CheckConstraint("content_status IN ('full', 'excerpt', 'removed')", name="content_status"),
        Index("uq_articles_organization_id_url_hash", "organization_id", "url_hash", unique=True),
        Index("ix_articles_fingerprint", "organization_id", "fingerprint"),
        Index(
            "ix_articles_published", "organization_id", text("published_at DESC"), text("id DESC"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index(
            "ix_articles_category", "organization_id", "category", text("published_at DESC"), text("id DESC"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index(
            "ix_articles_language", "organization_id", "language", text("published_at DESC"), text("id DESC"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index(
            "ix_articles_ingested", "organization_id", text("ingested_at DESC"), text("id DESC"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index("ix_articles_search", "search", postgresql_using="gin", postgresql_where=text("removed_at IS NULL")),
    )  # fmt: skip


class ArticleOrigin(Base):
    """That a source carried an article, and under which id of its own: the first way to recognise an article.

    `published_at` and `category` repeat the article's, so that a page of one source is one index scan.
    """

    __tablename__ = "article_origins"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_hash: Mapped[bytes] = mapped_column(primary_key=True)
    article_id: Mapped[UUID]
    provider_id: Mapped[str]
    url: Mapped[str]
    category: Mapped[str]
    published_at: Mapped[datetime]
    first_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "article_id"], ["articles.organization_id", "articles.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["organization_id", "source_id"], ["sources.organization_id", "sources.id"], ondelete="CASCADE"
        ),
        Index("ix_article_origins_article", "organization_id", "article_id"),
        Index(
            "ix_article_origins_published",
            "organization_id", "source_id", text("published_at DESC"), text("article_id DESC"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )  # fmt: skip


class ArticleRevision(Base):
    """What an article said before an edit. Revision 1 is the first text; the newest one stands in `articles`."""

    __tablename__ = "article_revisions"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    article_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    summary: Mapped[str | None]
    content_text: Mapped[str | None]
    content_status: Mapped[str]
    seen_from: Mapped[datetime]
    replaced_at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "article_id"], ["articles.organization_id", "articles.id"], ondelete="CASCADE"
        ),
    )

"""What belongs to a person alone: preferences and the history of searches."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class Preferences(Base):
    """What a person wants to read, and how. Somebody without a row has the defaults.

    `searches_from` is when searches began to be recorded: those made earlier and not yet written are left out.
    `updated_at` is null while the person has changed nothing.
    """

    __tablename__ = "preferences"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    topics: Mapped[list[str]] = mapped_column(server_default="{}")
    sources: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default="{}")
    languages: Mapped[list[str]] = mapped_column(server_default="{}")
    muted_words: Mapped[list[str]] = mapped_column(server_default="{}")
    digest_hour: Mapped[int | None] = mapped_column(SmallInteger)
    digest_zone: Mapped[str] = mapped_column(server_default="UTC")
    record_searches: Mapped[bool] = mapped_column(server_default=text("true"))
    searches_from: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour"),)


class Search(Base):
    """Words that a person looked for, with the filters beside them. `result_count` is null where nobody counted."""

    __tablename__ = "searches"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    query: Mapped[str]
    filters: Mapped[dict[str, Any]]
    result_count: Mapped[int | None]
    searched_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_searches_account_id_searched_at", "account_id", "searched_at"),
        Index("ix_searches_searched_at", "searched_at"),
    )

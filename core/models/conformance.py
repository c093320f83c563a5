"""How answers compare with the documents: what the instance sampled of its own traffic."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class ConformanceDaily(Base):
    """Answers of one operation that were held against its document on one day (UTC), by all processes together.

    It belongs to the instance: no organisation, no caller and no value of an answer is in it.
    """

    __tablename__ = "conformance_daily"

    day: Mapped[date] = mapped_column(Date(), primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    checked: Mapped[int] = mapped_column(BigInteger())
    drifted: Mapped[int] = mapped_column(BigInteger())
    dropped: Mapped[int] = mapped_column(BigInteger())
    last_checked_at: Mapped[datetime | None]
    last_drift_at: Mapped[datetime | None]
    last_drift_status: Mapped[int | None]
    last_drift_place: Mapped[str | None]
    last_drift_pointer: Mapped[str | None]
    last_drift_keyword: Mapped[str | None]

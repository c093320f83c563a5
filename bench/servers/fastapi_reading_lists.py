"""The peer for pages of a reading list: the same keyset over the same index, as a good FastAPI developer writes it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from bench.servers.fastapi_newsroom import Base, Cursor, Limit, Limited, Page, Session, app

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Collection(Base):
    __tablename__ = "collections"
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    visibility: Mapped[str]
    created_by: Mapped[UUID]


class CollectionItem(Base):
    __tablename__ = "collection_items"
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    collection_id: Mapped[UUID]
    article_id: Mapped[UUID | None]
    url: Mapped[str]
    title: Mapped[str]
    status: Mapped[str]
    tags: Mapped[list[str]]
    position: Mapped[int]
    added_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ItemOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    collection_id: UUID
    article_id: UUID | None
    url: str
    title: str
    status: str
    tags: list[str]
    position: int
    added_at: datetime
    updated_at: datetime


class ItemPage(BaseModel):
    data: list[ItemOut]
    page: Page
    warnings: list[str] = []


Status = Literal["unread", "reading", "done"]
CollectionId = Annotated[str, Path(pattern="^col_[0-9A-Za-z]{22}$")]


@app.get("/v2/collections/{collection_id}/items", response_model=ItemPage)
async def list_items(
    collection_id: CollectionId,
    principal: Limited,
    db: Session,
    status: Status | None = None,
    tag: Annotated[str | None, Query(max_length=50)] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Any:
    organization = UUID(principal["organization"])
    found = await db.get(Collection, (organization, _decoded(collection_id)))
    if found is None or (found.visibility == "private" and str(found.created_by) != principal["key"]):
        raise HTTPException(404)
    query = (
        select(CollectionItem)
        .where(CollectionItem.organization_id == organization, CollectionItem.collection_id == found.id)
        .order_by(CollectionItem.position, CollectionItem.id)
        .limit(limit + 1)
    )
    if status:
        query = query.where(CollectionItem.status == status)
    if tag:
        query = query.where(CollectionItem.tags.contains([tag]))
    if cursor:
        position, identity = cursor.split("|")
        query = query.where(tuple_(CollectionItem.position, CollectionItem.id) > (int(position), UUID(identity)))
    rows = list((await db.scalars(query)).all())
    more, rows = len(rows) > limit, rows[:limit]
    last = f"{rows[-1].position}|{rows[-1].id}" if more else None
    return {"data": rows, "page": {"next_cursor": last, "has_more": more, "limit": limit}}


def _decoded(text: str) -> UUID:
    number = 0
    for digit in text.removeprefix("col_"):
        number = number * 62 + _DIGITS.index(digit)
    return UUID(int=number)

"""The end-to-end peer: the same articles, key check, rate limit and cache as a good FastAPI developer writes them.

FastAPI, pydantic, SQLAlchemy's asyncio ORM, redis-py; the same tables, the same PostgreSQL and Redis.
"""

import hmac
import json
import os
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import redis.asyncio as redis
from fastapi import Depends, FastAPI, HTTPException, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship
from sqlalchemy.types import ARRAY, DateTime, Text

_GCRA = """
local now = redis.call('TIME'); now = now[1] * 1000000 + now[2]
local tat = tonumber(redis.call('GET', KEYS[1]) or now); if tat < now then tat = now end
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]); local new = tat + interval
if now < new - burst then return {0, math.ceil((new - burst - now) / 1000), 0} end
redis.call('SET', KEYS[1], string.format('%.0f', new), 'PX', math.ceil((new - now) / 1000) + 1)
return {1, 0, math.floor((now - new + burst) / interval)}"""


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True), list[str]: ARRAY(Text())}  # noqa: RUF012 - SQLAlchemy's API


class Source(Base):
    __tablename__ = "sources"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]


class Article(Base):
    __tablename__ = "articles"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    title: Mapped[str]
    summary: Mapped[str | None]
    url: Mapped[str]
    author: Mapped[str | None]
    image_url: Mapped[str | None]
    language: Mapped[str]
    category: Mapped[str]
    topics: Mapped[list[str]]
    content_status: Mapped[str]
    published_at: Mapped[datetime]
    ingested_at: Mapped[datetime]
    content_updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    source: Mapped[Source] = relationship(lazy="raise")


class SourceOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    name: str
    kind: str


class ArticleOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    title: str
    summary: str | None
    url: str
    source: SourceOut
    author: str | None
    image_url: str | None
    language: str
    topics: list[str]
    content_status: str
    published_at: datetime
    ingested_at: datetime
    content_updated_at: datetime


class Page(BaseModel):
    next_cursor: str | None
    has_more: bool
    limit: int


class ArticlePage(BaseModel):
    data: list[ArticleOut]
    page: Page
    warnings: list[str] = []


_url = os.environ["BENCH_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
engine = create_async_engine(_url, pool_size=16, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
cache = redis.from_url(os.environ["BENCH_REDIS_URL"], max_connections=64)
take = cache.register_script(_GCRA)
secret = bytes.fromhex(os.environ["BENCH_KEY_HASH_KEY"])
newsroom = UUID("00000000-0000-7000-8000-000000000001")
app = FastAPI()
bearer = HTTPBearer()


async def session() -> Any:
    async with sessions() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]


async def caller(db: Session, token: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> dict[str, str]:
    digest = hmac.digest(secret, token.credentials.encode(), "sha256")
    known = await cache.get("peer:key:" + digest.hex())
    if known:
        found: dict[str, str] = json.loads(known)
        return found
    row = (await db.execute(select(ApiKey.id, ApiKey.organization_id).where(ApiKey.key_hash == digest))).first()
    if row is None:
        raise HTTPException(401)
    principal = {"key": str(row.id), "organization": str(row.organization_id)}
    await cache.set("peer:key:" + digest.hex(), json.dumps(principal), ex=30)
    return principal


class ApiKey(Base):
    __tablename__ = "api_keys"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    key_hash: Mapped[bytes]


async def limited(response: Response, principal: Annotated[dict[str, str], Depends(caller)]) -> dict[str, str]:
    allowed, retry_ms, remaining = await take(keys=["peer:limit:" + principal["key"]], args=[1, 3_600_000_000])
    if not allowed:
        raise HTTPException(429, headers={"retry-after": str(retry_ms // 1000 + 1)})
    response.headers["ratelimit-policy"] = '"key";q=100000000;w=3600'
    response.headers["ratelimit"] = f'"key";r={remaining};t=1'
    return principal


Limited = Annotated[dict[str, str], Depends(limited)]
Category = Literal["business", "culture", "general", "health", "politics", "science", "sports", "technology", "world"]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=200)]


async def load(db: AsyncSession, category: str | None, limit: int, cursor: str | None) -> dict[str, Any]:
    query = (
        select(Article)
        .options(joinedload(Article.source))
        .where(Article.organization_id == newsroom, Article.removed_at.is_(None))
        .order_by(Article.published_at.desc(), Article.id.desc())
        .limit(limit + 1)
    )
    if category:
        query = query.where(Article.category == category)
    if cursor:
        published, identity = cursor.split("|")
        position = (datetime.fromisoformat(published), UUID(identity))
        query = query.where(tuple_(Article.published_at, Article.id) < position)
    rows = list((await db.scalars(query)).all())
    more, rows = len(rows) > limit, rows[:limit]
    last = f"{rows[-1].published_at.isoformat()}|{rows[-1].id}" if more else None
    return {"data": rows, "page": {"next_cursor": last, "has_more": more, "limit": limit}}


if os.environ.get("BENCH_CACHE", "on") == "on":

    @app.get("/v2/articles", response_model=ArticlePage)
    async def list_articles(
        principal: Limited,
        db: Session,
        response: Response,
        category: Category | None = None,
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> Any:
        key = f"peer:page:{category}:{limit}:{cursor}"
        body = await cache.get(key)
        if body is None:
            page = await load(db, category, limit, cursor)
            body = ArticlePage.model_validate(page, from_attributes=True).model_dump_json().encode()
            await cache.set(key, body, ex=30)
        return Response(body, media_type="application/json", headers=dict(response.headers))

else:

    @app.get("/v2/articles", response_model=ArticlePage)
    async def list_articles_uncached(
        principal: Limited, db: Session, category: Category | None = None, limit: Limit = 20, cursor: Cursor = None
    ) -> Any:
        return await load(db, category, limit, cursor)

"""Litestar with msgspec structs, its own recommendation for speed."""

from typing import Annotated, Literal

import msgspec
from litestar import Litestar, Request, get, post
from litestar.di import Provide
from litestar.exceptions import NotAuthorizedException
from litestar.params import Parameter

from bench.servers.page import PAGE


class Sentiment(msgspec.Struct):
    label: str
    score: float


class Article(msgspec.Struct):
    id: str
    title: str
    summary: str
    url: str
    source: str
    category: str
    author: str
    language: str
    image_url: str | None
    published_at: str
    sentiment: Sentiment


class Meta(msgspec.Struct):
    next_cursor: str | None
    has_more: bool


class ArticlePage(msgspec.Struct):
    data: list[Article]
    meta: Meta


class Note(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    tags: list[str] | None = None


ARTICLES = [msgspec.convert(item, Article) for item in PAGE]


async def caller(request: Request) -> dict[str, str]:  # type: ignore[type-arg]  # litestar's own generics default
    header = request.headers.get("authorization", "")
    if not header.startswith("Bearer ") or header == "Bearer bad":
        raise NotAuthorizedException
    return {"sub": "u1"}


@get("/v1/articles")
async def list_articles(
    user: dict[str, str],
    category: Literal["technology", "world"] | None = None,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Parameter(max_length=200)] = None,
) -> ArticlePage:
    return ArticlePage(ARTICLES[:limit], Meta(None, False))


@get("/v1/articles/{article_id:str}")
async def get_article(user: dict[str, str], article_id: str) -> Article:
    return ARTICLES[0]


@post("/v1/notes")
async def create_note(user: dict[str, str], data: Note) -> Note:
    return data


app = Litestar([list_articles, get_article, create_note], openapi_config=None, dependencies={"user": Provide(caller)})

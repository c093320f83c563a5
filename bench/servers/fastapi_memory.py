"""FastAPI as its documentation teaches: pydantic models, `response_model`, `Depends(HTTPBearer())`."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from bench.servers.page import PAGE, envelope


class Sentiment(BaseModel):
    label: str
    score: float


class Article(BaseModel):
    id: str
    title: str
    summary: str
    url: str
    source: str
    category: str
    author: str
    language: str
    image_url: str | None
    published_at: datetime
    sentiment: Sentiment


class Meta(BaseModel):
    next_cursor: str | None
    has_more: bool


class ArticlePage(BaseModel):
    data: list[Article]
    meta: Meta


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=200)
    tags: list[str] | None = None


app = FastAPI()
bearer = HTTPBearer()


async def caller(credential: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> dict[str, str]:
    if credential.credentials == "bad":
        raise HTTPException(401)
    return {"sub": "u1"}


Caller = Annotated[dict[str, str], Depends(caller)]


@app.get("/v1/articles", response_model=ArticlePage)
async def list_articles(
    caller: Caller,
    category: Literal["technology", "world"] | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Any:
    return envelope(limit)


@app.get("/v1/articles/{article_id}", response_model=Article)
async def get_article(caller: Caller, article_id: str) -> Any:
    return PAGE[0]


@app.post("/v1/notes", response_model=Note, status_code=201)
async def create_note(caller: Caller, body: Note) -> Any:
    return body

"""Stock Connexion 3.3: the same document and the same handlers, `AsyncApp` as its documentation shows it."""

import logging
from pathlib import Path
from typing import Any

import connexion
import yaml
from connexion.options import SwaggerUIOptions

from bench.servers.page import PAGE, envelope

MODULE = __name__
_HANDLERS = {"listArticles": "list_articles", "getArticle": "get_article", "createNote": "create_note"}


async def check_token(token: str) -> dict[str, str] | None:
    return {"sub": "u1"} if token != "bad" else None


async def list_articles(category: str | None = None, limit: int = 20, cursor: str | None = None) -> Any:
    return envelope(limit), 200


async def get_article(article_id: str) -> Any:
    return PAGE[0], 200


async def create_note(body: dict[str, Any]) -> Any:
    return body, 201


def _document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("memory.yaml").read_text())
    document["components"]["securitySchemes"]["bearer"]["x-bearerInfoFunc"] = f"{MODULE}.check_token"
    for path in document["paths"].values():
        for operation in path.values():
            operation["operationId"] = f"{MODULE}.{_HANDLERS[operation['operationId']]}"
    return document


logging.getLogger("connexion").setLevel(logging.ERROR)
app = connexion.AsyncApp(__name__, swagger_ui_options=SwaggerUIOptions(swagger_ui=False))
app.add_api(_document(), base_path="/v1")

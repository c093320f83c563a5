"""Articles from memory."""

from bench.servers.page import PAGE, envelope
from core.contract.responses import Response, ok


async def list_articles(*, category: str | None = None, limit: int = 20, cursor: str | None = None) -> Response:
    return ok(envelope(limit))


async def get_article(article_id: str) -> Response:
    return ok(PAGE[0])

"""The way from v1 to v2: what takes the place of a request."""

from typing import Any

from core.contract.responses import Response, ok
from core.translation.service import translation
from handlers.v2.shapes.migrations import report_out


async def translate_requests(*, body: dict[str, Any], origin: str | None = None) -> Response:
    """One request of v1, or all of an archive, as requests of v2. Only the file of an archive has `log` at its root."""
    given = {"file": body} if "log" in body else body
    return ok(report_out(await translation.translate(**given, called_at=origin)))

"""The way from v1 to v2: what takes the place of a request."""

from typing import Any

from core.contract.responses import Response, ok
from core.translation.service import translation
from handlers.v2.shapes.migrations import report_out


async def translate_requests(*, body: dict[str, Any]) -> Response:
    """One request of v1, or all of an archive, as requests of v2."""
    return ok(report_out(await translation.translate(**body)))

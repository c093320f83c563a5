"""What this instance can do."""

from core.contract.responses import Response, ok
from core.lifecycle.service import capabilities


async def get_capabilities() -> Response:
    """Versions with their ends, categories, languages, kinds of source and limits."""
    return ok(await capabilities.describe())

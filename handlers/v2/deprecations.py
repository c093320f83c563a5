"""What callers still use of versions that end."""

from typing import Literal

from core.contract.responses import Response, ok
from core.deprecations.service import deprecations
from core.kit.principal import Principal
from handlers.v2.shapes.deprecations import report_out


async def get_deprecations(
    principal: Principal, *, scope: Literal["caller", "organization"], key_id: str | None = None
) -> Response:
    """The report of the caller, of a key or of the whole organisation."""
    report = await deprecations.report(principal, everybody=scope == "organization", key_id=key_id)
    return ok(report_out(report))

"""The caller's budgets."""

from core.contract.responses import Response, ok
from core.kit.principal import Principal
from core.limits.service import limits
from handlers.v2.shapes.rate_limit import rate_limit_out


async def get_rate_limit(principal: Principal) -> Response:
    """What is left of each budget."""
    return ok(rate_limit_out(await limits.status(principal)))

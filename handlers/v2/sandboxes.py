"""The sandbox that test keys act in."""

from core.contract.responses import Response, no_content
from core.kit.principal import Principal
from core.sandboxes.service import sandboxes


async def reset_sandbox(principal: Principal) -> Response:
    """The caller's sandbox as new."""
    await sandboxes.reset_own(principal)
    return no_content()

"""Billing events: the months of an organisation."""

from core.billing.service import billing
from core.contract.responses import Response
from core.kit.principal import Principal
from handlers.v2.shapes.billing_events import billing_event_out
from handlers.v2.shapes.lists import page


async def list_billing_events(
    principal: Principal, organization_id: str, *, limit: int, cursor: str | None = None
) -> Response:
    """A page of the organisation's months."""
    found = await billing.list(principal, organization_id, limit=limit, cursor=cursor)
    return page(f"/v2/organizations/{organization_id}/billing-events", found, billing_event_out, {"limit": limit})

"""The audit log: list and export."""

from core.audit.service import audit
from core.audit.types import AuditFilter
from core.contract.responses import Response
from core.kit.principal import Principal
from handlers.v2.shapes.audit_events import audit_event_out, lines
from handlers.v2.shapes.lists import page, time_in


async def list_audit_events(
    principal: Principal,
    *,
    limit: int,
    cursor: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    target: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    request_id: str | None = None,
) -> Response:
    """A page of the organisation's log, newest first."""
    wanted = AuditFilter(actor, action, target, time_in(from_), time_in(to), request_id)
    found = await audit.list(principal, wanted, limit=limit, cursor=cursor)
    asked = {"actor": actor, "action": action, "target": target, "from": from_, "to": to, "request_id": request_id}
    return page("/v2/audit-events", found, audit_event_out, {**asked, "limit": limit})


async def export_audit_events(
    principal: Principal,
    *,
    limit: int,
    cursor: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    target: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    request_id: str | None = None,
) -> Response:
    """The log as NDJSON, oldest first."""
    wanted = AuditFilter(actor, action, target, time_in(from_), time_in(to), request_id)
    found = await audit.export(principal, wanted, limit=limit, cursor=cursor)
    asked = {"actor": actor, "action": action, "target": target, "from": from_, "to": to, "request_id": request_id}
    return lines("/v2/audit-events/export", found, {**asked, "limit": limit})

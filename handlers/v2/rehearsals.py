"""Rehearsals of a Sunset: make, list, get and cancel them, and read what they refused."""

from typing import Any

from core.contract.responses import Response, created, no_content, ok, require_match
from core.kit.principal import Principal
from core.rehearsals.service import rehearsals
from handlers.v2.shapes.lists import page, time_in
from handlers.v2.shapes.rehearsals import rehearsal_out, report_out


async def list_rehearsals(principal: Principal, *, limit: int, cursor: str | None = None) -> Response:
    """A page of the organisation's rehearsals."""
    found = await rehearsals.list(principal, limit=limit, cursor=cursor)
    return page("/v2/rehearsals", found, rehearsal_out, {"limit": limit})


async def create_rehearsal(principal: Principal, *, body: dict[str, Any]) -> Response:
    """A window in which v1 refuses a key."""
    start, duration = time_in(body.get("starts_at")), body["duration_seconds"]
    shown = rehearsal_out(
        await rehearsals.create(principal, body["key_id"], starts_at=start, duration_seconds=duration)
    )
    return created(shown, f"/v2/rehearsals/{shown['id']}")


async def get_rehearsal(principal: Principal, rehearsal_id: str) -> Response:
    """One rehearsal."""
    return ok(rehearsal_out(await rehearsals.get(principal, rehearsal_id)))


async def cancel_rehearsal(principal: Principal, rehearsal_id: str, *, if_match: str | None = None) -> Response:
    """The end of a rehearsal before its time."""
    require_match(if_match, rehearsal_out(await rehearsals.get(principal, rehearsal_id, lock=True)))
    await rehearsals.cancel(principal, rehearsal_id)
    return no_content()


async def get_rehearsal_report(principal: Principal, rehearsal_id: str) -> Response:
    """What a rehearsal has refused."""
    row = await rehearsals.get(principal, rehearsal_id)
    return ok(report_out(row, await rehearsals.refusals(principal, rehearsal_id)))

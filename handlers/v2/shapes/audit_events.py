"""Audit events as v2 knows them."""

from collections.abc import Mapping
from typing import Any, Final

from core.audit.types import AuditEvent
from core.contract.responses import Response, raw
from core.kit import ids, json
from core.kit.slices import Slice
from handlers.v2.shapes.lists import next_link, time_out

NDJSON: Final = "application/x-ndjson"


def audit_event_out(event: AuditEvent) -> dict[str, Any]:
    """One change."""
    return {
        "id": ids.encode("aud", event.id),
        "sequence": event.sequence,
        "at": time_out(event.at),
        "actor": {"kind": event.actor_kind, "id": event.actor_id, "name": event.actor_name},
        "action": event.action,
        "target": {"kind": event.target_kind, "id": event.target_id},
        "before": event.before,
        "after": event.after,
        "address": event.address,
        "request_id": event.request_id,
        "operation": event.operation,
        "hash": event.hash.hex(),
    }


def lines(path: str, found: Slice[AuditEvent], asked: Mapping[str, Any]) -> Response:
    """One event a line, and a `Link` to those that follow."""
    body = b"".join([json.dumps(audit_event_out(event)) + b"\n" for event in found.rows])
    if found.next_cursor is None:
        return raw(body, NDJSON)
    return raw(body, NDJSON, headers={"Link": next_link(path, {**asked, "cursor": found.next_cursor})})

"""The jobs of billing."""

import base64
import hmac
from typing import Final
from uuid import UUID

from procrastinate import Blueprint, JobContext

from core.billing.service import billing, payload
from core.billing.types import BillingDelivery, BillingEventRow
from core.infra.context import infrastructure
from core.infra.http import Egress, EgressError
from core.infra.jobs import Backoff, TryAgain
from core.kit import ids, json
from core.kit.principal import job
from core.settings import Settings

NAMESPACE: Final = "billing"
PAUSES: Final = Backoff(5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
DEADLINE_S: Final = 15.0
GIVEN_UP: Final = "Delivering it has stopped the process that did, several times."
_ACCEPTED: Final = range(200, 300)
_NO_SECRET: Final = "No secret is configured to sign deliveries with (TIDINGS_BILLING_WEBHOOK_SECRET)."  # noqa: S105 - text


def blueprint() -> Blueprint:
    """The tasks, to be added to a worker's app under `NAMESPACE`. The worker's context holds `egress`."""
    tasks = Blueprint()
    tasks.task(name="deliver_event", pass_context=True, retry=PAUSES)(deliver_event)
    return tasks


async def deliver_event(context: JobContext, *, organization_id: str, event_id: str) -> None:
    """Deliver one event. It may arrive more than once, always with the same `webhook-id`."""
    infra, principal = infrastructure(), job(UUID(organization_id))
    async with infra.unit_of_work(principal):
        event = await billing.get(principal, UUID(event_id))
    if event is None or event.delivery_state == "delivered":
        return
    reason, is_final = await _post(context.additional_context["egress"], infra.settings, event)
    retried = reason is not None and not is_final and PAUSES.has_more(context.job)
    state: BillingDelivery = "delivered" if reason is None else "queued" if retried else "failed"
    async with infra.unit_of_work(principal):
        await billing.note_attempt(principal, event, state, reason=reason)
    if retried:
        raise TryAgain(reason)


async def give_up(organization_id: UUID, event_id: UUID) -> None:
    """Say of an event whose delivery has killed its workers that nobody tries any more."""
    principal = job(organization_id)
    async with infrastructure().unit_of_work(principal):
        event = await billing.get(principal, event_id)
        if event is not None:
            await billing.note_attempt(principal, event, "failed", reason=GIVEN_UP)


async def _post(egress: Egress, settings: Settings, event: BillingEventRow) -> tuple[str | None, bool]:
    """Why it did not arrive (None: it did), and whether another attempt is of no use."""
    if settings.billing_webhook_url is None:
        return "There is nowhere to deliver it to (TIDINGS_BILLING_WEBHOOK_URL).", True
    if settings.billing_webhook_secret is None:
        return _NO_SECRET, True
    body = json.dumps(payload(event))
    id_ = ids.encode("bil", event.id)
    timestamp = int(infrastructure().clock.now().timestamp())
    secret = settings.billing_webhook_secret.get_secret_value().encode()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, id_, timestamp, body),
    }
    try:
        answer = await egress.request(
            "POST", settings.billing_webhook_url, headers=headers, content=body, deadline_s=DEADLINE_S
        )
    except EgressError as error:
        return str(error), False
    return (None, False) if answer.status in _ACCEPTED else (f"The receiver answers {answer.status}.", False)


def signature(secret: bytes, id_: str, timestamp: int, body: bytes) -> str:
    """`v1,` and base64 of HMAC-SHA-256 over `id.timestamp.body` (Standard Webhooks)."""
    signed = b".".join((id_.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()

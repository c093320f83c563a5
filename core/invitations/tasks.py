"""The jobs of invitations."""

from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from procrastinate import Blueprint, JobContext

from core.infra.context import infrastructure
from core.infra.db import session
from core.infra.mail import Letter, Templates
from core.infra.mail_jobs import GIVEN_UP, PAUSES, deliver
from core.invitations.repository import InvitationRepository
from core.invitations.service import invitations
from core.invitations.types import Invitation
from core.kit import ids
from core.kit.principal import job
from core.kit.text import one_line

NAMESPACE: Final = "invitations"
SANDBOXED: Final = "A sandbox sends no mail."
_NAME_LENGTH: Final = 100
_TEMPLATES: Final = Path(__file__).parent / "templates"
ACCEPT: Final = {"organization": "/v2/invitations/accept", "collection": "/v2/collections/accept-invitation"}
"""Where each kind is accepted, as the document has it."""


def blueprint() -> Blueprint:
    """The tasks, to be added to a worker's app under `NAMESPACE`."""
    tasks = Blueprint()
    tasks.task(name="send_invitation", pass_context=True, retry=PAUSES)(send_invitation)
    return tasks


async def send_invitation(context: JobContext, *, organization_id: str, invitation_id: str) -> None:
    """Mail one invitation. Safe to repeat: what was sent or withdrawn is left alone."""
    infra, principal, id_ = infrastructure(), job(UUID(organization_id)), UUID(invitation_id)
    async with infra.unit_of_work(principal):
        repository = InvitationRepository(await session(), principal)
        invitation = await repository.get(id_)
        if invitation is None or invitation.delivery_state == "sent" or invitation.state(infra.clock.now()) != "open":
            return
        if principal.in_sandbox:
            await invitations.note_delivery(principal, id_, "sent", reason=SANDBOXED)
            return
        letter = _letter(invitation, await repository.names(invitation))
    await deliver(context, letter, principal, partial(invitations.note_delivery, principal, id_))


async def give_up(organization_id: UUID, invitation_id: UUID) -> None:
    """Say of an invitation whose mail has killed its workers that nobody tries any more."""
    principal = job(organization_id)
    async with infrastructure().unit_of_work(principal):
        await invitations.note_delivery(principal, invitation_id, "failed", reason=GIVEN_UP)


def _letter(invitation: Invitation, names: tuple[str, str, str | None]) -> Letter:
    organization, inviter, collection = names
    settings = infrastructure().settings
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    return Templates(_TEMPLATES).letter(
        "invitation",
        id_=ids.encode("inv", invitation.id),
        written_at=invitation.created_at,
        to=invitation.email,
        values={
            "kind": invitation.kind,
            "inviter": one_line(inviter, limit=_NAME_LENGTH),
            "organization": one_line(organization, limit=_NAME_LENGTH),
            "subject": one_line(collection or organization, limit=_NAME_LENGTH),
            "role": invitation.role,
            "email": invitation.email,
            "address": base + ACCEPT[invitation.kind],
            "token": invitations.token_of(invitation),
            "expires": f"{invitation.expires_at:%d %B %Y, %H:%M} UTC",
        },
    )

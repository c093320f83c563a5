"""The jobs of sunset notices."""

from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from procrastinate import Blueprint, JobContext

from core.infra.context import infrastructure
from core.infra.db import session
from core.infra.mail import Letter, Templates
from core.infra.mail_jobs import GIVEN_UP, PAUSES, deliver
from core.kit import ids
from core.kit.principal import job
from core.kit.text import one_line
from core.sunset_notices.repository import SunsetNoticeRepository
from core.sunset_notices.service import sunset_notices
from core.sunset_notices.types import SunsetLetter

NAMESPACE: Final = "sunset_notices"
GONE: Final = "The recipient is no member of the organisation any more."
KEYS_NAMED: Final = 20
_NAME_LENGTH: Final = 100
_TEMPLATES: Final = Path(__file__).parent / "templates"


def blueprint() -> Blueprint:
    """The tasks, to be added to a worker's app under `NAMESPACE`."""
    tasks = Blueprint()
    tasks.task(name="send_letter", pass_context=True, retry=PAUSES)(send_letter)
    return tasks


async def send_letter(context: JobContext, *, organization_id: str, letter_id: str) -> None:
    """Mail one letter. Safe to repeat: what was sent is left alone."""
    infra, principal, id_ = infrastructure(), job(UUID(organization_id)), UUID(letter_id)
    async with infra.unit_of_work(principal):
        repository = SunsetNoticeRepository(await session(), principal)
        letter = await repository.letter(id_)
        if letter is None or letter.delivery_state == "sent":
            return
        if letter.email is None:
            await sunset_notices.note_delivery(principal, id_, "failed", reason=GONE)
            return
        mail = _mail(letter, letter.email, await repository.names(letter.notice.api_key_ids))
    await deliver(context, mail, principal, partial(sunset_notices.note_delivery, principal, id_))


async def give_up(organization_id: UUID, letter_id: UUID) -> None:
    """Say of a letter that has killed its workers that nobody tries any more."""
    principal = job(organization_id)
    async with infrastructure().unit_of_work(principal):
        await sunset_notices.note_delivery(principal, letter_id, "failed", reason=GIVEN_UP)


def _mail(letter: SunsetLetter, email: str, key_names: list[str]) -> Letter:
    notice, settings = letter.notice, infrastructure().settings
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    named = [one_line(name, limit=_NAME_LENGTH) for name in key_names[:KEYS_NAMED]]
    return Templates(_TEMPLATES).letter(
        "sunset",
        id_=ids.encode("sun", letter.id),
        written_at=notice.created_at,
        to=email,
        values={
            "name": one_line(letter.name or "", limit=_NAME_LENGTH),
            "organization": one_line(letter.organization, limit=_NAME_LENGTH),
            "version": notice.version,
            "ends": f"{notice.sunset_at.day} {notice.sunset_at:%B %Y, %H:%M} UTC",
            "left": "1 day" if notice.days_left == 1 else f"{notice.days_left} days",
            "calls": f"{notice.calls:,}",
            "keys": named,
            "more_keys": len(notice.api_key_ids) - len(named),
            "base": base,
        },
    )

"""The jobs that mail something: when they try again, and what they note of it."""

from collections.abc import Awaitable
from typing import Final, Literal, Protocol

from procrastinate import JobContext

from core.infra.context import infrastructure
from core.infra.jobs import Backoff, TryAgain
from core.infra.mail import Letter, MailFailed, send
from core.kit.principal import Principal

PAUSES: Final = Backoff(5, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600)
"""Between attempts: a mail server that greylists takes it within minutes, one that is broken has a day."""

GIVEN_UP: Final = "Sending it has stopped the process that did, several times."


class Note(Protocol):
    """Writes down what became of the mail."""

    def __call__(self, state: Literal["queued", "sent", "failed"], *, reason: str | None = None) -> Awaitable[None]: ...


async def deliver(context: JobContext, letter: Letter, principal: Principal, note: Note) -> None:
    """Send a letter of the principal's organisation and note how it went, in a unit of work of its own.

    Raises `TryAgain` where a later attempt may do better. A worker that dies between the server's answer and ours
    sends it again, with the same Message-ID.
    """
    infra = infrastructure()
    try:
        await send(letter, infra.settings)
    except MailFailed as error:
        retried = not error.permanent and PAUSES.has_more(context.job)
        async with infra.unit_of_work(principal):
            await note("queued" if retried else "failed", reason=error.reason)
        if retried:
            raise TryAgain(error.reason) from None
        return
    async with infra.unit_of_work(principal):
        await note("sent")

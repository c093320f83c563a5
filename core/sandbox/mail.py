"""The newsroom's mailbox: an SMTP server that takes every mail, and `GET /mail`, where people and tests read it."""

import asyncio
import email
import socket
from collections import deque
from email.message import EmailMessage
from email.policy import default
from html import escape
from typing import Any, Final, Protocol

from aiosmtpd.smtp import SMTP, Envelope, Session

from core.sandbox.failures import Failures
from core.sandbox.http import Reply, Request, json_reply, not_found
from core.sandbox.screens import screen, wants_screen

TARGET: Final = "mail"
"""The name under which failures of the SMTP server are set: `status` is its reply to DATA, such as 451 or 550."""

KEPT: Final = 200
MAX_BYTES: Final = 1 << 20
_TAKEN: Final = "250 Taken"


class Mailbox:
    """The latest 200 mails, numbered from 1."""

    def __init__(self) -> None:
        self._mails: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._count = 0

    def put(self, sender: str | None, recipients: list[str], content: bytes, *, received_at: str) -> None:
        """Keep one mail, parsed."""
        message = email.message_from_bytes(content, policy=default)
        self._count += 1
        self._mails.append(
            {
                "number": self._count,
                "received_at": received_at,
                "sender": sender,
                "recipients": recipients,
                "headers": {name: str(value) for name, value in message.items()},
                "subject": str(message.get("Subject", "")),
                "text": _part(message, "plain"),
                "html": _part(message, "html"),
            }
        )

    def listed(self, recipient: str | None = None) -> list[dict[str, Any]]:
        """The mails, the oldest first; those to one address if asked for."""
        return [mail for mail in self._mails if recipient is None or recipient in mail["recipients"]]

    def clear(self) -> None:
        """Throw everything away."""
        self._mails.clear()


class _Newsroom(Protocol):
    """What the mail server wants of a newsroom."""

    @property
    def mailbox(self) -> Mailbox: ...
    @property
    def failures(self) -> Failures: ...
    @property
    def now(self) -> Any: ...


class MailServer:
    """Speaks SMTP on a socket of its own, in the event loop that starts it."""

    def __init__(self, newsroom: _Newsroom, listener: socket.socket) -> None:
        self._newsroom = newsroom
        self._listener = listener
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Take connections from now on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: self._protocol(loop), sock=self._listener)

    async def stop(self) -> None:
        """Take no more."""
        if self._server is not None:
            self._server.close()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name for aiosmtpd
        """What aiosmtpd calls for each mail; gives the reply."""
        failure = self._newsroom.failures.take(TARGET)
        if failure is not None and failure.latency_s:
            await asyncio.sleep(failure.latency_s)
        if failure is not None and failure.status is not None:
            return f"{failure.status} The sandbox was told to answer this"
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        now = self._newsroom.now.isoformat()
        self._newsroom.mailbox.put(envelope.mail_from, list(envelope.rcpt_tos), content, received_at=now)
        return _TAKEN

    def _protocol(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        return SMTP(self, hostname="sandbox-newsroom", data_size_limit=MAX_BYTES, loop=loop)


def answer(newsroom: _Newsroom, request: Request) -> Reply | None:
    """`GET /mail`, with `?to=` for one recipient, and `DELETE /mail`. A browser gets a page, a program JSON."""
    if request.path != "/mail":
        return not_found(request.path)
    match request.method:
        case "GET":
            mails = newsroom.mailbox.listed(request.query.get("to"))
            reply = _page(mails) if wants_screen(request) else json_reply({"mails": mails})
            return reply.with_headers({"Vary": "Accept"})
        case "DELETE":
            newsroom.mailbox.clear()
            return Reply(204)
    return json_reply({"error": "this address takes GET and DELETE"}, 405, {"Allow": "GET, DELETE"})


def _page(mails: list[dict[str, Any]]) -> Reply:
    """The mails for people, the newest first. Their own HTML is not shown: it could hold anything."""
    shown = "".join(
        f"<h2>{escape(mail['subject'])}</h2>"
        f"<p>to {escape(', '.join(mail['recipients']))}, {escape(mail['received_at'])}</p>"
        f"<pre>{escape(mail['text'] or '')}</pre>"
        for mail in reversed(mails)
    )
    return screen("Mail that the sandbox has taken", shown or "<p>None so far. Nothing leaves this machine.</p>")


def _part(message: EmailMessage, kind: str) -> str | None:
    body = message.get_body((kind,))
    return None if body is None else str(body.get_content())

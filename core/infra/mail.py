"""Mail: put together so that nobody can write into its headers, and handed to one SMTP server.

The address of the server is `smtp_url`: `smtp://user:password@host:587` takes STARTTLS where the server offers it,
`smtps://host:465` begins with TLS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from core.contract.formats import is_email
from core.kit.text import one_line
from core.settings import Settings

TIMEOUT_S: Final = 20.0
_PORTS: Final = {"smtp": 25, "smtps": 465}
_PERMANENT: Final = range(500, 600)
_SUBJECT_LENGTH: Final = 200


class MailFailed(Exception):
    """The server did not take the mail; `permanent` says that it will not take it later either."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one address.

    `id` and `written_at` (aware) stay the same at every attempt, so that a mailbox can tell a repetition.
    """

    id: str
    written_at: datetime
    to: str
    subject: str
    text: str
    html: str


class Templates:
    """A feature's templates: `<name>.txt.j2`, which begins with the subject and an empty line, and `<name>.html.j2`.

    Values are escaped in HTML; a name that is missing is an error and not an empty place.
    """

    def __init__(self, folder: Path) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def letter(self, name: str, *, id_: str, written_at: datetime, to: str, values: Mapping[str, Any]) -> Letter:
        """The letter that a template and its values make."""
        subject, _, text = self._environment.get_template(f"{name}.txt.j2").render(values).partition("\n\n")
        html = self._environment.get_template(f"{name}.html.j2").render(values)
        return Letter(id_, written_at, to, subject, text, html)


def compose(letter: Letter, sender: str) -> EmailMessage:
    """The message (RFC 5322) with a text and an HTML part. Raises `ValueError` for an address that is none.

    A subject becomes one line, and the library refuses line breaks in every other header: what a user has written
    cannot add one.
    """
    if not is_email(letter.to):
        raise ValueError("the recipient is no mail address")
    name, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(one_line(name, limit=_SUBJECT_LENGTH), addr_spec=address)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = one_line(letter.subject, limit=_SUBJECT_LENGTH)
    message["Date"] = format_datetime(letter.written_at)  # RFC 5322 §3.6 demands it, and filters look for it
    message["Message-ID"] = f"<{letter.id}@{_domain(sender)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office replies stay away
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


async def send(letter: Letter, settings: Settings) -> None:
    """Hand a letter to the server. Raises `MailFailed`."""
    if settings.smtp_url is None:
        raise MailFailed("No mail server is configured (TIDINGS_SMTP_URL).", permanent=True)
    server = urlsplit(settings.smtp_url.get_secret_value())
    if server.scheme not in _PORTS or not server.hostname:
        raise MailFailed("TIDINGS_SMTP_URL is no smtp:// or smtps:// address.", permanent=True)
    try:
        await aiosmtplib.send(
            compose(letter, settings.mail_from),
            hostname=server.hostname,
            port=server.port or _PORTS[server.scheme],
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password) if server.password else None,
            use_tls=server.scheme == "smtps",
            local_hostname=_domain(settings.mail_from),  # the machine's own name would be asked of DNS, and is nobody's
            timeout=TIMEOUT_S,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        refusal = error.recipients[0]
        raise MailFailed(_said(refusal.code, refusal.message), permanent=refusal.code in _PERMANENT) from None
    except aiosmtplib.SMTPResponseException as error:
        raise MailFailed(_said(error.code, error.message), permanent=error.code in _PERMANENT) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailFailed(
            f"The mail server cannot be reached: {one_line(str(error), limit=200)}", permanent=False
        ) from None
    except ValueError as error:
        raise MailFailed(f"The mail cannot be written: {one_line(str(error), limit=200)}", permanent=True) from None


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].partition("@")[2] or "localhost"


def _said(code: int, message: str) -> str:
    return f"The mail server answers {code}: {one_line(message, limit=200)}"

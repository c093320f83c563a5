"""The newsroom: one clock, one archive and everything that changes while it is open."""

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from core.sandbox.archive import Archive
from core.sandbox.articles import Listing
from core.sandbox.clock import FrozenClock, NewsroomClock, edition_at
from core.sandbox.failures import Failures
from core.sandbox.http import Reply, Request
from core.sandbox.identity.desk import IdentityDesk
from core.sandbox.live import LiveDesk
from core.sandbox.mail import Mailbox
from core.sandbox.quotas import Quotas

LOG_LENGTH: Final = 2_000
_LOGGED_HEADERS: Final = ("user-agent", "accept", "accept-encoding", "if-none-match", "if-modified-since", "range")


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request as the log keeps it: credentials are left out."""

    at: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    authenticated: bool
    target: str
    status: int


class Newsroom:
    """All state of a sandbox. `on` is what the dialects read; `answer` of `core.sandbox.routes` speaks them."""

    def __init__(self, clock: NewsroomClock | None = None, *, control_token: str | None = None) -> None:
        self.clock: NewsroomClock = clock or FrozenClock()
        self.control_token = control_token
        self.opened_at = self.clock.now()
        self.archive = Archive(edition_at(self.opened_at))
        self.live = LiveDesk(self.archive.edition, self.archive.epoch)
        self.quotas = Quotas()
        self.failures = Failures()
        self.mailbox = Mailbox()
        self.tokens: dict[str, datetime] = {}
        self.identity = IdentityDesk()
        self._extra: list[Listing] = []
        self._log: deque[LoggedRequest] = deque(maxlen=LOG_LENGTH)

    @property
    def now(self) -> datetime:
        """The newsroom's current instant."""
        return self.clock.now()

    def on(self, channel: str) -> list[Listing]:
        """What a channel lists now, newest first."""
        now = self.now
        listings = [listing for listing in self.archive.channels.get(channel, ()) if listing.listed_at <= now]
        listings += [listing for listing in self._extra if listing.channel == channel and listing.listed_at <= now]
        listings += self.live.on(channel, now)
        return sorted(listings, key=lambda listing: (listing.listed_at, listing.serial), reverse=True)

    def add(self, listing: Listing) -> None:
        """Lists an article that a test has written."""
        self._extra.append(listing)

    @property
    def extra_count(self) -> int:
        """How many articles tests have added."""
        return len(self._extra)

    def log(self, request: Request, target: str, reply: Reply) -> None:
        """Keeps the request for `GET /control`."""
        query = {name: value for name, value in request.query.items() if name.lower() not in ("apikey", "api-key")}
        headers = {name: request.headers[name] for name in _LOGGED_HEADERS if name in request.headers}
        known = len(query) < len(request.query) or bool(
            {"authorization", "x-api-key", "api-key"} & set(request.headers)
        )
        moment = self.now.isoformat()
        self._log.append(
            LoggedRequest(moment, request.method, request.path, query, headers, known, target, reply.status)
        )

    def logged(self) -> list[dict[str, Any]]:
        """The last 2,000 requests, oldest first."""
        return [asdict(entry) for entry in self._log]

    def forget(self, *what: str) -> None:
        """Undoes what tests did to quotas, failures, requests, articles, tokens, identity or clock; else all."""
        undo: dict[str, Callable[[], None]] = {
            "quotas": self.quotas.reset,
            "failures": self.failures.reset,
            "requests": self._log.clear,
            "mail": self.mailbox.clear,
            "articles": self._extra.clear,
            "tokens": self.tokens.clear,
            "identity": self.identity.reset,
            "clock": lambda: self.clock.set(self.opened_at),
        }
        for name in what or undo:
            undo[name]()

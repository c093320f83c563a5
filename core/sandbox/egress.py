"""The newsroom without a server: the client of everything outward, answered inside of the process.

Whoever polls with it goes through the same redirects, conditions and parsers as with the real one, and no packet leaves
the machine.
"""

import gzip
import ssl
from collections.abc import Callable
from typing import Final, Self

import httpx

from core.infra.http import Egress, EgressResponse, Guard, Hop, Target
from core.infra.http.client import OutgoingRequest
from core.sandbox import routes
from core.sandbox.clock import NewsroomClock
from core.sandbox.feeds import service as feeds
from core.sandbox.http import Reply, Request, text_reply
from core.sandbox.newsroom import Newsroom

ORIGIN: Final = "https://newsroom.example"
"""Where the frozen newsroom is for everybody: the same address, so the same links, on every instance."""

Answer = Callable[[Request], Reply]


class SandboxEgress(Egress):
    """Answers for the newsroom at `ORIGIN`; there is nothing at any other address (404)."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(
            user_agent="Tidings sandbox",
            guard=Guard(trusted_origins=(ORIGIN,)),
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # nothing is connected to; the default one takes 20 ms
        )
        self._answer = answer

    @classmethod
    def whole(cls, clock: NewsroomClock) -> Self:
        """The whole newsroom, by a clock of its own: for who fills the newsroom of test keys."""
        newsroom = Newsroom(clock)
        return cls(lambda request: routes.answer(newsroom, request))

    @classmethod
    def of_feeds(cls) -> Self:
        """The feeds alone, frozen: what a test key's subscription reads. Anybody can name any address here."""
        newsroom = Newsroom()
        return cls(lambda request: feeds.answer(newsroom, request) or text_reply("There is no such feed.\n", 404))

    async def _exchange(self, request: OutgoingRequest, target: Target, hops: tuple[Hop, ...]) -> EgressResponse:
        path, _, query = target.resource.partition("?")
        inside = Request(request.method, path, query, request.headers, request.content or b"", ORIGIN)
        found = self._answer(inside) if target.origin == ORIGIN else text_reply("There is nothing here.\n", 404)
        headers = httpx.Headers({"Content-Type": found.content_type, **found.headers})
        body = gzip.decompress(found.body) if headers.get("content-encoding") == "gzip" else found.body
        return EgressResponse(found.status, headers, body, target.url, hops, len(found.body))

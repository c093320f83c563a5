"""Access tokens of Reddit (https://github.com/reddit-archive/reddit/wiki/OAuth2)."""

import asyncio
import base64
import time
from collections.abc import Callable
from typing import Final, Protocol

from core.upstreams.answers import ApiPoll
from core.upstreams.types import UpstreamError

# a token is renewed this long before it ends, so that it does not end between the check and the request
RENEW_AHEAD_S: Final = 60.0


class RedditTokens(Protocol):
    """Where a client has its tokens from: the application's own, or those that a person granted."""

    async def current(self, poll: ApiPoll) -> str:
        """A token that is good now; raises UpstreamError when there is none to be had."""
        ...

    def refused(self) -> None:
        """Reddit did not take the last one: the next must be another."""
        ...


class ApplicationTokens:
    """Tokens of the application itself, by its client credentials (RFC 6749 §4.4). Held for the process."""

    def __init__(
        self,
        *,
        auth_url: str,
        client_id: str,
        client_secret: str,
        user_agent: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._auth_url = auth_url
        self._credential = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode("ascii")
        self._user_agent = user_agent
        self._monotonic = monotonic
        self._token: str | None = None
        self._token_ends = 0.0
        self._lock = asyncio.Lock()

    async def current(self, poll: ApiPoll) -> str:
        async with self._lock:
            if self._token is None or self._monotonic() >= self._token_ends:
                self._token, lifetime_s = await self._new_token(poll)
                self._token_ends = self._monotonic() + lifetime_s - RENEW_AHEAD_S
            return self._token

    def refused(self) -> None:
        self._token = None

    async def _new_token(self, poll: ApiPoll) -> tuple[str, float]:
        response = await poll.send(
            "POST",
            f"{self._auth_url}/api/v1/access_token",
            headers={
                "Authorization": f"Basic {self._credential}",
                "Content-Type": "application/x-www-form-urlencoded",
                "User-Agent": self._user_agent,
            },
            content=b"grant_type=client_credentials",
        )
        answer = poll.json(response)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise UpstreamError("Reddit gave no access token; check the application's id and secret.")
        lifetime = answer.get("expires_in")
        return token, float(lifetime) if isinstance(lifetime, int | float) else 3600.0

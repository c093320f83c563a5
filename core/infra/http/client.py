"""The one client for everything outward: feeds, APIs, webhooks, images, OAuth.

It stands on httpcore, httpx's transport, without httpx's client on top: no cookie jar, no proxies from the environment,
no automatic decoding, no second reading of the URL. What safety demands of it is in the modules beside this one: guard
(addresses), backend (pinning), decode (bodies), politeness (hosts).
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, Self
from urllib.parse import urljoin

import httpcore
import httpx

from core.infra.http.backend import PinnedBackend
from core.infra.http.decode import BodyReader
from core.infra.http.errors import BodyTooLarge, EgressError, EgressFailed, EgressTimeout
from core.infra.http.guard import Guard, Resolver, Target, system_resolver
from core.infra.http.politeness import HostGate
from core.settings import Settings

CONNECT_TIMEOUT_S: Final = 3.0
READ_TIMEOUT_S: Final = 10.0
DEFAULT_DEADLINE_S: Final = 30.0
DEFAULT_MAX_BYTES: Final = 15 * 2**20
MAX_HEADER_BYTES: Final = 64 * 1024
_MAX_ERROR_BODY_BYTES: Final = 64 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# what may follow a redirect to another origin; everything else could be a credential
_HARMLESS_HEADERS: Final = frozenset(
    {"accept", "accept-encoding", "accept-language", "if-modified-since", "if-none-match", "user-agent"}
)


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect: `url` answered `status` and pointed to `location` (absolute)."""

    status: int
    url: str
    location: str


@dataclass(frozen=True, slots=True)
class EgressResponse:
    """An answer. `body` is decoded; of anything but 2xx only its first 64 KiB. `url` is where it came from in the end.

    `bytes_read` counts the body's bytes on the wire.
    """

    status: int
    headers: httpx.Headers
    body: bytes
    url: str
    hops: tuple[Hop, ...]
    bytes_read: int


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """One request as it is sent, whatever redirects it follows. Names of headers are in lower case."""

    method: str
    headers: dict[str, str]
    content: bytes | None
    max_bytes: int


class Egress:
    """Sends requests to the outside. One for each event loop; close it with `aclose` or `async with`.

    `before` is awaited before each: what the outside has seen, nobody takes back.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        guard: Guard,
        gate: HostGate | None = None,
        max_bytes: int = DEFAULT_MAX_BYTES,
        deadline_s: float = DEFAULT_DEADLINE_S,
        ssl_context: ssl.SSLContext | None = None,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._guard = guard
        self._gate = gate or HostGate()
        self._max_bytes = max_bytes
        self._deadline_s = deadline_s
        self._before = before
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context or httpx.create_ssl_context(trust_env=False),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=15.0,
            network_backend=PinnedBackend(guard),
        )

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        resolver: Resolver = system_resolver,
        gate: HostGate | None = None,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> Self:
        """The client that an operator's settings describe; the sandbox newsroom's origin is trusted."""
        trusted = (settings.sandbox_url,) if settings.sandbox_url else ()
        return cls(
            user_agent=settings.user_agent,
            guard=Guard(allowed_networks=settings.egress_allow, trusted_origins=trusted, resolver=resolver),
            gate=gate,
            max_bytes=settings.fetch_max_bytes,
            deadline_s=settings.fetch_timeout_seconds,
            before=before,
        )

    async def check(self, url: str) -> str:
        """The canonical spelling of an address that may be fetched; raises UrlRefused, or EgressFailed without DNS."""
        return (await self._guard.check(url)).url

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int | None = None,
        deadline_s: float | None = None,
        redirects: int = 5,
    ) -> EgressResponse:
        """Fetches `url`, following at most `redirects` redirects, within `deadline_s` seconds for all of it.

        With `redirects=0` a redirect is an answer like any other. Raises the errors of `core.infra.http.errors`.
        """
        return await self.request(
            "GET", url, headers=headers, max_bytes=max_bytes, deadline_s=deadline_s, redirects=redirects
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        max_bytes: int | None = None,
        deadline_s: float | None = None,
        redirects: int = 0,
    ) -> EgressResponse:
        """As `get`, for any method. Redirects are followed for GET only: another method must not be repeated."""
        own = {"accept": "*/*", "user-agent": self._user_agent}
        named = {name.lower(): value for name, value in (headers or {}).items()}
        request = OutgoingRequest(
            method, {**own, **named, "accept-encoding": "gzip"}, content, max_bytes or self._max_bytes
        )
        deadline = deadline_s or self._deadline_s
        target = self._guard.screen(url)
        if self._before is not None:
            await self._before()
        try:
            async with asyncio.timeout(deadline):
                return await self._follow(request, target, redirects if method == "GET" else 0)
        except TimeoutError:
            raise EgressTimeout(f"{target.host} did not answer completely within {deadline:g} s.") from None

    async def _follow(self, request: OutgoingRequest, target: Target, redirects: int) -> EgressResponse:
        hops: list[Hop] = []
        while True:
            response = await self._exchange(request, target, tuple(hops))
            location = response.headers.get("location")
            if redirects == 0 or response.status not in _REDIRECTS or not location:
                return response
            if len(hops) == redirects:
                raise EgressFailed(f"{target.host} redirects more than {redirects} times.")
            following = self._guard.screen(urljoin(target.url, location))
            hops.append(Hop(response.status, target.url, following.url))
            if following.origin != target.origin:
                kept = {name: value for name, value in request.headers.items() if name in _HARMLESS_HEADERS}
                request = replace(request, headers=kept)
            target = following

    async def _exchange(self, request: OutgoingRequest, target: Target, hops: tuple[Hop, ...]) -> EgressResponse:
        """One request and its answer, in the host's turn."""
        async with self._gate.turn(target.host, spaced=not self._guard.trusts(target)):
            with _translated(target.host):
                async with self._pool.stream(
                    request.method,
                    httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.resource),
                    headers=[("host", target.authority), *request.headers.items()],
                    content=request.content,
                    extensions={
                        "timeout": {"connect": CONNECT_TIMEOUT_S, "read": READ_TIMEOUT_S, "write": READ_TIMEOUT_S}
                    },
                ) as response:
                    headers = _headers(response, target.host)
                    body, wire_bytes = await _body(response, headers, request.max_bytes)
        return EgressResponse(response.status, headers, body, target.url, hops, wire_bytes)

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._pool.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def _headers(response: httpcore.Response, host: str) -> httpx.Headers:
    if sum(len(name) + len(value) for name, value in response.headers) > MAX_HEADER_BYTES:
        raise EgressFailed(f"{host} answers with more than {MAX_HEADER_BYTES:,} bytes of headers.")
    return httpx.Headers(response.headers)


async def _body(response: httpcore.Response, headers: httpx.Headers, max_bytes: int) -> tuple[bytes, int]:
    """Decoded body and bytes on the wire. The body of an error must not hide its status: it is cut, never refused."""
    if response.status in _REDIRECTS or response.status in {204, 304}:
        return b"", 0
    encoding = headers.get("content-encoding", "")
    if 200 <= response.status < 300:
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > max_bytes:
            raise BodyTooLarge(f"The document is larger than {max_bytes:,} bytes.")
        reader = BodyReader(encoding, max_bytes=max_bytes)
        return await reader.read(response.aiter_stream()), reader.wire_bytes
    try:
        reader = BodyReader(encoding, max_bytes=_MAX_ERROR_BODY_BYTES)
    except EgressFailed:
        return b"", 0
    try:
        return await reader.read(response.aiter_stream()), reader.wire_bytes
    except EgressError:
        return reader.so_far(), reader.wire_bytes


@contextmanager
def _translated(host: str) -> Iterator[None]:
    """httpcore's errors in our words; what they carry (addresses, TLS internals) stays in the cause."""
    try:
        yield
    except httpcore.ConnectTimeout as error:
        raise EgressTimeout(f"{host} did not accept a connection within {CONNECT_TIMEOUT_S:g} s.") from error
    except httpcore.TimeoutException as error:
        raise EgressTimeout(f"{host} sent nothing for {READ_TIMEOUT_S:g} s.") from error
    except httpcore.ConnectError as error:
        what = "has no valid certificate" if "CERTIFICATE" in str(error) else "does not accept connections"
        raise EgressFailed(f"{host} {what}.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise EgressFailed(f"{host} broke the connection or does not speak HTTP.") from error

"""The socket side of the guard: connects to the addresses that were checked, and to no other.

httpcore keeps the name for the Host header and for TLS (SNI and certificate), so pinning changes nothing that the
server or the certificate check can see.
"""

import asyncio
from collections.abc import Iterable

import httpcore

from core.infra.http.addresses import Address
from core.infra.http.guard import Guard

# after this many dead addresses of one name the name is dead
_MAX_ATTEMPTS = 4


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Resolves through the guard, then dials what the guard returned."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connects within `timeout` seconds, name resolution included; raises UrlRefused, EgressFailed, httpcore's."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._guard.resolve(host.strip("[]"), port)
                return await self._dial(addresses[:_MAX_ATTEMPTS], port, within_s=timeout)
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"no connection within {timeout} s") from None

    async def _dial(
        self, addresses: tuple[Address, ...], port: int, *, within_s: float | None
    ) -> httpcore.AsyncNetworkStream:
        patience = None if within_s is None else within_s / len(addresses)
        for address in addresses[:-1]:
            try:
                return await self._sockets.connect_tcp(str(address), port, patience)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._sockets.connect_tcp(str(addresses[-1]), port, patience)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: no URL leads to a socket of this machine."""
        raise httpcore.UnsupportedProtocol("unix sockets are not fetched from")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

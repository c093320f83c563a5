"""Where a Redis is and how one is let in, read from its URL."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from redis.connection import parse_url

AnyProtocol = TypeVar("AnyProtocol", bound=asyncio.Protocol)

DEFAULT_PORT: Final = 6379
_OPTIONS: Final = frozenset({
    "connection_class", "db", "host", "password", "path", "port", "socket_timeout", "ssl_ca_certs", "ssl_cert_reqs",
    "ssl_certfile", "ssl_check_hostname", "ssl_keyfile", "username",
})  # fmt: skip
_CERTIFICATE_REQUIREMENTS: Final = {
    "none": ssl.CERT_NONE,
    "optional": ssl.CERT_OPTIONAL,
    "required": ssl.CERT_REQUIRED,
}


@dataclass(frozen=True, slots=True)
class Address:
    """`redis://`, `rediss://` or `unix://`, in the form that redis-py defines.

    `handshake` are the commands that a new connection sends before anybody's own.
    """

    host: str
    port: int
    path: str | None
    tls: ssl.SSLContext | None
    handshake: tuple[tuple[str, ...], ...]
    timeout_s: float | None

    async def open(self, protocol: Callable[[], AnyProtocol]) -> AnyProtocol:
        """A connected protocol; raises `OSError`."""
        loop = asyncio.get_running_loop()
        if self.path is not None:
            return (await loop.create_unix_connection(protocol, self.path))[1]
        return (await loop.create_connection(protocol, self.host, self.port, ssl=self.tls))[1]

    def __str__(self) -> str:
        """For people and logs: no credential."""
        return self.path if self.path is not None else f"{self.host}:{self.port}"


def parse(url: str) -> Address:
    """Raises `ValueError` for another scheme, or an option that would silently do nothing."""
    options: Mapping[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
    unknown = sorted(options.keys() - _OPTIONS)
    if unknown:
        raise ValueError(f"the Redis URL has an unknown option: {unknown[0]}")
    return Address(
        host=options.get("host", "localhost"),
        port=options.get("port", DEFAULT_PORT),
        path=options.get("path"),
        tls=_tls(options) if url.startswith("rediss://") else None,
        handshake=tuple(_handshake(options)),
        timeout_s=options.get("socket_timeout"),
    )


def _handshake(options: Mapping[str, Any]) -> list[tuple[str, ...]]:
    commands: list[tuple[str, ...]] = []
    if password := options.get("password"):
        username = options.get("username")
        commands.append(("AUTH", username, password) if username else ("AUTH", password))
    if database := options.get("db"):
        commands.append(("SELECT", str(database)))
    commands.append(("PING",))  # a server that takes no more clients, or is none of ours, shows it here
    return commands


def _tls(options: Mapping[str, Any]) -> ssl.SSLContext:
    requirement = _CERTIFICATE_REQUIREMENTS.get(str(options.get("ssl_cert_reqs", "required")))
    if requirement is None:
        raise ValueError("ssl_cert_reqs of the Redis URL is none, optional or required")
    context = ssl.create_default_context(cafile=options.get("ssl_ca_certs"))
    context.check_hostname = requirement is not ssl.CERT_NONE and options.get("ssl_check_hostname", True)
    context.verify_mode = requirement
    if certificate := options.get("ssl_certfile"):
        context.load_cert_chain(certificate, options.get("ssl_keyfile"))
    return context

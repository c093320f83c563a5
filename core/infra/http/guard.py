"""Which addresses Tidings connects to (safety: server-side request forgery).

Two looks, both needed: `screen` judges the URL as written, before anything is sent; `resolve` judges every answer of
the resolver at the moment of connecting and hands exactly those addresses to the socket, so that a name cannot change
its answer in between (DNS rebinding).
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

import idna

from core.infra.http.addresses import Address, Network, parse_address, special_range, within
from core.infra.http.errors import EgressFailed, UrlRefused

MAX_URL_CHARACTERS: Final = 2048
PORTS: Final = frozenset({80, 443, 8080, 8443})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_AUTHORITY: Final = re.compile(r"(?:\[(?P<v6>[^\[\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]{0,5}))?")
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# WHATWG URL, "ends in a number": such a host is an IPv4 address to getaddrinfo, however odd its spelling
_NUMERIC_LABEL: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_ILLEGAL: Final = re.compile(r"[\x00-\x1f\x7f\\]")
_KEPT_IN_PATH: Final = "!$%&'()*+,/:;=?@[]~"

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that passed the first look, in one canonical spelling. `host` is ASCII; IPv6 stands without brackets."""

    scheme: str
    host: str
    port: int
    resource: str
    """Path and query, percent-encoded: the request target."""

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them: no default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        return self.origin + self.resource


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """Every address that the system's resolver gives for `host`, in its order (RFC 6724)."""
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(answer[4][0]) for answer in answers]


class Guard:
    """The rules: http(s), no credentials in the URL, ports 80, 443, 8080 and 8443, public addresses only.

    `allowed_networks` are the operator's exceptions (any port); `trusted_origins` are exact origins of our own, such as
    the sandbox newsroom's.
    """

    def __init__(
        self,
        *,
        allowed_networks: Iterable[Network] = (),
        trusted_origins: Iterable[str] = (),
        resolver: Resolver = system_resolver,
    ) -> None:
        self._allowed = tuple(allowed_networks)
        trusted = [parse_target(origin) for origin in trusted_origins]
        self._trusted_origins = frozenset(target.origin for target in trusted)
        self._trusted_endpoints = frozenset((target.host, target.port) for target in trusted)
        self._resolver = resolver

    def trusts(self, target: Target) -> bool:
        """Whether `target` lies at one of our own origins."""
        return target.origin in self._trusted_origins

    def screen(self, url: str) -> Target:
        """The canonical target of `url`; raises UrlRefused for everything that can be judged without asking DNS."""
        target = parse_target(url)
        if self.trusts(target):
            return target
        if (target.host, target.port) in self._trusted_endpoints:
            raise UrlRefused("scheme", f"{target.host} is not reached by {target.scheme} on that port.")
        address = parse_address(target.host)
        if address is not None:
            self._judge(target.host, target.port, address)
        elif target.port not in PORTS and not self._allowed:
            raise _port_refused(target.port)
        return target

    async def check(self, url: str) -> Target:
        """Both looks at once, for an address that somebody hands in; raises UrlRefused or EgressFailed."""
        target = self.screen(url)
        await self.resolve(target.host, target.port)
        return target

    async def resolve(self, host: str, port: int) -> tuple[Address, ...]:
        """The addresses to connect to. One forbidden answer refuses the name: which is taken is not left to luck."""
        literal = parse_address(host)
        addresses = (literal,) if literal is not None else await self._ask(host, port)
        if (host, port) not in self._trusted_endpoints:
            for address in addresses:
                self._judge(host, port, address)
        return addresses

    async def _ask(self, host: str, port: int) -> tuple[Address, ...]:
        try:
            answers = await self._resolver(host, port)
        except (socket.gaierror, UnicodeError):
            raise EgressFailed(f"The name {host} does not resolve.") from None
        addresses = []
        for answer in dict.fromkeys(answers):
            address = parse_address(answer)
            if address is None:
                raise EgressFailed(f"The name {host} resolves to something that is not an address.")
            addresses.append(address)
        if not addresses:
            raise EgressFailed(f"The name {host} does not resolve.")
        return tuple(addresses)

    def _judge(self, host: str, port: int, address: Address) -> None:
        if within(address, self._allowed):
            return
        meaning = special_range(address)
        if meaning is not None:
            raise UrlRefused(
                "private_address",
                f"{host} lies in a range that is not public ({meaning}). "
                "An operator can allow a network with TIDINGS_EGRESS_ALLOW.",
            )
        if port not in PORTS:
            raise _port_refused(port)


def parse_target(url: str) -> Target:
    """One reading of a URL, the strictest: what browsers, libc and libraries disagree about is refused."""
    url = url.strip(" ")
    if len(url) > MAX_URL_CHARACTERS:
        raise UrlRefused("syntax", f"The address is longer than {MAX_URL_CHARACTERS} characters.")
    if _ILLEGAL.search(url):
        raise UrlRefused("syntax", "The address holds a backslash or a control character.")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise UrlRefused("syntax", "The address is not a URL.") from None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise UrlRefused("scheme", "Only http and https addresses are fetched.")
    if "@" in parts.netloc:
        raise UrlRefused("userinfo", "The address holds a user name or password.")
    authority = _AUTHORITY.fullmatch(parts.netloc)
    if authority is None:
        raise UrlRefused("host", "The host of the address is not valid.")
    host = _ipv6_host(authority["v6"]) if authority["v6"] is not None else _named_host(authority["name"])
    port = int(authority["port"]) if authority["port"] else _DEFAULT_PORTS[scheme]
    if not 1 <= port <= 65535:
        raise UrlRefused("port", "The port of the address is not valid.")
    resource = quote(parts.path or "/", safe=_KEPT_IN_PATH)
    if parts.query:
        resource += "?" + quote(parts.query, safe=_KEPT_IN_PATH)
    return Target(scheme, host, port, resource)


def _ipv6_host(text: str) -> str:
    address = parse_address(text) if ":" in text and "%" not in text else None
    if address is None:
        raise UrlRefused("host", "The IPv6 address in the URL is not valid.")
    return str(address)


def _named_host(text: str) -> str:
    """A host name in ASCII without its trailing dot, or a canonical IPv4 address."""
    if "%" in text:
        raise UrlRefused("host", "The host of the address is percent-encoded.")
    host = text.lower()
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise UrlRefused("host", "The host of the address is not a valid international domain name.") from None
    host = host.removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlRefused("host", "The host of the address is not valid.")
    if _NUMERIC_LABEL.fullmatch(labels[-1]) and parse_address(host) is None:
        raise UrlRefused("host", "An IPv4 address is written as four decimal numbers.")
    return host


def _port_refused(port: int) -> UrlRefused:
    allowed = ", ".join(str(number) for number in sorted(PORTS))
    return UrlRefused("port", f"Port {port} is not fetched from; allowed are {allowed}.")

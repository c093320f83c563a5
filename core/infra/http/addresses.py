"""Which IP addresses are the public internet. `ipaddress.is_global` is not the answer: it is true for NAT64, 6to4,
multicast and `::127.0.0.1`, each of which reaches a private machine from somewhere.

Sources: the IANA special-purpose address registries (RFC 6890 and its updates), RFC 4291 (IPv6), RFC 6052 (NAT64).
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SPECIAL_V4: Final[dict[str, str]] = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "a private network",
    "100.64.0.0/10": "carrier-grade NAT",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "a cloud's metadata service",
    "169.254.0.0/16": "link-local addresses, metadata services among them",
    "172.16.0.0/12": "a private network",
    "192.0.0.0/24": "protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "6to4 relays",
    "192.168.0.0/16": "a private network",
    "198.18.0.0/15": "benchmarks",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved addresses, broadcast among them",
}
_SPECIAL_V6: Final[dict[str, str]] = {
    "::1/128": "loopback",
    "::ffff:0:0/96": "IPv4-mapped addresses",
    "::/96": "IPv4-compatible addresses",
    "64:ff9b::/96": "NAT64",
    "64:ff9b:1::/48": "local NAT64",
    "100::/64": "the discard prefix",
    "2001::/32": "Teredo",
    "2001:db8::/32": "documentation",
    "2001::/23": "protocol assignments",
    "2002::/16": "6to4",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "a private network",
    "fe80::/10": "link-local addresses",
    "fec0::/10": "site-local addresses",
    "ff00::/8": "multicast",
}
_RANGES_V4: Final = tuple((IPv4Network(text), meaning) for text, meaning in _SPECIAL_V4.items())
_RANGES_V6: Final = tuple((IPv6Network(text), meaning) for text, meaning in _SPECIAL_V6.items())
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_ISATAP_INTERFACES: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})


def special_range(address: Address) -> str | None:
    """What `address` is reserved for, in a few words, or None when it is a public unicast address."""
    if isinstance(address, IPv4Address):
        return next((meaning for network, meaning in _RANGES_V4 if address in network), None)
    for network, meaning in _RANGES_V6:
        if address in network:
            return meaning
    if address not in _GLOBAL_UNICAST:
        return "addresses outside global unicast"
    # RFC 5214: the lower half carries an IPv4 address to which an ISATAP router would tunnel
    return "ISATAP" if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP_INTERFACES else None


def within(address: Address, networks: tuple[Network, ...]) -> bool:
    """Whether one of `networks` holds `address`."""
    return any(address.version == network.version and address in network for network in networks)


def parse_address(text: str) -> Address | None:
    """The address that `text` spells canonically (an IPv6 scope is not kept), or None."""
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def parse_network(text: str) -> Network:
    """A network in CIDR form; raises ValueError."""
    return ip_network(text)

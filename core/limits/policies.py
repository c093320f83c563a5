"""Which budgets a call draws on."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final, NamedTuple

from core.kit.principal import Principal
from core.settings import Settings

MINUTE_S: Final = 60
HOUR_S: Final = 3600
_MICROSECONDS: Final = 1_000_000
_PREFIX: Final = "tidings:budget"
_IPV6_HOST_BITS: Final = 64


class Policy(NamedTuple):
    """`limit` requests in any `window_s` seconds; `key` is where Redis keeps count."""

    name: str
    key: str
    limit: int
    window_s: int

    @property
    def interval_us(self) -> int:
        """The time in which one request comes back, in microseconds."""
        return max(1, self.window_s * _MICROSECONDS // self.limit)


def policies_for(principal: Principal | None, address: str, settings: Settings) -> tuple[Policy, ...]:
    """The budgets of one call; none where nothing limits it.

    A caller with a good credential draws on its own budget and on the one that its organisation's plan gives to all of
    them together, where there are such. The address it comes from does not count: many callers may share one. The
    address pays for calls without a credential and for refused ones, so that nobody guesses keys at full speed.
    """
    if principal is None:
        limit = settings.address_requests_per_minute
        return (_address_policy(address, limit),) if limit else ()
    own, shared = principal.requests_per_hour, principal.organization_requests_per_hour
    if not shared:
        return (_key_policy(principal.principal_id.hex, own),) if own else ()
    of_organization = _organization_policy(principal.organization_id.hex, shared)
    return (_key_policy(principal.principal_id.hex, own), of_organization) if own else (of_organization,)


@lru_cache(maxsize=10_000)
def _key_policy(principal_id: str, limit: int) -> Policy:
    return Policy("key", f"{_PREFIX}:key:{principal_id}", limit, HOUR_S)


@lru_cache(maxsize=10_000)
def _organization_policy(organization_id: str, limit: int) -> Policy:
    return Policy("organization", f"{_PREFIX}:organization:{organization_id}", limit, HOUR_S)


@lru_cache(maxsize=10_000)
def _address_policy(address: str, limit: int) -> Policy:
    return Policy("address", f"{_PREFIX}:address:{_network(address)}", limit, MINUTE_S)


def _network(address: str) -> str:
    """An IPv6 host has 2**64 addresses to itself, so its network counts; what is no address counts as it is."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(IPv6Address(int(ip) >> _IPV6_HOST_BITS << _IPV6_HOST_BITS))
    return str(ip)

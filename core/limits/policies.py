"""Which budgets a call draws on."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final, NamedTuple

from core.contract.ports import AddressLimit, Call
from core.kit.principal import Principal
from core.settings import Settings

MINUTE_S: Final = 60
HOUR_S: Final = 3600
_MICROSECONDS: Final = 1_000_000
_PREFIX: Final = "tidings:budget"
_IPV6_HOST_BITS: Final = 64


class Policy(NamedTuple):
    """`limit` requests in any `window_s` seconds; `key` is where Redis keeps count.

    A `strict` one lets nobody pass while Redis is away: it stands between somebody who guesses and a password.
    """

    name: str
    key: str
    limit: int
    window_s: int
    strict: bool = False

    @property
    def interval_us(self) -> int:
        """The time in which one request comes back, in microseconds."""
        return max(1, self.window_s * _MICROSECONDS // self.limit)


def policies_for(call: Call, settings: Settings) -> tuple[Policy, ...]:
    """The budgets of one call; none where nothing limits it.

    Where the document limits an operation for each address, that budget comes first, whoever asks. Beside it, a caller
    with a good credential draws on its own budget and on the one that its organisation's plan gives to all of them
    together, where there are such; the address does not count then, for many callers may share one. It pays for calls
    without a credential and for refused ones, so that nobody guesses keys at full speed.
    """
    if call.address_limit is None:
        return _of_caller(call.principal, call.address, settings)
    attempts = _attempts_policy(call.address, call.address_limit, settings.login_attempts_per_minute)
    return (*attempts, *_of_caller(call.principal, call.address, settings))


def _of_caller(principal: Principal | None, address: str, settings: Settings) -> tuple[Policy, ...]:
    if principal is None:
        limit = settings.address_requests_per_minute
        return (_address_policy(address, limit),) if limit else ()
    own, shared = principal.requests_per_hour, principal.organization_requests_per_hour
    if not shared:
        return (_own_policy(principal.kind, principal.principal_id.hex, own),) if own else ()
    of_organization = _organization_policy(principal.organization_id.hex, shared)
    if not own:
        return (of_organization,)
    return _own_policy(principal.kind, principal.principal_id.hex, own), of_organization


@lru_cache(maxsize=10_000)
def _own_policy(kind: str, principal_id: str, limit: int) -> Policy:
    return Policy("user" if kind == "user" else "key", f"{_PREFIX}:key:{principal_id}", limit, HOUR_S)


@lru_cache(maxsize=10_000)
def _organization_policy(organization_id: str, limit: int) -> Policy:
    return Policy("organization", f"{_PREFIX}:organization:{organization_id}", limit, HOUR_S)


@lru_cache(maxsize=10_000)
def _attempts_policy(address: str, stated: AddressLimit, override_per_minute: int | None) -> tuple[Policy, ...]:
    """What the document states, unless the operator says otherwise; none for 0."""
    limit = stated.limit if override_per_minute is None else override_per_minute * stated.window_s // MINUTE_S
    key = f"{_PREFIX}:{stated.name}:{_network(address)}"
    return (Policy(stated.name, key, limit, stated.window_s, strict=True),) if limit else ()


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

"""Authentication, resolved by Connexion from the document's `security` and carried out by our authenticator.

Connexion decides which requirement applies to which operation (`SecurityAPI`, `security_map`); the only scheme it finds
here is `bearer`. So both stacks, the fused one and the stock one beneath it, ask the same function.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from core.contract.exchange import KEY, Exchange
from core.contract.ports import Authenticator
from core.errors import InsufficientScope, OrganizationSuspended, Unauthenticated
from core.kit.principal import Rehearsal

Verify = Callable[[Any], Awaitable[None]]
"""Connexion's compiled check of one operation; raises `Unauthenticated` or `InsufficientScope`."""

_CHALLENGE = 'Bearer realm="tidings"'
_NO_CREDENTIAL = "Send an API key or an access token as `Authorization: Bearer …`."
_BAD_HEADER = "The Authorization header must be the word Bearer, one space and one credential."
_TOKEN_INFO: Mapping[str, Any] = {"sub": None}  # Connexion looks for an identity in it; ours is on the exchange


class _Request(Protocol):
    """What Connexion hands to a security function: its own request, or our exchange."""

    @property
    def scope(self) -> Any: ...


class BearerSecurity:
    """Makes the check for one operation; what `security_map` wants under `bearer`."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    def __call__(self) -> BearerSecurity:
        """Connexion instantiates the classes of a `security_map`; this one is ready."""
        return self

    def get_fn(self, scheme: Mapping[str, Any], required_scopes: list[str]) -> Callable[[_Request], Awaitable[Any]]:
        """The check for operations that need these scopes."""
        required = frozenset(required_scopes)
        unknown = required - frozenset(scheme.get("x-scopes", required))
        personal = required.intersection(scheme.get("x-person-scopes", ()))
        if unknown:
            raise ValueError(f"scopes that the security scheme does not describe: {', '.join(sorted(unknown))}")
        authenticator = self._authenticator

        async def verify(request: _Request) -> Mapping[str, Any]:
            exchange: Exchange = request.scope[KEY]
            principal = await authenticator.authenticate(bearer_token(exchange.headers.get(b"authorization")))
            exchange.principal = principal
            if principal.rehearsal is not None:
                _rehearse(exchange, principal.rehearsal)
            if not required <= principal.scopes:
                people_only = personal if principal.kind == "api_key" else frozenset[str]()
                raise insufficient_scope(required, principal.scopes, people_only=people_only)
            return _TOKEN_INFO

        return verify

    def get_optional_fn(self) -> Verify:
        """The check for operations that need no credential (`security: []`): a bad one is refused there too.

        A good one is laid aside, and the request goes on as anybody's; that of a suspended organisation is good enough.
        """
        authenticator = self._authenticator

        async def verify(request: _Request) -> None:
            exchange: Exchange = request.scope[KEY]
            header = exchange.headers.pop(b"authorization", None)
            if header is not None:
                with suppress(OrganizationSuspended):
                    principal = await authenticator.authenticate(bearer_token(header))
                    if principal.rehearsal is not None:
                        exchange.principal = principal
                        _rehearse(exchange, principal.rehearsal)
                        exchange.principal = None

        return verify


def _rehearse(exchange: Exchange, rehearsal: Rehearsal) -> None:
    """Raises `VersionSunset` where the request is for a version that ends."""
    if exchange.version is not None:
        exchange.version.refuse_in_rehearsal(rehearsal, exchange.method, exchange.template)


def bearer_token(header: bytes | None) -> str:
    """The token of an Authorization header (RFC 6750 §2.1). Raises `Unauthenticated`."""
    if header is None:
        raise Unauthenticated(_NO_CREDENTIAL, headers={"WWW-Authenticate": _CHALLENGE})
    scheme, _, token = header.partition(b" ")
    if scheme.lower() != b"bearer" or not token or not token.isascii() or b" " in token or b"," in token:
        raise invalid_token(_BAD_HEADER)
    return token.decode("ascii")


def invalid_token(detail: str | None) -> Unauthenticated:
    """401 for a credential that was sent and is not good."""
    return Unauthenticated(detail, headers={"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'})


def insufficient_scope(
    required: frozenset[str], granted: frozenset[str], *, people_only: frozenset[str] = frozenset()
) -> InsufficientScope:
    """403 that names what is missing (RFC 6750 §3.1), and says of a scope that no key can have who has it."""
    missing = ", ".join(sorted(required - granted))
    detail = f"The credential lacks the scope {missing}."
    if people_only:
        detail += " No key can have it: this takes the access token of a person."
    challenge = f'{_CHALLENGE}, error="insufficient_scope", scope="{" ".join(sorted(required))}"'
    return InsufficientScope(detail, headers={"WWW-Authenticate": challenge})


def with_challenge(refusal: Unauthenticated) -> Unauthenticated:
    """The refusal with a WWW-Authenticate header: every 401 has one (RFC 9110 §11.6.1)."""
    refusal.headers.setdefault("WWW-Authenticate", f'{_CHALLENGE}, error="invalid_token"')
    return refusal

"""What the identity server remembers: codes, tokens, and how it was told to misbehave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from secrets import token_hex
from typing import Any, Final, Literal, get_args

from cryptography.hazmat.primitives.asymmetric import rsa

from core.sandbox.identity.people import Person, person_named

Provider = Literal["google", "github", "reddit"]
Misbehaviour = Literal[
    "wrong_state",  # the redirect carries another state than it was given
    "wrong_issuer_parameter",  # the redirect's `iss` (RFC 9207) names somebody else
    "no_issuer_parameter",  # it is missing although the discovery document promises it
    "replayed_code",  # the redirect carries a code that was used before
    "denied",  # the person declines: error=access_denied
    "wrong_nonce",  # from here on: what the id_token says or how it is signed
    "wrong_issuer",
    "wrong_audience",
    "wrong_party",
    "expired_token",
    "future_token",
    "bad_signature",
    "unknown_key",
    "unsigned",
    "symmetric",
    "no_id_token",
    "unverified_email",
    "no_email",
    "refresh_revoked",  # Reddit: every refresh token has been withdrawn
    "refresh_rotated",  # Reddit: a refresh gives a new refresh token and ends the old one
    "not_json",  # the token endpoint answers with a page
]
CODE_LIFETIME: Final = timedelta(minutes=10)
ACCESS_LIFETIME: Final = timedelta(hours=1)
REDDIT_ACCESS_LIFETIME: Final = timedelta(hours=24)
_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Grant:
    """What stands behind an authorization code. `challenge` is PKCE's, by S256; None where the client sent none."""

    provider: Provider
    redirect_uri: str
    person: Person
    scope: str
    nonce: str | None
    challenge: str | None
    is_permanent: bool
    ends: datetime


@dataclass(frozen=True, slots=True)
class Access:
    """What stands behind an access or a refresh token; a refresh token never ends by itself."""

    provider: Provider
    person: Person
    scope: str
    ends: datetime | None
    code: str


class IdentityDesk:
    """The state of the identity server. All of it is forgotten by `reset`, the signing key stays."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As new: no codes, no tokens, loopback addresses as redirects, no misbehaviour."""
        self.codes: dict[str, Grant] = {}
        self.spent: dict[str, Provider] = {}
        self.access: dict[str, Access] = {}
        self.refresh: dict[str, Access] = {}
        self.redirect_uris: tuple[str, ...] | None = None
        self.chosen: Person | None = None
        self._misbehaviour: dict[tuple[Provider, Misbehaviour], int | None] = {}

    @cached_property
    def signing_key(self) -> rsa.RSAPrivateKey:
        """Made when first asked for: 60 ms that most runs of the newsroom never need."""
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def new_token(self, kind: str) -> str:
        """A token that nobody else has, of a form that shows where it comes from."""
        return f"sandbox-{kind}-{token_hex(16)}"

    def issue_code(self, grant: Grant) -> str:
        code = self.new_token("code")
        _bounded(self.codes)[code] = grant
        return code

    def redeem(self, code: str, provider: Provider, now: datetime) -> Grant | None:
        """The grant, once; a code that comes again ends the tokens that it gave (RFC 6749 §4.1.2)."""
        if code in self.spent:
            self.end(code)
            return None
        grant = self.codes.pop(code, None)
        if grant is None or grant.provider != provider or grant.ends <= now:
            return None
        _bounded(self.spent)[code] = provider
        return grant

    def end(self, code: str) -> None:
        """End every token that came of this code."""
        for tokens in (self.access, self.refresh):
            for token in [token for token, access in tokens.items() if access.code == code]:
                del tokens[token]

    def issue_access(self, access: Access) -> str:
        token = self.new_token(f"{access.provider}-access")
        _bounded(self.access)[token] = access
        return token

    def issue_refresh(self, access: Access) -> str:
        token = self.new_token(f"{access.provider}-refresh")
        _bounded(self.refresh)[token] = access
        return token

    def who(self, token: str, provider: Provider, now: datetime) -> Access | None:
        """Whose access token this is, while it is good."""
        access = self.access.get(token)
        if access is None or access.provider != provider or (access.ends is not None and access.ends <= now):
            return None
        return access

    def misbehaves(self, provider: Provider, how: Misbehaviour) -> bool:
        """Whether this answer is to be wrong in that way; counted."""
        if (provider, how) not in self._misbehaviour:
            return False
        left = self._misbehaviour[provider, how]
        if left is not None:
            if left <= 1:
                del self._misbehaviour[provider, how]
            else:
                self._misbehaviour[provider, how] = left - 1
        return True

    def misbehave(self, provider: Provider, how: Misbehaviour, times: int | None) -> None:
        """From the next answer on, `times` times; None for always."""
        if provider not in get_args(Provider) or how not in get_args(Misbehaviour):
            raise ValueError(f"{provider} cannot do {how!r}; the ways are {', '.join(get_args(Misbehaviour))}")
        self._misbehaviour[provider, how] = times

    def described(self) -> dict[str, Any]:
        """For the control endpoint; no token is in it."""
        return {
            "misbehaviour": {f"{provider}:{how}": left for (provider, how), left in self._misbehaviour.items()},
            "redirect_uris": self.redirect_uris,
            "chosen": None if self.chosen is None else self.chosen.login,
            "codes": len(self.codes),
            "access_tokens": len(self.access),
            "refresh_tokens": len(self.refresh),
        }


def _bounded(kept: dict[str, Any]) -> dict[str, Any]:
    """The same dict without its oldest entry where it is full: a newsroom for people runs for weeks."""
    if len(kept) >= _KEPT:
        del kept[next(iter(kept))]
    return kept


def commanded(desk: IdentityDesk, argument: Mapping[str, Any]) -> dict[str, Any]:
    """The control command `identity`; see `docs/sandbox.md`. Raises ValueError for what makes no sense."""
    unknown = sorted(argument.keys() - {"provider", "misbehave", "times", "redirect_uris", "person", "revoke"})
    if unknown:
        raise ValueError(f"the identity server has no {unknown[0]!r}")
    if "misbehave" in argument:
        desk.misbehave(argument["provider"], argument["misbehave"], argument.get("times"))
    if "redirect_uris" in argument:
        desk.redirect_uris = None if argument["redirect_uris"] is None else tuple(argument["redirect_uris"])
    if "person" in argument:
        desk.chosen = None if argument["person"] is None else person_named(argument["person"])
        if argument["person"] is not None and desk.chosen is None:
            raise ValueError(f"nobody is called {argument['person']!r}")
    if "revoke" in argument:
        _revoke(desk, argument["revoke"])
    return desk.described()


def _revoke(desk: IdentityDesk, login: str) -> None:
    """The person withdraws every consent: all of their tokens end."""
    for tokens in (desk.access, desk.refresh):
        for token in [token for token, access in tokens.items() if access.person.login == login]:
            del tokens[token]

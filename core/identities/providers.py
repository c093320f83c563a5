"""The three dialects: where each sends people, and how it says who came back."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from core.errors import IdentityNotTrusted, ProviderUnavailable
from core.identities import id_tokens
from core.identities.calls import RETRY_AFTER_S, Calls, text_of
from core.identities.openid import openid
from core.identities.registration import Registration, registration
from core.identities.types import Attempt, Grant, Identity, ProviderName
from core.infra.http import Egress
from core.kit.text import one_line
from core.settings import Settings

MAX_NAME_CHARACTERS: Final = 200
_MAX_EMAIL_CHARACTERS: Final = 254
_DEFAULT_LIFE_S: Final = 3600
_MAX_LIFE_S: Final = 30 * 24 * 3600


class Provider(Protocol):
    """One provider, with the instance's registration there. Raises `ProviderUnavailable` throughout."""

    async def authorization_url(self, attempt: Attempt) -> str:
        """Where to send the person."""
        ...

    async def issuer(self) -> tuple[str | None, bool]:
        """What `iss` of the redirect must be (RFC 9207), None where it must not be there; and whether it must be."""
        ...

    async def identify(self, code: str, attempt: Attempt, *, now: datetime) -> Identity:
        """Trade the code in and find out who it is. Raises `AuthorizationRefused` and `IdentityNotTrusted`."""
        ...


class Google:
    """OpenID Connect: what is to be known stands in the id_token (https://developers.google.com/identity)."""

    scope: Final = "openid email profile"

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def authorization_url(self, attempt: Attempt) -> str:
        configuration = await openid.configuration(self._calls)
        query = {**_query(self._calls, attempt, self.scope), "nonce": attempt.nonce}
        return f"{configuration.authorization_endpoint}?{urlencode(query)}"

    async def issuer(self) -> tuple[str | None, bool]:
        configuration = await openid.configuration(self._calls)
        return configuration.issuer, configuration.names_issuer

    async def identify(self, code: str, attempt: Attempt, *, now: datetime) -> Identity:
        configuration = await openid.configuration(self._calls)
        answer = await self._calls.token(configuration.token_endpoint, _form(code, attempt), basic=False)
        token = text_of(answer, "id_token")
        if token is None:
            raise IdentityNotTrusted("Google sent no id_token.")
        claims = await id_tokens.verified(
            token,
            lambda name: openid.key(self._calls, name),
            issuer=configuration.issuer,
            client_id=self._calls.registration.client_id,
            nonce=attempt.nonce,
            now=now,
        )
        email = _email(claims.get("email")) if claims.get("email_verified") in (True, "true") else None
        return _identity("google", claims["sub"], claims.get("name"), email, _scopes(answer, self.scope))


class GitHub:
    """OAuth 2.0 with an API (https://docs.github.com/rest/users)."""

    scope: Final = "read:user user:email"

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def authorization_url(self, attempt: Attempt) -> str:
        site = self._calls.registration.site
        return f"{site}/login/oauth/authorize?{urlencode(_query(self._calls, attempt, self.scope))}"

    async def issuer(self) -> tuple[str | None, bool]:
        return f"{self._calls.registration.site}/login/oauth", False

    async def identify(self, code: str, attempt: Attempt, *, now: datetime) -> Identity:
        ours = self._calls.registration
        answer = await self._calls.token(f"{ours.site}/login/oauth/access_token", _form(code, attempt), basic=False)
        token = _access_token(answer, ours)
        user = await self._calls.get(f"{ours.api}/user", token=token)
        emails = await self._calls.get(f"{ours.api}/user/emails", token=token)
        if not isinstance(user, dict) or isinstance(user.get("id"), bool) or not isinstance(user.get("id"), int):
            raise _unreadable(ours)
        return _identity(
            "github",
            str(user["id"]),
            user.get("name") or user.get("login"),
            _primary_email(emails),
            _scopes(answer, self.scope),
        )


class Reddit:
    """OAuth 2.0 for the person's own subreddits (https://github.com/reddit-archive/reddit/wiki/OAuth2)."""

    scope: Final = "identity mysubreddits read"

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def authorization_url(self, attempt: Attempt) -> str:
        query = {**_query(self._calls, attempt, self.scope), "duration": "permanent"}
        return f"{self._calls.registration.site}/api/v1/authorize?{urlencode(query)}"

    async def issuer(self) -> tuple[str | None, bool]:
        return None, False

    async def identify(self, code: str, attempt: Attempt, *, now: datetime) -> Identity:
        ours = self._calls.registration
        answer = await self._calls.token(self._token_endpoint, _form(code, attempt), basic=True)
        token, refresh_token = _access_token(answer, ours), text_of(answer, "refresh_token")
        if refresh_token is None:
            raise IdentityNotTrusted("Reddit gave no lasting access.")
        me = await self._calls.get(f"{ours.api}/api/v1/me", token=token)
        if not isinstance(me, dict) or not isinstance(me.get("name"), str):
            raise _unreadable(ours)
        grant = Grant(token, refresh_token, _life_s(answer))
        return _identity("reddit", me.get("id"), me["name"], None, _scopes(answer, self.scope), grant)

    async def refresh(self, refresh_token: str) -> Grant:
        """The next access token, and the refresh token that is good from now on. Raises `AuthorizationRefused`."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        answer = await self._calls.token(self._token_endpoint, form, basic=True)
        token = _access_token(answer, self._calls.registration)
        return Grant(token, text_of(answer, "refresh_token") or refresh_token, _life_s(answer))

    async def revoke(self, refresh_token: str) -> None:
        """End the person's consent there, as it has ended here (RFC 7009). Ending it again changes nothing."""
        form = {"token": refresh_token, "token_type_hint": "refresh_token"}
        await self._calls.tell(f"{self._calls.registration.site}/api/v1/revoke_token", form)

    @property
    def _token_endpoint(self) -> str:
        return f"{self._calls.registration.site}/api/v1/access_token"


def provider(name: ProviderName, settings: Settings, egress: Egress) -> Provider:
    """The provider as this instance is registered there. Raises `ProviderNotConfigured`."""
    return _DIALECTS[name](_calls(name, settings, egress))


def reddit(settings: Settings, egress: Egress) -> Reddit:
    """Reddit, for what only Reddit has. Raises `ProviderNotConfigured`."""
    return Reddit(_calls("reddit", settings, egress))


async def identified(at: Provider, code: str, attempt: Attempt, *, now: datetime, deadline_s: float) -> Identity:
    """`identify` with one deadline over all of its requests, in seconds: the person waits for the whole of it."""
    try:
        async with asyncio.timeout(deadline_s):
            return await at.identify(code, attempt, now=now)
    except TimeoutError:
        raise ProviderUnavailable("The provider took too long.", retry_after_s=RETRY_AFTER_S) from None


_DIALECTS: Final[Mapping[ProviderName, Callable[[Calls], Provider]]] = {
    "google": Google,
    "github": GitHub,
    "reddit": Reddit,
}


def _calls(name: ProviderName, settings: Settings, egress: Egress) -> Calls:
    ours = registration(name, settings)
    return Calls(ours, egress, user_agent=settings.user_agent, deadline_s=settings.provider_timeout_seconds)


def _query(calls: Calls, attempt: Attempt, scope: str) -> dict[str, str]:
    """RFC 6749 §4.1.1 and RFC 7636 §4.3."""
    return {
        "response_type": "code",
        "client_id": calls.registration.client_id,
        "redirect_uri": attempt.redirect_uri,
        "scope": scope,
        "state": attempt.state,
        "code_challenge": attempt.challenge,
        "code_challenge_method": "S256",
    }


def _form(code: str, attempt: Attempt) -> dict[str, str]:
    """RFC 6749 §4.1.3 and RFC 7636 §4.5."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": attempt.redirect_uri,
        "code_verifier": attempt.verifier,
    }


def _identity(
    name: ProviderName, subject: Any, title: Any, email: str | None, scopes: tuple[str, ...], grant: Grant | None = None
) -> Identity:
    if (
        not isinstance(subject, str)
        or not 0 < len(subject) <= 255
        or not subject.isascii()
        or not subject.isprintable()
    ):
        raise IdentityNotTrusted("The provider does not say who the person is.")
    shown = one_line(title, limit=MAX_NAME_CHARACTERS) if isinstance(title, str) else None
    return Identity(name, subject, shown or None, email, scopes, grant)


def _email(value: Any) -> str | None:
    is_one = isinstance(value, str) and 3 <= len(value) <= _MAX_EMAIL_CHARACTERS and "@" in value[1:-1]
    return value if is_one and value.isprintable() and " " not in value else None


def _primary_email(emails: Any) -> str | None:
    """The primary address, where GitHub has verified it."""
    for entry in emails if isinstance(emails, list) else ():
        if isinstance(entry, dict) and entry.get("primary") is True and entry.get("verified") is True:
            return _email(entry.get("email"))
    return None


def _scopes(answer: Mapping[str, Any], asked: str) -> tuple[str, ...]:
    """What was granted, by spaces or GitHub's commas; without a word it is what was asked for (RFC 6749 §5.1)."""
    given = answer.get("scope")
    return tuple(sorted(set((given if isinstance(given, str) else asked).replace(",", " ").split())))[:20]


def _access_token(answer: Mapping[str, Any], ours: Registration) -> str:
    token = text_of(answer, "access_token")
    if token is None or str(answer.get("token_type")).lower() != "bearer":
        raise _unreadable(ours)
    return token


def _life_s(answer: Mapping[str, Any]) -> int:
    life = answer.get("expires_in")
    if isinstance(life, bool) or not isinstance(life, int):
        return _DEFAULT_LIFE_S
    return min(max(0, life), _MAX_LIFE_S)


def _unreadable(ours: Registration) -> ProviderUnavailable:
    return ProviderUnavailable(f"{ours.label} answers in a way that cannot be read.", retry_after_s=RETRY_AFTER_S)

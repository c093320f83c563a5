"""The authorization endpoint of all three (RFC 6749 §4.1, RFC 7636, RFC 9207): who asks, for whom, and where back.

It answers at once for the person that `login_hint` names or that the control endpoint has chosen; without either it
shows a page on which to pick one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from core.sandbox.credentials import OAUTH_CLIENTS
from core.sandbox.http import Reply, Request
from core.sandbox.identity.desk import CODE_LIFETIME, Grant, IdentityDesk, Provider
from core.sandbox.identity.people import PEOPLE, Person, person_named
from core.sandbox.newsroom import Newsroom
from core.sandbox.screens import screen

NAMES: Final[Mapping[Provider, str]] = {"google": "Google", "github": "GitHub", "reddit": "Reddit"}
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_S256: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs from provider to provider. `issuer` is what the redirect's `iss` says; None where it has none."""

    provider: Provider
    issuer: str | None
    needs_scope: bool = False
    needs_state: bool = False


def authorize(newsroom: Newsroom, request: Request, dialect: Dialect) -> Reply:
    """302 back to the client with a code or an error; 400 where the client or its address is not known."""
    desk = newsroom.identity
    pairs = parse_qsl(request.query_string, keep_blank_values=True)
    query = dict(pairs)
    if len(query) < len(pairs):
        return _refused("a parameter is given twice")
    redirect_uri = query.get("redirect_uri", "")
    if query.get("client_id") != OAUTH_CLIENTS[dialect.provider].client_id:
        return _refused("this client is not registered")
    if not is_registered(desk, redirect_uri):
        return _refused("this redirect_uri is not registered for the client")
    problem = _problem(query, dialect)
    if problem is not None:
        return _back(redirect_uri, query, dialect, {"error": problem})
    if desk.misbehaves(dialect.provider, "denied"):
        return _back(redirect_uri, query, dialect, {"error": "access_denied"})
    hint = query.get("login_hint")
    person = person_named(hint) if hint else desk.chosen
    if person is None:
        return _page(request, dialect.provider, redirect_uri)
    grant = Grant(
        provider=dialect.provider,
        redirect_uri=redirect_uri,
        person=person,
        scope=query.get("scope", ""),
        nonce=query.get("nonce"),
        challenge=query.get("code_challenge"),
        is_permanent=query.get("duration") == "permanent" or query.get("access_type") == "offline",
        ends=newsroom.now + CODE_LIFETIME,
    )
    return _back(redirect_uri, query, dialect, {"code": _code(desk, grant, person)}, desk)


def is_registered(desk: IdentityDesk, redirect_uri: str) -> bool:
    """Letter by letter one of those that the control endpoint registered; else any loopback address (RFC 8252 §7.3)."""
    if desk.redirect_uris is not None:
        return redirect_uri in desk.redirect_uris
    try:
        parts = urlsplit(redirect_uri)
        loopback = parts.hostname in _LOOPBACK and "@" not in parts.netloc
    except ValueError:
        return False
    return loopback and parts.scheme in ("http", "https") and "#" not in redirect_uri


def _problem(query: dict[str, str], dialect: Dialect) -> str | None:
    if query.get("response_type") != "code":
        return "unsupported_response_type"
    if dialect.needs_scope and "openid" not in query.get("scope", "").split():
        return "invalid_scope"
    if dialect.needs_state and not query.get("state"):
        return "invalid_request"
    challenge, method = query.get("code_challenge"), query.get("code_challenge_method")
    if (challenge is None) != (method is None):
        return "invalid_request"
    if challenge is not None and (method != "S256" or not _S256.fullmatch(challenge)):
        return "invalid_request"
    return None


def _code(desk: IdentityDesk, grant: Grant, person: Person) -> str:
    if desk.misbehaves(grant.provider, "replayed_code") and desk.spent:
        return next(code for code in reversed(desk.spent) if desk.spent[code] == grant.provider)
    return desk.issue_code(grant)


def _back(
    redirect_uri: str, query: dict[str, str], dialect: Dialect, answer: dict[str, str], desk: IdentityDesk | None = None
) -> Reply:
    """To the client, with `state` and `iss` as it sent them unless told otherwise."""
    if "state" in query:
        answer["state"] = query["state"]
    if dialect.issuer is not None:
        answer["iss"] = dialect.issuer
    if desk is not None:
        if desk.misbehaves(dialect.provider, "wrong_state"):
            answer["state"] = "another-state-than-the-one-that-was-sent-here"
        if desk.misbehaves(dialect.provider, "wrong_issuer_parameter"):
            answer["iss"] = "https://identity.elsewhere.example"
        if desk.misbehaves(dialect.provider, "no_issuer_parameter"):
            answer.pop("iss", None)
    joint = "&" if "?" in redirect_uri else "?"
    headers = {"Location": redirect_uri + joint + urlencode(answer), "Cache-Control": "no-store"}
    return Reply(302, headers=headers)


def _refused(why: str) -> Reply:
    """Said to the person: an address that is not registered is never redirected to (RFC 6749 §4.1.2.1)."""
    return screen("Refused", f"<p>The sandbox refuses this: {escape(why)}.</p>", 400)


def _page(request: Request, provider: Provider, redirect_uri: str) -> Reply:
    links = "".join(
        f'<li><a href="{escape(request.path)}?{escape(request.query_string)}&amp;login_hint={escape(login)}">'
        f"{escape(person.name)}</a> ({escape(person.email)})</li>"
        for login, person in PEOPLE.items()
    )
    return screen(
        f"Who are you at {NAMES[provider]}?",
        f"<p>This is the sandbox, not {NAMES[provider]}: none of these people exists. Choose one, and you are led "
        f"back to <code>{escape(redirect_uri)}</code> as that person.</p><ul>{links}</ul>",
    )

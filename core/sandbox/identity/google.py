"""Google's dialect: OpenID Connect (https://developers.google.com/identity/openid-connect/openid-connect)."""

from typing import Any, Final

from core.sandbox.http import Reply, Request, json_reply, text_reply
from core.sandbox.identity.authorize import Dialect, authorize
from core.sandbox.identity.desk import ACCESS_LIFETIME, Access
from core.sandbox.identity.tokens import Refused, check_client, id_token, key_set, redeem
from core.sandbox.newsroom import Newsroom

MOUNT: Final = "/google"


def target(path: str) -> str:
    """The name under which failures are set: `google:discovery`, `google:token`, `google:keys`, …"""
    names = {"/.well-known/openid-configuration": "discovery", "/o/oauth2/v2/auth": "authorize"}
    rest = path.removeprefix(MOUNT)
    return "google:" + names.get(rest, rest.strip("/").rpartition("/")[2])


def answer(newsroom: Newsroom, request: Request) -> Reply | None:
    """The reply to a request below `/google`; None where there is no such path."""
    issuer = request.origin + MOUNT
    match request.method, request.path.removeprefix(MOUNT):
        case "GET" | "HEAD", "/.well-known/openid-configuration":
            return json_reply(_discovery(issuer), headers={"Cache-Control": "public, max-age=3600"})
        case "GET" | "HEAD", "/keys":
            return json_reply(key_set(newsroom.identity), headers={"Cache-Control": "public, max-age=3600"})
        case "GET", "/o/oauth2/v2/auth":
            return authorize(newsroom, request, Dialect("google", issuer, needs_scope=True))
        case "POST", "/token":
            return _token(newsroom, request, issuer)
        case "GET", "/userinfo":
            return _userinfo(newsroom, request)
    return None


def _discovery(issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/o/oauth2/v2/auth",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/keys",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "email", "email_verified", "exp", "iat", "iss", "name", "sub"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


def _token(newsroom: Newsroom, request: Request, issuer: str) -> Reply:
    desk, form, now = newsroom.identity, request.form, newsroom.now
    if desk.misbehaves("google", "not_json"):
        return text_reply("<!doctype html><title>Sorry</title><p>Something went wrong.</p>\n")
    try:
        check_client(request, "google")
        if form.get("grant_type") != "authorization_code":
            raise Refused("unsupported_grant_type", "Only authorization_code is granted here.")
        grant = redeem(desk, form, "google", now)
    except Refused as refusal:
        status = 401 if refusal.error == "invalid_client" else 400
        return json_reply({"error": refusal.error, "error_description": refusal.description}, status)
    access = Access("google", grant.person, grant.scope, now + ACCESS_LIFETIME, form["code"])
    reply = {
        "access_token": desk.issue_access(access),
        "expires_in": int(ACCESS_LIFETIME.total_seconds()),
        "scope": grant.scope,
        "token_type": "Bearer",
    }
    if not desk.misbehaves("google", "no_id_token"):
        reply["id_token"] = id_token(desk, grant, issuer=issuer, now=now)
    return json_reply(reply, headers={"Cache-Control": "no-store"})


def _userinfo(newsroom: Newsroom, request: Request) -> Reply:
    access = newsroom.identity.who(request.bearer, "google", newsroom.now)
    if access is None:
        return json_reply({"error": "invalid_token"}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    person = access.person
    return json_reply(
        {
            "sub": person.google_subject,
            "email": person.email,
            "email_verified": person.email_verified,
            "name": person.name,
        }
    )

"""GitHub's dialect of OAuth 2.0 (https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps).

`/github` serves both of GitHub's hosts: the site (`/login/oauth/…`) and, below `/github/api`, the API.
"""

from typing import Any, Final
from urllib.parse import urlencode

from core.sandbox.http import Reply, Request, json_reply, text_reply
from core.sandbox.identity.authorize import Dialect, authorize
from core.sandbox.identity.desk import Access
from core.sandbox.identity.tokens import Refused, check_client, redeem
from core.sandbox.newsroom import Newsroom

MOUNT: Final = "/github"
_ERRORS: Final = {"invalid_grant": "bad_verification_code", "invalid_client": "incorrect_client_credentials"}


def target(path: str) -> str:
    """The name under which failures are set: `github:access_token`, `github:user`, `github:emails`, …"""
    return "github:" + path.strip("/").rpartition("/")[2]


def answer(newsroom: Newsroom, request: Request) -> Reply | None:
    """The reply to a request below `/github`; None where there is no such path."""
    match request.method, request.path.removeprefix(MOUNT):
        case "GET", "/login/oauth/authorize":
            return authorize(newsroom, _with_type(request), Dialect("github", f"{request.origin}/github/login/oauth"))
        case "POST", "/login/oauth/access_token":
            return _token(newsroom, request)
        case "GET", "/api/user":
            return _api(newsroom, request, "read:user")
        case "GET", "/api/user/emails":
            return _api(newsroom, request, "user:email")
    return None


def _with_type(request: Request) -> Request:
    """GitHub knows no other `response_type` than `code` and lets it be left out."""
    if "response_type" in request.query:
        return request
    return request.with_query(f"{request.query_string}&response_type=code")


def _token(newsroom: Newsroom, request: Request) -> Reply:
    """JSON where it is asked for, else a form, and errors with status 200: as GitHub does."""
    desk, now = newsroom.identity, newsroom.now
    if desk.misbehaves("github", "not_json"):
        return text_reply("<!doctype html><title>Unicorn!</title>\n")
    try:
        check_client(request, "github")
        grant = redeem(desk, request.form, "github", now)
    except Refused as refusal:
        content = {"error": _ERRORS.get(refusal.error, refusal.error), "error_description": refusal.description}
    else:
        access = Access("github", grant.person, grant.scope, None, request.form["code"])
        scope = ",".join(grant.scope.split())
        content = {"access_token": desk.issue_access(access), "scope": scope, "token_type": "bearer"}
    if "json" in request.headers.get("accept", ""):
        return json_reply(content, headers={"Cache-Control": "no-store"})
    return text_reply(urlencode(content), 200, "application/x-www-form-urlencoded; charset=utf-8")


def _api(newsroom: Newsroom, request: Request, scope: str) -> Reply:
    desk = newsroom.identity
    if not request.headers.get("user-agent", "").strip():
        return text_reply("Request forbidden by administrative rules.\n", 403, "text/plain; charset=utf-8")
    access = desk.who(request.bearer, "github", newsroom.now)
    if access is None:
        return json_reply({"message": "Bad credentials", "status": "401"}, 401)
    if scope not in access.scope.split():
        return json_reply({"message": "Not Found", "status": "404"}, 404)
    return json_reply(_emails(newsroom, access) if scope == "user:email" else _user(access))


def _user(access: Access) -> dict[str, Any]:
    person = access.person
    return {
        "login": person.login.replace("_", "-"),
        "id": person.github_id,
        "type": "User",
        "name": person.name,
        "email": None,
    }


def _emails(newsroom: Newsroom, access: Access) -> list[dict[str, Any]]:
    desk, person = newsroom.identity, access.person
    if desk.misbehaves("github", "no_email"):
        return []
    verified = person.email_verified and not desk.misbehaves("github", "unverified_email")
    login = person.login.replace("_", "-")
    return [
        {
            "email": f"{person.github_id}+{login}@users.noreply.github.example",
            "primary": False,
            "verified": True,
            "visibility": None,
        },
        {"email": person.email, "primary": True, "verified": verified, "visibility": "private"},
    ]

"""Reddit's dialect for people (https://github.com/reddit-archive/reddit/wiki/OAuth2): consent, tokens, `me`, and the
subreddits that they follow. It lies below `/reddit`, beside the listings of `core.sandbox.reddit`.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from core.sandbox.http import Reply, Request, json_reply, text_reply
from core.sandbox.identity.authorize import Dialect, authorize
from core.sandbox.identity.desk import REDDIT_ACCESS_LIFETIME, Access
from core.sandbox.identity.people import Person
from core.sandbox.identity.tokens import Refused, redeem
from core.sandbox.newsroom import Newsroom

GRANTS: Final = frozenset({"authorization_code", "refresh_token"})
_UNAUTHORIZED: Final = {"message": "Unauthorized", "error": 401}
_CREATED: Final = 1_600_000_000.0


def answer(newsroom: Newsroom, request: Request, path: str) -> Reply | None:
    """The reply to `/reddit/<path>`; None where it is not a person's matter."""
    match request.method, path:
        case "GET", "api/v1/authorize" | "api/v1/authorize.compact":
            return authorize(newsroom, request, Dialect("reddit", None, needs_state=True))
        case "GET", "api/v1/me":
            return _personal(newsroom, request, "identity", _me)
        case "GET", "subreddits/mine/subscriber":
            return _personal(newsroom, request, "mysubreddits", _subscriptions)
    return None


def token(newsroom: Newsroom, request: Request) -> Reply:
    """`authorization_code` and `refresh_token`; the caller has checked the client.

    As at Reddit a bad code is refused with 200, a bad refresh token with 400 and without an error code of RFC 6749.
    """
    desk, form = newsroom.identity, request.form
    if desk.misbehaves("reddit", "not_json"):
        return text_reply("<!doctype html><title>Ow!</title>\n")
    try:
        content = _refreshed(newsroom, form) if form["grant_type"] == "refresh_token" else _granted(newsroom, form)
    except Refused as refusal:
        if form["grant_type"] == "refresh_token":
            return json_reply({"message": "Bad Request", "error": 400}, 400)
        return json_reply({"error": refusal.error})
    return json_reply(content, headers={"Cache-Control": "no-store"})


def _granted(newsroom: Newsroom, form: dict[str, str]) -> dict[str, Any]:
    desk, now = newsroom.identity, newsroom.now
    grant = redeem(desk, form, "reddit", now)
    access = Access("reddit", grant.person, grant.scope, now + REDDIT_ACCESS_LIFETIME, form["code"])
    content = _token(newsroom, access)
    if grant.is_permanent:
        content["refresh_token"] = desk.issue_refresh(access)
    return content


def _refreshed(newsroom: Newsroom, form: dict[str, str]) -> dict[str, Any]:
    desk, old = newsroom.identity, form.get("refresh_token", "")
    if desk.misbehaves("reddit", "refresh_revoked"):
        desk.refresh.clear()
    access = desk.refresh.get(old)
    if access is None:
        raise Refused("invalid_grant", "The refresh token is not known or was revoked.")
    content = _token(newsroom, access)
    if desk.misbehaves("reddit", "refresh_rotated"):
        del desk.refresh[old]
        content["refresh_token"] = desk.issue_refresh(access)
    return content


def _token(newsroom: Newsroom, access: Access) -> dict[str, Any]:
    ends = newsroom.now + REDDIT_ACCESS_LIFETIME
    token = newsroom.identity.issue_access(Access("reddit", access.person, access.scope, ends, access.code))
    return {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": int(REDDIT_ACCESS_LIFETIME / timedelta(seconds=1)),
        "scope": access.scope,
    }


def revoke(newsroom: Newsroom, request: Request) -> Reply:
    """Ends a refresh token and the access tokens of the same consent; 204 whatever was sent, as at Reddit."""
    desk = newsroom.identity
    consent = desk.refresh.pop(request.form.get("token", ""), None)
    if consent is not None:
        desk.end(consent.code)
    return Reply(204)


def may_read(newsroom: Newsroom, token: str) -> bool:
    """Whether a person's token opens the listings."""
    access = newsroom.identity.who(token, "reddit", newsroom.now)
    return access is not None and "read" in access.scope.split()


def _personal(newsroom: Newsroom, request: Request, scope: str, show: Callable[[Person], Any]) -> Reply:
    """What is known about the person whose token it is, where the token has the scope."""
    access = newsroom.identity.who(request.bearer, "reddit", newsroom.now)
    if access is None:
        return json_reply(_UNAUTHORIZED, 401, {"WWW-Authenticate": 'Bearer realm="reddit", error="invalid_token"'})
    if scope not in access.scope.split():
        return json_reply({"message": "Forbidden", "error": 403}, 403)
    return json_reply(show(access.person))


def _me(person: Person) -> dict[str, Any]:
    return {
        "id": person.reddit_id,
        "name": person.login,
        "created_utc": _CREATED,
        "is_suspended": False,
        "icon_img": "",
    }


def _subscriptions(person: Person) -> dict[str, Any]:
    children = [
        {
            "kind": "t5",
            "data": {
                "display_name": name,
                "display_name_prefixed": f"r/{name}",
                "url": f"/r/{name}/",
                "subscribers": 40_000,
                "user_is_subscriber": True,
                "subreddit_type": "public",
            },
        }
        for name in person.subreddits
    ]
    return {"kind": "Listing", "data": {"after": None, "before": None, "dist": len(children), "children": children}}

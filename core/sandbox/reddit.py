"""The dialect of Reddit's API (https://www.reddit.com/dev/api): the token endpoint and `/r/<sub[+sub]>/new`.

What people do there (consent, `me`, their subscriptions) is in `core.sandbox.identity.reddit`.

`/reddit` serves both of Reddit's hosts: `www` (POST /api/v1/access_token) and `oauth` (everything else).
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import timedelta
from hashlib import blake2b
from typing import Any, Final

from core.sandbox import credentials
from core.sandbox.articles import Listing
from core.sandbox.chance import number, pick
from core.sandbox.clock import EPOCH
from core.sandbox.http import BadParameter, Reply, Request, integer, json_reply
from core.sandbox.identity import reddit as people
from core.sandbox.newsroom import Newsroom
from core.sandbox.quotas import REDDIT_PER_WINDOW, REDDIT_WINDOW, Spent

TOKEN_LIFETIME: Final = timedelta(hours=24)
LIMIT_AT_MOST: Final = 100
DEFAULT_LIMIT: Final = 25
FIRST_ID: Final = 1_900_000_000  # posts of 2026 have seven base-36 digits
IDS_PER_EDITION: Final = 200_000
SUBREDDITS: Final[Mapping[str, frozenset[str]]] = {
    "technology": frozenset({"technology", "business"}),
    "worldnews": frozenset({"world", "politics", "general"}),
    "science": frozenset({"science", "health"}),
    "culture": frozenset({"culture", "sports"}),
    "selfhosted": frozenset({"self"}),
    "de": frozenset(),
}
"""Subreddit → the desks whose stories are posted there; `de` takes everything in German."""
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_NAMES: Final = (
    "quiet_ferry",
    "tin_kettle",
    "north_gable",
    "paper_lantern",
    "mossy_wall",
    "late_bus",
    "salt_and_rope",
    "inkwell42",
)
_BASIC: Final = b64encode(f"{credentials.REDDIT_CLIENT_ID}:{credentials.REDDIT_CLIENT_SECRET}".encode()).decode()


def answer(newsroom: Newsroom, request: Request) -> Reply | None:
    """The reply to a request below `/reddit`; None where the API has no such path."""
    if not request.headers.get("user-agent", "").strip():
        return json_reply({"message": "Too Many Requests", "error": 429}, 429)
    path = request.path.removeprefix("/reddit").removesuffix(".json").strip("/")
    if path == "api/v1/access_token":
        return _for_clients(request) or _access_token(newsroom, request)
    if path == "api/v1/revoke_token":
        return _for_clients(request) or people.revoke(newsroom, request)
    match path.split("/"):
        case ["r", names, "new"] if request.method in ("GET", "HEAD"):
            return _authorised(newsroom, request, names)
    return people.answer(newsroom, request, path)


def _for_clients(request: Request) -> Reply | None:
    """The refusal for anything but a POST of a registered client."""
    if request.method != "POST":
        return json_reply({"message": "Method Not Allowed", "error": 405}, 405, {"Allow": "POST"})
    scheme, _, basic = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or not _is_client(basic):
        return json_reply({"message": "Unauthorized", "error": 401}, 401, {"WWW-Authenticate": 'Basic realm="reddit"'})
    return None


def _access_token(newsroom: Newsroom, request: Request) -> Reply:
    if request.form.get("grant_type") in people.GRANTS:
        return people.token(newsroom, request)
    if request.form.get("grant_type") not in ("client_credentials", "https://oauth.reddit.com/grants/installed_client"):
        return json_reply({"error": "unsupported_grant_type"})  # Reddit answers 200 here
    now = newsroom.now
    seed = f"{now.isoformat()}/{len(newsroom.tokens)}".encode()
    token = "sandbox-reddit-token-" + blake2b(seed, digest_size=12).hexdigest()
    newsroom.tokens[token] = now + TOKEN_LIFETIME
    return json_reply(
        {"access_token": token, "token_type": "bearer", "expires_in": int(TOKEN_LIFETIME.total_seconds()), "scope": "*"}
    )


def _is_client(basic: str) -> bool:
    try:
        return b64decode(basic, validate=True) == b64decode(_BASIC)
    except ValueError:
        return False


def _authorised(newsroom: Newsroom, request: Request, names: str) -> Reply:
    expires = newsroom.tokens.get(request.bearer)
    is_program = expires is not None and expires > newsroom.now
    if not is_program and not people.may_read(newsroom, request.bearer):
        challenge = 'Bearer realm="reddit", error="invalid_token"'
        return json_reply({"message": "Unauthorized", "error": 401}, 401, {"WWW-Authenticate": challenge})
    spent = newsroom.quotas.spend(
        "reddit", credentials.REDDIT_CLIENT_ID, limit=REDDIT_PER_WINDOW, window=REDDIT_WINDOW, now=newsroom.now
    )
    if not spent.allowed:
        return json_reply({"message": "Too Many Requests", "error": 429}, 429, _rate_headers(spent))
    return _listing(newsroom, request, names).with_headers(_rate_headers(spent))


def _rate_headers(spent: Spent) -> dict[str, str]:
    return {
        "X-Ratelimit-Used": str(spent.used),
        "X-Ratelimit-Remaining": f"{spent.remaining}.0",
        "X-Ratelimit-Reset": str(spent.reset_s),
    }


def _listing(newsroom: Newsroom, request: Request, names: str) -> Reply:
    wanted = [name.lower() for name in names.split("+")]
    known = [name for name in wanted if name in SUBREDDITS]
    if not known:
        return json_reply({"message": "Not Found", "error": 404, "reason": "banned"}, 404)
    try:
        limit = integer(request.query, "limit", DEFAULT_LIMIT, low=0, high=10_000)
    except BadParameter:
        limit = DEFAULT_LIMIT  # Reddit ignores what it cannot read
    limit = min(max(1, limit), LIMIT_AT_MOST)
    posts = [post for post in newsroom.on("reddit") if subreddit_of(post) in known]
    names_ = [fullname(post, newsroom) for post in posts]
    after = request.query.get("after", "")
    begin = names_.index(after) + 1 if after in names_ else 0
    page = posts[begin : begin + limit]
    more = begin + limit < len(posts)
    children = [{"kind": "t3", "data": _post(post, newsroom, request.origin)} for post in page]
    data = {
        "after": names_[begin + limit - 1] if more else None,
        "before": None,
        "dist": len(children),
        "modhash": None,
        "geo_filter": "",
        "children": children,
    }
    return json_reply({"kind": "Listing", "data": data})


def subreddit_of(post: Listing) -> str:
    """Where a post stands."""
    if post.article.outlet.language == "de":
        return "de"
    return next((name for name, desks in SUBREDDITS.items() if post.article.story.desk in desks), "technology")


def fullname(post: Listing, newsroom: Newsroom) -> str:
    """The post's fullname, such as `t3_vf7r28`."""
    edition = (newsroom.archive.epoch - EPOCH) // timedelta(days=7)
    rest, text = FIRST_ID + edition * IDS_PER_EDITION + post.serial, ""
    while rest:
        rest, digit = divmod(rest, 36)
        text = _DIGITS[digit] + text
    return f"t3_{text}"


def _post(post: Listing, newsroom: Newsroom, origin: str) -> dict[str, Any]:
    article, now = post.article, newsroom.now
    story = article.story_at(now)
    name = fullname(post, newsroom)
    subreddit = subreddit_of(post)
    is_self, removed = post.form == "self", article.removed_by(now)
    permalink = f"/r/{subreddit}/comments/{name[3:]}/{article.url.rsplit('/', 1)[-1].replace('-', '_')[:50]}/"
    own_address = f"https://www.reddit.example{permalink}"
    return {
        "id": name[3:],
        "name": name,
        "subreddit": subreddit,
        "subreddit_name_prefixed": f"r/{subreddit}",
        "title": "[deleted by user]" if removed and is_self else story.title,
        "author": "[deleted]" if removed else pick(_NAMES, article.key, "author"),
        "selftext": ("[removed]" if removed else story.text) if is_self else "",
        "removed_by_category": ("deleted" if is_self else "moderator") if removed else None,
        "is_self": is_self,
        "domain": f"self.{subreddit}" if is_self else article.outlet.host.removeprefix("www."),
        "url": own_address if is_self else post.url,
        "permalink": permalink,
        "thumbnail": "self" if is_self else (f"{origin}{article.image}" if article.image else "default"),
        "created_utc": post.listed_at.timestamp(),
        "edited": article.updated_at(now).timestamp() if article.updated_at(now) > article.published_at else False,
        "score": number(article.key, "score", below=4_000),
        "num_comments": number(article.key, "comments", below=600),
        "over_18": number(article.key, "adult", below=40) == 0,
        "stickied": False,
        "link_flair_text": story.desk.capitalize() if not is_self else "Discussion",
    }

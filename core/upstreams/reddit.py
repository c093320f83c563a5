"""Reddit's API (https://www.reddit.com/dev/api, https://github.com/reddit-archive/reddit/wiki/OAuth2).

Application-only OAuth2 (client credentials), a User-Agent of our own on every request, and the budget that the
`X-Ratelimit-*` headers announce.
"""

import asyncio
import base64
import html
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlencode

from core.infra.http import Egress, EgressResponse
from core.kit.clock import Clock, SystemClock
from core.upstreams.answers import ApiPoll
from core.upstreams.fields import RejectedItem, collect, draft, unix_time, web_url
from core.upstreams.quota import Quota
from core.upstreams.types import Draft, Fetched, UpstreamError

PAGE_SIZE: Final = 100
MAX_PAGES: Final = 3
_PUBLIC_SITE: Final = "https://www.reddit.com"
# a token is renewed this long before it ends, so that it does not end between the check and the request
_RENEW_AHEAD_S: Final = 60.0
_WITHDRAWN: Final = frozenset({"[removed]", "[deleted]", "[deleted by user]", "[removed by moderator]"})


class RedditClient:
    """Polls the newest posts of subreddits.

    `config`: `subreddits` (list). `cursor`: `newest` (subreddit → creation time of its newest post, in Unix seconds),
    `quota`. A subreddit that is private or gone is reported and the others are read.
    """

    kind = "reddit"

    def __init__(
        self,
        *,
        egress: Egress,
        base_url: str,
        auth_url: str,
        client_id: str,
        client_secret: str,
        user_agent: str,
        quota: Quota | None = None,
        clock: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._egress = egress
        self._base_url = base_url
        self._auth_url = auth_url
        self._credential = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode("ascii")
        self._user_agent = user_agent
        self._quota = quota
        self._clock = clock or SystemClock()
        self._monotonic = monotonic
        self._token: str | None = None
        self._token_ends = 0.0
        self._token_lock = asyncio.Lock()

    async def fetch(self, *, config: Mapping[str, Any], cursor: Mapping[str, Any]) -> Fetched:
        """Polls every subreddit once, at most three pages each; raises UpstreamError when none could be read."""
        poll = ApiPoll("Reddit", egress=self._egress, clock=self._clock, quota=self._quota, cursor=cursor)
        newest: dict[str, float] = dict(cursor.get("newest") or {})
        drafts: list[Draft] = []
        rejected: list[str] = []
        problems: list[UpstreamError] = []
        subreddits = tuple(config.get("subreddits", ()))
        await self._current_token(poll)  # without one no subreddit can be read, which is no fault of the first
        for name in subreddits:
            try:
                posts = await self._posts(poll, name, seen_until=newest.get(name, 0.0))
            except UpstreamError as error:
                problems.append(error)
                rejected.append(f"r/{name}: {error.reason}")
                if error.state == "throttled":
                    break
                continue
            found, refused = collect(posts, partial(_draft, now=poll.now))
            drafts += found
            rejected += refused
            newest[name] = max([newest.get(name, 0.0), *map(_created, posts)])
        if problems and not drafts and len(problems) >= min(1, len(subreddits)):
            raise problems[0]
        return poll.fetched(drafts, cursor={"newest": newest}, rejected=rejected)

    async def _posts(self, poll: ApiPoll, subreddit: str, *, seen_until: float) -> list[Any]:
        """Posts of a subreddit, newest first, down to one that was there at the last poll."""
        posts: list[Any] = []
        after: str | None = None
        for _ in range(MAX_PAGES):
            listing = await self._listing(poll, subreddit, after)
            children = listing.get("children")
            page = (
                [child.get("data") for child in children if isinstance(child, dict)]
                if isinstance(children, list)
                else []
            )
            posts += page
            after = listing.get("after")
            if not after or not page or min(map(_created, page)) <= seen_until:
                break
        return posts

    async def _listing(self, poll: ApiPoll, subreddit: str, after: str | None) -> dict[str, Any]:
        query = urlencode({"limit": PAGE_SIZE, "raw_json": 1, **({"after": after} if after else {})})
        url = f"{self._base_url}/r/{quote(subreddit, safe='')}/new?{query}"
        response = await self._authorized(poll, url)
        if response.status == 401:
            self._token = None  # it was revoked before its time: once more with a new one
            response = await self._authorized(poll, url)
        self._observe(response)
        answer = poll.json(response)
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict):
            raise UpstreamError("Reddit answered without a listing.", http_status=200)
        return data

    async def _authorized(self, poll: ApiPoll, url: str) -> EgressResponse:
        token = await self._current_token(poll)
        return await poll.get(url, headers={"Authorization": f"Bearer {token}", "User-Agent": self._user_agent})

    async def _current_token(self, poll: ApiPoll) -> str:
        async with self._token_lock:
            if self._token is None or self._monotonic() >= self._token_ends:
                self._token, lifetime_s = await self._new_token(poll)
                self._token_ends = self._monotonic() + lifetime_s - _RENEW_AHEAD_S
            return self._token

    async def _new_token(self, poll: ApiPoll) -> tuple[str, float]:
        """RFC 6749 §4.4."""
        response = await poll.send(
            "POST",
            f"{self._auth_url}/api/v1/access_token",
            headers={
                "Authorization": f"Basic {self._credential}",
                "Content-Type": "application/x-www-form-urlencoded",
                "User-Agent": self._user_agent,
            },
            content=b"grant_type=client_credentials",
        )
        answer = poll.json(response)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise UpstreamError("Reddit gave no access token; check the application's id and secret.")
        lifetime = answer.get("expires_in")
        return token, float(lifetime) if isinstance(lifetime, int | float) else 3600.0

    def _observe(self, response: EgressResponse) -> None:
        """`X-Ratelimit-Remaining` (a decimal) and `X-Ratelimit-Reset` (seconds)."""
        try:
            remaining = float(response.headers["x-ratelimit-remaining"])
            resets_in_s = float(response.headers["x-ratelimit-reset"])
        except (KeyError, ValueError):
            return
        if self._quota is not None and 0 <= remaining < 1e6 and 0 <= resets_in_s < 1e6:
            self._quota.observe(remaining=int(remaining), resets_in_s=int(resets_in_s))


def _created(post: Any) -> float:
    created = post.get("created_utc") if isinstance(post, dict) else None
    return float(created) if isinstance(created, int | float) else 0.0


def _draft(post: Any, *, now: datetime) -> Draft:
    """A link post leads to its link, a text post to its own page."""
    if not isinstance(post, dict):
        raise RejectedItem("it is not an object")
    permalink = f"{_PUBLIC_SITE}{post.get('permalink')}" if post.get("permalink") else None
    link = permalink if post.get("is_self") else web_url(post.get("url")) or permalink
    withdrawn = bool(post.get("removed_by_category")) or not _WITHDRAWN.isdisjoint(
        {post.get("title"), post.get("selftext"), post.get("author") if post.get("selftext") == "[removed]" else None}
    )
    subreddit = post.get("subreddit")
    return draft(
        provider_id=post.get("name"),
        url=link,
        title=post.get("title"),
        content_html=post.get("selftext_html") or _paragraphs(post.get("selftext")),
        author=post.get("author"),
        image_url=_image(post),
        published_at=unix_time(post.get("created_utc"), now=now),
        updated_at=unix_time(post.get("edited"), now=now),  # `false`, or when
        sections=[subreddit, post.get("link_flair_text")],
        publisher=f"r/{subreddit}" if subreddit else None,
        removed=withdrawn,
    )


def _paragraphs(selftext: Any) -> str | None:
    """Markdown that came without its HTML, paragraph by paragraph."""
    if not isinstance(selftext, str) or not selftext.strip():
        return None
    return "".join(f"<p>{html.escape(part)}</p>" for part in selftext.split("\n\n") if part.strip())


def _image(post: Mapping[str, Any]) -> Any:
    """The preview in full size; `thumbnail` may be a word such as `self` or `nsfw`."""
    try:
        return post["preview"]["images"][0]["source"]["url"]
    except (KeyError, IndexError, TypeError):
        return post.get("thumbnail")

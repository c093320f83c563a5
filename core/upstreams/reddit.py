"""Reddit's API (https://www.reddit.com/dev/api, https://github.com/reddit-archive/reddit/wiki/OAuth2).

A User-Agent of our own on every request, and the budget that the `X-Ratelimit-*` headers announce. Where the access
tokens come from is the affair of `core.upstreams.reddit_tokens`.
"""

import html
import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlencode

from core.infra.http import Egress, EgressResponse
from core.kit.clock import Clock, SystemClock
from core.upstreams.answers import ApiPoll
from core.upstreams.fields import RejectedItem, collect, draft, unix_time, web_url
from core.upstreams.quota import Quota
from core.upstreams.reddit_tokens import RedditTokens
from core.upstreams.types import Draft, Fetched, UpstreamError

PAGE_SIZE: Final = 100
MAX_PAGES: Final = 3
_PUBLIC_SITE: Final = "https://www.reddit.com"
_FOLLOWED_PAGES: Final = 3
_TOGETHER: Final = 25
"""Subreddits that are read by one request: a person may follow hundreds."""
_SUBREDDIT: Final = re.compile(r"[A-Za-z0-9_]{2,50}")
_WITHDRAWN: Final = frozenset({"[removed]", "[deleted]", "[deleted by user]", "[removed by moderator]"})


class RedditClient:
    """Polls the newest posts of subreddits.

    `config`: `subreddits` (list), or `followed`, true for those that the tokens' person follows. `cursor`: `newest`
    (subreddit → creation time of its newest post, in Unix seconds), `quota`. A subreddit that is private or gone is
    reported and the others are read.
    """

    kind = "reddit"

    def __init__(
        self,
        *,
        egress: Egress,
        base_url: str,
        tokens: RedditTokens,
        user_agent: str,
        quota: Quota | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._egress = egress
        self._base_url = base_url
        self._tokens = tokens
        self._user_agent = user_agent
        self._quota = quota
        self._clock = clock or SystemClock()

    async def fetch(self, *, config: Mapping[str, Any], cursor: Mapping[str, Any]) -> Fetched:
        """Polls every subreddit once, at most three pages each; raises UpstreamError when none could be read."""
        poll = ApiPoll("Reddit", egress=self._egress, clock=self._clock, quota=self._quota, cursor=cursor)
        newest: dict[str, float] = dict(cursor.get("newest") or {})
        drafts: list[Draft] = []
        rejected: list[str] = []
        problems: list[UpstreamError] = []
        await self._tokens.current(poll)  # without one no subreddit can be read, which is no fault of the first
        subreddits = await self._followed(poll) if config.get("followed") else tuple(config.get("subreddits", ()))
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

    async def _followed(self, poll: ApiPoll) -> tuple[str, ...]:
        """What the person follows now, at most 300 subreddits, as groups that are read together (`a+b+c`)."""
        names: list[str] = []
        after: str | None = None
        for _ in range(_FOLLOWED_PAGES):
            listing = await self._listing(poll, "subreddits/mine/subscriber", after)
            children = listing.get("children")
            for child in children if isinstance(children, list) else ():
                about = child.get("data") if isinstance(child, dict) else None
                name = about.get("display_name") if isinstance(about, dict) else None
                if isinstance(name, str) and _SUBREDDIT.fullmatch(name):
                    names.append(name)
            after = listing.get("after")
            if not after:
                break
        names.sort(key=str.casefold)  # the same groups at every poll: each has a place of its own in the cursor
        return tuple("+".join(names[first : first + _TOGETHER]) for first in range(0, len(names), _TOGETHER))

    async def _posts(self, poll: ApiPoll, subreddit: str, *, seen_until: float) -> list[Any]:
        """Posts of a subreddit, newest first, down to one that was there at the last poll."""
        posts: list[Any] = []
        after: str | None = None
        for _ in range(MAX_PAGES):
            listing = await self._listing(poll, f"r/{quote(subreddit, safe='+')}/new", after)
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

    async def _listing(self, poll: ApiPoll, path: str, after: str | None) -> dict[str, Any]:
        query = urlencode({"limit": PAGE_SIZE, "raw_json": 1, **({"after": after} if after else {})})
        url = f"{self._base_url}/{path}?{query}"
        response = await self._authorized(poll, url)
        if response.status == 401:
            self._tokens.refused()  # it was revoked before its time: once more with a new one
            response = await self._authorized(poll, url)
        self._observe(response)
        answer = poll.json(response)
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict):
            raise UpstreamError("Reddit answered without a listing.", http_status=200)
        return data

    async def _authorized(self, poll: ApiPoll, url: str) -> EgressResponse:
        token = await self._tokens.current(poll)
        return await poll.get(url, headers={"Authorization": f"Bearer {token}", "User-Agent": self._user_agent})

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

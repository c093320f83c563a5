"""The dialect of the Hacker News API (https://github.com/HackerNews/API): no key, no quota, `null` for what is gone."""

from datetime import timedelta
from html import escape
from typing import Any, Final

from core.sandbox.articles import Listing
from core.sandbox.chance import number, pick
from core.sandbox.clock import EPOCH
from core.sandbox.http import Reply, Request, json_reply
from core.sandbox.newsroom import Newsroom

FIRST_ID: Final = 48_000_000
IDS_PER_EDITION: Final = 200_000
LISTED_AT_MOST: Final = 500
MISSING_EVERY: Final = 17  # every 17th id of newstories.json has no item (yet): the API answers `null`
_LISTS: Final = {
    "newstories": None,
    "topstories": None,
    "askstories": "ask",
    "showstories": "show",
    "jobstories": "job",
}
_NAMES: Final = ("gorse", "plover", "mtrs", "anvil99", "tidepool", "quire", "ostinato", "lychgate", "beck", "fathom")


def answer(newsroom: Newsroom, request: Request) -> Reply | None:
    """The reply to a request below `/hackernews`; None where the API has no such path."""
    path = request.path.removeprefix("/hackernews/v0/")
    if request.method not in ("GET", "HEAD") or not path.endswith(".json"):
        return None
    name = path.removesuffix(".json")
    if name in _LISTS:
        return json_reply(_list(newsroom, name))
    if name == "maxitem":
        return json_reply(max(item_id(listing, newsroom) for listing in newsroom.on("hackernews")))
    if name == "updates":
        return json_reply({"items": _changed(newsroom), "profiles": list(_NAMES[:3])})
    kind, _, key = name.partition("/")
    if kind != "item" or not key.isascii() or not key.isdigit():
        return None
    return json_reply(_item(newsroom, int(key[:12])))


def item_id(listing: Listing, newsroom: Newsroom) -> int:
    """The id of an item: higher is newer."""
    edition = (newsroom.archive.epoch - EPOCH) // timedelta(days=7)
    return FIRST_ID + edition * IDS_PER_EDITION + 2 * listing.serial


def _list(newsroom: Newsroom, name: str) -> list[int]:
    form = _LISTS[name]
    listings = [listing for listing in newsroom.on("hackernews") if form is None or listing.form == form]
    if name == "topstories":
        listings.sort(key=_score, reverse=True)
    ids: list[int] = []
    for listing in listings[:LISTED_AT_MOST]:
        ids.append(item_id(listing, newsroom))
        if name == "newstories" and listing.serial % MISSING_EVERY == 0:
            ids.append(ids[-1] - 1)  # odd ids are never items
    return ids[:LISTED_AT_MOST]


def _changed(newsroom: Newsroom) -> list[int]:
    """Items that were edited or taken down within the last hour, among comments, which are most of what changes."""
    now, before = newsroom.now, newsroom.now - timedelta(hours=1)
    found: list[int] = []
    for listing in newsroom.on("hackernews"):
        article = listing.article
        edited = article.story_at(now) != article.story_at(before)
        if edited or article.removed_by(now) != article.removed_by(before):
            found += (item_id(listing, newsroom), item_id(listing, newsroom) + 100_001)
    return found


def _score(listing: Listing) -> int:
    return 1 + number(listing.article.key, "score", below=700)


def _item(newsroom: Newsroom, wanted: int) -> dict[str, Any] | None:
    listing = next((entry for entry in newsroom.on("hackernews") if item_id(entry, newsroom) == wanted), None)
    if listing is None:
        return None
    article, now = listing.article, newsroom.now
    story = article.story_at(now)
    item: dict[str, Any] = {"id": wanted, "time": int(listing.listed_at.timestamp())}
    if article.removed_by(now):
        # a deleted item keeps its id and time, a dead one (flagged) keeps everything
        if number(article.key, "fate", below=2):
            return {**item, "type": "story", "deleted": True}
        item["dead"] = True
    item |= {
        "type": "job" if listing.form == "job" else "story",
        "by": pick(_NAMES, article.key, "by"),
        "title": story.title,
        "score": 1 if listing.form == "job" else _score(listing),
    }
    if listing.form in ("link", "show"):
        item["url"] = listing.url
    if listing.form != "link":
        item["text"] = "<p>".join(escape(paragraph) for paragraph in story.paragraphs)
    if listing.form != "job":
        comments = number(article.key, "comments", below=40)
        item |= {
            "descendants": comments,
            "kids": [wanted + 100_000 + 2 * index + 1 for index in range(min(comments, 5))],
        }
    return item

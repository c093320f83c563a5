"""Who files how much for which channel, and what is known to happen to some of it.

A channel is what an upstream lists: `guardian`, `newsapi`, `reddit`, `hackernews` or `feed:<name>`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.sandbox.articles import Form
from core.sandbox.content.forum import ASKS, JOBS, SELF_POSTS, SHOWS
from core.sandbox.content.types import Beat


@dataclass(frozen=True, slots=True)
class Assignment:
    """`count` articles of an outlet, spread over `days` before the edition closes."""

    outlet: str
    channel: str
    count: int
    days: float = 9.0
    form: Form = "link"
    beats: tuple[Beat, ...] = ()

    @property
    def name(self) -> str:
        """Begins the keys of its articles."""
        prefix = self.channel.removeprefix("feed:")
        return (
            prefix
            if prefix in (self.outlet, "guardian")
            else f"{prefix}-{self.outlet}-{self.form}".removesuffix("-link")
        )


def _feed(outlet: str, count: int, name: str | None = None) -> Assignment:
    return Assignment(outlet, f"feed:{name or outlet}", count, days=5.0)


ASSIGNMENTS: Final = (
    Assignment("guardian", "guardian", 170),
    Assignment("pacific-courier", "newsapi", 24),
    Assignment("counting-house", "newsapi", 20),
    Assignment("circuit-weekly", "newsapi", 20),
    Assignment("open-pitch", "newsapi", 16),
    Assignment("long-view", "newsapi", 12),
    Assignment("ward-round", "newsapi", 12),
    Assignment("stage-door", "newsapi", 12),
    Assignment("nordsee-blatt", "newsapi", 12),
    Assignment("le-quai", "newsapi", 12),
    Assignment("el-mirador", "newsapi", 12),
    Assignment("il-ponte", "newsapi", 10),
    Assignment("o-farol", "newsapi", 10),
    _feed("harbour-ledger", 24),
    _feed("circuit-weekly", 20),
    _feed("field-notes", 20),
    _feed("elbe-kurier", 20),
    _feed("gazette-du-nord", 20),
    _feed("el-faro-del-sur", 20),
    _feed("la-lanterna", 18),
    _feed("o-jornal-da-serra", 18),
    _feed("minato-shimbun", 15),
    _feed("coastal-post", 12),
    _feed("upland-radio", 12),
    _feed("old-quarter", 12),
    _feed("parish-wire", 10, "slow"),
    _feed("parish-wire", 10, "broken"),
    _feed("le-carnet", 10, "mislabelled"),
    _feed("parish-wire", 10, "repeats"),
    _feed("parish-wire", 10, "relative"),
    _feed("parish-wire", 10, "rewrites"),
    _feed("parish-wire", 9, "unsafe"),
    _feed("parish-wire", 6, "shy"),
    _feed("parish-wire", 6, "busy"),
    Assignment("slow-web", "reddit", 16),
    Assignment("data-desk", "reddit", 14),
    Assignment("pacific-courier", "reddit", 18),
    Assignment("nordsee-blatt", "reddit", 8),
    Assignment("forum", "reddit", 24, form="self", beats=SELF_POSTS),
    Assignment("kernel-notes", "hackernews", 28),
    Assignment("slow-web", "hackernews", 14),
    Assignment("forum", "hackernews", 10, form="ask", beats=ASKS),
    Assignment("forum", "hackernews", 14, form="show", beats=SHOWS),
    Assignment("forum", "hackernews", 6, form="job", beats=JOBS),
)


@dataclass(frozen=True, slots=True)
class CrossListing:
    """An article that a second channel lists under the same canonical URL with another query string."""

    key: str
    channel: str
    query: str


_NEWSAPI_QUERY: Final = "?utm_source=newsapi&utm_medium=aggregator"
_REDDIT_QUERY: Final = "?utm_source=reddit&utm_medium=social&fbclid=IwAR0sandbox"
_HACKERNEWS_QUERY: Final = "?utm_campaign=hn&ref=hackernews"

CROSS_LISTINGS: Final = (
    *(CrossListing(f"guardian-{index:04}", "newsapi", _NEWSAPI_QUERY) for index in (0, 9, 18, 27)),
    *(CrossListing(f"guardian-{index:04}", "reddit", _REDDIT_QUERY) for index in (2, 11, 19, 29)),
    *(CrossListing(f"guardian-{index:04}", "hackernews", _HACKERNEWS_QUERY) for index in (6, 14, 23, 31)),
    *(CrossListing(f"harbour-ledger-{index:04}", "newsapi", _NEWSAPI_QUERY) for index in (1, 5, 8)),
    *(CrossListing(f"circuit-weekly-{index:04}", "hackernews", _HACKERNEWS_QUERY) for index in (3, 7)),
)

WIRE_COPY: Final = (
    # (first printed, printed again elsewhere): the same text under two addresses
    ("newsapi-pacific-courier-0001", "harbour-ledger-0003"),
    ("newsapi-pacific-courier-0006", "harbour-ledger-0010"),
    ("guardian-0021", "newsapi-pacific-courier-0009"),
    ("guardian-0034", "coastal-post-0002"),
    ("newsapi-nordsee-blatt-0002", "elbe-kurier-0004"),
    ("newsapi-le-quai-0003", "gazette-du-nord-0005"),
)

_HOUR: Final = timedelta(hours=1)
EDITS: Final = (
    # (article, when, relative to the close of the edition); a positive one is still to come on a frozen clock
    ("guardian-0012", -2 * _HOUR),
    ("guardian-0004", _HOUR),
    ("guardian-0004", 3 * _HOUR),
    ("newsapi-circuit-weekly-0002", _HOUR),
    ("harbour-ledger-0002", _HOUR),
    ("elbe-kurier-0001", 2 * _HOUR),
    ("rewrites-parish-wire-0005", -_HOUR),
    ("rewrites-parish-wire-0000", _HOUR),
    ("rewrites-parish-wire-0001", _HOUR),
    ("rewrites-parish-wire-0000", 2 * _HOUR),
    ("rewrites-parish-wire-0002", 24 * _HOUR),
)
REMOVALS: Final = (
    ("newsapi-counting-house-0004", -6 * _HOUR),
    ("newsapi-pacific-courier-0012", -12 * _HOUR),
    ("newsapi-stage-door-0003", _HOUR),
    ("guardian-0040", _HOUR),
    ("reddit-forum-self-0005", -3 * _HOUR),
    ("reddit-slow-web-0006", -20 * _HOUR),
    ("reddit-data-desk-0002", _HOUR),
    ("hackernews-kernel-notes-0007", -5 * _HOUR),
    ("hackernews-slow-web-0003", -9 * _HOUR),
    ("hackernews-kernel-notes-0002", _HOUR),
)

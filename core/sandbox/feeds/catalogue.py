"""The feeds: where they are, what they are written in, and how each behaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from core.sandbox.outlets import OUTLETS, Outlet

Format = Literal["rss20", "rss092", "rss091", "rdf", "atom", "json"]
Behaviour = Literal[
    "plain",
    "moved",  # 301 to its new address
    "detour",  # 302: the address stays
    "gone",  # 410
    "shy",  # 403, a soft throttle
    "busy",  # 429 with Retry-After
    "slow",  # waits `?delay=` seconds, 3 by default
    "broken",  # not well-formed, with good items before and after the damage
    "mislabelled",  # says UTF-8, is windows-1252
    "repeats",  # several items under one guid
    "relative",  # links and images relative to the site
    "rewrites",  # edits its articles
    "unsafe",  # HTML that a sanitiser must clean
]
CONTENT_TYPES: Final[Mapping[Format, str]] = {
    "rss20": "application/rss+xml",
    "rss092": "text/xml",
    "rss091": "text/xml",
    "rdf": "application/rdf+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed. `outlet` owns it; `charset` is what its bytes are in."""

    name: str
    outlet: Outlet
    format: Format
    behaviour: Behaviour = "plain"
    charset: str = "utf-8"
    window: int = 20  # items that it holds at most
    target: str | None = None  # where `moved` and `detour` lead

    @property
    def path(self) -> str:
        """Its path on the newsroom."""
        return f"/feeds/{self.name}.{'json' if self.format == 'json' else 'xml'}"

    @property
    def channel(self) -> str:
        """The channel whose articles it lists."""
        return f"feed:{self.name}"

    @property
    def content_type(self) -> str:
        """Its Content-Type, with a charset where it is honest about it."""
        declared = "utf-8" if self.behaviour == "mislabelled" else self.charset
        return f"{CONTENT_TYPES[self.format]}; charset={declared}"


_WIRE: Final = OUTLETS["parish-wire"]
_ALL: Final = (
    Feed("harbour-ledger", OUTLETS["harbour-ledger"], "rss20", window=25),
    Feed("circuit-weekly", OUTLETS["circuit-weekly"], "atom"),
    Feed("field-notes", OUTLETS["field-notes"], "json"),
    Feed("elbe-kurier", OUTLETS["elbe-kurier"], "rss20"),
    Feed("gazette-du-nord", OUTLETS["gazette-du-nord"], "atom"),
    Feed("el-faro-del-sur", OUTLETS["el-faro-del-sur"], "rss092", charset="iso-8859-1"),
    Feed("la-lanterna", OUTLETS["la-lanterna"], "rdf"),
    Feed("o-jornal-da-serra", OUTLETS["o-jornal-da-serra"], "rss20"),
    Feed("minato-shimbun", OUTLETS["minato-shimbun"], "rss20", charset="shift_jis"),
    Feed("coastal-post", OUTLETS["coastal-post"], "rss20"),
    Feed("upland-radio", OUTLETS["upland-radio"], "atom"),
    Feed("old-quarter", OUTLETS["old-quarter"], "rss091"),
    Feed("moved", OUTLETS["coastal-post"], "rss20", "moved", target="coastal-post"),
    Feed("detour", OUTLETS["upland-radio"], "atom", "detour", target="upland-radio"),
    Feed("gone", _WIRE, "rss20", "gone"),
    Feed("shy", _WIRE, "rss20", "shy"),
    Feed("busy", _WIRE, "rss20", "busy"),
    Feed("slow", _WIRE, "rss20", "slow"),
    Feed("broken", _WIRE, "rss20", "broken"),
    Feed("mislabelled", OUTLETS["le-carnet"], "rss20", "mislabelled", charset="windows-1252"),
    Feed("repeats", _WIRE, "rss20", "repeats"),
    Feed("relative", _WIRE, "rss20", "relative"),
    Feed("rewrites", _WIRE, "atom", "rewrites"),
    Feed("unsafe", _WIRE, "rss20", "unsafe"),
)
FEEDS: Final[Mapping[str, Feed]] = {feed.name: feed for feed in _ALL}
HEALTHY: Final = tuple(feed for feed in _ALL if feed.behaviour == "plain")
"""What an operator would subscribe to; also what the OPML file lists first."""

"""Where feeds are found: an OPML file, a page with autodiscovery, and the sites of the outlets."""

from html import escape
from xml.sax.saxutils import quoteattr

from core.sandbox.feeds.catalogue import FEEDS, HEALTHY, Feed
from core.sandbox.http import Reply, Request, text_reply

_LINK_TYPES = {"json": "application/feed+json", "atom": "application/atom+xml"}


def opml(request: Request) -> Reply:
    """All feeds as OPML 2.0 (http://opml.org/spec2.opml), in two folders: those that work and those that do not."""
    troubled = [feed for feed in FEEDS.values() if feed not in HEALTHY]
    folders = _folder("Newsstand", list(HEALTHY), request.origin) + _folder("Troublemakers", troubled, request.origin)
    head = "<head><title>Feeds of the sandbox newsroom</title></head>"
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<opml version="2.0">\n{head}\n<body>\n{folders}</body>\n</opml>\n'
    return text_reply(text, content_type="text/x-opml; charset=utf-8")


def _folder(name: str, feeds: list[Feed], origin: str) -> str:
    lines = "".join(
        f'<outline type="rss" text={quoteattr(_title(feed))} title={quoteattr(_title(feed))} '
        f"xmlUrl={quoteattr(origin + feed.path)} htmlUrl={quoteattr(f'{origin}/sites/{feed.name}')}/>\n"
        for feed in feeds
    )
    return f"<outline text={quoteattr(name)}>\n{lines}</outline>\n"


def _title(feed: Feed) -> str:
    return feed.outlet.name if feed.behaviour == "plain" else f"{feed.outlet.name} ({feed.behaviour})"


def directory(request: Request) -> Reply:
    """A page that lists the feeds; every one is announced in its head."""
    links = "".join(_autodiscovery(feed) for feed in HEALTHY)
    rows = "".join(
        f'<li><a href="{feed.path}">{escape(_title(feed))}</a> – {feed.format}</li>' for feed in FEEDS.values()
    )
    return _page(
        "Feeds of the sandbox newsroom", links, f'<ul>{rows}</ul><p><a href="/feeds/subscriptions.opml">OPML</a></p>'
    )


def site(request: Request) -> Reply | None:
    """The front page of a feed's outlet, with a relative link to the feed, as most sites have it."""
    feed = FEEDS.get(request.path.removeprefix("/sites/").strip("/"))
    if feed is None:
        return None
    return _page(feed.outlet.name, _autodiscovery(feed), f"<p>{escape(feed.outlet.description)}</p>")


def _autodiscovery(feed: Feed) -> str:
    kind = _LINK_TYPES.get(feed.format, "application/rss+xml")
    return f'<link rel="alternate" type="{kind}" title="{escape(_title(feed))}" href="{feed.path}">'


def _page(title: str, head: str, body: str) -> Reply:
    document = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>{head}</head>'
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    )
    return text_reply(document)

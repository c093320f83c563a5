"""Which dialect answers: the newsroom's only route table."""

from collections.abc import Callable
from typing import Final

from core.sandbox import control, guardian, hackernews, mail, newsapi, pages, reddit
from core.sandbox.feeds import lists
from core.sandbox.feeds import service as feeds
from core.sandbox.feeds.catalogue import FEEDS
from core.sandbox.http import Reply, Request, json_reply, not_found
from core.sandbox.identity import github, google
from core.sandbox.newsroom import Newsroom

Answer = Callable[[Newsroom, Request], Reply | None]

UPSTREAMS: Final[dict[str, Answer]] = {
    "newsapi": newsapi.answer,
    "guardian": guardian.answer,
    "reddit": reddit.answer,
    "hackernews": hackernews.answer,
}

IDENTITY: Final[dict[str, tuple[Answer, Callable[[str], str]]]] = {
    "google": (google.answer, google.target),
    "github": (github.answer, github.target),
}
"""Providers of identities: who answers, and the name of an endpoint's failures. Reddit is one of the upstreams."""


def front_page(newsroom: Newsroom, request: Request) -> Reply:
    """What is here, for people and programs that come in by the front door."""
    return json_reply(
        {
            "name": "Tidings sandbox newsroom",
            "now": newsroom.now.isoformat(),
            "clock": newsroom.clock.mode,
            "edition": newsroom.archive.edition,
            "upstreams": {name: f"{request.origin}/{name}" for name in UPSTREAMS},
            "identity": {name: f"{request.origin}/{name}" for name in (*IDENTITY, "reddit")},
            "feeds": {name: request.origin + feed.path for name, feed in FEEDS.items()},
            "opml": f"{request.origin}/feeds/subscriptions.opml",
            "mail": f"{request.origin}/mail",
        }
    )


_PAGES: Final[dict[str, Answer]] = {
    "/": front_page,
    "/feeds/": lambda newsroom, request: lists.directory(request),
    "/feeds/subscriptions.opml": lambda newsroom, request: lists.opml(request),
}


def answer(newsroom: Newsroom, request: Request) -> Reply:
    """The newsroom's reply to any request, with the failures that tests have asked for."""
    mount = request.path.split("/", 2)[1]
    if mount == "control":
        return control.answer(newsroom, request)
    target, speak = _target(mount, request.path)
    failure = newsroom.failures.take(target)
    if failure is not None and failure.status is not None:
        reply = failure.apply(Reply(failure.status))
    else:
        reply = speak(newsroom, request) or not_found(request.path)
        reply = failure.apply(reply) if failure else reply
    newsroom.log(request, target, reply)
    return reply


def _target(mount: str, path: str) -> tuple[str, Answer]:
    """The name under which failures are set for this path, and who answers it."""
    if path in _PAGES:
        return "pages", _PAGES[path]
    if mount in UPSTREAMS:
        return mount, UPSTREAMS[mount]
    if mount in IDENTITY:
        speak, name_of = IDENTITY[mount]
        return name_of(path), speak
    if mount == "feeds":
        feed = feeds.feed_at(path)
        return (feed.channel if feed else "feeds"), feeds.answer
    if mount == "mail":
        return "pages", mail.answer
    if mount == "images":
        return "images", lambda newsroom, request: pages.image(request)
    if mount == "read":
        return "read", pages.article_page
    return "pages", lambda newsroom, request: lists.site(request) if mount == "sites" else None

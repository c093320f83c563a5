"""The control endpoint: how a test sets the clock, makes upstreams fail, publishes, and reads the request log.

It exists only while the clock is frozen. With a control token it asks for `Authorization: Bearer <token>`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any, Final

import orjson

from core.sandbox.archive import place
from core.sandbox.articles import Listing
from core.sandbox.failures import Failure
from core.sandbox.feeds.catalogue import FEEDS
from core.sandbox.http import Reply, Request, json_reply, not_found
from core.sandbox.identity.desk import commanded
from core.sandbox.manifest import manifest_of
from core.sandbox.newsroom import Newsroom
from core.sandbox.outlets import OUTLETS
from core.sandbox.writing import Story

EXTRA_SERIAL: Final = 90_000
DEFAULT_OUTLETS: Final = {
    "guardian": "guardian",
    "newsapi": "pacific-courier",
    "reddit": "slow-web",
    "hackernews": "kernel-notes",
}
_FAILURE_FIELDS: Final = frozenset(Failure.__dataclass_fields__)


def answer(newsroom: Newsroom, request: Request) -> Reply:
    """`GET /control`, `GET /control/manifest` and `POST /control`; 404 while the clock moves."""
    if newsroom.clock.mode == "moving":
        return not_found(request.path)
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if newsroom.control_token and not compare_digest(token.encode(), newsroom.control_token.encode()):
        return json_reply({"error": "the control token is missing or wrong"}, 401, {"WWW-Authenticate": "Bearer"})
    match request.method, request.path:
        case "GET", "/control":
            return json_reply(state_of(newsroom))
        case "GET", "/control/manifest":
            return json_reply(asdict(manifest_of(newsroom.archive)))
        case "POST", "/control":
            return _command(newsroom, request)
    return not_found(request.path)


def state_of(newsroom: Newsroom) -> dict[str, Any]:
    """What a test can read: the clock, failures, quotas and the request log."""
    return {
        "now": newsroom.now.isoformat(),
        "epoch": newsroom.archive.epoch.isoformat(),
        "edition": newsroom.archive.edition,
        "clock": newsroom.clock.mode,
        "failures": newsroom.failures.described(),
        "quotas": newsroom.quotas.used(),
        "identity": newsroom.identity.described(),
        "requests": newsroom.logged(),
    }


def _command(newsroom: Newsroom, request: Request) -> Reply:
    try:
        commands = orjson.loads(request.body)
        unknown = sorted(commands.keys() - _COMMANDS.keys())
        if unknown:
            raise ValueError(f"unknown command {unknown[0]!r}; there are {', '.join(_COMMANDS)}")
        results = {name: _COMMANDS[name](newsroom, argument) for name, argument in commands.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return json_reply({"error": f"{type(error).__name__}: {error}"}, 400)
    return json_reply({**results, "now": newsroom.now.isoformat()})


def _clock(newsroom: Newsroom, argument: Mapping[str, Any]) -> str:
    """`{"now": "2026-11-21T10:00:00Z"}` or `{"advance_seconds": 3600}`."""
    if "now" in argument:
        newsroom.clock.set(datetime.fromisoformat(argument["now"]))
    else:
        newsroom.clock.set(newsroom.now + timedelta(seconds=argument["advance_seconds"]))
    return newsroom.now.isoformat()


def _fail(newsroom: Newsroom, argument: Mapping[str, Any]) -> dict[str, Any]:
    """`{"target": "guardian", "status": 503, "latency_s": 0, "truncate": null, "drop_after": null, "times": 2}`."""
    settings = dict(argument)
    target = settings.pop("target")
    unknown = sorted(settings.keys() - _FAILURE_FIELDS)
    if unknown:
        raise ValueError(f"a failure has no {unknown[0]!r}; it has {', '.join(sorted(_FAILURE_FIELDS))}")
    newsroom.failures.set(target, Failure(**settings))
    return newsroom.failures.described()


def _heal(newsroom: Newsroom, target: str) -> dict[str, Any]:
    """`"feed:shy"`: ends a failure, and makes a feed that always fails answer normally."""
    newsroom.failures.heal(target)
    return newsroom.failures.described()


def _quota(newsroom: Newsroom, argument: Mapping[str, Any]) -> dict[str, int]:
    """`{"upstream": "newsapi", "limit": 3}`."""
    newsroom.quotas.set_limit(argument["upstream"], int(argument["limit"]))
    return newsroom.quotas.used()


def _identity(newsroom: Newsroom, argument: Mapping[str, Any]) -> dict[str, Any]:
    """`{"provider": "google", "misbehave": "wrong_nonce", "times": 1}`; `person`, `revoke`, `redirect_uris`."""
    return commanded(newsroom.identity, argument)


def _reset(newsroom: Newsroom, names: list[str]) -> list[str]:
    """`["quotas", "failures", "requests", "articles", "tokens", "identity", "clock"]`, or `[]` for all of them."""
    newsroom.forget(*names)
    return names


def _publish(newsroom: Newsroom, argument: Mapping[str, Any]) -> dict[str, str]:
    """`{"channel": "feed:elbe-kurier", "title": "...", "text": "...", "url": "...", "desk": "technology"}`."""
    channel = argument["channel"]
    if channel not in newsroom.archive.channels:
        raise ValueError(f"there is no channel {channel!r}")
    feed = FEEDS.get(channel.removeprefix("feed:"))
    outlet = feed.outlet if feed else OUTLETS[argument.get("outlet", DEFAULT_OUTLETS.get(channel, "parish-wire"))]
    number = newsroom.extra_count + 1
    text = argument.get("text", "An extra article, published by a test.")
    story = Story(
        language=outlet.language,
        desk=argument.get("desk", "technology"),
        title=argument["title"],
        standfirst=argument.get("standfirst", text.split("\n", 1)[0]),
        paragraphs=tuple(part for part in text.split("\n\n") if part),
        byline=argument.get("author", "The Night Desk"),
    )
    article = place(outlet, f"extra-{number:04}", story, newsroom.now, suffix=f"-extra-{number}")
    url = argument.get("url", article.url)
    newsroom.add(Listing(article, channel, url, newsroom.now, serial=EXTRA_SERIAL + number))
    return {"key": article.key, "url": url}


_COMMANDS: Final[Mapping[str, Callable[[Newsroom, Any], Any]]] = {
    "reset": _reset,
    "clock": _clock,
    "fail": _fail,
    "heal": _heal,
    "quota": _quota,
    "identity": _identity,
    "publish": _publish,
}
"""Carried out in the order in which the request names them."""

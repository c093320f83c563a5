"""The frozen newsroom of test keys: which sources it has, and every poll that filled it.

The sandbox's archive is polled inside of the process, by the real clients, at the same instants on every machine. So
the same articles come to be with the same ids, times, revisions and tombstones everywhere.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from core.ingest.types import NormalisedArticle
from core.kit.languages import from_tag
from core.sandbox.clock import EPOCH, FrozenClock
from core.sandbox.egress import ORIGIN, SandboxEgress
from core.sandbox.feeds.catalogue import FEEDS, HEALTHY
from core.settings import Settings
from core.upstreams.providers import PROVIDERS, default_config
from core.upstreams.registry import build
from core.upstreams.types import Draft, Upstream, UpstreamError

OPENED_AT: Final = EPOCH - timedelta(days=9)
_POLLED_BEFORE: Final = (*(timedelta(days=days) for days in range(9, 0, -1)), timedelta(hours=6), timedelta())
"""When each source was polled, before the frozen instant."""

_UNWELL: Final = ("gone", "shy", "busy")
"""Feeds of the archive with a trouble that a client should know how to show."""

_NAMES: Final[Mapping[str, str]] = {
    "newsapi": "NewsAPI", "guardian": "The Guardian", "reddit": "Reddit", "hackernews": "Hacker News",
}  # fmt: skip


@dataclass(slots=True)
class FrozenSource:
    """A source as it stands at the frozen instant, and what each poll of it brought."""

    id: UUID
    slug: str
    kind: str
    name: str
    config: Mapping[str, Any]
    client: Upstream
    cursor: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None
    state: str = "pending"
    reason: str | None = None
    polls: list[tuple[datetime, Sequence[Draft]]] = field(default_factory=list)


async def read() -> Sequence[FrozenSource]:
    """Poll the archive from the first day to the frozen instant; 250 polls take 2 s."""
    clock = FrozenClock(EPOCH)  # the edition is that of the instant at which the newsroom opens
    egress = SandboxEgress.whole(clock)
    settings = Settings.model_construct(sandbox_url=ORIGIN)  # an operator's own settings change nothing here
    sources = list(_sources(lambda kind: build(kind, settings, egress, clock=clock), settings))
    for age in _POLLED_BEFORE:
        clock.set(EPOCH - age)
        for source in sources:
            await _poll(source, clock.now())
    return sources


def _sources(client: Callable[[str], Upstream], settings: Settings) -> Iterator[FrozenSource]:
    for kind in PROVIDERS:
        config = default_config(kind, settings)
        yield FrozenSource(frozen_id(kind, OPENED_AT), kind, kind, _NAMES[kind], config, client(kind))
    for feed in (*HEALTHY, *(FEEDS[name] for name in _UNWELL)):
        name = feed.outlet.name if feed.behaviour == "plain" else f"{feed.outlet.name} ({feed.name})"
        config = {"url": ORIGIN + feed.path}
        yield FrozenSource(frozen_id(feed.path, OPENED_AT), feed.name, "feed", name, config, client("feed"))


async def _poll(source: FrozenSource, now: datetime) -> None:
    try:
        fetched = await source.client.fetch(config=source.config, cursor=source.cursor)
    except UpstreamError as error:
        source.state, source.reason = error.state, error.reason
        return
    source.state, source.reason, source.cursor = "healthy", None, fetched.cursor
    if fetched.feed is not None:
        source.language = from_tag(fetched.feed.language)
    if fetched.drafts:
        source.polls.append((now, fetched.drafts))


def identify(source: FrozenSource) -> Callable[[NormalisedArticle], UUID]:
    """The id that each article of a source is given."""
    return lambda article: frozen_id(f"{source.slug}\0{article.provider_id}", article.published_at)


def frozen_id(name: str, at: datetime) -> UUID:
    """A UUIDv7 of `at` whose random part comes out of the name (RFC 9562 §5.7)."""
    milliseconds = int(at.timestamp() * 1000)
    chance = int.from_bytes(blake2b(name.encode(), digest_size=10).digest())
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (chance >> 68) << 64 | 0x2 << 62 | chance & (1 << 62) - 1)

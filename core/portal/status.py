"""How the instance is at this moment: its parts, its sources, and what the last hour brought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from core.errors import Unavailable
from core.lifecycle.types import Report
from core.lifecycle.types import Status as PartStatus
from core.sources.service import sources
from core.sources.types import SourceGroup, SourceState

KEPT_S: Final = 5.0
"""How old an answer may be: however many look at the page, the parts are asked every 5 s at most."""

Figures = list[tuple[str, str, float | None]]
"""(metric, value of its one label or "", figure)."""

_WELL: Final[frozenset[SourceState]] = frozenset({"healthy", "slow", "moved"})
_RESTING: Final[frozenset[SourceState]] = frozenset({"paused", "pending", "gone"})
_PARTS: Final = {
    "postgresql": ("PostgreSQL", "Everything that is stored: articles, accounts, keys."),
    "redis": ("Redis", "Budgets and cached pages. Without it each process keeps its own."),
    "worker": ("Worker", "Polls the sources, sends mails, delivers events."),
}
_WORDS: Final[dict[PartStatus, str]] = {"ok": "Works", "degraded": "Degraded", "failed": "Down"}


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `state` is ok, degraded or failed; `word` says it to people."""

    name: str
    purpose: str
    state: PartStatus
    word: str
    detail: str | None
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Kind:
    """All sources of one kind. `resting` ones are asked for nothing: paused, gone, or never asked yet."""

    name: str
    state: PartStatus
    well: int
    unwell: int
    resting: int
    articles: int
    last_fetch_at: datetime | None


@dataclass(frozen=True, slots=True)
class Board:
    """The whole page. `kinds` is None where PostgreSQL could not be asked."""

    state: PartStatus
    parts: tuple[Part, ...]
    kinds: tuple[Kind, ...] | None
    figures: tuple[tuple[str, str], ...]
    version: str
    uptime: str
    seen_at: datetime

    @property
    def headline(self) -> str:
        """One sentence."""
        worst: Literal["ok", "degraded", "failed"] = self.state
        return {
            "ok": "Everything works",
            "degraded": "It answers, and something is amiss",
            "failed": "It cannot answer requests for now",
        }[worst]


async def look(report: Callable[[], Awaitable[Report]], counted: Callable[[], Awaitable[Figures]]) -> Board:
    """Ask every part, then the sources. Never fails: what cannot be asked is shown as being away."""
    told = await report()
    groups: Iterable[SourceGroup] | None = None
    figures: Figures = []
    if told.ready:  # else PostgreSQL is away, and would be waited for once more
        with suppress(Unavailable):
            groups, figures = await sources.by_kind(), await counted()
    return board(told, groups, figures, now=datetime.now(UTC))


def board(report: Report, groups: Iterable[SourceGroup] | None, figures: Figures, *, now: datetime) -> Board:
    """The page's content out of what was asked. Pure."""
    parts = tuple(
        Part(*_PARTS[check.name], check.status, _WORDS[check.status], check.detail, check.duration_ms)
        for check in report.checks
    )
    kinds = None if groups is None else _kinds(groups)
    states: list[PartStatus] = [part.state for part in parts]
    worst: PartStatus = "ok"
    if not report.ready:
        worst = "failed"
    elif "degraded" in states or any(kind.state != "ok" for kind in kinds or ()):
        worst = "degraded"
    return Board(
        state=worst,
        parts=parts,
        kinds=kinds,
        figures=_figures(figures),
        version=report.version,
        uptime=duration(report.uptime_s),
        seen_at=now,
    )


def duration(seconds: float) -> str:
    """`3 days 4 h`, `4 h 12 min`, `12 min`, `40 s`: the two largest units, or one."""
    whole = timedelta(seconds=int(seconds))
    hours, rest = divmod(whole.seconds, 3600)
    minutes = rest // 60
    if whole.days:
        return f"{whole.days} day{'s' if whole.days > 1 else ''} {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{whole.seconds} s"


def _kinds(groups: Iterable[SourceGroup]) -> tuple[Kind, ...]:
    by_kind: dict[str, list[SourceGroup]] = defaultdict(list)
    for group in groups:
        by_kind[group.kind].append(group)
    return tuple(_kind(name, found) for name, found in sorted(by_kind.items()))


def _kind(name: str, groups: list[SourceGroup]) -> Kind:
    well = sum(group.count for group in groups if group.state in _WELL)
    resting = sum(group.count for group in groups if group.state in _RESTING)
    unwell = sum(group.count for group in groups) - well - resting
    fetched = [group.last_fetch_at for group in groups if group.last_fetch_at is not None]
    return Kind(
        name=name,
        state="ok" if not unwell else "degraded" if well else "failed",
        well=well,
        unwell=unwell,
        resting=resting,
        articles=sum(group.article_count for group in groups),
        last_fetch_at=max(fetched, default=None),
    )


def _figures(counted: Figures) -> tuple[tuple[str, str], ...]:
    """(what, how much) of the last hour."""
    found = {(name, label): figure for name, label, figure in counted}
    shown: list[tuple[str, str]] = []
    if (articles := found.get(("tidings_ingested_articles_last_hour", ""))) is not None:
        shown.append(("New articles in the last hour", f"{articles:,.0f}"))
    if (age_s := found.get(("tidings_newest_article_age_seconds", ""))) is not None:
        shown.append(("Age of the newest article", duration(max(0.0, age_s))))
    fetches = {label: figure or 0 for (name, label), figure in found.items() if name == "tidings_fetches_last_hour"}
    if fetches:
        shown.append(("Fetches in the last hour", f"{sum(fetches.values()):,.0f}"))
        shown.append(("Of these failed", f"{fetches.get('failed', 0):,.0f}"))
    return tuple(shown)

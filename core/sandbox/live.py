"""What is published after the edition has closed: one article every two minutes, on a fixed rota.

Article number k appears at `epoch + k x 2 min`. Its text, outlet and address depend on the edition and k alone, so a
newsroom that is restarted publishes the same again. Only the last three days are kept.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.sandbox.archive import feed_link, place
from core.sandbox.articles import Article, Edit, Form, Listing
from core.sandbox.assignments import ASSIGNMENTS, Assignment
from core.sandbox.content.languages import LANGUAGES
from core.sandbox.outlets import OUTLETS
from core.sandbox.writing import beats_of, write

INTERVAL: Final = timedelta(minutes=2)
RETENTION: Final = timedelta(days=3)
FIRST_SERIAL: Final = 1_000
EDITED_EVERY: Final = 25  # edited 10 minutes after it appeared
REMOVED_EVERY: Final = 60  # taken down 30 minutes after it appeared

_QUIET: Final = ("feed:shy", "feed:busy", "feed:unsafe")
_FEEDS: Final = tuple(task for task in ASSIGNMENTS if task.channel.startswith("feed:") and task.channel not in _QUIET)
_NEWSAPI: Final = tuple(task for task in ASSIGNMENTS if task.channel == "newsapi")
_REDDIT: Final = tuple(task for task in ASSIGNMENTS if task.channel == "reddit")
_HACKERNEWS: Final = tuple(task for task in ASSIGNMENTS if task.channel == "hackernews")
_GUARDIAN: Final = tuple(task for task in ASSIGNMENTS if task.channel == "guardian")
ROTA: Final = (_GUARDIAN, _FEEDS, _NEWSAPI, _HACKERNEWS, _FEEDS, _GUARDIAN, _REDDIT, _FEEDS)
"""Whose turn it is: three of eight articles go to feeds, two to the Guardian, one to each of the others."""


class LiveDesk:
    """Writes the articles of an edition that come after its close, as the clock reaches them."""

    def __init__(self, edition: int, epoch: datetime) -> None:
        self._edition, self._epoch = edition, epoch
        self._listings: dict[int, Listing] = {}

    def on(self, channel: str, now: datetime) -> list[Listing]:
        """The listings of a channel at `now`, newest first."""
        self._catch_up(now)
        return [
            listing for _, listing in sorted(self._listings.items(), reverse=True) if self._shows(listing, channel, now)
        ]

    def latest(self, now: datetime) -> int:
        """The number of the newest article at `now`; 0 until the first one appears."""
        return max(0, (now - self._epoch) // INTERVAL)

    def prepare(self, now: datetime) -> None:
        """Writes everything up to `now` ahead of the first request: 0.3 s for three days."""
        self._catch_up(now)

    def _shows(self, listing: Listing, channel: str, now: datetime) -> bool:
        return listing.channel == channel and listing.listed_at <= now

    def _catch_up(self, now: datetime) -> None:
        latest = self.latest(now)
        oldest = max(1, latest - RETENTION // INTERVAL + 1)
        for turn in [turn for turn in self._listings if turn < oldest]:
            del self._listings[turn]
        for turn in range(oldest, latest + 1):
            if turn not in self._listings:
                self._listings[turn] = self._write(turn)

    def _write(self, turn: int) -> Listing:
        round_, position = divmod(turn - 1, len(ROTA))
        tasks = ROTA[position]
        task = tasks[(round_ * ROTA.count(tasks) + ROTA[:position].count(tasks)) % len(tasks)]
        article = self._article(task, turn, round_)
        link = feed_link(article) if task.channel.startswith("feed:") else article.url
        return Listing(article, task.channel, link, article.published_at, task.form, FIRST_SERIAL + turn)

    def _article(self, task: Assignment, turn: int, round_: int) -> Article:
        outlet = OUTLETS[task.outlet]
        language = LANGUAGES[outlet.language]
        beats = task.beats or beats_of(language, outlet.desk_for(turn + round_))
        beat = beats[round_ % len(beats)]
        name = f"{self._edition}/live/{turn}"
        published_at = self._epoch + turn * INTERVAL
        form: Form = task.form
        article = place(
            outlet, f"live-{turn:06}", write(language, beat, name), published_at, form=form, suffix=f"-{turn}"
        )
        if turn % EDITED_EVERY == 0:
            edited = write(language, beat, name, version=1)
            article = replace(article, edits=(Edit(published_at + timedelta(minutes=10), edited),))
        if turn % REMOVED_EVERY == 0:
            article = replace(article, removed_at=published_at + timedelta(minutes=30))
        return article

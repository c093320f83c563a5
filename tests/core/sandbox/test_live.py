"""What is published while the clock moves on."""

from datetime import timedelta

import pytest

from core.sandbox.clock import EPOCH, FrozenClock, MovingClock, clock_named, edition_at
from core.sandbox.live import EDITED_EVERY, INTERVAL, REMOVED_EVERY, RETENTION, LiveDesk
from core.sandbox.newsroom import Newsroom

CHANNELS = tuple(Newsroom().archive.channels)


def everything(desk: LiveDesk, minutes: float) -> list[str]:
    now = EPOCH + timedelta(minutes=minutes)
    return [listing.article.key for channel in CHANNELS for listing in desk.on(channel, now)]


def test_nothing_is_live_while_the_clock_stands_at_the_epoch() -> None:
    assert everything(LiveDesk(0, EPOCH), 0) == []
    assert everything(LiveDesk(0, EPOCH), 1.9) == []


def test_one_article_appears_every_two_minutes() -> None:
    desk = LiveDesk(0, EPOCH)
    assert [len(everything(desk, minutes)) for minutes in (2, 4, 60, 240)] == [1, 2, 30, 120]


def test_every_upstream_gets_its_share() -> None:
    desk = LiveDesk(0, EPOCH)
    day = EPOCH + timedelta(days=1)
    shares = {channel: len(desk.on(channel, day)) for channel in CHANNELS}
    assert shares["guardian"] == 180
    assert shares["newsapi"] == shares["reddit"] == shares["hackernews"] == 90
    assert sum(count for channel, count in shares.items() if channel.startswith("feed:")) == 270


def test_only_the_last_three_days_are_kept() -> None:
    desk = LiveDesk(0, EPOCH)
    assert len(everything(desk, 30 * 24 * 60)) == RETENTION // INTERVAL


def test_turning_the_clock_back_hides_what_has_not_happened_yet() -> None:
    desk = LiveDesk(0, EPOCH)
    everything(desk, 600)
    assert len(everything(desk, 60)) == 30


def test_some_live_articles_are_edited_and_some_removed() -> None:
    desk = LiveDesk(0, EPOCH)
    now = EPOCH + timedelta(days=1)
    articles = {listing.article.key: listing.article for channel in CHANNELS for listing in desk.on(channel, now)}
    edited = articles[f"live-{EDITED_EVERY:06}"]
    removed = articles[f"live-{REMOVED_EVERY:06}"]
    assert edited.story_at(now).title != edited.story.title
    assert removed.removed_by(now)
    assert not removed.removed_by(removed.published_at + timedelta(minutes=29))


def test_a_new_edition_closes_every_week() -> None:
    assert edition_at(EPOCH) == 0
    assert edition_at(EPOCH - timedelta(seconds=1)) == -1
    assert edition_at(EPOCH + timedelta(days=6, hours=23)) == 0
    assert edition_at(EPOCH + timedelta(days=7)) == 1


def test_the_newest_article_of_a_moving_newsroom_is_recent() -> None:
    newsroom = Newsroom(MovingClock())
    newest = max(listing.listed_at for channel in CHANNELS for listing in newsroom.on(channel))
    assert newsroom.now - newest < timedelta(minutes=20)
    assert len(newsroom.on("guardian")) >= 170


def test_a_clock_is_named_by_its_mode_or_by_an_instant() -> None:
    assert isinstance(clock_named("moving"), MovingClock)
    assert clock_named("frozen").now() == EPOCH
    assert clock_named("2026-12-01T10:00:00+01:00").now().isoformat() == "2026-12-01T09:00:00+00:00"


@pytest.mark.parametrize("name", ["yesterday", "2026-12-01T10:00:00"])
def test_a_clock_that_makes_no_sense_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        clock_named(name)


def test_only_a_frozen_clock_can_be_set() -> None:
    clock = FrozenClock()
    clock.set(EPOCH + timedelta(days=1))
    assert clock.now() == EPOCH + timedelta(days=1)
    with pytest.raises(ValueError, match="moving clock"):
        MovingClock().set(EPOCH)

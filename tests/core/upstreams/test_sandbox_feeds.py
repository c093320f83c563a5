"""The feed client against every feed of the sandbox newsroom, each with its own behaviour."""

import pytest

from core.infra.http import Egress
from core.kit.clock import FixedClock
from core.sandbox.feeds.catalogue import FEEDS
from core.sandbox.manifest import KnownFeed, manifest_of
from core.sandbox.server import NewsroomServer
from core.settings import Settings
from core.upstreams.registry import build
from core.upstreams.types import Fetched, UpstreamError

FAILING = {"gone": ("gone", 410), "shy": ("throttled", 403), "busy": ("throttled", 429)}
READABLE = sorted(name for name, feed in FEEDS.items() if feed.behaviour not in FAILING)
FORMATS = {"rss20": "rss", "rss092": "rss", "rss091": "rss", "rdf": "rdf", "atom": "atom", "json": "json"}


def _known(sandbox: NewsroomServer, name: str) -> KnownFeed:
    return next(feed for feed in manifest_of(sandbox.newsroom.archive).feeds if feed.name == name)


async def _poll(sandbox: NewsroomServer, settings: Settings, clock: FixedClock, name: str) -> list[Fetched]:
    """Two polls, the second with the first one's cursor."""
    async with Egress.from_settings(settings) as egress:
        client = build("feed", settings, egress, clock=clock)
        hurry = "?delay=0.05" if FEEDS[name].behaviour == "slow" else ""
        config = {"url": sandbox.origin + FEEDS[name].path + hurry}
        first = await client.fetch(config=config, cursor={})
        return [first, await client.fetch(config=config, cursor=first.cursor)]


@pytest.mark.parametrize("behaviour", FAILING)
async def test_a_feed_that_is_refused_is_in_the_state_that_its_status_says(
    sandbox: NewsroomServer, settings: Settings, clock: FixedClock, behaviour: str
) -> None:
    with pytest.raises(UpstreamError) as error:
        await _poll(sandbox, settings, clock, behaviour)
    assert (error.value.state, error.value.http_status) == FAILING[behaviour]


@pytest.mark.parametrize("name", READABLE)
async def test_every_feed_is_read_in_its_format_and_not_twice(
    sandbox: NewsroomServer, settings: Settings, clock: FixedClock, name: str
) -> None:
    feed, known = FEEDS[name], _known(sandbox, name)
    first, second = await _poll(sandbox, settings, clock, name)
    assert first.feed is not None
    assert first.feed.format == FORMATS[feed.format]
    assert (first.feed.language or "").startswith(known.language)
    assert first.feed.title == feed.outlet.name
    assert len(first.drafts) >= known.items - (2 if feed.behaviour == "broken" else 0)
    assert len({draft.provider_id for draft in first.drafts}) == len(first.drafts)
    assert "\ufffd" not in "".join(draft.title for draft in first.drafts)
    assert (second.outcome, second.http_status, second.drafts) == ("not_modified", 304, ())


async def test_a_moved_feed_is_followed_for_good_and_a_detour_is_not(
    sandbox: NewsroomServer, settings: Settings, clock: FixedClock
) -> None:
    moved, _ = await _poll(sandbox, settings, clock, "moved")
    detour, _ = await _poll(sandbox, settings, clock, "detour")
    assert moved.moved_to == sandbox.origin + FEEDS["coastal-post"].path
    assert detour.moved_to is None


async def test_titles_are_what_the_newsroom_wrote_in_every_charset(
    sandbox: NewsroomServer, settings: Settings, clock: FixedClock
) -> None:
    for name in ("minato-shimbun", "el-faro-del-sur", "mislabelled"):
        first, _ = await _poll(sandbox, settings, clock, name)
        written = {
            listing.article.story_at(clock.now()).title for listing in sandbox.newsroom.archive.channels[f"feed:{name}"]
        }
        assert {draft.title for draft in first.drafts} <= written


async def test_relative_links_and_images_are_made_absolute(
    sandbox: NewsroomServer, settings: Settings, clock: FixedClock
) -> None:
    first, _ = await _poll(sandbox, settings, clock, "relative")
    assert all(draft.url.startswith(sandbox.origin) for draft in first.drafts)
    assert all(draft.image_url is None or draft.image_url.startswith(sandbox.origin) for draft in first.drafts)


async def test_the_page_of_a_site_names_its_feed(
    sandbox: NewsroomServer, settings: Settings, clock: FixedClock
) -> None:
    async with Egress.from_settings(settings) as egress:
        client = build("feed", settings, egress, clock=clock)
        with pytest.raises(UpstreamError) as error:
            await client.fetch(config={"url": f"{sandbox.origin}/sites/harbour-ledger"}, cursor={})
    assert f"{sandbox.origin}/feeds/harbour-ledger.xml" in error.value.reason

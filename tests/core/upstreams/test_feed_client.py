"""Polling a feed: conditions, redirects, statuses and what each means."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.infra.http import Egress, Guard
from core.infra.http.addresses import parse_network
from core.kit.clock import FixedClock
from core.upstreams.feeds import FeedClient
from core.upstreams.types import Fetched, UpstreamError
from tests.support.upstream_server import Received, Reply, UpstreamServer

FEED = b"""<rss version='2.0'><channel><title>T</title>
<item><title>x</title><link>http://a.example/1</link></item></channel></rss>"""
XML = {"Content-Type": "application/rss+xml"}


async def _poll(feeds: FeedClient, url: str, cursor: dict[str, Any] | None = None) -> Fetched:
    return await feeds.fetch(config={"url": url}, cursor=cursor or {})


async def _failure(feeds: FeedClient, url: str) -> UpstreamError:
    with pytest.raises(UpstreamError) as error:
        await _poll(feeds, url)
    return error.value


@pytest.mark.parametrize(
    ("status", "state", "word"),
    [
        (400, "failing", "400"),
        (401, "failing", "log-in"),
        (403, "throttled", "403"),
        (404, "failing", "no feed"),
        (410, "gone", "for good"),
        (429, "throttled", "fewer requests"),
        (451, "failing", "451"),
        (500, "failing", "broken"),
        (503, "failing", "broken"),
        (204, "failing", "204"),
    ],
)
async def test_a_status_gives_the_state_and_a_sentence(
    feeds: FeedClient, server: UpstreamServer, status: int, state: str, word: str
) -> None:
    server.routes["/feed"] = Reply(status, b"<html>sorry</html>", headers={"Retry-After": "120"})
    error = await _failure(feeds, server.url("/feed?token=secret"))
    assert (error.state, error.http_status, error.retry_after_s) == (state, status, 120)
    assert word in error.reason
    assert "secret" not in error.reason


async def test_a_private_address_is_a_failing_feed_that_names_the_rule(clock: FixedClock) -> None:
    async with Egress(user_agent="Tidings/test", guard=Guard()) as egress:
        error = await _failure(FeedClient(egress=egress, clock=clock), "http://169.254.169.254/feed")
    assert error.state == "failing"
    assert "not public" in error.reason


async def test_a_feed_that_drips_is_slow(clock: FixedClock, server: UpstreamServer) -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.02)

    server.routes["/feed"] = Reply(stream=drip)
    guard = Guard(allowed_networks=[parse_network("127.0.0.0/8")])
    async with Egress(user_agent="x", guard=guard, deadline_s=0.3) as hurried:
        error = await _failure(FeedClient(egress=hurried, clock=clock), server.url("/feed"))
    assert error.state == "slow"


async def test_a_web_page_is_a_failing_feed_that_names_the_right_address(
    feeds: FeedClient, server: UpstreamServer
) -> None:
    page = b"<html><head><link rel=alternate type='application/atom+xml' href='/atom.xml'></head></html>"
    server.routes["/"] = Reply(200, page, headers={"Content-Type": "text/html"})
    error = await _failure(feeds, server.url("/"))
    assert error.state == "failing"
    assert server.url("/atom.xml") in error.reason


async def test_conditions_are_sent_back_and_a_304_brings_nothing_new(feeds: FeedClient, server: UpstreamServer) -> None:
    def answer(request: Received) -> Reply:
        if request.headers.get("if-none-match") == 'W/"1"':
            return Reply(304, headers={"ETag": 'W/"1"'})
        return Reply(200, FEED, headers={**XML, "ETag": 'W/"1"', "Last-Modified": "Sat, 21 Nov 2026 08:00:00 GMT"})

    server.routes["/feed"] = answer
    first = await _poll(feeds, server.url("/feed"))
    second = await _poll(feeds, server.url("/feed"), first.cursor)
    assert (first.outcome, len(first.drafts), first.bytes_read) == ("ok", 1, len(FEED))
    assert (second.outcome, second.http_status, second.drafts, second.cursor) == ("not_modified", 304, (), first.cursor)
    assert server.received[1].headers["if-modified-since"] == "Sat, 21 Nov 2026 08:00:00 GMT"


async def test_the_same_body_again_is_not_read_again(feeds: FeedClient, server: UpstreamServer) -> None:
    server.routes["/feed"] = Reply(200, FEED, headers=XML)
    first = await _poll(feeds, server.url("/feed"))
    second = await _poll(feeds, server.url("/feed"), first.cursor)
    assert (second.outcome, second.http_status) == ("not_modified", 200)
    assert second.bytes_read == len(FEED)


async def test_the_conditions_of_another_address_are_not_sent(feeds: FeedClient, server: UpstreamServer) -> None:
    server.routes["/feed"] = Reply(200, FEED, headers=XML)
    await _poll(feeds, server.url("/feed"), {"url": "http://old.example/", "etag": '"1"', "digest": "x"})
    assert "if-none-match" not in server.received[0].headers


@pytest.mark.parametrize("etag", ['"' + "x" * 600 + '"', '"caf\xe9"', '"a\tb"'])
async def test_a_validator_that_cannot_be_sent_back_is_forgotten(
    feeds: FeedClient, server: UpstreamServer, etag: str
) -> None:
    server.routes["/feed"] = Reply(200, FEED, headers={**XML, "ETag": etag})
    assert (await _poll(feeds, server.url("/feed"))).cursor["etag"] is None


@pytest.mark.parametrize(
    ("statuses", "moved_to"),
    [
        ([301], "/1"),
        ([308], "/1"),
        ([301, 308], "/2"),
        ([302], None),
        ([303], None),
        ([307], None),
        ([302, 301], None),
        ([301, 302], "/1"),
        ([308, 307, 301], "/1"),
    ],
)
async def test_only_leading_permanent_redirects_move_a_feed(
    feeds: FeedClient, server: UpstreamServer, statuses: list[int], moved_to: str | None
) -> None:
    for position, status in enumerate(statuses):
        server.routes[f"/{position}"] = Reply(status, headers={"Location": f"/{position + 1}"})
    server.routes[f"/{len(statuses)}"] = Reply(200, FEED, headers=XML)
    fetched = await _poll(feeds, server.url("/0"))
    assert fetched.moved_to == (None if moved_to is None else server.url(moved_to))
    assert fetched.requests == len(statuses) + 1
    assert len(fetched.drafts) == 1


async def test_a_permanent_redirect_to_something_broken_moves_nothing(
    feeds: FeedClient, server: UpstreamServer
) -> None:
    server.routes["/0"] = Reply(301, headers={"Location": "/gone"})
    server.routes["/gone"] = Reply(200, b"<html>parked domain</html>", headers={"Content-Type": "text/html"})
    assert (await _failure(feeds, server.url("/0"))).state == "failing"


async def test_a_redirect_loop_is_a_failing_feed(feeds: FeedClient, server: UpstreamServer) -> None:
    server.routes["/0"] = Reply(301, headers={"Location": "/0"})
    assert "more than 5 times" in (await _failure(feeds, server.url("/0"))).reason


async def test_one_hostile_feed_does_not_hold_up_another(feeds: FeedClient, server: UpstreamServer) -> None:
    laughs = b'<!DOCTYPE r [<!ENTITY a "a">]><rss>&a;</rss>'
    server.routes["/bad"] = Reply(200, laughs)
    server.routes["/good"] = Reply(200, FEED, headers=XML)
    bad, good = await asyncio.gather(
        _poll(feeds, server.url("/bad")), _poll(feeds, server.url("/good")), return_exceptions=True
    )
    assert isinstance(bad, UpstreamError)
    assert isinstance(good, Fetched)

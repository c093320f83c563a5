"""Feeds that want to exhaust us: each ends with its reason, and within 32 MiB."""

import asyncio
import gzip
import json
import os
import struct
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import core
from tests.support.measuring import unmeasured
from tests.support.upstream_server import Reply, UpstreamServer

MAX_GROWTH_KIB = 32 * 1024
MIB = 2**20
SIZE = 15 * MIB - 64
RSS = b"<rss version='2.0'><channel><title>T</title><link>http://example.org/</link>"
GOOD = b"<item><title>a</title><link>http://example.org/%d</link></item>"
SMALL = RSS + GOOD % 1 + b"</channel></rss>"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(
        b'<!ENTITY lol%d "%s">' % (n, b"&lol%s;" % (b"%d" % (n - 1) if n > 1 else b"") * 10) for n in range(1, 10)
    )
    + b"]><rss version='2.0'><channel><title>&lol9;</title></channel></rss>"
)


def _filled(head: bytes, unit: bytes, tail: bytes = b"") -> bytes:
    return head + unit * ((SIZE - len(head) - len(tail)) // len(unit)) + tail


@cache
def _gzip_bomb() -> bytes:
    """2 GiB of spaces in 2 MiB: a flushed block needs nothing of those before it, so one is packed and repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = [packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH) for text in (RSS, b" " * MIB)]
    check = zlib.crc32(RSS)
    for _ in range(2048):
        check = zlib.crc32(b" " * MIB, check)
    tail = packer.flush() + struct.pack("<2L", check, (len(RSS) + 2048 * MIB) % 2**32)
    return gzip.compress(b"")[:10] + packed[0] + packed[1] * 2048 + tail


async def _endless() -> AsyncIterator[bytes]:
    yield RSS
    while True:
        yield GOOD % 1 * 1000


def _plain(body: Callable[[], bytes]) -> Callable[[], Reply]:
    return lambda: Reply(200, body(), headers={"Content-Type": "application/xml"})


def _jsonfeed(body: Callable[[], bytes]) -> Callable[[], Reply]:
    return lambda: Reply(200, body(), headers={"Content-Type": "application/feed+json"})


def _packed(body: Callable[[], bytes], encoding: str) -> Callable[[], Reply]:
    return lambda: Reply(200, body(), headers={"Content-Encoding": encoding})


JSON_HEAD = b'{"version":"https://jsonfeed.org/version/1.1","title":"T","items":['

FAILING: dict[str, tuple[Callable[[], Reply], str]] = {
    "billion laughs": (_plain(lambda: LAUGHS), "entities"),
    "quadratic blow-up": (
        _plain(lambda: b'<!DOCTYPE r [<!ENTITY a "%s">]><rss>%s</rss>' % (b"a" * 50_000, b"&a;" * 50_000)),
        "entities",
    ),
    "2 GiB in gzip": (_packed(_gzip_bomb, "gzip"), "larger than"),
    "2 GiB in gzip in gzip": (_packed(lambda: gzip.compress(_gzip_bomb()), "gzip, gzip"), "compressed"),
    "an endless body": (lambda: Reply(stream=_endless), "larger than"),
    "10^6 items of 63 bytes": (_plain(lambda: RSS + b"".join(GOOD % n for n in range(1_000_000))), "larger than"),
    "a tag with a million attributes": (
        _plain(lambda: RSS + b"<item " + b" ".join(b"a%d=''" % n for n in range(1_000_000)) + b"/>"),
        "tag of more than",
    ),
    "a comment without an end": (_plain(lambda: _filled(RSS + b"<!--", b"x")), "tag of more than"),
    "nothing but angle brackets": (_plain(lambda: _filled(b"", b"<")), "neither RSS"),
    "nothing but zeros": (_plain(lambda: bytes(SIZE)), "not a feed"),
    "JSON brackets": (_jsonfeed(lambda: _filled(b'{"items":', b"[")), "not a JSON Feed"),
}

BOUNDED: dict[str, tuple[Callable[[], Reply], int]] = {
    "10^6 small items": (_plain(lambda: RSS + b"<item/>" * 1_000_000 + b"</channel></rss>"), 0),
    "more items than are read": (
        _plain(lambda: RSS + b"".join(GOOD % n for n in range(200_000)) + b"</channel></rss>"),
        1000,
    ),
    "a deep nest": (_plain(lambda: _filled(RSS + GOOD % 1, b"<a>")), 1),
    "a good item beside one with 10^6 children": (
        _plain(lambda: _filled(RSS + GOOD % 1 + b"<item>", b"<ab/>", b"</item></channel></rss>")),
        1,
    ),
    "items of a thousand categories": (
        _plain(lambda: _filled(RSS + GOOD % 1, b"<item>" + b"<category>a</category>" * 900 + b"</item>")),
        1,
    ),
    "one text of 15 MiB": (
        _plain(
            lambda: _filled(RSS + GOOD[:-7] % 1 + b"<description>", b"abc ", b"</description></item></channel></rss>")
        ),
        1,
    ),
    "one text of ampersands": (
        _plain(
            lambda: _filled(RSS + GOOD[:-7] % 1 + b"<description>", b"&amp;", b"</description></item></channel></rss>")
        ),
        1,
    ),
    "declarations that are none": (_plain(lambda: _filled(RSS + GOOD % 1, b"<!")), 1),
    "broken, and 10^6 empty elements": (_plain(lambda: _filled(RSS + GOOD % 1 + b"<item>&", b"<a/>")), 1),
    "broken, and 10^6 entities": (_plain(lambda: _filled(RSS + GOOD % 1 + b"<item><title>& ", b"&amp;")), 1),
    "broken, and 10^6 references": (_plain(lambda: _filled(RSS + GOOD % 1 + b"<item><title>& ", b"&#65;")), 1),
    "CDATA that never ends": (_plain(lambda: _filled(RSS + GOOD % 1, b"<![CDATA[")), 1),
    "bare ampersands": (_plain(lambda: _filled(RSS + GOOD % 1, b"&")), 1),
    "tags that never end": (_plain(lambda: _filled(RSS + GOOD % 1, b"<a ")), 1),
    "JSON, 10^6 items": (_jsonfeed(lambda: _filled(JSON_HEAD, b'{"id":"1"},')), 0),
    "JSON, a good item beside one of 10^6 lists": (
        _jsonfeed(
            lambda: _filled(JSON_HEAD + b'{"id":"1","url":"http://a.example/","title":"x"},{"a":[', b"[],", b"1]}]}")
        ),
        1,
    ),
    "JSON, a string of escapes": (_jsonfeed(lambda: _filled(JSON_HEAD + b'{"id":"', b'\\"', b'"}]}')), 0),
}


async def _polled(reply: Reply) -> dict[str, Any]:
    """What a child process reports about one poll."""
    async with UpstreamServer() as server:
        server.routes["/small"] = Reply(200, SMALL)
        server.routes["/feed"] = reply
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.support.poll_feed",
            server.url("/feed"),
            server.url("/small"),
            cwd=Path(core.__file__).parent.parent,
            env=unmeasured(os.environ),  # its memory is what is measured
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await child.communicate()
    assert child.returncode == 0
    report: dict[str, Any] = json.loads(output)
    return report


@pytest.mark.parametrize("name", FAILING)
async def test_a_bomb_is_a_failed_feed_with_its_reason(name: str) -> None:
    build, reason = FAILING[name]
    report = await _polled(build())
    assert report["outcome"] == "failed", report
    assert reason in report["reason"]
    assert report["growth_kib"] <= MAX_GROWTH_KIB


@pytest.mark.parametrize("name", BOUNDED)
async def test_an_absurd_feed_gives_what_is_usable_in_it(name: str) -> None:
    build, drafts = BOUNDED[name]
    report = await _polled(build())
    assert report["outcome"] == "ok", report
    assert report["drafts"] == drafts
    assert report["growth_kib"] <= MAX_GROWTH_KIB

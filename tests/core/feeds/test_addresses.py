"""The address of a feed: may it be fetched, and what is it called in short."""

from typing import Any

import pytest

from core.errors import UrlNotAllowed
from core.feeds.addresses import allowed, judged, numbered, site_name, slug_base
from core.infra.context import Infrastructure


@pytest.fixture(scope="module")
def process_settings() -> dict[str, Any]:
    return {"egress_allow": "192.168.7.0/24", "sandbox_url": "http://127.0.0.1:4999"}


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("ftp://example.org/a", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("https://user:pass@example.org/", "userinfo"),
        ("https://93.184.216.34:22/", "port"),
        ("http://127.0.0.1/feed", "private_address"),
        ("http://127.0.0.1:4998/feed", "private_address"),
        ("http://localhost/feed", "private_address"),
        ("http://10.0.0.1/", "private_address"),
        ("http://169.254.169.254/latest/meta-data", "private_address"),
        ("http://[::1]/", "private_address"),
        ("http://[::ffff:127.0.0.1]/", "private_address"),
        ("http://0x7f000001/", "host"),
        ("http://2130706433/", "host"),
        ("http://0177.0.0.1/", "host"),
        ("http://exa mple.org/", "host"),
    ],
)
async def test_what_must_not_be_fetched_is_refused_by_its_rule(url: str, rule: str, infra: Infrastructure) -> None:
    with pytest.raises(UrlNotAllowed) as refusal:
        await allowed(url)
    (error,) = refusal.value.errors
    assert (error.code, error.pointer) == (rule, "/url")
    assert f"(rule: {rule})" in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Example.ORG:443/feed?b=2&a=1&utm_source=x#top", "https://example.org/feed?b=2&a=1&utm_source=x"),
        ("http://192.168.7.20:5000/feed.xml", "http://192.168.7.20:5000/feed.xml"),
        ("http://127.0.0.1:4999/feeds/a.xml", "http://127.0.0.1:4999/feeds/a.xml"),
        ("https://no-such-name.invalid/feed", "https://no-such-name.invalid/feed"),
    ],
)
async def test_what_may_be_fetched_has_one_spelling(url: str, canonical: str, infra: Infrastructure) -> None:
    assert await allowed(url) == canonical


async def test_many_are_judged_one_by_one(infra: Infrastructure) -> None:
    good, bad, name = await judged(["https://93.184.216.34/f", "http://10.1.1.1/f", "http://localhost/f"])
    assert good == "https://93.184.216.34/f"
    assert isinstance(bad, UrlNotAllowed)
    assert isinstance(name, UrlNotAllowed)


async def test_nothing_to_judge_is_nothing(infra: Infrastructure) -> None:
    assert await judged([]) == []


@pytest.mark.parametrize(
    ("url", "title", "slug"),
    [
        ("https://example.org/feed", "Battery Weekly", "battery-weekly"),
        ("https://feeds.example.org/battery-weekly.xml", None, "battery-weekly"),
        ("https://www.example.org/rss/index.xml", None, "example-org"),
        ("https://feeds.example.org/", None, "example-org"),
        ("https://example.org/feed", "港新聞", "example-org"),
        ("https://example.org/minato.xml", "港新聞", "minato"),
        ("https://[2001:db8::1]/feed", None, "2001-db8-1"),
        ("https://example.org/feed", "Guardian", "guardian-feed"),
        ("https://example.org/feed", "x" * 300, "x" * 48),
        ("https://example.org/feed", "Café — société", "caf-soci-t"),
    ],
)
def test_a_feed_has_a_short_name(url: str, title: str | None, slug: str) -> None:
    assert slug_base(url, title) == slug


def test_a_short_name_that_is_taken_gets_a_number() -> None:
    assert numbered("a", set()) == "a"
    assert numbered("a", {"a", "a-2", "a-b"}) == "a-3"


def test_a_site_is_called_by_its_host() -> None:
    assert site_name("https://www.example.org/feed") == "example.org"

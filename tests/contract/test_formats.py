"""Every format that a document may name is checked, and what passes can be parsed."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from core.contract import formats

GOOD = {
    "uuid": ["123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000"],
    "date": ["2026-12-01", "2024-02-29", "0001-01-01"],
    "date-time": ["2026-12-01T00:00:00Z", "2026-12-01T23:59:59.123456789+14:00", "9999-12-31T23:59:59Z"],
    "uri": ["https://example.com/a?b=c#d", "mailto:a@example.com", "https://example.com/%E2%82%AC"],
    "uri-reference": ["/v2/articles?x=1", "https://example.com", ""],
    "email": ["a@example.com", "first.last+tag@sub.example.co.uk"],
    "hostname": ["example.com", "localhost", "xn--bcher-kva.example"],
    "ipv4": ["192.0.2.1"],
    "ipv6": ["2001:db8::1", "::"],
    "byte": ["", "YQ=="],
}
BAD = {
    "uuid": ["", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g", "x" * 36],
    "date": ["2026-02-30", "2026-13-01", "20261201", "2026-12-01T00:00:00Z", "２０２６-12-01", "0000-01-01"],
    "date-time": [
        "2026-12-01",
        "2026-12-01 00:00:00Z",
        "2026-12-01T00:00:00",
        "2026-12-01T24:00:00Z",
        "2016-12-31T23:59:60Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-12-01t00:00:00z",
        "2026-12-01T00:00:00Z\n",
    ],
    "uri": ["", "example.com", "/v2", "https://a b", "https://example.com/%zz", "https://exämple.com", "http:"],
    "uri-reference": ["a b", "%zz", "<a>"],
    "email": ["a", "@example.com", "a@", "a b@example.com", "a@-example.com", "a" * 65 + "@example.com", "a@b\n"],
    "hostname": ["", "a..b", "-a", "a-", "a" * 64, ".".join(["a" * 60] * 5)],
    "ipv4": ["256.0.0.1", "1.2.3", "0x7f.0.0.1"],
    "ipv6": ["::g", "1.2.3.4"],
    "byte": ["a", "YQ=", "ä==="],
}


def test_every_format_has_good_and_bad_examples() -> None:
    assert set(GOOD) == set(BAD) == set(formats.CHECKS)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in BAD.items() for text in texts])
def test_a_value_without_the_format_is_refused(name: str, text: str) -> None:
    assert not formats.CHECKS[name](text)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in GOOD.items() for text in texts])
def test_a_value_with_the_format_passes(name: str, text: str) -> None:
    assert formats.CHECKS[name](text)


def test_what_passes_can_be_parsed_by_the_code_that_follows() -> None:
    for text in GOOD["uuid"]:
        assert str(UUID(text)) == text.lower()
    for text in GOOD["date"]:
        assert date.fromisoformat(text).isoformat() == text
    for text in GOOD["date-time"]:
        assert datetime.fromisoformat(text).astimezone(UTC).tzinfo is UTC


@pytest.mark.parametrize("name", sorted(formats.CHECKS))
def test_a_hostile_text_is_decided_and_does_not_hang(name: str) -> None:
    """Long runs that almost fit: a pattern that backtracks would need years for them."""
    for hostile in ("a" * 100_000, "a." * 50_000, "a@" + "a" * 100_000, "http:" + "%41" * 30_000, "0" * 100_000):
        assert not formats.CHECKS[name](hostile + "\0")

"""From a draft to an article."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.ingest.normalise import Rejected, article_from, normalise, published_at, with_own_ids
from core.ingest.types import SourceProfile
from core.sandbox.bait import BAIT, MARKER
from tests.support.drafts import LEAD, NOBODY, NOW, article, draft

PROFILE = SourceProfile(NOBODY, "A source")


@pytest.mark.parametrize(
    "url", ["", "ftp://example.org/a", "javascript:alert(1)", "http://", "https://example.org/\x00a"]
)
def test_a_draft_without_a_web_address_is_rejected(url: str) -> None:
    with pytest.raises(Rejected, match="address"):
        article_from(draft(url=url), PROFILE, now=NOW)


@pytest.mark.parametrize("title", ["", "  ", "\u200b", "<b></b>", "&nbsp;"])
def test_a_draft_without_title_and_text_is_rejected(title: str) -> None:
    with pytest.raises(Rejected, match="neither a title nor a text"):
        article_from(draft(title=title, summary=None), PROFILE, now=NOW)


def test_one_bad_draft_is_rejected_alone_and_says_why() -> None:
    batch = normalise([draft("1"), draft("2", url="x"), draft("3")], PROFILE, now=NOW, first=11)
    assert [one.provider_id for one in batch.articles] == ["1", "3"]
    assert batch.rejected == ("item 12: the address is not an http or https one",)


def test_a_tombstone_needs_nothing_but_its_id() -> None:
    batch = normalise([draft("1", url="", title="", summary=None, removed=True)], PROFILE, now=NOW)
    assert batch.removals == (article("1").provider_hash,)
    assert not batch.articles
    assert not batch.rejected


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Plain", "Plain"),
        ("AT&amp;T buys &#8220;Time&#8221;", "AT&T buys “Time”"),
        ("A <em>fine</em> day", "A fine day"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("Use <script> with care", "Use <script> with care"),
        ("two\n lines\x00 \u202eevil", "two lines evil"),
        ("x" * 600, "x" * 499 + "…"),
    ],
)
def test_titles_become_plain_text(raw: str, clean: str) -> None:
    assert article(title=raw).title == clean


def test_a_text_without_a_title_gets_its_beginning() -> None:
    assert article(title="", summary="Short note. " * 20).title.startswith("Short note. Short note.")


@pytest.mark.parametrize("kind", BAIT)
def test_bait_never_reaches_the_store(kind: str) -> None:
    stored = article(content_html=f"<p>{LEAD}</p>{BAIT[kind]}", summary=BAIT[kind] + LEAD)
    assert stored.content_html is not None
    assert MARKER not in stored.content_html
    assert "<p>" in stored.content_html


def test_a_summary_is_one_line_of_text() -> None:
    assert article(summary="<p>One.</p>\n<p>Two &amp; three.</p>").summary == "One. Two & three."


def test_an_empty_summary_is_none() -> None:
    assert article(summary="<p> </p>").summary is None


def test_a_long_summary_is_the_text_itself() -> None:
    stored = article(summary=f"<p>{LEAD}</p>" * 20)
    assert stored.content_status == "full"
    assert stored.content_text is not None
    assert stored.content_text.count(LEAD) == 20
    assert stored.summary is not None
    assert len(stored.summary) <= 600


def test_a_text_that_was_cut_off_is_an_excerpt() -> None:
    stored = article(content_html=f"{LEAD}… [+4312 chars]")
    assert (stored.content_status, stored.content_text) == ("excerpt", f"{LEAD}…")


def test_a_draft_without_text_is_an_excerpt() -> None:
    stored = article(content_html=None)
    assert (stored.content_status, stored.content_html, stored.content_text) == ("excerpt", None, None)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (None, None), ("", None), ("null", None), ("admin", None), ("[deleted]", None), ("https://x.example", None),
        ("Ada Okafor", "Ada Okafor"), ("By Ada Okafor", "Ada Okafor"), ("ada@x.example (Ada Okafor)", "Ada Okafor"),
        ("Ada Okafor <ada@x.example>", "Ada Okafor"), ("<a href='#'>Ada</a>", "Ada"), ("x" * 300, "x" * 199 + "…"),
    ],
)  # fmt: skip
def test_an_author_is_a_name(raw: str | None, name: str | None) -> None:
    assert article(author=raw).author == name


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        (None, None), ("", None), ("data:image/png;base64,AAAA", None), ("javascript:alert(1)", None), ("/a.png", None),
        ("https://i.example/a.png?w=1&sig=b", "https://i.example/a.png?w=1&sig=b"),
        ("//i.example/a.png", "https://i.example/a.png"),
    ],
)  # fmt: skip
def test_an_image_is_a_web_address(raw: str | None, url: str | None) -> None:
    assert article(image_url=raw).image_url == url


@pytest.mark.parametrize(
    "stated",
    [
        None,
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
        NOW + timedelta(hours=24, seconds=1),
        datetime(2026, 11, 20),  # noqa: DTZ001 - without a zone, as no client should give it
    ],
)
def test_an_absurd_date_becomes_the_time_of_the_fetch(stated: datetime | None) -> None:
    assert published_at(stated, now=NOW) == NOW


@pytest.mark.parametrize("hours", [-24 * 365 * 30, -1, 0, 24])
def test_a_plausible_date_stays(hours: int) -> None:
    assert published_at(NOW + timedelta(hours=hours), now=NOW) == NOW + timedelta(hours=hours)


def test_dates_are_in_utc() -> None:
    there = datetime(2026, 11, 21, 5, 0, tzinfo=timezone(timedelta(hours=-3)))
    stored = published_at(there, now=NOW)
    assert (stored.hour, stored.tzinfo) == (8, UTC)


def test_an_id_that_several_addresses_share_is_no_id() -> None:
    drafts = [draft("1", url=f"https://www.example.org/{n}") for n in range(3)] + [draft("2")]
    assert [one.provider_id for one in with_own_ids(drafts)] == [
        "https://www.example.org/0", "https://www.example.org/1", "https://www.example.org/2", "2",
    ]  # fmt: skip


def test_an_id_that_one_address_repeats_stays() -> None:
    assert [one.provider_id for one in with_own_ids([draft("1"), draft("1")])] == ["1", "1"]


def test_english_has_a_sentiment_and_other_languages_have_none() -> None:
    judged = article(title="A wonderful, happy day for everybody in town", language="en").sentiment
    assert judged is not None
    assert (judged["label"], judged["model"][:6]) == ("positive", "vader-")
    assert 0 < judged["score"] <= 1
    assert article(language="de").sentiment is None


def test_a_short_english_text_has_no_sentiment() -> None:
    assert article(title="Great", summary=None, language="en").sentiment is None


def test_a_category_of_the_source_beats_the_items_own() -> None:
    stored = article(sections=("Football",), profile=SourceProfile(NOBODY, "x", category="health"))
    assert (stored.category, stored.topics) == ("health", ("health", "sports", "football"))


def test_an_edit_changes_the_content_hash_and_nothing_of_the_identity() -> None:
    before, after = article(), article(summary=LEAD + " Corrected.")
    assert before.content_hash != after.content_hash
    assert (before.provider_hash, before.url_hash) == (after.provider_hash, after.url_hash)


@pytest.mark.parametrize("length", [50_000, 200_000])
@pytest.mark.parametrize(
    "unit", ["\n", " ", "\n \n", " - ", "…", ". ", "a ", "&nbsp;", "[", "word. [+1 chars] ", "\u202e"]
)
def test_no_text_takes_longer_than_it_is_long(unit: str, length: int) -> None:
    """One quadratic expression over 40,000 line breaks took minutes; the suite would not end."""
    text = f"Words. {(unit * length)[:length]} Words."
    stored = article(title=text, summary=text, content_html=text, author=text)
    assert len(stored.title) <= 500


def test_texts_are_stored_as_they_can_be() -> None:
    stored = article(
        provider_id="a\x00b", url="https://www.example.org/1", title="a\x00\ud800b c", content_html="a\x00b"
    )
    assert (stored.provider_id, stored.title, stored.content_text) == ("ab", "ab c", "ab")

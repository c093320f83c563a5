"""The four API clients against the sandbox newsroom, which speaks their dialects over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from core.infra.http import Egress
from core.kit.clock import FixedClock
from core.sandbox import credentials
from core.sandbox.archive import Archive
from core.sandbox.failures import Failure
from core.sandbox.manifest import manifest_of
from core.sandbox.server import NewsroomServer
from core.settings import Settings, load
from core.upstreams.providers import PROVIDERS, default_config, origin
from core.upstreams.registry import build
from core.upstreams.types import Fetched, Upstream, UpstreamError


@pytest.fixture
async def egress(settings: Settings) -> AsyncIterator[Egress]:
    async with Egress.from_settings(settings) as client:
        yield client


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


async def _poll(client: Upstream, settings: Settings, cursor: dict[str, Any] | None = None, **config: Any) -> Fetched:
    return await client.fetch(config={**default_config(client.kind, settings), **config}, cursor=cursor or {})


def _with(settings: Settings, sandbox: NewsroomServer, **values: str) -> Settings:
    """Settings of somebody who has credentials, with the sandbox in the providers' place."""
    addresses = {f"TIDINGS_{name.upper()}_URL": f"{sandbox.origin}/{name}" for name in PROVIDERS}
    return load({"TIDINGS_SANDBOX_URL": sandbox.origin, **addresses, **values})


def _listed(archive: Archive, channel: str) -> int:
    return sum(not listing.article.removed_by(archive.epoch) for listing in archive.channels[channel])


# credentials, missing and wrong


async def test_a_provider_without_a_credential_or_a_sandbox_is_not_polled(provider: str, egress: Egress) -> None:
    with pytest.raises(UpstreamError, match="No credential"):
        build(provider, load({}), egress)
    assert origin(provider, load({})) is None


async def test_an_unknown_kind_does_not_exist(settings: Settings, egress: Egress) -> None:
    with pytest.raises(LookupError):
        build("usenet", settings, egress)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("newsapi", {"TIDINGS_NEWSAPI_KEY": "wrong"}),
        ("newsapi", {"TIDINGS_NEWSAPI_KEY": credentials.NEWSAPI_DISABLED_KEY}),
        ("guardian", {"TIDINGS_GUARDIAN_KEY": "wrong"}),
        ("reddit", {"TIDINGS_REDDIT_CLIENT_ID": "x", "TIDINGS_REDDIT_CLIENT_SECRET": "wrong"}),
    ],
)
async def test_a_refused_credential_fails_and_is_not_repeated(
    sandbox: NewsroomServer, settings: Settings, egress: Egress, kind: str, values: dict[str, str]
) -> None:
    own = _with(settings, sandbox, TIDINGS_REDDIT_AUTH_URL=f"{sandbox.origin}/reddit", **values)
    assert origin(kind, own) == "live"
    with pytest.raises(UpstreamError) as error:
        await _poll(build(kind, own, egress), own)
    assert (error.value.state, error.value.http_status) == ("failing", 401)
    assert "credential" in error.value.reason
    assert not any(value in error.value.reason for value in values.values() if value != "x")


@pytest.mark.parametrize(
    ("kind", "variable", "key"),
    [
        ("newsapi", "TIDINGS_NEWSAPI_KEY", credentials.NEWSAPI_EXHAUSTED_KEY),
        ("guardian", "TIDINGS_GUARDIAN_KEY", credentials.GUARDIAN_EXHAUSTED_KEY),
    ],
)
async def test_a_key_whose_day_is_used_up_is_throttled_until_it_ends(
    sandbox: NewsroomServer, settings: Settings, egress: Egress, kind: str, variable: str, key: str
) -> None:
    own = _with(settings, sandbox, **{variable: key})
    with pytest.raises(UpstreamError) as error:
        await _poll(build(kind, own, egress), own)
    assert (error.value.state, error.value.http_status) == ("throttled", 429)
    assert 0 < (error.value.retry_after_s or 0) <= 86400


# the provider's faults


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (Failure(status=500), "failing"),
        (Failure(status=503, headers={"Retry-After": "90"}), "failing"),
        (Failure(status=429, headers={"Retry-After": "90"}), "throttled"),
        (Failure(truncate=20), "failing"),
        (Failure(drop_after=10), "failing"),
    ],
)
async def test_a_fault_of_the_provider_is_a_state_and_a_sentence(
    sandbox: NewsroomServer, settings: Settings, egress: Egress, provider: str, failure: Failure, state: str
) -> None:
    sandbox.newsroom.failures.set(provider, failure)
    with pytest.raises(UpstreamError) as error:
        await _poll(build(provider, settings, egress), settings)
    assert error.value.state == state
    assert error.value.reason.endswith(".") or "It says" in error.value.reason
    if failure.headers:
        assert error.value.retry_after_s == 90


async def test_a_provider_is_read_again_after_it_has_failed(
    sandbox: NewsroomServer, settings: Settings, egress: Egress, provider: str
) -> None:
    client = build(provider, settings, egress)
    sandbox.newsroom.failures.set(provider, Failure(status=502, times=1))
    with pytest.raises(UpstreamError):
        await _poll(client, settings)
    assert (await _poll(client, settings)).drafts


# good answers


async def test_drafts_are_whole_and_their_ids_unique(
    settings: Settings, egress: Egress, provider: str, clock: FixedClock
) -> None:
    fetched = await _poll(build(provider, settings, egress, clock=clock), settings)
    assert len(fetched.drafts) >= 30
    assert len({draft.provider_id for draft in fetched.drafts}) == len(fetched.drafts)
    for draft in fetched.drafts:
        assert draft.removed or (draft.title and draft.published_at and draft.publisher and draft.sections)
        assert draft.url.startswith("http")
    assert fetched.requests >= 1
    assert fetched.bytes_read > 1000
    assert orjson.loads(orjson.dumps(fetched.cursor)) == fetched.cursor
    assert asdict(fetched)["outcome"] == "ok"


async def test_newsapi_walks_every_category_first_and_then_one_a_poll(
    sandbox: NewsroomServer, settings: Settings, egress: Egress, clock: FixedClock
) -> None:
    client = build("newsapi", settings, egress, clock=clock)
    first = await _poll(client, settings)
    archive = sandbox.newsroom.archive
    withdrawn = len(archive.channels["newsapi"]) - _listed(archive, "newsapi")
    assert len(first.drafts) == _listed(archive, "newsapi")
    assert [reason.partition(": ")[2] for reason in first.rejected] == [
        "it was withdrawn, and nothing says which article it was"
    ] * withdrawn
    assert first.quota_remaining == 100 - first.requests
    categories = []
    cursor = first.cursor
    for _ in range(8):
        fetched = await _poll(client, settings, cursor)
        categories.append({draft.sections for draft in fetched.drafts})
        cursor = fetched.cursor
        assert fetched.requests == 1
    assert len({frozenset(sections) for sections in categories[:7]}) == 7
    assert categories[7] == categories[0]


async def test_newsapi_ends_a_search_where_the_plan_ends(
    sandbox: NewsroomServer, settings: Settings, egress: Egress, clock: FixedClock
) -> None:
    fetched = await _poll(build("newsapi", settings, egress, clock=clock), settings, query="a OR e OR i")
    assert len(fetched.drafts) + len(fetched.rejected) == 100, "426 on the second page is the end and no failure"
    assert fetched.requests == 2
    own = _with(settings, sandbox, TIDINGS_NEWSAPI_KEY=credentials.NEWSAPI_PAID_KEY)
    paid = await _poll(build("newsapi", own, egress, clock=clock), own, query="a OR e OR i", sections=["science"])
    assert len(paid.drafts) > 100
    assert paid.drafts[0].sections == ("science",)
    later = await _poll(build("newsapi", own, egress, clock=clock), own, paid.cursor, query="a OR e OR i")
    assert 1 <= len(later.drafts) < 5, "a later poll asks from the newest article on"


async def test_newsapi_stops_at_its_own_quota_without_asking(
    sandbox: NewsroomServer, egress: Egress, clock: FixedClock
) -> None:
    settings = load({"TIDINGS_SANDBOX_URL": sandbox.origin, "TIDINGS_NEWSAPI_REQUESTS_PER_DAY": "3"})
    client = build("newsapi", settings, egress, clock=clock)
    first = await _poll(client, settings)
    assert (first.requests, first.quota_remaining) == (3, 0)
    assert "used up" in first.rejected[-1], "what was read before the quota ended is kept"
    with pytest.raises(UpstreamError) as error:
        await _poll(client, settings, first.cursor)
    assert error.value.state == "throttled"
    assert sandbox.newsroom.quotas.used() == {f"newsapi/{credentials.NEWSAPI_KEY}": 3}
    with pytest.raises(UpstreamError):  # also in another process, which knows only the cursor
        await _poll(build("newsapi", settings, egress, clock=clock), settings, first.cursor)


async def test_guardian_pages_to_the_end_and_then_asks_for_what_changed(
    sandbox: NewsroomServer, settings: Settings, egress: Egress, clock: FixedClock
) -> None:
    client = build("guardian", settings, egress, clock=clock)
    first = await _poll(client, settings)
    assert len(first.drafts) == _listed(sandbox.newsroom.archive, "guardian")
    assert first.quota_remaining == 500 - first.requests
    assert {"technology", "sport", "world"} <= {draft.sections[0] for draft in first.drafts}
    assert len((await _poll(client, settings, first.cursor)).drafts) <= 2
    technology = await _poll(client, settings, sections=["technology"])
    assert {draft.sections[0] for draft in technology.drafts} == {"technology"}


async def test_guardian_brings_an_edit_as_the_same_item(
    sandbox: NewsroomServer, settings: Settings, egress: Egress
) -> None:
    edits = [edit for edit in manifest_of(sandbox.newsroom.archive).edits if edit.channel == "guardian"]
    edit = next(edit for edit in edits if edit.title_before != edit.title_after)
    moment = datetime.fromisoformat(edit.at)
    client = build("guardian", settings, egress, clock=FixedClock(moment))
    sandbox.newsroom.clock.set(moment - timedelta(seconds=1))
    before = await _poll(client, settings)
    sandbox.newsroom.clock.set(moment + timedelta(seconds=1))
    after = await _poll(client, settings, before.cursor)
    (old,) = [draft for draft in before.drafts if draft.url == edit.url]
    (new,) = [draft for draft in after.drafts if draft.url == edit.url]
    assert (old.title, new.title) == (edit.title_before, edit.title_after)
    assert old.provider_id == new.provider_id
    assert new.updated_at == moment


async def test_reddit_logs_in_once_and_again_when_the_token_is_revoked(
    sandbox: NewsroomServer, settings: Settings, egress: Egress, clock: FixedClock
) -> None:
    client = build("reddit", settings, egress, clock=clock)
    first = await _poll(client, settings)
    second = await _poll(client, settings, first.cursor)
    assert len(sandbox.newsroom.tokens) == 1
    assert second.requests == first.requests - 1
    sandbox.newsroom.tokens.clear()
    assert (await _poll(client, settings)).drafts
    assert len(sandbox.newsroom.tokens) == 1


async def test_reddit_reads_the_subreddits_that_exist_and_names_the_one_that_does_not(
    settings: Settings, egress: Egress, clock: FixedClock
) -> None:
    client = build("reddit", settings, egress, clock=clock)
    fetched = await _poll(client, settings, subreddits=["technology", "no_such/../sub", "selfhosted"])
    assert {draft.publisher for draft in fetched.drafts} == {"r/technology", "r/selfhosted"}
    assert [reason for reason in fetched.rejected if reason.startswith("r/no_such")]
    with pytest.raises(UpstreamError) as error:
        await _poll(client, settings, subreddits=["nowhere"])
    assert error.value.http_status == 404


async def test_reddit_marks_what_a_moderator_removed(
    sandbox: NewsroomServer, settings: Settings, egress: Egress, clock: FixedClock
) -> None:
    subreddits = ["technology", "worldnews", "science", "culture", "selfhosted", "de"]
    fetched = await _poll(build("reddit", settings, egress, clock=clock), settings, subreddits=subreddits)
    archive = sandbox.newsroom.archive
    removed = sum(draft.removed for draft in fetched.drafts)
    assert removed == len(archive.channels["reddit"]) - _listed(archive, "reddit") > 0
    own_posts = [draft for draft in fetched.drafts if draft.url.startswith("https://www.reddit.com/r/")]
    assert any(draft.content_html and draft.content_html.startswith("<p>") for draft in own_posts)


async def test_reddit_heeds_the_budget_that_its_headers_announce(
    sandbox: NewsroomServer, settings: Settings, egress: Egress, clock: FixedClock
) -> None:
    sandbox.newsroom.quotas.set_limit("reddit", 2)
    fetched = await _poll(build("reddit", settings, egress, clock=clock), settings)
    assert {draft.publisher for draft in fetched.drafts} == {"r/worldnews", "r/technology"}
    assert fetched.quota_remaining == 0
    listings = [entry for entry in sandbox.newsroom.logged() if "/new" in entry["path"]]
    assert len(listings) == 2, "the third was not asked for"


async def test_hackernews_fetches_only_what_it_has_not_seen(
    sandbox: NewsroomServer, settings: Settings, egress: Egress, clock: FixedClock
) -> None:
    client = build("hackernews", settings, egress, clock=clock)
    first = await _poll(client, settings)
    assert len(first.drafts) == len(sandbox.newsroom.archive.channels["hackernews"])
    assert sum(draft.removed for draft in first.drafts) > 0
    missing = len(first.cursor["pending"])
    assert missing > 0
    second = await _poll(client, settings, first.cursor)
    assert (second.drafts, second.requests) == ((), 3 + missing)
    third = await _poll(client, settings, second.cursor)
    assert third.cursor["pending"] == {}, "an item that stays away is given up"
    assert (await _poll(client, settings, third.cursor)).requests == 3


async def test_hackernews_reads_a_backlog_in_turns_without_a_gap(
    settings: Settings, egress: Egress, clock: FixedClock
) -> None:
    client = build("hackernews", settings, egress, clock=clock)
    whole = await _poll(client, settings)
    start = {"newest": min(int(draft.provider_id) for draft in whole.drafts), "top": whole.cursor["top"]}
    seen: set[str] = set()
    cursor: dict[str, Any] = start
    for _ in range(12):
        fetched = await _poll(client, settings, cursor, items_per_poll=10)
        seen |= {draft.provider_id for draft in fetched.drafts}
        cursor = fetched.cursor
    assert seen == {draft.provider_id for draft in whole.drafts} - {str(start["newest"])}

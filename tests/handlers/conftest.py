"""A running API over a small newsroom, and clients whose every exchange is held against the documents."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from core.app import create_app
from core.infra.context import Infrastructure
from core.kit import ids
from core.kit.crypto import derive
from core.kit.principal import NEWSROOM_ID
from core.sandboxes.service import sandboxes
from tests.support.contract_check import ContractCheck
from tests.support.infrastructure import OTHER_ID, SECRET, opened
from tests.support.matrix_tenant import KEY_SCOPES, Tenant, furnish
from tests.support.people import People
from tests.support.sandbox_keys import bearer, make_test_key
from tests.support.seed import START, Key, Seed
from tests.support.served import served

EVERY_SCOPE = KEY_SCOPES

KeyFor = Callable[..., dict[str, str]]


@dataclass(frozen=True)
class Seeded:
    """What the tests find: public ids, of the newsroom and, where the name says so, of the other organisation."""

    seed: Seed
    people: People
    infra: Infrastructure
    stories: tuple[str, ...]
    """English stories of The Guardian about technology, the oldest first."""
    german: str
    edited: str
    removed: str
    guardian: str
    failing: str
    feed: str
    feed_story: str
    culture_source: UUID
    """A source without articles, for tests that add some."""
    note: str
    """A shared note on a story."""
    foreign_note: str
    collection: str
    """A public list of three addresses, with one collaborator."""
    item: str
    collaborator: str
    public_token: str
    foreign_collection: str
    foreign_item: str
    foreign_story: str
    foreign_source: str
    foreign_feed: str
    foreign_key: Key

    def drifted(self) -> list[tuple[Any, ...]]:
        """The operations of which an answer was not as documented, with the last of these."""
        found = self.people._connection.execute(
            "SELECT version, operation, last_drift_status, last_drift_place, last_drift_pointer, last_drift_keyword"
            " FROM conformance_daily WHERE drifted > 0 AND version <> 'v0'"
        )
        return found.fetchall()


@pytest.fixture(scope="session")
async def seeded(postgres_url: str, redis_url: str) -> AsyncIterator[Seeded]:
    no_limits = dict.fromkeys(("address_requests_per_minute", "login_attempts_per_minute", "user_requests_per_hour"), 0)
    every_answer = {"conformance_sample_percent": 100}
    settings: dict[str, Any] = {**no_limits, **every_answer, "egress_allow": "127.0.0.0/8"}
    async with opened(postgres_url, redis_url, **settings) as infra:
        assert infra.settings.database_url is not None
        url, secret = infra.settings.database_url.get_secret_value(), SECRET.encode()
        with closing(Seed(url, secret)) as seed, closing(People(url, secret)) as people:
            yield _furnish(seed, people, infra)


def _furnish(seed: Seed, people: People, infra: Infrastructure) -> Seeded:
    guardian = seed.source("guardian", name="The Guardian", quota_limit=500, quota_remaining=411)
    failing = seed.source("hackernews", kind="hackernews", state="failing", state_reason="The server answers 503.")
    feed = seed.feed("battery-weekly", category="technology", article_count=1)
    seed.fetch(feed, items_seen=1, items_new=1)
    seed.fetch(feed, outcome="failed", state="failing", reason="The server answers 503.", http_status=503)
    stories = tuple(seed.article(guardian) for _ in range(25))
    edited = seed.article(guardian, category="science", revision=3, title="A comet, third words")
    seed.revision(edited, 1)
    seed.revision(edited, 2)
    other_feed = seed.feed("private", organization_id=OTHER_ID)
    newest = START + timedelta(hours=3)
    foreign_story = seed.article(
        other_feed, organization_id=OTHER_ID, title="Nobody else may read this", published_at=newest
    )
    foreign_key = seed.key(*EVERY_SCOPE, organization_id=OTHER_ID)
    collection, public_token = _public_collection(seed)
    foreign_collection = seed.collection("Theirs", foreign_key, organization_id=OTHER_ID, item_count=2)
    return Seeded(
        seed=seed,
        people=people,
        infra=infra,
        stories=stories,
        german=seed.article(guardian, language="de", category="world", title="Ein Fluss kehrt zurück", summary=None),
        edited=edited,
        removed=seed.article(
            guardian, content_status="removed", summary=None, removed_at=START + timedelta(days=1), category="world"
        ),
        guardian=ids.encode("src", guardian),
        failing=ids.encode("src", failing),
        feed=ids.encode("feed", feed),
        culture_source=seed.source("reddit", kind="reddit"),
        feed_story=seed.article(
            feed,
            category="health",
            title="Sleep and memory",
            sentiment={"label": "positive", "score": 0.42, "model": "vader-3.3.2"},
            content_html="<p>Sleep well.</p>",
            content_text="Sleep well.",
            content_status="full",
        ),
        note=seed.note(stories[0], seed.key()),
        foreign_note=seed.note(foreign_story, foreign_key, organization_id=OTHER_ID),
        collection=collection,
        item=seed.item_of(collection),
        collaborator=seed.collaborator(collection, people.person("viewer", NEWSROOM_ID).account_id),
        public_token=public_token,
        foreign_collection=foreign_collection,
        foreign_item=seed.item_of(foreign_collection),
        foreign_story=foreign_story,
        foreign_source=ids.encode("src", other_feed),
        foreign_feed=ids.encode("feed", other_feed),
        foreign_key=foreign_key,
    )


def _public_collection(seed: Seed) -> tuple[str, str]:
    """A list with a public feed, and the token in the feed's address."""
    token = "A-token-that-only-the-tests-know"
    feed_hash = hmac.digest(derive(SECRET.encode(), "public-feed"), token.encode(), "sha256")
    made = seed.collection("Battery research", seed.key(), item_count=3, feed_hash=feed_hash, feed_created_at=START)
    return made, token


@pytest.fixture(scope="session")
async def address(seeded: Seeded) -> AsyncIterator[str]:
    """Where the API listens. At the end no answer that it gave may have been another than the documents say."""
    async with served(create_app(seeded.infra.settings)) as url:
        yield url
    assert seeded.drifted() == [], "an answer drifted from its document"


@pytest.fixture(scope="session")
async def api(address: str, contract: ContractCheck) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a credential."""
    async with contract.client(address) as client:
        yield client


@pytest.fixture(scope="session")
async def other(api: httpx.AsyncClient, seeded: Seeded) -> Tenant:
    """An organisation with one of everything."""
    return await furnish(api, seeded.seed, seeded.people, "ordinary-2b6e", topic="poppy")


@pytest.fixture(scope="session")
async def victim(api: httpx.AsyncClient, seeded: Seeded) -> Tenant:
    """Another one, whose things nobody else may see."""
    return await furnish(api, seeded.seed, seeded.people, "private-7f3a", topic="sesame")


@pytest.fixture
def people(seeded: Seeded) -> People:
    """Makes people with roles in organisations."""
    return seeded.people


@pytest.fixture
def key_for(seeded: Seeded) -> KeyFor:
    """Makes a key with these scopes, and gives the header that a client sends with it."""

    def make(*scopes: str, **columns: Any) -> dict[str, str]:
        return seeded.seed.key(*scopes, **columns).header

    return make


@pytest.fixture
def all_scopes(key_for: KeyFor) -> dict[str, str]:
    """The header of a key that may do everything."""
    return key_for(*EVERY_SCOPE)


@pytest.fixture
async def tester(api: httpx.AsyncClient, all_scopes: dict[str, str]) -> dict[str, str]:
    """The header of a test key of the newsroom that may do everything, over the frozen newsroom."""
    await sandboxes.fill_newsroom()
    return bearer(await make_test_key(api, all_scopes))


@pytest.fixture
def stranger(seeded: Seeded) -> dict[str, str]:
    """The header of another organisation's key that may do everything there."""
    return seeded.foreign_key.header

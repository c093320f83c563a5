"""A process whose identity providers are the sandbox's, and people who have accounts there."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from core.infra.context import Infrastructure
from core.sandbox.server import NewsroomServer
from tests.core.identities.journeys import BACK, ELSEWHERE, Journeys
from tests.support.infrastructure import SECRET
from tests.support.newsroom import NewsroomControl, newsroom, newsroom_server
from tests.support.people import People
from tests.support.process import Database, database, infra, process

__all__ = ["database", "infra", "newsroom", "newsroom_server", "process"]


@pytest.fixture(scope="module")
def process_settings(newsroom_server: NewsroomServer) -> dict[str, Any]:
    return {"sandbox_url": newsroom_server.origin, "oauth_redirect_uris": f"{BACK},{ELSEWHERE}"}


@pytest.fixture
def providers(newsroom: NewsroomControl) -> NewsroomControl:
    """The identity server, at the time that it is: its id_tokens are good now."""
    newsroom.set_now(datetime.now(UTC))
    return newsroom


@pytest.fixture
def people(infra: Infrastructure) -> Iterator[People]:
    people = People(infra.db.url, SECRET.encode())
    yield people
    people.close()


@pytest.fixture
def journeys(infra: Infrastructure, providers: NewsroomControl, people: People, database: Database) -> Journeys:
    """Whole log-ins and linkings, step by step as a client takes them."""
    return Journeys(infra, database, people)

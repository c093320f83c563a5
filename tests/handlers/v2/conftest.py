"""Those who write notes, what they write about, and a list that somebody shares."""

import httpx
import pytest

from tests.handlers.conftest import KeyFor, Seeded
from tests.support.people import People, Person
from tests.support.sharing import LISTS


@pytest.fixture
def writer(key_for: KeyFor) -> dict[str, str]:
    """A key that reads and writes notes, and is no admin."""
    return key_for("notes:read", "notes:write", name="Writer")


@pytest.fixture
def colleague(key_for: KeyFor) -> dict[str, str]:
    """Another one of the same organisation."""
    return key_for("notes:read", "notes:write", name="Colleague")


@pytest.fixture
def admin(key_for: KeyFor) -> dict[str, str]:
    """A key that may do what an admin may."""
    return key_for("notes:read", "notes:write", "organization:write")


@pytest.fixture
def article(seeded: Seeded) -> str:
    return seeded.stories[0]


@pytest.fixture
async def own(api: httpx.AsyncClient, people: People) -> tuple[str, Person]:
    """A private list, and the person who has made it."""
    owner = people.person(name="Ada Owner")
    made = await api.post(LISTS, json={"name": "Shared", "visibility": "private"}, headers=owner.header)
    await api.post(f"{made.headers['location']}/items", json={"url": "https://example.org/1"}, headers=owner.header)
    return made.headers["location"], owner


@pytest.fixture
def guest(people: People) -> Person:
    return people.person(name="Grace Guest")

"""The demo key from one start of `tidings up` to the next."""

from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from core.cli.documents import known_scopes
from core.cli.first_start import demo_key
from core.infra.context import Infrastructure
from core.infra.home import Home
from core.keys.service import keys
from core.kit.ids import encode
from core.kit.principal import operator
from tests.support.infrastructure import opened

READING = {scope for scope in known_scopes() if scope.endswith(":read")}


@pytest.fixture
async def infra(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        yield infra


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def told() -> list[str]:
    """What the operator was told."""
    return []


async def scopes(infra: Infrastructure, home: Home) -> frozenset[str]:
    """What the key in the file may do, after a start."""
    async with infra.unit_of_work(operator()):
        return (await keys.authenticate(home.demo_key() or "")).scopes


async def narrow(infra: Infrastructure, home: Home, **changes: object) -> None:
    """Have the key as another version had made it."""
    id_ = encode("key", (await keys.authenticate(home.demo_key() or "")).principal_id)
    async with infra.unit_of_work(operator()):
        await keys.update(operator(), id_, {"scopes": ["articles:read", "feeds:write"], **changes})


async def test_a_home_as_new_gets_a_key_that_reads_everything(
    infra: Infrastructure, home: Home, told: list[str]
) -> None:
    await demo_key(infra, home, told.append)
    first = home.demo_key()
    await demo_key(infra, home, told.append)
    assert home.demo_key() == first
    assert await scopes(infra, home) >= READING
    assert told == []


async def test_the_key_of_an_earlier_version_learns_to_read_what_came_since(
    infra: Infrastructure, home: Home, told: list[str]
) -> None:
    await demo_key(infra, home, told.append)
    first = home.demo_key()
    await narrow(infra, home)
    await demo_key(infra, home, told.append)
    assert home.demo_key() == first
    assert await scopes(infra, home) == READING | {"feeds:write"}
    assert len(told) == 1
    assert "contract:read" in told[0]
    assert "articles:read" not in told[0]
    with psycopg.connect(infra.db.url) as owner:
        query = "SELECT actor_kind, after FROM audit_events WHERE action = 'api_key.updated' ORDER BY sequence DESC"
        actor, after = owner.execute(query).fetchall()[0]
    assert actor == "operator"
    assert "contract:read" in after["scopes"]


async def test_a_key_that_somebody_put_in_its_place_is_left_alone(
    infra: Infrastructure, home: Home, told: list[str]
) -> None:
    await demo_key(infra, home, told.append)
    await narrow(infra, home, name="Mine")
    await demo_key(infra, home, told.append)
    assert await scopes(infra, home) == {"articles:read", "feeds:write"}
    assert told == []

"""The same request many times over, on several processes, and while they are killed: it is done once."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
import pytest

from core.infra.context import Infrastructure
from core.kit.ids import new_id
from tests.faults.serving import ServeProcess
from tests.support.keepalive import Answer, KeepAlive
from tests.support.seed import Key
from tests.support.waiting import until

KEYS: Final = 200
REPETITIONS: Final = 50
KILLS: Final = 4
CLIENTS: Final = 6
LONGEST_LIFE_S: Final = 0.25

_EVENTS: Final = """
SELECT after ->> 'name' FROM audit_events WHERE action = %s AND after ->> 'name' = ANY (%s)
"""


class Kind(NamedTuple):
    """What is made, and where it is then."""

    path: str
    body: Mapping[str, Any]
    table: LiteralString
    action: str


KINDS: Final = [
    # shows a new secret each time that it is carried out
    Kind("/v2/api-keys", {"scopes": ["articles:read"]}, "api_keys", "api_key.created"),
    # claim, insert, answer, audit entry and COMMIT leave together
    Kind("/v2/collections", {}, "collections", "collection.created"),
]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.table)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
async def addresses(installation: Infrastructure) -> AsyncIterator[list[str]]:
    """Two API processes on one database."""
    async with AsyncExitStack() as stack:
        yield [(await stack.enter_async_context(ServeProcess(installation.settings))).address for _ in range(2)]


async def make(connection: KeepAlive, key: Key, kind: Kind, name: str) -> Answer:
    """A request that is to be carried out once. Its Idempotency-Key is its name."""
    return await connection.post(kind.path, {**kind.body, "name": name}, {**key.header, "Idempotency-Key": name})


def made(installation: Infrastructure, kind: Kind, names: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """How many of each name there are, and how many events of the audit log speak of their making."""
    wanted = list(names)
    with psycopg.connect(installation.db.url) as owner:
        rows = owner.execute(f"SELECT name FROM {kind.table} WHERE name = ANY (%s)", (wanted,)).fetchall()
        events = owner.execute(_EVENTS, (kind.action, wanted)).fetchall()
    return Counter(row[0] for row in rows), Counter(row[0] for row in events)


async def test_identical_requests_at_once_on_two_processes_are_done_once(
    installation: Infrastructure, key: Key, addresses: list[str], kind: Kind
) -> None:
    names = [str(new_id()) for _ in range(KEYS)]
    statuses: Counter[int] = Counter()
    async with AsyncExitStack() as stack:
        connections = [
            await stack.enter_async_context(KeepAlive(addresses[number % 2])) for number in range(REPETITIONS)
        ]
        for name in names:
            answers = await asyncio.gather(*(make(connection, key, kind, name) for connection in connections))
            statuses.update(answer.status for answer in answers)
            done = [answer for answer in answers if answer.status == 201]
            refused = [answer for answer in answers if answer.status != 201]
            assert len({answer.body for answer in done}) == 1
            assert [answer.headers.get("idempotency-replayed") for answer in done].count(None) == 1
            assert {json.loads(answer.body)["code"] for answer in refused} <= {"idempotency_in_progress"}
    assert statuses.total() == KEYS * REPETITIONS
    assert statuses.keys() == {201, 409}, "no two requests were ever under way together"
    expected = Counter(dict.fromkeys(names, 1))
    assert made(installation, kind, names) == (expected, expected)


async def test_what_a_killed_server_left_is_done_once_when_it_is_asked_for_again(
    installation: Infrastructure, key: Key, kind: Kind
) -> None:
    chance = random.Random(4711)
    answered: dict[str, bytes] = {}
    asked: list[str] = []

    async def post_until_the_end(address: str) -> None:
        async with KeepAlive(address) as connection:
            while True:
                asked.append(str(new_id()))
                name = asked[-1]
                try:
                    answer = await make(connection, key, kind, name)
                except (OSError, EOFError):
                    return
                assert answer.status == 201
                answered[name] = answer.body

    async def ask_again(connection: KeepAlive, names: Iterable[str]) -> None:
        for name in names:
            again = await make(connection, key, kind, name)
            while again.status == 409:  # PostgreSQL has not noticed yet that the process is gone
                again = await make(connection, key, kind, name)
            assert again.status == 201
            assert again.body == answered.setdefault(name, again.body)

    for _ in range(KILLS):
        had = len(answered)

        def has_begun(had: int = had) -> bool:
            return len(answered) > had

        async with ServeProcess(installation.settings) as server:
            clients = [asyncio.create_task(post_until_the_end(server.address)) for _ in range(CLIENTS)]
            await until(has_begun, "the first answer")
            await asyncio.wait(clients, timeout=chance.uniform(0, LONGEST_LIFE_S))
            server.kill()
            await asyncio.gather(*clients)

    assert len(answered) < len(asked), "no request was under way when a server was killed"
    async with ServeProcess(installation.settings) as server, AsyncExitStack() as stack:
        waiting = iter(asked)
        connections = [await stack.enter_async_context(KeepAlive(server.address)) for _ in range(CLIENTS)]
        await asyncio.gather(*(ask_again(connection, waiting) for connection in connections))
    expected = Counter(dict.fromkeys(asked, 1))
    assert made(installation, kind, asked) == (expected, expected)

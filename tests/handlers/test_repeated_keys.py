"""What every POST and PATCH says of an Idempotency-Key that is in use, or that belongs to another request."""

from __future__ import annotations

from typing import NamedTuple

import httpx
import pytest

from core.contract.ports import Keyed
from core.contract.responses import JSON, Response
from core.idempotency.service import idempotency
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal, anonymous
from tests.handlers.conftest import EVERY_SCOPE, Seeded
from tests.support.contract_check import Route
from tests.support.matrix import code_of
from tests.support.matrix_callers import is_open, needs_person
from tests.support.matrix_requests import ask, every

OTHER_REQUEST = bytes(32)
"""The fingerprint of a request that nobody makes."""


class Caller(NamedTuple):
    """Somebody who may use the operation, as clients and as services know them."""

    credential: tuple[tuple[str, str], ...]
    principal: Principal


def caller_of(route: Route, seeded: Seeded) -> Caller:
    if is_open(route):
        return Caller((), anonymous())
    if needs_person(route):
        person = seeded.people.person()
        return Caller(tuple(person.header.items()), Principal(person.organization, person.account_id, "user"))
    key = seeded.seed.key(*EVERY_SCOPE)
    return Caller(tuple(key.header.items()), Principal(NEWSROOM_ID, ids.decode("key", key.id), "api_key"))


def takes_a_key(route: Route) -> bool:
    return route.operation.method in ("post", "patch")


async def send(api: httpx.AsyncClient, route: Route, caller: Caller, key: str) -> httpx.Response:
    return await ask(route).saying("Idempotency-Key", key).send(api, caller.credential)


@pytest.fixture
def key() -> str:
    return str(ids.new_id())


@every(if_=takes_a_key)
async def test_while_the_first_request_runs_a_repetition_has_to_wait(
    api: httpx.AsyncClient, seeded: Seeded, key: str, route: Route
) -> None:
    caller = caller_of(route, seeded)
    async with seeded.infra.unit_of_work(caller.principal):
        idempotency.claim(Keyed(caller.principal, key, OTHER_REQUEST))
        await idempotency.settle()
        response = await send(api, route, caller, key)
    assert (response.status_code, code_of(response)) == (409, "idempotency_in_progress")
    assert response.headers["retry-after"] == "1"


@every(if_=takes_a_key)
async def test_a_key_of_another_request_is_refused(
    api: httpx.AsyncClient, seeded: Seeded, key: str, route: Route
) -> None:
    caller = caller_of(route, seeded)
    first = Keyed(caller.principal, key, OTHER_REQUEST)
    async with seeded.infra.unit_of_work(caller.principal):
        idempotency.claim(first)
        idempotency.keep(first, Response(200, b"{}", JSON))
    response = await send(api, route, caller, key)
    assert (response.status_code, code_of(response)) == (422, "idempotency_key_reused")

"""What no operation takes, whoever wrote it. Everything is sent by somebody who may do it, to what is really there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace

import httpx
import pytest

from tests.handlers.conftest import Seeded
from tests.support.contract_check import Route
from tests.support.matrix import code_of
from tests.support.matrix_callers import Caller, Callers, is_open, needs_person
from tests.support.matrix_requests import (
    Ask,
    ask,
    body_of,
    body_places,
    every,
    id_parameters,
    object_places,
    parameter_names,
    query_places,
)
from tests.support.matrix_rows import Rows, changes
from tests.support.matrix_tenant import Tenant, furnish

MEGABYTE = "x" * 1_000_000  # with the rest of the body it is still within the limit of most operations
UNSTORABLE = ("\0", "\ud800", "before\udfffafter")
OF_THE_SERVER = ("id", "organization_id", "account_id", "created_by", "role", "plan", "scopes", "is_admin", "__proto__")
NO_ETAG = frozenset({"v1.revokeApiKey"})
"""v1 shows no single key, so nobody has seen the ETag of one."""


class Target:
    """An organisation with one of everything, and who asks for it."""

    def __init__(self, api: httpx.AsyncClient, rows: Rows, tenant: Tenant, callers: Callers) -> None:
        self._api, self._rows, self.tenant = api, rows, tenant
        self._owner = Caller("the owner", tuple(tenant.owner.header.items()))
        self._key = callers.new_key()

    def ask(self, route: Route) -> Ask:
        """A good request for an operation."""
        return ask(route, self.tenant.ids)

    async def send(self, route: Route, asked: Ask) -> httpx.Response:
        """The answer to somebody who may do it."""
        if is_open(route):
            return await asked.send(self._api)
        caller = self._owner if needs_person(route) else self._key
        return await asked.send(self._api, caller.headers)

    @asynccontextmanager
    async def unchanged(self) -> AsyncIterator[None]:
        """What the organisation has is the same afterwards."""
        people = [self.tenant.owner.account_id, self.tenant.member.account_id]
        before = self._rows.digest(self.tenant.organization, people)
        yield
        assert not changes(before, self._rows.digest(self.tenant.organization, people))


@pytest.fixture(scope="module")
async def target(api: httpx.AsyncClient, seeded: Seeded) -> AsyncIterator[Target]:
    tenant = await furnish(api, seeded.seed, seeded.people, "target-88c1", topic="cumin")
    assert seeded.infra.settings.database_url is not None
    with closing(Rows(seeded.infra.settings.database_url.get_secret_value())) as rows:
        yield Target(api, rows, tenant, Callers(seeded.seed, seeded.people, tenant))


def has_json(route: Route) -> bool:
    return "application/json" in body_of(route)


def ends(route: Route) -> bool:
    return route.document.sunset is not None


def blamed(response: httpx.Response) -> set[str]:
    """The members that an answer finds fault with: v1 names one, v2 all."""
    body = response.json()
    return {body["field"]} if "field" in body else {str(fault["pointer"]) for fault in body["errors"]}


def takes_an_etag(route: Route) -> bool:
    return route.operation.method in ("patch", "delete") and route.name not in NO_ETAG


def takes_a_key_for_repeats(route: Route) -> bool:
    return route.operation.method in ("post", "patch")


@every(if_=has_json)
async def test_a_member_that_only_the_server_sets_is_refused(target: Target, route: Route) -> None:
    async with target.unchanged():
        for place in object_places(route):
            known = place.schema.get("properties", {})
            for name in {*OF_THE_SERVER} - known.keys():
                inner = place._replace(way=(*place.way, name))
                response = await target.send(route, target.ask(route).having(inner, "00000000"))
                assert (response.status_code, code_of(response)) == (400, "validation_failed"), inner.name
                assert blamed(response) >= {inner.name.removeprefix("/") if ends(route) else inner.name}, response.text


@every(if_=lambda route: bool([*body_places(route)]))
@pytest.mark.parametrize("text", UNSTORABLE, ids=("nul", "surrogate", "surrogate-inside"))
async def test_text_that_cannot_be_stored_is_refused(target: Target, route: Route, text: str) -> None:
    async with target.unchanged():
        for place in body_places(route):
            response = await target.send(route, target.ask(route).having(place, text))
            assert (response.status_code, code_of(response)) == (400, "validation_failed"), place.name


@every(if_=lambda route: bool([*body_places(route)]))
async def test_a_text_of_a_megabyte_is_refused(target: Target, route: Route) -> None:
    async with target.unchanged():
        for place in body_places(route):
            response = await target.send(route, target.ask(route).having(place, MEGABYTE))
            assert response.status_code in (400, 413), place.name


@every(if_=lambda route: bool([*query_places(route)]))
async def test_a_question_that_cannot_be_stored_is_refused(target: Target, route: Route) -> None:
    for place in query_places(route):
        for text in ("\0", "a\0b", "x" * 5000):
            response = await target.send(route, target.ask(route).asking(**{str(place.way[0]): text}))
            assert (response.status_code, code_of(response)) == (400, "validation_failed"), place.name


@every(if_=lambda route: "cursor" in parameter_names(route, "query"))
async def test_a_cursor_that_nobody_was_given_is_refused(target: Target, route: Route) -> None:
    for cursor in ("x", "A" * 43, "n2Vd8WqLxT0aBcD4W1sidCIsMTc5NTE2Njg4MDAwMDAwMF1d", "", "a b", "\0"):
        response = await target.send(route, target.ask(route).asking(cursor=cursor))
        assert response.status_code == 400, cursor


@every(if_=lambda route: bool(id_parameters(route)))
async def test_an_id_of_another_kind_names_nothing(target: Target, route: Route) -> None:
    async with target.unchanged():
        for name in id_parameters(route):
            for kind, id_ in target.tenant.ids.items():
                if kind != name:
                    given = ask(route, {**target.tenant.ids, name: id_})
                    path_only = replace(given, body=target.ask(route).body)
                    response = await target.send(route, path_only)
                    assert response.status_code in (400, 404), f"{kind} for {name}"


@every(if_=lambda route: bool(id_parameters(route)))
@pytest.mark.parametrize("id_", ["%00", "%ff", "..%2f", "%ED%A0%80", "a" * 2000, "%27%20OR%201=1--"])
async def test_what_is_no_id_at_all_names_nothing(target: Target, route: Route, id_: str) -> None:
    async with target.unchanged():
        for name in id_parameters(route):
            given = ask(route, {**target.tenant.ids, name: id_})
            response = await target.send(route, replace(given, body=target.ask(route).body))
            assert response.status_code in (400, 404)


@every(if_=lambda route: bool([*body_places(route)]))
async def test_an_id_of_another_kind_is_never_a_fault_of_the_server(target: Target, route: Route) -> None:
    for place in body_places(route):
        if not place.is_free_text:
            for id_ in target.tenant.ids.values():
                response = await target.send(route, target.ask(route).having(place, id_))
                assert response.status_code < 500, place.name


@every(if_=takes_an_etag)
async def test_a_change_of_what_has_changed_meanwhile_is_refused(target: Target, route: Route) -> None:
    assert "If-Match" in parameter_names(route, "header")
    async with target.unchanged():
        response = await target.send(route, target.ask(route).saying("If-Match", '"an-older-state"'))
    assert (response.status_code, code_of(response)) == (412, "precondition_failed")


@every(if_=takes_a_key_for_repeats)
@pytest.mark.parametrize("key", ["", "a b", "x" * 300, '"open', "caf\u00e9", "a\tb"])
async def test_a_malformed_key_for_repeats_is_refused(target: Target, route: Route, key: str) -> None:
    assert "Idempotency-Key" in parameter_names(route, "header")
    async with target.unchanged():
        response = await target.send(route, target.ask(route).saying("Idempotency-Key", key))
    assert (response.status_code, code_of(response)) == (400, "validation_failed")

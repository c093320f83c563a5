"""Who is refused what: every operation of both documents, tried by everybody who must not be served by it.

Operations, their parameters and what fits into them come from the documents, so a new operation is here by existing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing

import httpx
import pytest

from ci.support import artifacts
from tests.handlers.conftest import Seeded
from tests.support.contract_check import Route
from tests.support.matrix import COLUMNS, Matrix, Party, write_table
from tests.support.matrix_callers import Callers, is_open, needs_person
from tests.support.matrix_requests import ROUTES, every, id_parameters
from tests.support.matrix_rows import Rows
from tests.support.matrix_tenant import MAKERS, Tenant, furnish

WORDLESS = frozenset({"v2.getOrganizationPlan", "v2.listUsage", "v2.getPublicFeed", "v2.getRehearsalReport"})
"""Their answers hold numbers and times, and no name or id but the one that was asked for."""


def is_personal(route: Route) -> bool:
    """Whether what it is about belongs to nobody or to one person: not even a colleague is served."""
    return is_open(route) or needs_person(route)


@pytest.fixture(scope="module")
async def matrix(api: httpx.AsyncClient, seeded: Seeded, victim: Tenant, other: Tenant) -> AsyncIterator[Matrix]:
    """Three organisations that each have one of everything, and those who try to get at it."""
    suspended = await furnish(api, seeded.seed, seeded.people, "hidden-4d81", topic="caraway")
    seeded.seed.execute("UPDATE organizations SET suspended_at = now() WHERE id = %s", suspended.organization)
    parties = {"victim": victim, "other": other, "suspended": suspended}
    assert seeded.infra.settings.database_url is not None
    with closing(Rows(seeded.infra.settings.database_url.get_secret_value())) as rows:
        made = {name: Party(tenant, Callers(seeded.seed, seeded.people, tenant)) for name, tenant in parties.items()}
        yield Matrix(api, rows, **made)


@pytest.fixture(scope="module")
async def served(matrix: Matrix) -> Matrix:
    """The same with the victim in the place of the stranger: every try to read succeeds."""
    return matrix.between_friends()


@every()
async def test_nobody_is_served_without_a_credential(matrix: Matrix, route: Route) -> None:
    await _holds(matrix, route, "no credential")


@every()
async def test_a_credential_that_nobody_has_given_out_is_refused(matrix: Matrix, route: Route) -> None:
    await _holds(matrix, route, "garbage")


@every()
async def test_an_expired_credential_is_refused(matrix: Matrix, route: Route) -> None:
    await _holds(matrix, route, "expired")


@every()
async def test_a_credential_that_was_taken_back_is_refused(matrix: Matrix, route: Route) -> None:
    await _holds(matrix, route, "revoked")


@every()
async def test_a_key_with_every_scope_but_the_right_one_is_refused(matrix: Matrix, route: Route) -> None:
    await _holds(matrix, route, "no scope")


@every()
async def test_a_member_whose_role_is_not_enough_is_refused(matrix: Matrix, route: Route) -> None:
    await _holds(matrix, route, "lower role")


@every()
async def test_another_organisation_s_things_do_not_exist(matrix: Matrix, route: Route) -> None:
    await _holds(matrix, route, "other organisation")


@every()
async def test_a_suspended_organisation_is_closed(matrix: Matrix, route: Route) -> None:
    await _holds(matrix, route, "suspended organisation")


@every(if_=lambda route: route.operation.method == "get" and bool(id_parameters(route)) and not is_personal(route))
async def test_the_matrix_sees_when_somebody_is_served(served: Matrix, route: Route) -> None:
    cell = await served.cell(route, "other organisation")
    assert any("answered 200" in fault for fault in cell.faults)
    assert any(" shows " in fault for fault in cell.faults) or route.name in WORDLESS


def test_everything_that_a_path_can_name_is_tried() -> None:
    unknown = {name for route in ROUTES for name in id_parameters(route)} - MAKERS.keys()
    assert not unknown, f"say in tests/support/matrix_tenant.py:MAKERS how to make what {sorted(unknown)} names"


async def test_every_operation_is_tried_by_everybody_or_it_says_why_not(matrix: Matrix) -> None:
    cells = {(route.name, column): await matrix.cell(route, column) for route in ROUTES for column in COLUMNS}
    write_table(matrix, artifacts("tests") / "access-matrix.md")
    untried = [place for place, cell in cells.items() if not cell.statuses and not cell.reason]
    assert not untried
    assert len(cells) == len(ROUTES) * len(COLUMNS)


async def _holds(matrix: Matrix, route: Route, column: str) -> None:
    cell = await matrix.cell(route, column)
    assert not cell.faults, "\n".join(cell.faults)

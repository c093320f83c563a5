"""The access matrix: every operation of both documents, and everybody who must not be served by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from tests.support.contract_check import ContractBroken, Route
from tests.support.matrix_callers import Caller, Callers, highest_role_without, is_open
from tests.support.matrix_foreign import Judge, Try, differences, leaks, tries
from tests.support.matrix_requests import ROUTES, Ask, ask, id_parameters, parameter_names
from tests.support.matrix_rows import Rows, changes
from tests.support.matrix_tenant import Tenant

NO_CREDENTIAL: Final = Caller("nobody", ())
OPEN: Final = "open to everybody: it takes no credential"


@dataclass
class Cell:
    """One operation and one kind of caller. `reason` says why there is nothing to try."""

    reason: str | None = None
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return ", ".join(f"{status} × {count}" for status, count in sorted(self.statuses.items()))


@dataclass(frozen=True)
class Party:
    """A tenant and those who try to get at it."""

    tenant: Tenant
    callers: Callers


class Matrix:
    """Fills its cells when they are asked for. `victim` and `suspended` are tried on, `other` tries."""

    def __init__(self, api: httpx.AsyncClient, rows: Rows, *, victim: Party, other: Party, suspended: Party) -> None:
        self._api, self._rows = api, rows
        self._victim, self._other, self._suspended = victim, other, suspended
        self.cells: dict[tuple[str, str], Cell] = {}

    def between_friends(self) -> Matrix:
        """A matrix whose stranger is the victim itself. It must be full of faults."""
        return Matrix(self._api, self._rows, victim=self._victim, other=self._victim, suspended=self._suspended)

    async def cell(self, route: Route, column: str) -> Cell:
        """What came of trying an operation as the callers of a column."""
        key = route.name, column
        if key not in self.cells:
            self.cells[key] = await COLUMNS[column](self, route)
        return self.cells[key]

    async def no_credential(self, route: Route) -> Cell:
        """Nobody."""
        if is_open(route):
            return Cell(OPEN)
        return await self._refused(route, self._victim, [NO_CREDENTIAL], _unauthenticated)

    async def garbage(self, route: Route) -> Cell:
        """Credentials that nobody has given out; also where none is needed."""
        return await self._refused(route, self._victim, self._victim.callers.garbage, _unauthenticated)

    async def expired(self, route: Route) -> Cell:
        """Credentials whose time is over."""
        return await self._refused(route, self._victim, self._victim.callers.expired, _unauthenticated)

    async def revoked(self, route: Route) -> Cell:
        """Credentials that were taken back."""
        return await self._refused(route, self._victim, self._victim.callers.revoked, _unauthenticated)

    async def no_scope(self, route: Route) -> Cell:
        """A key that may do everything else."""
        if not route.operation.scopes:
            return Cell(OPEN if is_open(route) else "needs no scope: any good credential will do")
        caller = self._victim.callers.key_without(route.operation.scopes)
        return await self._refused(route, self._victim, [caller], _forbidden("insufficient_scope"))

    async def lower_role(self, route: Route) -> Cell:
        """A member whose role is the last one that is not enough, acting here or from the own organisation."""
        if not route.operation.scopes:
            return Cell(OPEN if is_open(route) else "needs no scope, so any role will do")
        role = highest_role_without(route)
        if role is None:
            return Cell(
                "every role has the scope; what a role may do with it is decided by the organisation's policies"
            )
        callers = self._victim.callers
        cell = await self._refused(route, self._victim, [callers.member(role)], _forbidden("insufficient_scope"))
        if "organization_id" in id_parameters(route):
            judge = _forbidden("insufficient_scope", "forbidden")
            await self._refused(route, self._victim, [callers.at_home(role)], judge, cell)
        return cell

    async def other_organization(self, route: Route) -> Cell:
        """A key and an owner of another organisation, with the victim's ids wherever one fits."""
        if is_open(route):
            return Cell(f"{OPEN}, so there is no other organisation; an address in it is the permission")
        cell = Cell()
        cursor = await self._cursor_of_victim(route, cell)
        attempts = tuple(tries(route, self._victim.tenant, self._other.tenant, cursor))
        async with self._unchanged(self._victim, cell):
            for caller in self._other.callers.new(route):
                for attempt in attempts:
                    await self._try_foreign(attempt, caller, cell)
        return cell

    async def suspended(self, route: Route) -> Cell:
        """A key and an owner of a suspended organisation, somebody who reaches into it, and its public feeds."""
        callers = self._suspended.callers
        if is_open(route):
            if "token" not in id_parameters(route):
                return Cell(f"{OPEN}, so nobody's organisation is known")
            return await self._refused(route, self._suspended, [NO_CREDENTIAL], _not_found)
        cell = await self._refused(route, self._suspended, callers.new(route), _forbidden("organization_suspended"))
        if "organization_id" in id_parameters(route):
            judge = _forbidden("organization_suspended")
            await self._refused(route, self._suspended, [callers.at_home("owner")], judge, cell)
        if "collection_id" in id_parameters(route):
            await self._refused(route, self._suspended, [callers.guest], _not_found, cell)
        return cell

    async def _refused(
        self, route: Route, party: Party, callers: Iterable[Caller], judge: Judge, cell: Cell | None = None
    ) -> Cell:
        """Ask for what the tenant has, as each of the callers, who must be refused."""
        cell = cell or Cell()
        asked = ask(route, party.tenant.ids)
        callers = tuple(callers)
        async with self._unchanged(party, cell):
            for caller in callers:
                response = await self._try(asked, caller, judge, cell, "the request")
                if response is not None and (found := leaks(response, asked, party.tenant)):
                    cell.faults.append(f"{caller.name} is shown {found}")
        return cell

    async def _try_foreign(self, attempt: Try, caller: Caller, cell: Cell) -> None:
        """One try of a stranger, and its twin."""
        response = await self._try(attempt.ask, caller, attempt.judge, cell, attempt.what)
        if response is None:
            return
        if found := leaks(response, attempt.ask, self._victim.tenant):
            cell.faults.append(f"{attempt.what} shows {caller.name} of another organisation {found}")
        if attempt.twin is not None:
            twin = await attempt.twin.send(self._api, caller.headers)
            told = differences(response, twin, attempt)
            cell.faults += [f"{attempt.what} tells {caller.name} that it exists: {each}" for each in told]

    async def _try(self, asked: Ask, caller: Caller, judge: Judge, cell: Cell, what: str) -> httpx.Response | None:
        try:
            response = await asked.send(self._api, caller.headers)
        except ContractBroken as broken:
            cell.faults.append(f"{caller.name}, {what}: {broken}")
            return None
        cell.statuses[response.status_code] += 1
        if fault := judge(response):
            cell.faults.append(f"{caller.name}, {what}: {asked.method} {asked.path} answered {fault}")
        return response

    @asynccontextmanager
    async def _unchanged(self, party: Party, cell: Cell) -> AsyncIterator[None]:
        """A fault for each table in which something of the tenant is not as it was before."""
        tenant = party.tenant
        people = [tenant.owner.account_id, tenant.member.account_id]
        before = self._rows.digest(tenant.organization, people)
        yield
        after = self._rows.digest(tenant.organization, people)
        cell.faults += [f"something was written: {change}" for change in changes(before, after)]

    async def _cursor_of_victim(self, route: Route, cell: Cell) -> str | None:
        """The cursor of the second page of the victim's list."""
        if "cursor" not in parameter_names(route, "query"):
            return None
        tenant = self._victim.tenant
        response = await ask(route, tenant.ids).asking(limit="1").send(self._api, tuple(tenant.owner.header.items()))
        cursor = _next_cursor(response)
        if cursor is None:
            cell.faults.append(f"the victim's list has no second page, let MAKERS make two: {response.text[:300]}")
        return cursor


def _next_cursor(response: httpx.Response) -> str | None:
    """What the link to the next page says."""
    following = response.links.get("next", {}).get("url")
    return None if following is None else httpx.URL(following).params["cursor"]


COLUMNS: Final[Mapping[str, Callable[[Matrix, Route], Awaitable[Cell]]]] = {
    "no credential": Matrix.no_credential,
    "garbage": Matrix.garbage,
    "expired": Matrix.expired,
    "revoked": Matrix.revoked,
    "no scope": Matrix.no_scope,
    "lower role": Matrix.lower_role,
    "other organisation": Matrix.other_organization,
    "suspended organisation": Matrix.suspended,
}


def write_table(matrix: Matrix, file: Path) -> None:
    """The whole matrix as a table, and under it why some of its cells have nothing to try."""
    reasons: dict[str, int] = {}
    lines = [f"| operation | {' | '.join(COLUMNS)} |", f"|---|{'---|' * len(COLUMNS)}"]
    for route in ROUTES:
        shown = []
        for column in COLUMNS:
            cell = matrix.cells[route.name, column]
            note = "" if cell.reason is None else f"({reasons.setdefault(cell.reason, len(reasons) + 1)})"
            shown.append(note or (f"**{cell}**" if cell.faults else str(cell)))
        place = f"`{route.operation.method.upper()} /{route.document.version}{route.operation.path}`"
        lines.append(f"| {place} | {' | '.join(shown)} |")
    notes = [f"{number}. {reason}" for reason, number in reasons.items()]
    counted = sum(sum(cell.statuses.values()) for cell in matrix.cells.values())
    head = f"# Who is refused what\n\n{len(ROUTES)} operations × {len(COLUMNS)} kinds of callers, {counted:,} requests."
    file.write_text("\n".join([head, "Bold: not as promised.", "", *lines, "", *notes, ""]), "utf-8")


def _unauthenticated(response: httpx.Response) -> str | None:
    challenge = response.headers.get("www-authenticate", "")
    is_named = code_of(response) in ("unauthenticated", "account_suspended")
    is_right = response.status_code == 401 and is_named and challenge.startswith("Bearer")
    return None if is_right else f"{response.status_code} {challenge} {response.text[:300]}"


def _not_found(response: httpx.Response) -> str | None:
    return None if response.status_code in (403, 404) else f"{response.status_code} {response.text[:300]}"


def _forbidden(*codes: str) -> Judge:
    def judge(response: httpx.Response) -> str | None:
        is_right = response.status_code == 403 and code_of(response) in codes
        return None if is_right else f"{response.status_code} {response.text[:300]}"

    return judge


def code_of(response: httpx.Response) -> str:
    """The code of an error, in the spelling of v2."""
    is_error = response.headers.get("content-type", "") in ("application/json", "application/problem+json")
    body = response.json() if is_error else {}
    return str(body.get("code") or body.get("error")).lower()

"""The audit log: what a change leaves behind in the transaction that makes it, and how it is read and verified."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from core.audit import repository
from core.audit.masking import changed
from core.audit.repository import AuditRepository
from core.audit.types import AuditEvent, AuditFilter, Event, Head, Target, Verdict
from core.audit.verification import verified
from core.infra.context import infrastructure
from core.infra.db import Statement, connection, last_step
from core.infra.paging import sliced, value_in
from core.kit import ids, json, request
from core.kit.principal import NEWSROOM_ID, Principal, job
from core.kit.slices import Slice

_ID_PREFIXES: Final[Mapping[str, str]] = {
    "account": "acct",
    "api_key": "key",
    "collection": "col",
    "feed": "feed",
    "identity": "idn",
    "invitation": "inv",
    "item": "itm",
    "note": "note",
    "organization": "org",
    "rehearsal": "rhs",
    "session": "ses",
    "source": "src",
    "sunset_notice": "sun",
    "user": "acct",
}
"""Kind of a target or of an actor → what its public ids begin with."""


class Audit:
    """Writes and reads the log. Whatever changes something calls `record` once, in its unit of work."""

    def record(
        self,
        principal: Principal,
        action: str,
        *,
        target: Target,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Note that `principal` has done `action` (`feed.created`) to `target`, in the principal's organisation.

        `before` and `after` are the members that matter; with both given only those that differ are kept. Secrets are
        masked. It is written just before the transaction commits, and not at all when it does not.
        """
        origin = request.origin()
        old, new = changed(before, after)
        kind, target_id = target
        event = Event(
            id=ids.new_id(),
            principal_id=principal.principal_id,
            actor_kind=principal.kind,
            actor_id=_actor_id(principal),
            action=action,
            target_kind=kind,
            target_id=target_id if isinstance(target_id, str) else _public_id(kind, target_id),
            before=old,
            after=new,
            address=origin.address if origin else None,
            request_id=origin.request_id if origin else None,
            operation=origin.operation if origin else None,
        )
        last_step(_Batch).add(principal.organization_id, event)

    async def list(
        self, principal: Principal, wanted: AuditFilter, *, limit: int, cursor: str | None = None
    ) -> Slice[AuditEvent]:
        """A page of the organisation's log, newest first. Raises `InvalidCursor`."""
        return await self._page(principal, wanted, limit=limit, cursor=cursor, newest_first=True)

    async def export(
        self, principal: Principal, wanted: AuditFilter, *, limit: int, cursor: str | None = None
    ) -> Slice[AuditEvent]:
        """The same from the first event on: what is exported stays as it is, so the next export can go on after it."""
        return await self._page(principal, wanted, limit=limit, cursor=cursor, newest_first=False)

    async def _page(
        self, principal: Principal, wanted: AuditFilter, *, limit: int, cursor: str | None, newest_first: bool
    ) -> Slice[AuditEvent]:
        bound_to = b"audit%d" % newest_first + principal.organization_id.bytes + json.dumps(wanted.given())
        after = value_in(cursor, bound_to, int)
        log = AuditRepository(await connection(), principal)
        rows = await log.page(wanted, limit=limit + 1, after=after, newest_first=newest_first)
        return sliced(rows, limit, bound_to, lambda last: (last.sequence,))

    async def verify(self, principal: Principal, noted: Head | None = None) -> Verdict:
        """Compute the chain of the organisation's log anew. `noted` is a head that was written down before."""
        async with infrastructure().unit_of_work(principal):
            return await verified(AuditRepository(await connection(), principal), principal, noted)

    async def verify_all(self) -> tuple[Verdict, ...]:
        """Verify the log of every organisation, one after the other."""
        async with infrastructure().unit_of_work(job(NEWSROOM_ID)):
            organizations = await repository.audited_organizations(await connection())
        return tuple([await self.verify(job(organization_id)) for organization_id in organizations])


class _Batch:
    """The events of one transaction, written as late as can be: each locks the end of its organisation's log."""

    def __init__(self) -> None:
        self._events: dict[UUID, list[Event]] = {}

    def add(self, organization_id: UUID, event: Event) -> None:
        self._events.setdefault(organization_id, []).append(event)

    def statements(self) -> Iterator[Statement]:
        for organization_id in sorted(self._events):  # in one order, so that two transactions never wait for each other
            yield repository.append(organization_id, self._events[organization_id])


def _actor_id(principal: Principal) -> str:
    prefix = _ID_PREFIXES.get(principal.kind)
    return principal.kind if prefix is None else ids.encode(prefix, principal.principal_id)


def _public_id(kind: str, id_: UUID) -> str:
    prefix = _ID_PREFIXES.get(kind)
    return str(id_) if prefix is None else ids.encode(prefix, id_)


audit: Final = Audit()

"""The contract: what its releases changed, and whether answers keep to it."""

from core.conformance.service import conformance
from core.conformance.types import ConformanceFilter
from core.contract.responses import Response, raw
from core.kit.principal import Principal
from core.releases.service import releases
from core.releases.types import ChangeFilter, ChangeKind
from handlers.v2.shapes.atom import ATOM
from handlers.v2.shapes.contract import FEED_HEADERS, atom_out, change_out, conformance_out
from handlers.v2.shapes.lists import page


async def list_contract_changes(
    principal: Principal,
    *,
    limit: int,
    used: bool,
    since: str | None = None,
    version: str | None = None,
    kind: ChangeKind | None = None,
    cursor: str | None = None,
) -> Response:
    """A page of changes, the newest release first."""
    wanted = ChangeFilter(since, version, kind, used)
    found = await releases.list(principal, wanted, limit=limit, cursor=cursor)
    return page("/v2/contract/changes", found, change_out, {**wanted.as_parameters(), "limit": limit})


async def get_contract_changes_as_atom(
    *, since: str | None = None, version: str | None = None, kind: ChangeKind | None = None
) -> Response:
    """The releases as Atom."""
    return raw(atom_out(releases.feed(ChangeFilter(since, version, kind))), ATOM, headers=FEED_HEADERS)


async def get_used_contract_changes_as_atom(
    principal: Principal, *, since: str | None = None, version: str | None = None, kind: ChangeKind | None = None
) -> Response:
    """The releases as Atom, with what of them concerns the caller."""
    return raw(atom_out(await releases.used_feed(principal, ChangeFilter(since, version, kind))), ATOM)


async def list_conformance(
    principal: Principal,
    *,
    days: int,
    drifted: bool,
    limit: int,
    version: str | None = None,
    cursor: str | None = None,
) -> Response:
    """A page of operations with what was seen of their answers."""
    found = await conformance.list(principal, ConformanceFilter(days, version, drifted), limit=limit, cursor=cursor)
    asked = {"days": days, "version": version, "drifted": "true" if drifted else None, "limit": limit}
    return page("/v2/contract/conformance", found, conformance_out, asked)

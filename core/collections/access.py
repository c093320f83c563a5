"""Who may do what in which list, and the way into a list that another organisation has shared.

In its own organisation a caller sees the lists that are open to all of it, those that it made, and those that were
shared with it by name. A person is let into a list of another organisation by the role that was given there; the rest
of the request then acts for that organisation, with this list only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from core.collections.repository import CollectionRepository, OwnList
from core.collections.types import RANKS, CollectionRow, ListRole
from core.errors import CollectionNotFound, Forbidden
from core.infra.context import infrastructure
from core.infra.db import Asker, act_for, transaction
from core.kit import ids
from core.kit.principal import Principal, Role

READ: Final = "collections:read"
WRITE: Final = "collections:write"
_BY_MEMBERSHIP: Final[Mapping[Role, ListRole]] = {
    "viewer": "viewer",
    "editor": "editor",
    "admin": "owner",
    "owner": "owner",
}


@dataclass(frozen=True, slots=True)
class Access:
    """A list that the caller is in. `principal` is the caller, acting for the organisation that the list belongs to.

    `by_name`: the caller made the list or was invited to it, and would see it if it were private.
    """

    principal: Principal
    row: CollectionRow
    role: ListRole
    by_name: bool

    def require(self, role: ListRole) -> None:
        """Raises `Forbidden` where the caller's role is a lesser one."""
        if RANKS[self.role] < RANKS[role]:
            raise Forbidden(f"This takes the role {role} in the list, and yours is {self.role}.")


async def opened(
    principal: Principal,
    collection_id: str,
    *,
    role: ListRole = "viewer",
    lock: bool = False,
    reveal_foreign: bool = False,
) -> Access:
    """The way into a list, in the present unit of work; with `lock` nobody else changes the list until its end.

    Raises `CollectionNotFound` where the caller may not see it (with `reveal_foreign`, v1's way, `Forbidden` where it
    exists), and `Forbidden` where the caller sees it in a lesser role.
    """
    id_ = decoded(collection_id)
    repository = CollectionRepository(transaction(), principal)
    access = _in_own_organization(principal, await repository.get(id_, lock=lock))
    if access is None and principal.account_id is not None:
        access = await _as_guest(principal, id_, lock=lock)
    if access is None:
        if reveal_foreign and await repository.exists_anywhere(id_):
            raise Forbidden("This list belongs to somebody else.")
        raise not_found()
    access.require(role)
    return access


async def reading(
    principal: Principal, collection_id: str, *, reveal_foreign: bool = False, reads: Asker | None = None
) -> tuple[Asker, Access]:
    """As `opened`, to read only: by `reads`, short ones as a rule, where the list is one of the caller's own."""
    reads = reads or infrastructure().db.short_reads(principal)
    own = await CollectionRepository(reads, principal).get(decoded(collection_id))
    access = _in_own_organization(principal, own)
    if access is not None:
        return reads, access
    access = await opened(principal, collection_id, reveal_foreign=reveal_foreign)
    return transaction(), access


def decoded(collection_id: str) -> UUID:
    """The id of a list. Raises `CollectionNotFound` for what is none."""
    try:
        return ids.decode("col", collection_id)
    except ids.InvalidId:
        raise not_found() from None


def not_found() -> CollectionNotFound:
    """No such list, as far as the caller can tell."""
    return CollectionNotFound("There is no list with this id.")


def _in_own_organization(principal: Principal, found: OwnList | None) -> Access | None:
    if found is None:
        return None
    own = "owner" if found.is_mine else found.shared_as
    by_visibility = _by_membership(principal) if found.row.visibility == "organization" else None
    roles: list[ListRole] = [role for role in (own, by_visibility) if role is not None]
    if not roles:
        return None
    role = max(roles, key=lambda role: RANKS[role])
    return Access(principal, found.row, role, by_name=role == own)


def _by_membership(principal: Principal) -> ListRole:
    """The role in a list that is open to the organisation. A key acts for the whole of it, within its scopes."""
    if principal.role is not None:
        return _BY_MEMBERSHIP[principal.role]
    return "owner" if WRITE in principal.scopes else "viewer"


async def _as_guest(principal: Principal, id_: UUID, *, lock: bool) -> Access | None:
    """Go on in the organisation of a list that is shared with the person."""
    shared = await CollectionRepository(transaction(), principal).shared(id_)
    if shared is None:
        return None
    organization_id, role = shared
    guest = replace(principal, organization_id=organization_id, role=None, scopes=principal.scopes & {READ, WRITE})
    await act_for(guest)
    found = await CollectionRepository(transaction(), guest).get(id_, lock=lock)
    return None if found is None else Access(guest, found.row, role, by_name=True)

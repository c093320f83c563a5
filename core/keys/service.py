"""The rules about API keys: who may make, change, replace and end which."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.audit.service import audit
from core.errors import (
    ApiKeyNotFound,
    ApiKeyRevoked,
    FieldError,
    Forbidden,
    InsufficientScope,
    OrganizationSuspended,
    Unauthenticated,
    Unprocessable,
)
from core.infra.context import infrastructure
from core.infra.db import session
from core.infra.paging import pair_in, sliced
from core.keys.repository import ApiKeyRepository, find_by_hash
from core.keys.types import ApiKeyRow, CreatedApiKey, FoundKey
from core.kit import ids
from core.kit.clock import Clock
from core.kit.crypto import PREFIX_LENGTH, KeyMode, hash_api_key, is_api_key, mode_of, new_api_key
from core.kit.principal import Principal, Rehearsal, sandbox_of
from core.kit.slices import Slice
from core.organizations.service import SUSPENDED, organizations
from core.plans.service import plans
from core.plans.types import Limits
from core.sandboxes.service import sandboxes

_BOUND: Final = ("api_key", "user")
"""Who can give away only what it has itself."""

_REFUSAL: Final = "The API key is not valid."


class Keys:
    """Key and person may make, change and replace only keys that they could have made.

    A key gives no more scopes than it has and no larger budget; a person those of the role, and the plan's budget. The
    operator may make any. Whoever has `keys:write` in an organisation may revoke any key of it.
    """

    async def create(
        self,
        principal: Principal,
        *,
        name: str,
        scopes: Sequence[str],
        requests_per_hour: int | None = None,
        expires_at: datetime | None = None,
        mode: KeyMode | None = None,
    ) -> CreatedApiKey:
        """A new key, for live data unless `mode` says otherwise or a test key makes it.

        Raises `Forbidden` (role, budget), `InsufficientScope`, `Unprocessable` and `LimitReached`.
        """
        await organizations.require(principal, "keys.create")
        _check_scopes(principal, scopes)
        _check_end(expires_at)
        mode = _mode(principal, mode)
        await plans.require_room_for_key(principal, mode)
        made = await self._make(
            ApiKeyRepository(await session(), principal),
            principal,
            mode,
            name=name,
            scopes=sorted(set(scopes)),
            requests_per_hour=_budget(principal, requests_per_hour, await plans.of(principal)),
            expires_at=expires_at,
        )
        audit.record(principal, "api_key.created", target=("api_key", made.id), after=_recorded(made))
        return made

    async def list(self, principal: Principal, *, limit: int, cursor: str | None = None) -> Slice[ApiKeyRow]:
        """The organisation's keys, newest first, revoked ones included. Raises `InvalidCursor`."""
        bound_to = b"keys" + principal.organization_id.bytes
        after = pair_in(cursor, bound_to, datetime, UUID)
        rows = await ApiKeyRepository(await session(), principal).page(limit=limit + 1, after=after)
        return sliced(rows, limit, bound_to, lambda last: (last.created_at, last.id))

    async def list_numbered(self, principal: Principal, *, page: int, limit: int) -> tuple[Sequence[ApiKeyRow], int]:
        """One page, counted from 1, and how many keys there are."""
        repository = ApiKeyRepository(await session(), principal)
        return await repository.page(limit=limit, skip=(page - 1) * limit), await repository.count()

    async def get(self, principal: Principal, key_id: str, *, lock: bool = False) -> ApiKeyRow:
        """One key. With `lock` it stays as it is until the transaction ends. Raises `ApiKeyNotFound`."""
        row = await ApiKeyRepository(await session(), principal).get(_id(key_id), lock=lock)
        if row is None:
            raise ApiKeyNotFound("There is no API key with this id.")
        return row

    async def update(self, principal: Principal, key_id: str, changes: Mapping[str, Any]) -> ApiKeyRow:
        """Change what `changes` names: name, scopes, requests_per_hour, expires_at.

        Raises as `create` does, `ApiKeyNotFound`, and `ApiKeyRevoked` for a key that no longer works.
        """
        row = await self.workable(principal, key_id)
        values = dict(changes)
        if "scopes" in values:
            _check_scopes(principal, values["scopes"])
            values["scopes"] = sorted(set(values["scopes"]))
        if "requests_per_hour" in values:
            values["requests_per_hour"] = _budget(principal, values["requests_per_hour"], await plans.of(principal))
        if "expires_at" in values:
            _check_end(values["expires_at"])
        repository = ApiKeyRepository(await session(), principal)
        changed = await repository.change(row.id, {**values, "updated_at": _now()})
        if row.mode == "test":
            await sandboxes.admit(principal, row.id, changed.name)
        audit.record(
            principal,
            "api_key.updated",
            target=("api_key", row.id),
            before=_recorded(row),
            after=_recorded(changed),
        )
        infrastructure().changes.announce(row.id)
        return changed

    async def rotate(self, principal: Principal, key_id: str, *, overlap_seconds: int) -> CreatedApiKey:
        """A new key like this one, which ends after the overlap. Raises `ApiKeyNotFound`, `ApiKeyRevoked`."""
        row = await self.workable(principal, key_id)
        repository = ApiKeyRepository(await session(), principal)
        made = await self._make(
            repository,
            principal,
            row.mode,
            name=row.name,
            scopes=list(row.scopes),
            requests_per_hour=row.requests_per_hour,
            expires_at=row.expires_at,
        )
        now = _now()
        end = now + timedelta(seconds=overlap_seconds)
        if row.expires_at is not None:
            end = min(end, row.expires_at)
        await repository.change(row.id, {"rotated_to": made.id, "expires_at": end, "updated_at": now})
        replaced_by = {"rotated_to": ids.encode("key", made.id), "old_ends_at": end.isoformat()}
        audit.record(principal, "api_key.rotated", target=("api_key", row.id), after=replaced_by)
        infrastructure().changes.announce(row.id)
        return made

    async def revoke(self, principal: Principal, key_id: str, *, reveal_foreign: bool = False) -> None:
        """End a key; doing it again changes nothing.

        Raises `ApiKeyNotFound`; with `reveal_foreign` (v1's way) `Forbidden` for a key of another organisation.
        """
        repository = ApiKeyRepository(await session(), principal)
        id_ = _id(key_id)
        row = await repository.get(id_, lock=True)
        if row is None:
            if reveal_foreign and await repository.exists_anywhere(id_):
                raise Forbidden("This API key belongs to another organisation.")
            raise ApiKeyNotFound("There is no API key with this id.")
        await organizations.require(principal, "keys.revoke")
        if row.revoked_at is None:
            now = _now()
            await repository.change(id_, {"revoked_at": now, "updated_at": now})
            audit.record(principal, "api_key.revoked", target=("api_key", id_), before=_recorded(row))
            infrastructure().changes.announce(id_)

    async def authenticate(self, token: str) -> Principal:
        """Whom a token stands for, as the database says now. Raises `Unauthenticated`."""
        return require_working(await self.find(token), infrastructure().clock)

    async def find(self, token: str) -> FoundKey | None:
        """The key that a token is, working or not; None where it is none."""
        if not is_api_key(token):
            return None
        infra = infrastructure()
        async with infra.db.newsroom_reads() as connection:
            row = await find_by_hash(connection, hash_api_key(token, infra.secret))
        if row is None:
            return None
        organization_id, id_, scopes, budget, plan, expires_at, revoked_at, last_used_at, suspended_at, *window = row
        limits = plans.named(plan)
        principal = Principal(
            sandbox_of(organization_id) if mode_of(token) == "test" else organization_id,
            id_,
            "api_key",
            frozenset(scopes),
            limits.requests_per_hour if budget is None else budget,
            organization_requests_per_hour=limits.organization_requests_per_hour,
        )
        rehearsal = None if window[0] is None else Rehearsal(organization_id, *window)
        return FoundKey(principal, organization_id, expires_at, revoked_at, last_used_at, suspended_at, rehearsal)

    async def note_uses(self, principal: Principal, uses: Sequence[tuple[UUID, datetime]]) -> None:
        """Write down when keys of the principal's organisation were last used."""
        await ApiKeyRepository(await session(), principal).touch(uses)

    async def workable(self, principal: Principal, key_id: str) -> ApiKeyRow:
        """A key that works and that the principal may change, locked until the transaction ends.

        Raises `ApiKeyNotFound`, `Forbidden` (role, budget), `InsufficientScope` and `ApiKeyRevoked`.
        """
        await organizations.require(principal, "keys.change")
        row = await self.get(principal, key_id, lock=True)
        if row.revoked_at is not None:
            raise ApiKeyRevoked("This API key was revoked.")
        if row.expires_at is not None and row.expires_at <= _now():
            raise ApiKeyRevoked("This API key has expired.")
        if row.rotated_to is not None:
            raise ApiKeyRevoked(f"This API key was replaced by {ids.encode('key', row.rotated_to)}.")
        _check_scopes(principal, row.scopes)
        _check_budget(principal, row.requests_per_hour, await plans.of(principal))
        return row

    async def _make(
        self, repository: ApiKeyRepository, principal: Principal, mode: KeyMode, **values: Any
    ) -> CreatedApiKey:
        key, id_, now = new_api_key(mode), ids.new_id(), _now()
        values |= {"prefix": key[:PREFIX_LENGTH], "created_at": now, "updated_at": now}
        await repository.add(
            id_=id_,
            key_hash=hash_api_key(key, infrastructure().secret),
            made_by=principal.principal_id,
            values=values,
        )
        if mode == "test":
            await sandboxes.admit(principal, id_, values["name"])
        values["scopes"] = tuple(values["scopes"])
        return CreatedApiKey(id=id_, key=key, last_used_at=None, revoked_at=None, rotated_to=None, **values)


def require_working(found: FoundKey | None, clock: Clock) -> Principal:
    """Whom a key stands for. Raises `Unauthenticated` for one that is unknown, revoked or expired.

    A good key of a suspended organisation is `OrganizationSuspended`: its owner is known and can act.
    """
    if found is None or found.revoked_at is not None:
        raise Unauthenticated(_REFUSAL)
    if found.expires_at is not None and found.expires_at <= clock.now():
        raise Unauthenticated("The API key has expired.")
    if found.suspended_at is not None:
        raise OrganizationSuspended(SUSPENDED)
    if found.rehearsal is not None and found.rehearsal.starts_at <= clock.now() < found.rehearsal.ends_at:
        return replace(found.principal, rehearsal=found.rehearsal)
    return found.principal


def _now() -> datetime:
    return infrastructure().clock.now()


def _id(text: str) -> UUID:
    try:
        return ids.decode("key", text)
    except ids.InvalidId:
        raise ApiKeyNotFound("There is no API key with this id.") from None


def _mode(principal: Principal, wanted: KeyMode | None) -> KeyMode:
    """What the new key is for: a test key makes test keys, so that nothing leads out of the sandbox."""
    if not principal.in_sandbox:
        return wanted or "live"
    if wanted == "live":
        error = FieldError("live_key", "a test key makes test keys only", pointer="/mode")
        raise Unprocessable("A test key cannot make a key for live data.", errors=[error])
    return "test"


def _check_scopes(principal: Principal, scopes: Sequence[str]) -> None:
    personal = sorted(organizations.person_scopes().intersection(scopes))
    if personal:
        error = FieldError("person_scope", "only a person can do this", pointer="/scopes")
        raise Unprocessable(f"No key can have {', '.join(personal)}.", errors=[error])
    lacking = sorted(set(scopes) - principal.scopes) if principal.kind in _BOUND else []
    if lacking:
        raise InsufficientScope(f"{_whose(principal)} lacks {', '.join(lacking)}, so it cannot give that to a key.")


def _check_end(expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= _now():
        error = FieldError("in_the_past", "must lie in the future", pointer="/expires_at")
        raise Unprocessable("A key cannot end before it begins.", errors=[error])


def _check_budget(principal: Principal, requests_per_hour: int | None, limits: Limits) -> None:
    """A key gives at most its own budget, a person at most the plan's; the operator gives what it likes."""
    most = principal.requests_per_hour if principal.kind == "api_key" else limits.requests_per_hour
    if principal.kind in _BOUND and most and requests_per_hour is not None and not 0 < requests_per_hour <= most:
        raise Forbidden(f"{_whose(principal)} may give a key at most {most:,} requests an hour.")


def _budget(principal: Principal, requests_per_hour: int | None, limits: Limits) -> int | None:
    """The budget to store: the plan's (None) becomes the maker's own where that is smaller."""
    _check_budget(principal, requests_per_hour, limits)
    own = principal.requests_per_hour
    if requests_per_hour is None and principal.kind == "api_key" and own:
        of_plan = limits.requests_per_hour
        return own if of_plan == 0 or of_plan > own else None
    return requests_per_hour


def _whose(principal: Principal) -> str:
    return "Your role" if principal.kind == "user" else "Your key"


def _recorded(row: ApiKeyRow) -> dict[str, Any]:
    """What the audit log keeps of a key."""
    return {
        "name": row.name,
        "scopes": list(row.scopes),
        "requests_per_hour": row.requests_per_hour,
        "expires_at": None if row.expires_at is None else row.expires_at.isoformat(),
    }


keys: Final = Keys()

"""The keys that sign access tokens: made, published before they are used, replaced, and removed after their last token.

Keys are in the database, so that every process signs with the same one and knows all of them. A process asks again once
a minute, and when a token names a key that it does not know.
"""

import time
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core.infra.context import Infrastructure, infrastructure
from core.infra.db import Database
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, job
from core.kit.seal import BrokenSeal, seal, unseal
from core.sessions.access_tokens import ALGORITHM, LONGEST_LIFE_S
from core.sessions.repository import SigningKeyRecord, SigningKeyRepository, read_signing_keys

RELOAD_S: Final = 60.0
UNKNOWN_RELOAD_S: Final = 1.0
"""A forged key id makes a process ask the database no more often than this."""

PUBLISHED_AHEAD: Final = timedelta(minutes=10)
"""A key is published this long before it signs: others hold the set for 5 minutes, our own processes for one."""

SKEW: Final = timedelta(minutes=1)
"""How far the clocks of an instance's machines may differ: a key that signs at once has done so for as long."""

SET_MAX_AGE_S: Final = 300
_KEPT: Final = timedelta(seconds=LONGEST_LIFE_S) + PUBLISHED_AHEAD
_PURPOSE: Final = "signing-key"


class SigningKey(NamedTuple):
    """One key. `private_key` is None where another secret of the instance sealed it: it verifies and does not sign."""

    id: UUID
    public_key: Ed25519PublicKey
    private_key: Ed25519PrivateKey | None
    signs_from: datetime

    @property
    def kid(self) -> str:
        """Its name in tokens and in the published set."""
        return ids.encode("sgk", self.id)


class Ring(NamedTuple):
    """The keys that a process knows, the oldest first, and when it learned of them (monotonic)."""

    keys: tuple[SigningKey, ...]
    loaded_at: float

    def current(self, now: datetime) -> SigningKey | None:
        """The key that signs now."""
        usable = [key for key in self.keys if key.private_key is not None and key.signs_from <= now]
        return usable[-1] if usable else None

    def find(self, kid: str) -> SigningKey | None:
        """The key of this name."""
        return next((key for key in self.keys if key.kid == kid), None)


class Signing:
    """Each method works on the database of the current infrastructure."""

    def __init__(self) -> None:
        self._rings: WeakKeyDictionary[Database, Ring] = WeakKeyDictionary()

    async def current(self) -> SigningKey:
        """The key that signs now; the first one is made when it is needed."""
        infra = infrastructure()
        ring = await self._ring(infra, at_most_s=RELOAD_S)
        key = ring.current(infra.clock.now())
        return key if key is not None else await self._first(infra)

    async def public_key(self, kid: str) -> Ed25519PublicKey | None:
        """The key of this name, if the instance has it."""
        infra = infrastructure()
        key = (await self._ring(infra, at_most_s=RELOAD_S)).find(kid)
        if key is None:
            key = (await self._ring(infra, at_most_s=UNKNOWN_RELOAD_S)).find(kid)
        return None if key is None else key.public_key

    async def published(self) -> dict[str, Any]:
        """The JSON Web Key Set (RFC 7517, RFC 8037 §2): every key that signs, will sign, or signed a living token."""
        infra = infrastructure()
        await self.current()
        return {"keys": [_jwk(key) for key in (await self._ring(infra, at_most_s=RELOAD_S)).keys]}

    async def rotate(self, *, at_once: bool = False) -> SigningKey:
        """A new key: it signs after it was published for ten minutes.

        With `at_once`, for a key that is in foreign hands, it signs now and every other one goes: within a minute no
        process accepts a token that those signed, and clients refresh.
        """
        infra = infrastructure()
        async with infra.unit_of_work(job(NEWSROOM_ID)):
            repository = await SigningKeyRepository.locked()
            signs_from = infra.clock.now() + (-SKEW if at_once else PUBLISHED_AHEAD)
            key = new_signing_key(infra.secret, signs_from=signs_from)
            if at_once:
                await repository.remove([row.id for row in await repository.all()])
            await repository.add(key)
        self._rings.pop(infra.db, None)
        return _opened(infra, key)

    async def maintain(self) -> None:
        """Replace a key that has signed for long enough, and remove those whose tokens have all expired."""
        infra = infrastructure()
        now = infra.clock.now()
        keys = (await self._ring(infra, at_most_s=0)).keys
        async with infra.unit_of_work(job(NEWSROOM_ID)):
            ended = [old.id for old, new in pairwise(keys) if new.signs_from + _KEPT <= now]
            if ended:
                await (await SigningKeyRepository.locked()).remove(ended)
        if keys and keys[-1].signs_from + timedelta(days=infra.settings.signing_key_days) <= now:
            await self.rotate()

    async def _first(self, infra: Infrastructure) -> SigningKey:
        """Two processes that need it at the same time make one."""
        async with infra.unit_of_work(job(NEWSROOM_ID)):
            repository = await SigningKeyRepository.locked()
            now = infra.clock.now()  # not before the wait: the key that another process made meanwhile would lie ahead
            key = _ring(infra, await repository.all()).current(now)
            if key is None:
                made = new_signing_key(infra.secret, signs_from=now - SKEW)
                await repository.add(made)
                key = _opened(infra, made)
        self._rings.pop(infra.db, None)
        return key

    async def _ring(self, infra: Infrastructure, *, at_most_s: float) -> Ring:
        ring = self._rings.get(infra.db)
        if ring is None or time.monotonic() - ring.loaded_at >= at_most_s:
            ring = self._rings[infra.db] = _ring(infra, await read_signing_keys(infra.db))
        return ring


def new_signing_key(secret: bytes, *, signs_from: datetime) -> SigningKeyRecord:
    """A new key as it is stored."""
    id_, private_key = ids.new_id(), Ed25519PrivateKey.generate()
    sealed = seal(secret, private_key.private_bytes_raw(), purpose=_PURPOSE, bound_to=id_.bytes)
    return SigningKeyRecord(id_, private_key.public_key().public_bytes_raw(), sealed, signs_from)


def open_private_key(secret: bytes, row: SigningKeyRecord) -> Ed25519PrivateKey:
    """The private half of a stored key. Raises `BrokenSeal`."""
    return Ed25519PrivateKey.from_private_bytes(
        unseal(secret, row.sealed_private_key, purpose=_PURPOSE, bound_to=row.id.bytes)
    )


def _ring(infra: Infrastructure, rows: list[SigningKeyRecord]) -> Ring:
    return Ring(tuple(_opened(infra, row) for row in rows), time.monotonic())


def _opened(infra: Infrastructure, row: SigningKeyRecord) -> SigningKey:
    try:
        private_key = open_private_key(infra.secret, row)
    except BrokenSeal as error:
        structlog.get_logger(__name__).warning("signing_key_not_readable", id=str(row.id), reason=str(error))
        private_key = None
    return SigningKey(row.id, Ed25519PublicKey.from_public_bytes(row.public_key), private_key, row.signs_from)


def _jwk(key: SigningKey) -> dict[str, str]:
    x = urlsafe_b64encode(key.public_key.public_bytes_raw()).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": key.kid, "use": "sig", "alg": ALGORITHM}


signing: Final = Signing()

"""What the engine asks of the rest of the product: who is calling, may they, and is the answer known already.

The features implement these protocols and `core.app` wires them; the engine imports no feature. The values are named
tuples and not frozen dataclasses, because three of them are built for every request (0.3 µs against 1.2 µs each).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from typing import NamedTuple, Protocol

from core.contract.answers import Drift
from core.contract.elements import NOTHING, Elements
from core.contract.responses import Response
from core.kit.principal import Principal


class AddressLimit(NamedTuple):
    """What one address may do with an operation, with or without a credential (`x-address-limit`).

    Operations that give it the same `name` share one budget of `limit` requests in `window_s` seconds.
    """

    name: str
    limit: int
    window_s: int


class Call(NamedTuple):
    """One request as the limiter sees it.

    `operation` is the version and the operationId (`v2.listArticles`), `cost` the price in requests from the document
    (`x-rate-cost`; 0 asks for the state of the budget and takes nothing). `cache_key` is a 16-byte digest of version,
    operation, organisation, path and canonical query, or None where the document does not allow caching (`x-cache`
    names the group that invalidates). `if_none_match` is the raw request header.
    """

    principal: Principal | None
    address: str
    operation: str
    cost: int
    cache_key: bytes | None
    cache_group: str | None
    if_none_match: bytes | None
    address_limit: AddressLimit | None = None


class PolicyState(NamedTuple):
    """What is left of one rate-limit policy: `limit` requests in `window_s` seconds, full again in `reset_s`."""

    name: str
    limit: int
    window_s: int
    remaining: int
    reset_s: int


class CachedAnswer(NamedTuple):
    """The bytes of an earlier 200 with its strong ETag (quotes included) and its `Link` header (empty: none)."""

    body: bytes
    etag: bytes
    content_type: bytes
    link: bytes = b""


class Admission(NamedTuple):
    """The limiter's verdict. `not_modified` says that the caller already holds the cached answer.

    `generation` is the state of the cache group when the verdict was given: an answer that was computed before an
    invalidation must not be stored after it.
    """

    allowed: bool
    policies: tuple[PolicyState, ...] = ()
    retry_after_s: int = 0
    answer: CachedAnswer | None = None
    not_modified: bool = False
    generation: int = 0


class Keyed:
    """A request with an `Idempotency-Key`. The fingerprint (32 bytes) is equal for equal requests only.

    `owner` are the ids of organisation and principal, and `key_hash` is all of the key that may be kept.
    """

    __slots__ = ("fingerprint", "key", "key_hash", "owner", "principal")

    def __init__(self, principal: Principal, key: str, fingerprint: bytes) -> None:
        self.principal = principal
        self.key = key
        self.fingerprint = fingerprint
        self.key_hash = sha256(key.encode()).digest()
        self.owner = principal.organization_id.bytes + principal.principal_id.bytes


class Authenticator(Protocol):
    """Turns the token of an Authorization header into the caller."""

    async def authenticate(self, token: str) -> Principal:
        """The caller that owns the token; raises `core.errors.Unauthenticated` for any token that is not good."""
        ...


class Limiter(Protocol):
    """Rate limit and cached answer in one round trip."""

    async def admit(self, call: Call) -> Admission:
        """Take the call's cost from every policy that applies, or from none, and look its answer up."""
        ...

    async def refund(self, call: Call, admission: Admission) -> None:
        """Give the cost back: a 304 costs no quota."""
        ...

    async def store(self, call: Call, admission: Admission, answer: CachedAnswer) -> None:
        """Keep a fresh answer, unless its cache group was invalidated since the admission."""
        ...


class AnsweredBefore(Exception):
    """The answer to a request is kept, so nothing of what its unit of work was to do has been done."""


class Answers(Protocol):
    """What was answered to requests that have an `Idempotency-Key`. Only `find` is called outside of a unit of work."""

    async def find(self, request: Keyed) -> Response | None:
        """The answer that was kept, where one is expected. Raises `core.errors.IdempotencyKeyReused`.

        One is expected from `AnsweredBefore` on, of the same request.
        """
        ...

    def claim(self, request: Keyed) -> None:
        """Make the request the first of its kind until the unit of work ends; called before its handler.

        Whether it is the first need not be known at once. Until the unit of work has committed, whatever it is asked
        raises `AnsweredBefore` where it is not, and `core.errors.IdempotencyInProgress` while another is the first;
        then nothing has been done that could not be taken back.
        """
        ...

    async def settle(self) -> None:
        """Wait until it is known; raises the same."""
        ...

    def keep(self, request: Keyed, response: Response) -> None:
        """Have the answer written when the unit of work commits."""
        ...


class Meter(Protocol):
    """Counts what callers use. It is called once for every answer to a caller who is known, and must not wait."""

    def count(
        self,
        principal: Principal,
        operation: str,
        status: int,
        cost: int,
        elements: Elements = NOTHING,
        used: int = 0,
    ) -> None:
        """One answer: `operation` is `v2.listArticles`, `cost` what the budgets were charged.

        `elements.of(used)` is what the request used of the operation.
        """
        ...


UnitOfWork = Callable[[Principal | None], AbstractAsyncContextManager[object]]
"""Entered around every handler: commits when the handler returns, rolls back when it raises."""


class Examined(Protocol):
    """Is told of the answers that were held against the documents; it must not wait."""

    def examined(self, operation: str, status: int, drifts: Sequence[Drift]) -> None:
        """One answer of `operation` (`v2.listArticles`), and every way in which it is not as documented."""
        ...

    def dropped(self, operation: str, count: int) -> None:
        """So many answers were chosen and not looked at, for want of room."""
        ...

"""What was answered to requests with an `Idempotency-Key`, kept in the transaction that did what they asked for.

Scope: organisation, principal, key. The key is held by an advisory lock of the transaction, which ends with it whatever
happens: a process that dies leaves neither a lock nor an effect, and the repetition is the first. The key itself is
stored as a hash only, and the answer (it may show a new API key or tokens) is sealed under the instance's secret and
the key together: without the client's key nobody reads it. The fingerprint is stored as a keyed hash: it is one of a
whole request, which may hold a password, and a fast hash of that would be a way around Argon2id.

Callers without a credential (register, log in) share one scope. A kept answer of theirs comes only to somebody who
knows the key and sends the very same body, so who knows the e-mail address and the password. Another body gets 422.
"""

import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from core.contract.ports import AnsweredBefore, Keyed
from core.contract.responses import Response
from core.errors import IdempotencyInProgress, IdempotencyKeyReused
from core.idempotency import repository
from core.idempotency.repository import ANSWER_KEPT, KEY_HELD, Found
from core.infra.context import infrastructure
from core.infra.db import Statement, acting, acts_for, connection, last_step, settle, transaction
from core.kit import json
from core.kit.crypto import derive
from core.kit.principal import NEWSROOM_ID, job
from core.kit.seal import BrokenSeal, seal, unseal

KEPT: Final = timedelta(hours=72)
RETRY_AFTER_S: Final = 1
REAPED_AT_ONCE: Final = 5000
RECENT: Final = 10_000
"""So many answers a process expects to be asked for again: 2 MB."""

_PURPOSE: Final = "kept answers"


class Idempotency:
    """Implements `core.contract.ports.Answers`."""

    def __init__(self) -> None:
        self._recent: dict[bytes, None] = {}

    def expect(self, request: Keyed) -> None:
        """An answer to this request is in the database, or soon will be: a repetition looks there first.

        Only a hint, and only of this process: without it a repetition is told so by its transaction, and looks then; a
        request that is new, as nearly all are, does not look at all.
        """
        self._recent[_mark(request)] = None
        if len(self._recent) > RECENT:
            del self._recent[next(iter(self._recent))]

    async def find(self, request: Keyed) -> Response | None:
        """The answer, where one is expected. Outside of any transaction: one round trip, nothing to begin or to end."""
        if _mark(request) not in self._recent:
            return None
        infra = infrastructure()
        found = await repository.find(infra.db, request, since=infra.clock.now() - KEPT)
        return None if found is None else _answer_of(found, request)

    def claim(self, request: Keyed) -> None:
        """Make the key the ambient transaction's until that ends, in front of all that the handler does there.

        It goes out with the first of that, and PostgreSQL itself leaves all of it out where the key is known.
        """

        def answered(_: str) -> AnsweredBefore:
            self.expect(request)
            return AnsweredBefore()

        since = infrastructure().clock.now() - KEPT
        statement = repository.claim(request, since=since)
        transaction().later(statement, {ANSWER_KEPT: answered, KEY_HELD: _in_progress})
        last_step(_Keeping)  # before the steps that the handler will ask for, above all the audit log's

    async def settle(self) -> None:
        """Know whether the key is free. Raises `AnsweredBefore` and `IdempotencyInProgress`."""
        await settle()

    def keep(self, request: Keyed, response: Response) -> None:
        """Have the answer written when the transaction commits."""
        last_step(_Keeping).answer = (request, response)

    async def reap(self) -> int:
        """Remove what is older than 72 hours, in batches; how many answers there were."""
        infra, reaped = infrastructure(), 0
        before = infra.clock.now() - KEPT
        while True:
            async with infra.unit_of_work(job(NEWSROOM_ID)):
                batch = await repository.reap(await connection(), before, REAPED_AT_ONCE)
            reaped += batch
            if batch < REAPED_AT_ONCE:
                return reaped


class _Keeping:
    """The last step of a transaction that did what a request with a key asked for."""

    def __init__(self) -> None:
        self.answer: tuple[Keyed, Response] | None = None

    def statements(self) -> Iterator[Statement]:
        if self.answer is None:
            return
        request, response = self.answer
        idempotency.expect(request)
        if acting().organization_id != request.principal.organization_id:
            yield acts_for(request.principal)  # the handler went on in another organisation
        yield repository.keep(
            request,
            fingerprint=_fingerprint(request),
            status=response.status,
            answer=_sealed(request, response),
            now=infrastructure().clock.now(),
        )


def _in_progress(_: str) -> IdempotencyInProgress:
    return IdempotencyInProgress(
        "The first request with this Idempotency-Key is still being answered.", retry_after_s=RETRY_AFTER_S
    )


def _mark(request: Keyed) -> bytes:
    return request.owner + request.key_hash


def _fingerprint(request: Keyed) -> bytes:
    """What is stored of the request: to try passwords on it takes the instance's secret and the client's key."""
    return hmac.digest(derive(_secret(request), "idempotency fingerprint"), request.fingerprint, "sha256")


def _answer_of(found: Found, request: Keyed) -> Response:
    if not hmac.compare_digest(found.fingerprint, _fingerprint(request)):
        raise IdempotencyKeyReused("This Idempotency-Key belongs to another request. Take a new one.")
    return _opened(request, found.status, found.answer)


def _sealed(request: Keyed, response: Response) -> bytes:
    head = json.dumps([response.content_type, dict(response.headers or {})])
    return seal(_secret(request), b"%b\n%b" % (head, response.body), purpose=_PURPOSE, bound_to=request.owner)


def _opened(request: Keyed, status: int, answer: bytes) -> Response:
    try:
        plain = unseal(_secret(request), answer, purpose=_PURPOSE, bound_to=request.owner)
    except BrokenSeal:
        raise IdempotencyKeyReused(
            "The answer to this Idempotency-Key can no longer be read. Take a new one."
        ) from None
    head, _, body = plain.partition(b"\n")
    content_type, headers = json.loads(head)
    return Response(status, body, content_type, headers)


def _secret(request: Keyed) -> bytes:
    """Of the instance and of the client together."""
    return infrastructure().secret + b"\0" + request.key.encode()


idempotency: Final = Idempotency()

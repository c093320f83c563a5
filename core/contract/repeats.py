"""Requests with an `Idempotency-Key`: done once, and answered again when they are repeated (IETF draft 07).

What was answered before is known to the port `Answers`. Where it does not say so at once, the request claims the key in
its unit of work: the effect, its answer and everything else that the handler writes are there together or not at all.
The handler need not wait until the claim is decided. Where it is lost, what the handler did comes to nothing, and what
was answered before is the answer, whatever the handler said.

A refusal that would be the same next time (404, 409, 410, 412, 422) is kept too. Whatever the handler wrote is rolled
back first; the refusal is kept in a transaction of its own, which nobody has overtaken: if somebody did, it had no
effect yet, and theirs is the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Final

from core.contract.exchange import Exchange
from core.contract.parameters import Parameter
from core.contract.ports import AnsweredBefore, Answers, Keyed, UnitOfWork
from core.contract.render import Renderer
from core.contract.responses import Response
from core.errors import FieldError, IdempotencyInProgress, IdempotencyKeyReused, TidingsError
from core.kit.principal import anonymous

HEADER: Final = b"idempotency-key"
REPLAYED: Final = "Idempotency-Replayed"
_FINAL: Final = frozenset({404, 409, 410, 412, 422})
_FINGERPRINT_BYTES: Final = 32

Run = Callable[[], Awaitable[Response]]


def key_of(parameter: Parameter, exchange: Exchange, errors: list[FieldError]) -> str | None:
    """The key of the request, without the quotation marks that it may have; None where it has none or a bad one."""
    raw = exchange.headers.get(HEADER)
    if raw is None:
        if parameter.required:
            errors.append(FieldError("required", "is required", parameter=parameter.name))
        return None
    faults: list[FieldError] = []
    key = parameter.read(raw.decode("latin-1"), faults)
    errors.extend(faults)
    return None if faults else str(key).strip('"')


def fingerprint_of(exchange: Exchange, name: str, body: bytes) -> bytes:
    """What makes two requests the same: method, operation, path, query in a fixed order, media type, and the body."""
    query: bytes = exchange.scope["query_string"]
    if b"&" in query:
        query = b"&".join(sorted(query.split(b"&")))
    head = "\0".join((exchange.method, name, exchange.raw_path, query.decode("latin-1"), exchange.media_type))
    return blake2b(b"%b\0%b" % (head.encode(), body), digest_size=_FINGERPRINT_BYTES).digest()


class Repeats:
    """Runs a request that has a key, or answers it as before."""

    __slots__ = ("_answers", "_renderer", "_unit_of_work")

    def __init__(self, answers: Answers, unit_of_work: UnitOfWork, renderer: Renderer) -> None:
        self._answers = answers
        self._unit_of_work = unit_of_work
        self._renderer = renderer

    async def answer(self, exchange: Exchange, key: str, fingerprint: bytes, run: Run) -> Response:
        """The answer, new or kept. Raises `IdempotencyInProgress`, `IdempotencyKeyReused`, and as the handler does."""
        request = Keyed(exchange.principal or anonymous(), key, fingerprint)
        kept = await self._answers.find(request)
        if kept is None:
            try:
                return await self._first(request, exchange, run)
            except AnsweredBefore:
                kept = await self._answers.find(request)
        if kept is None:  # it has become too old in between
            raise IdempotencyInProgress("The answer to this Idempotency-Key is being removed.", retry_after_s=1)
        return _replayed(kept)

    async def _first(self, request: Keyed, exchange: Exchange, run: Run) -> Response:
        async def refuse() -> Response:
            return refusal

        try:
            return await self._once(request, exchange, run)
        except TidingsError as error:
            if not _is_final(error):
                raise
            refusal = self._renderer.render(error, exchange)
        return await self._once(request, exchange, refuse)

    async def _once(self, request: Keyed, exchange: Exchange, run: Run) -> Response:
        async with self._unit_of_work(exchange.principal):
            self._answers.claim(request)
            try:
                response = await run()
            except Exception as error:
                if not _is_final(error):  # it is not kept, so this is the last moment for what was
                    await self._answers.settle()
                raise
            self._answers.keep(request, response)
        return response


def _is_final(error: Exception) -> bool:
    """Whether it would be the same next time."""
    if isinstance(error, IdempotencyInProgress | IdempotencyKeyReused):
        return False
    return isinstance(error, TidingsError) and error.status in _FINAL


def _replayed(kept: Response) -> Response:
    return Response(kept.status, kept.body, kept.content_type, {**(kept.headers or {}), REPLAYED: "true"})

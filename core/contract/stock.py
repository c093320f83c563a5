"""Connexion's own stack, which serves what cannot be compiled, made to answer as the compiled operations do.

Handlers return `core.contract.responses.Response` and raise `core.errors`; Connexion knows neither. `StockOperation` is
the function that Connexion calls in a handler's place, `as_tidings_error` what becomes of its exceptions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from inspect import signature
from typing import Any

from connexion.context import scope as connexion_scope
from connexion.resolver import Resolution, Resolver
from python_multipart.exceptions import FormParserError
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.responses import Response as StarletteResponse
from starlette.types import Message, Receive, Scope, Send

from core.contract.body import read_body
from core.contract.elements import NOTHING, Elements
from core.contract.exchange import KEY, Exchange
from core.contract.handlers import Handler
from core.contract.operation import Engine, Facts, invalid_request
from core.contract.parameters import ArgumentPlan, NotCompilable
from core.contract.ports import Admission, Call
from core.contract.repeats import key_of
from core.contract.responses import Response
from core.contract.security import with_challenge
from core.errors import FieldError, InternalError, InvalidRequest, TidingsError, Unauthenticated, tree


class StockAnswer(StarletteResponse):
    """A handler's response in the form that Connexion passes on untouched."""

    def __init__(self, engine: Engine, exchange: Exchange, call: Call, admission: Admission, answer: Response) -> None:
        super().__init__(status_code=answer.status)
        self._parts = (exchange, call, admission, answer)
        self._engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._engine.conclude(*self._parts)


class StockOperation:
    """One operation in Connexion's stack: limit, our own strict arguments, the handler in its unit of work."""

    def __init__(self, facts: Facts, engine: Engine, handler: Handler) -> None:
        self.name, self.body_limit = facts.name, facts.body_limit
        self.media_types: frozenset[str] = frozenset()
        self.is_probe = self.is_page = False
        self.elements = NOTHING
        self.facts, self.handler = facts, handler
        self._engine = engine
        self._accepted = frozenset(signature(handler).parameters)
        self._arguments: ArgumentPlan | None = None

    def bind(self, parameters: Sequence[Mapping[str, Any]], consumes: Sequence[str], elements: Elements) -> None:
        """Take what Connexion resolved. Parameters that cannot be compiled are left to Connexion's own reading."""
        self.media_types = frozenset(media_type.lower() for media_type in consumes)
        self.elements = elements
        try:
            self._arguments = ArgumentPlan(parameters)
        except NotCompilable:
            self._arguments = None

    def function(self) -> Callable[..., Awaitable[StarletteResponse]]:
        """What Connexion calls; a plain coroutine function, because it looks no deeper."""

        async def answer(**arguments: Any) -> StarletteResponse:
            return await self._answer(arguments)

        return answer

    async def _answer(self, arguments: dict[str, Any]) -> StarletteResponse:
        exchange: Exchange = connexion_scope[KEY]
        call = self.facts.call(exchange)._replace(cache_key=None)
        admission = await self._engine.admit(exchange, call)
        key = None
        if self._arguments is not None:
            strict, key = self._strict(self._arguments, exchange)
            arguments.update(strict)
        arguments["principal"] = exchange.principal
        accepted = {name: value for name, value in arguments.items() if name in self._accepted}
        run = partial(self.handler, **accepted)
        if self.facts.changes:
            response = await self._engine.perform(exchange, self.facts, run, key, exchange.raw_body)
        else:
            async with self._engine.unit_of_work(exchange.principal):
                response = await run()
        return StockAnswer(self._engine, exchange, call, admission, response)

    def _strict(self, plan: ArgumentPlan, exchange: Exchange) -> tuple[dict[str, Any], str | None]:
        """Our own arguments, and the key of a request that may be repeated."""
        errors: list[FieldError] = []
        key = None if plan.idempotency_key is None else key_of(plan.idempotency_key, exchange, errors)
        arguments = plan.read(exchange.path_parameters, exchange.scope["query_string"], exchange.headers, errors)
        if errors:
            raise invalid_request(errors)
        return arguments, key


class DocumentResolver(Resolver):  # type: ignore[misc]  # connexion has no type information
    """Connexion's way from an operationId to a function: ours are known before Connexion starts."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__()
        self._functions = functions

    def resolve(self, operation: Any) -> Resolution:
        return Resolution(self._functions[operation.operation_id], operation.operation_id)


async def replayed(exchange: Exchange, receive: Receive) -> tuple[bytes, Receive]:
    """The request's body, whole and within its limit, and a `receive` that gives it once more.

    Connexion takes a body without Content-Length for an empty one, so a chunked request gets the length that it has.
    """
    body = await read_body(receive, exchange.endpoint.body_limit if exchange.endpoint else 0)
    framing = (b"content-length", b"transfer-encoding")
    headers = [header for header in exchange.scope["headers"] if header[0] not in framing]
    exchange.scope["headers"] = [*headers, (b"content-length", b"%d" % len(body))]
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return body, receive_again


def as_tidings_error(error: Exception) -> TidingsError:
    """The error of our own tree that says what Connexion or Starlette meant, in our words and not in theirs.

    Their texts repeat the value and dump the schema; only the status is taken over.
    """
    if isinstance(error, TidingsError):
        return with_challenge(error) if isinstance(error, Unauthenticated) else error
    if isinstance(error, MultiPartException | FormParserError):
        return InvalidRequest("The body is not the multipart document that its Content-Type announces.")
    if not isinstance(error, HTTPException):
        return InternalError()
    by_status = {kind.status: kind for kind in reversed(list(tree()))}  # the first of each status is the general one
    kind = by_status.get(error.status_code, InternalError)
    translated = kind("The request does not match the document." if kind is InvalidRequest else None)
    return with_challenge(translated) if isinstance(translated, Unauthenticated) else translated

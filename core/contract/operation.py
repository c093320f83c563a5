"""One operation of a document, compiled: what it needs, what it costs, and the whole walk of a request through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Receive

from core.contract.accept import Negotiation
from core.contract.body import BodyPlan, body_limit, read_body
from core.contract.elements import Elements
from core.contract.exchange import Exchange
from core.contract.handlers import Handler, check_signature
from core.contract.parameters import ArgumentPlan
from core.contract.ports import AddressLimit, Admission, CachedAnswer, Call, Limiter, UnitOfWork
from core.contract.ratelimit import budget_spent
from core.contract.repeats import Repeats, Run, fingerprint_of, key_of
from core.contract.responses import Response, etag_of, tagged
from core.contract.security import Verify
from core.contract.trials import Director, Scenario, Scenarios, as_nobody, chosen, scopes_of
from core.contract.wire import holds_current, send_cached, send_not_modified, send_response
from core.errors import FieldError, InvalidRequest, NotFound, ScenarioNotAvailable, Unauthenticated
from core.kit import json, request
from core.kit.clock import FixedClock, moved

_KEY_BYTES = 16
_SAFE = frozenset({"GET", "HEAD"})


class Facts:
    """What a document says about one operation besides its shape."""

    __slots__ = (
        "address_limit", "body_limit", "cache_group", "changes", "cost", "method", "name", "noted", "scenarios",
        "scopes", "template",
    )  # fmt: skip

    def __init__(
        self, version: str, template: str, method: str, operation: Mapping[str, Any], scenarios: Scenarios | None = None
    ) -> None:
        self.name = f"{version}.{operation['operationId']}"
        self.template = template
        self.method = method.upper()
        self.changes = self.method not in _SAFE
        self.cost = int(operation.get("x-rate-cost", 1))
        self.cache_group: str | None = operation.get("x-cache")
        self.noted = frozenset(operation.get("x-noted", ()))
        self.body_limit = body_limit(operation)
        self.address_limit = _address_limit(operation)
        self.scenarios = scenarios or {}
        self.scopes = scopes_of(operation)

    def call(self, exchange: Exchange) -> Call:
        """The request as the limiter sees it."""
        return Call(
            exchange.principal,
            exchange.address,
            self.name,
            self.cost,
            self._cache_key(exchange) if self.cache_group and not self._is_noted(exchange) else None,
            self.cache_group,
            exchange.headers.get(b"if-none-match"),
            self.address_limit,
        )

    def _is_noted(self, exchange: Exchange) -> bool:
        """Whether the handler has to see the request, because it remembers what a person asked for (`x-noted`)."""
        if not self.noted or exchange.principal is None or exchange.principal.kind != "user":
            return False
        query = exchange.scope["query_string"].decode("latin-1")  # of bytes, parse_qsl refuses names beyond ASCII
        if "%" not in query and not any(name in query for name in self.noted):
            return False  # 6 µs less than to read it whole
        return any(name in self.noted for name, _ in parse_qsl(query, keep_blank_values=True))

    def _cache_key(self, exchange: Exchange) -> bytes:
        """Everything that the answer depends on: operation, organisation, path, and the query in a fixed order."""
        query: bytes = exchange.scope["query_string"]
        if b"&" in query:
            query = b"&".join(sorted(query.split(b"&")))
        organization = exchange.principal.organization_id.bytes if exchange.principal else b""
        parts = (self.name.encode(), organization, exchange.raw_path.encode("latin-1"), query)
        return blake2b(b"\0".join(parts), digest_size=_KEY_BYTES).digest()


def _address_limit(operation: Mapping[str, Any]) -> AddressLimit | None:
    stated = operation.get("x-address-limit")
    return None if stated is None else AddressLimit(stated["name"], stated["limit"], stated["window_seconds"])


class Engine:
    """What all operations share: the limiter, the unit of work, repeated requests, and how an answer ends."""

    __slots__ = ("director", "limiter", "repeats", "unit_of_work")

    def __init__(self, limiter: Limiter, unit_of_work: UnitOfWork, repeats: Repeats) -> None:
        self.director = Director()
        self.limiter = limiter
        self.unit_of_work = unit_of_work
        self.repeats = repeats

    async def perform(self, exchange: Exchange, facts: Facts, run: Run, key: str | None, body: bytes) -> Response:
        """Run the handler of a request that may change something; whatever it changes can name where it came from."""
        host = exchange.headers[b"host"].decode("latin-1")
        request.enter(request.Origin(exchange.request_id, exchange.address, facts.name, host))
        if key is not None:
            return await self.repeats.answer(exchange, key, fingerprint_of(exchange, facts.name, body), run)
        async with self.unit_of_work(exchange.principal):
            return await run()

    async def admit(self, exchange: Exchange, call: Call) -> Admission:
        """Take the call's cost. Raises `RateLimited` (429) when a budget is used up."""
        admission = await self.limiter.admit(call)
        exchange.policies = admission.policies
        if not admission.allowed:
            raise budget_spent(admission.policies, retry_after_s=max(1, admission.retry_after_s))
        exchange.cost = 0 if admission.not_modified else call.cost
        return admission

    async def charge_address(self, exchange: Exchange, name: str) -> None:
        """A refused credential costs the address it came from, so that keys cannot be guessed at full speed."""
        await self.admit(exchange, Call(None, exchange.address, name, 1, None, None, None))

    async def refund(self, exchange: Exchange, call: Call, admission: Admission) -> None:
        """Give the cost back, in the answer's headers too: a 304 costs no quota."""
        await self.limiter.refund(call, admission)
        exchange.cost = 0
        exchange.policies = tuple(
            state._replace(remaining=min(state.limit, state.remaining + call.cost)) for state in admission.policies
        )

    async def conclude(self, exchange: Exchange, call: Call, admission: Admission, response: Response) -> None:
        """Send a handler's answer: a 200 to GET with its ETag, or 304; then remember it where that is allowed.

        A PATCH is answered with what a GET gives from then on, so its ETag is the one for the next `If-Match`.
        """
        if response.status != 200 or exchange.method not in _SAFE:
            await send_response(exchange, tagged(response) if exchange.method == "PATCH" else response)
            return
        etag = etag_of(response.body).encode()
        if holds_current(exchange, etag):
            await self.refund(exchange, call, admission)
            await send_not_modified(exchange, etag)
        else:
            await send_response(exchange, response, etag)
        if call.cache_key is not None and response.content_type is not None:
            link = (response.headers or {}).get("Link", "").encode("latin-1")
            answer = CachedAnswer(response.body, etag, response.content_type.encode(), link)
            await self.limiter.store(call, admission, answer)  # the client has its answer already


class CompiledOperation:
    """An operation whose whole walk is known at start: verify → limit or cached answer → validate → handler → bytes."""

    __slots__ = (
        "_arguments",
        "_body",
        "_engine",
        "_facts",
        "_handler",
        "_negotiation",
        "_verify",
        "_wants_principal",
        "body_limit",
        "elements",
        "is_page",
        "is_probe",
        "media_types",
        "name",
    )

    def __init__(
        self,
        facts: Facts,
        engine: Engine,
        *,
        handler: Handler,
        verify: Verify | None,
        elements: Elements,
        parameters: Sequence[Mapping[str, Any]],
        request_body: Mapping[str, Any],
        produces: Sequence[str],
    ) -> None:
        self.name, self.body_limit = facts.name, facts.body_limit
        self.is_probe = self.is_page = False
        self._facts, self._engine, self._handler, self._verify = facts, engine, handler, verify
        self.elements = elements
        self._arguments = ArgumentPlan(parameters)
        self._body = BodyPlan(request_body) if request_body else None
        self.media_types = self._body.media_types if self._body else frozenset()
        self._negotiation = Negotiation(produces)
        self._wants_principal = check_signature(
            handler,
            label=facts.name,
            parameters=self._arguments.parameters,
            takes_body=self._body is not None,
            body_required=self._body is not None and self._body.required,
        )
        if facts.cache_group and (facts.method != "GET" or self._arguments.reads_headers):
            raise ValueError(f"{facts.name}: x-cache is for GET without header parameters, the cache key has none")

    async def run(self, exchange: Exchange, receive: Receive) -> None:
        """Answer one request. Raises `core.errors` and whatever the handler raises."""
        self._negotiation.check(exchange.headers.get(b"accept"))
        engine = self._engine
        if self._verify is not None:
            try:
                await self._authenticate(self._verify, exchange)
            except Unauthenticated:
                await engine.charge_address(exchange, self._facts.name)
                raise
        if exchange.trial is not None:
            await self._try_out(exchange, receive)
            return
        call = self._facts.call(exchange)
        admission = await engine.admit(exchange, call)
        if call.if_none_match is not None and (errors := self._arguments.check_engine_headers(exchange.headers)):
            raise invalid_request(errors)
        if admission.answer is not None or admission.not_modified:
            await self._send_known(exchange, call, admission)
            return
        response = await self._handle(exchange, receive)
        await engine.conclude(exchange, call, admission, response)

    async def _try_out(self, exchange: Exchange, receive: Receive) -> None:
        """Answer a test key's request with a scenario or at another time: charged as any, and never cached."""
        trial, facts, engine = exchange.trial, self._facts, self._engine
        assert trial is not None  # noqa: S101 - for the type checker: `run` has looked
        if trial.instant is not None and exchange.version is not None:
            exchange.version.refuse_after_sunset(FixedClock(trial.instant), exchange.method, facts.template)
        scenario = chosen(trial, facts.scenarios)
        call = facts.call(exchange)._replace(cache_key=None)
        admission = await engine.admit(exchange, call)
        if scenario is not None:
            exchange.scenario = scenario.name
            if scenario.error is not None and issubclass(scenario.error, Unauthenticated):
                # a refused credential is told of the budget of its address; here it takes nothing from that
                address = Call(None, exchange.address, facts.name, 0, None, None, None)
                exchange.policies = (await engine.limiter.admit(address)).policies
            await engine.director.play(exchange, trial, scenario, facts.scopes)
        if call.if_none_match is not None and (errors := self._arguments.check_engine_headers(exchange.headers)):
            raise invalid_request(errors)
        with moved(trial.instant):  # and no longer: the next request of the connection may inherit this context
            response = await self._act(exchange, receive, scenario)
        await engine.conclude(exchange, call, admission, response)

    async def _act(self, exchange: Exchange, receive: Receive, scenario: Scenario | None) -> Response:
        if scenario is None or not scenario.is_empty:
            return await self._handle(exchange, receive)
        caller = exchange.principal
        exchange.principal = as_nobody(caller)
        try:
            response = await self._handle(exchange, receive)
            is_empty = response.status != 200 or not json.loads(response.body)["data"]
        except NotFound:  # the list is of something that every organisation has, such as itself
            is_empty = False
        finally:
            exchange.principal = caller
        if not is_empty:  # or of something that belongs to no organisation
            exchange.scenario = None
            raise ScenarioNotAvailable("This list is never empty.")
        return response

    async def _authenticate(self, verify: Verify, exchange: Exchange) -> None:
        await verify(exchange)
        # `security: [{bearer: […]}, {}]` serves callers without a credential, never those with a bad one
        if exchange.principal is None and b"authorization" in exchange.headers:
            raise Unauthenticated("The credential is not valid.")

    async def _send_known(self, exchange: Exchange, call: Call, admission: Admission) -> None:
        """The answer is in the cache, or the limiter saw that the caller holds it already."""
        answer = admission.answer
        if admission.not_modified:
            await send_not_modified(exchange, answer.etag if answer else call.if_none_match or b"")
        elif answer is not None and holds_current(exchange, answer.etag):
            await self._engine.refund(exchange, call, admission)
            await send_not_modified(exchange, answer.etag)
        elif answer is not None:
            await send_cached(exchange, answer)

    async def _handle(self, exchange: Exchange, receive: Receive) -> Response:
        errors: list[FieldError] = []
        query: bytes = exchange.scope["query_string"]
        arguments = self._arguments.read(exchange.path_parameters, query, exchange.headers, errors)
        parameter, key, raw = self._arguments.idempotency_key, None, b""
        if parameter is not None:
            key = key_of(parameter, exchange, errors)
        if self._body is not None:
            raw = await read_body(receive, self.body_limit)
            body = self._body.load(raw, exchange, errors)
            exchange.used = self.elements.in_body(exchange.media_type, body)
            if body is not None or self._body.required:
                arguments["body"] = body
        if errors:
            raise invalid_request(errors)
        if self._wants_principal:
            arguments["principal"] = exchange.principal
        if self._facts.changes:
            return await self._engine.perform(exchange, self._facts, partial(self._handler, **arguments), key, raw)
        async with self._engine.unit_of_work(exchange.principal):
            return await self._handler(**arguments)


def invalid_request(errors: Sequence[FieldError]) -> InvalidRequest:
    """400 with every fault of the request."""
    faults = "1 fault" if len(errors) == 1 else f"{len(errors)} faults"
    return InvalidRequest(f"The request has {faults}.", errors=errors)

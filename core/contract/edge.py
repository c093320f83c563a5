"""The outermost layer: everything that must hold for every request and reach every answer.

At the door: limits, hygiene, request id, the route. On the way out, whoever answered: request id, budgets, version and
security headers, CORS. At the end: one log line and the metrics. Any exception ends here, in the form that the version
of the request promises; it is the only place that writes one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from traceback import format_exception
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from core.contract import hygiene
from core.contract.access_log import UNMATCHED, AccessLog
from core.contract.body import ClientDisconnected, too_large
from core.contract.exchange import KEY, Exchange, Lines
from core.contract.lifecycle import Version
from core.contract.metrics import RequestMetrics
from core.contract.monitor import Sampler
from core.contract.operation import CompiledOperation
from core.contract.pages import PAGE_CONTENT_POLICY, Page, RefusalPage, is_for_a_person
from core.contract.parameters import Undecodable
from core.contract.ports import Meter
from core.contract.ratelimit import rate_lines
from core.contract.render import Renderer
from core.contract.responses import Response
from core.contract.routes import Route, RouteTable
from core.contract.stock import as_tidings_error
from core.contract.trials import CLOCK, SCENARIO
from core.contract.trials import read as read_trial
from core.contract.wire import send_response
from core.errors import (
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    ScenarioNotAvailable,
    TidingsError,
    Unavailable,
)
from core.kit.clock import Clock

CLIENT_GONE: Final = 499
"""The status of a request whose client did not wait for the answer, in logs and metrics (nginx's number)."""

_EXPOSED: Final = (
    b"X-Request-Id, RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, "
    b"Retry-After, ETag, Link, Location, Deprecation, Sunset, WWW-Authenticate, Allow, Idempotency-Replayed, "
    b"X-Tidings-Rehearsal, X-Tidings-Brownout, X-Tidings-Scenario"
)
# Any origin may call: a credential is a header that scripts have to set, never a cookie that browsers add.
_CORS: Final = b"access-control-allow-origin: *\r\naccess-control-expose-headers: " + _EXPOSED
_PREFLIGHT: Final = {
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id, X-Tidings-Scenario, "
        "X-Tidings-Clock"
    ),
    "Access-Control-Max-Age": "86400",
}
_OF_EVERY_ANSWER: Final = b"x-request-id: %b\r\nx-content-type-options: nosniff\r\n%b"
_HTTPS_ONLY: Final = b"strict-transport-security: max-age=31536000"


@dataclass(frozen=True, slots=True)
class EdgeParts:
    """What the edge is made of."""

    routes: RouteTable
    versions: dict[str, Version]
    renderer: Renderer
    metrics: RequestMetrics
    access_log: AccessLog
    clock: Clock
    enter: Callable[[], None] | None = None
    meter: Meter | None = None
    sampler: Sampler | None = None
    refusal_page: RefusalPage | None = None
    max_in_flight: int = 1000


class Edge:
    """The API as an ASGI application, around Connexion's."""

    def __init__(self, app: ASGIApp, parts: EdgeParts) -> None:
        self._app = app
        self.parts = parts
        self._in_flight = 0
        self._log = structlog.get_logger("tidings.edge")
        parts.metrics.watch_in_flight(lambda: self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        if scope["type"] != "http":
            await self._serve_other(scope, receive, send)
            return
        started = perf_counter()
        headers = dict(scope["headers"])
        exchange = scope[KEY] = Exchange(
            scope,
            send,
            headers=headers,
            request_id=hygiene.request_id_of(headers),
            version=self.parts.versions.get(scope["path"][1:].partition("/")[0]),
            complete=self._complete,
        )
        sampler = self.parts.sampler
        if sampler is not None and sampler.due():
            exchange.watch = sampler.take
        self._in_flight += 1
        try:
            response = self._admit(exchange)
            endpoint = exchange.endpoint
            if type(endpoint) is CompiledOperation:
                await endpoint.run(exchange, receive)
            elif isinstance(response, tuple):
                head, body = response
                await exchange.answer(NotFound.status, [head], body)
            elif response is not None:
                await send_response(exchange, response)
            elif isinstance(endpoint, Page):
                await endpoint.run(exchange)
            else:
                await self._app(scope, receive, exchange.pass_on)
        except ClientDisconnected:
            exchange.status = CLIENT_GONE
        except Exception as error:  # noqa: BLE001 - the one place where every exception becomes an answer
            await self._refuse(exchange, error)
        finally:
            self._in_flight -= 1
            self._account(exchange, perf_counter() - started)
            # scope and exchange hold each other: left to the garbage collector they cost 10 µs a request
            del scope[KEY]

    async def _serve_other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            self.parts.access_log.flush()
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _admit(self, exchange: Exchange) -> Response | tuple[bytes, bytes] | None:
        """Check and route the request; gives the answer where it needs no endpoint: to OPTIONS, or 404 (head, body)."""
        parts, scope = self.parts, exchange.scope
        if self._in_flight > parts.max_in_flight:
            raise Unavailable("The server is answering as many requests as it can.", retry_after_s=1)
        if parts.enter is not None:
            parts.enter()
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        hygiene.check_target(raw_path, scope["query_string"])
        hygiene.check_headers(exchange)
        if SCENARIO in exchange.headers or CLOCK in exchange.headers:
            exchange.trial = read_trial(exchange)
        try:
            route, exchange.path_parameters = parts.routes.find(scope["path"], raw_path)
        except Undecodable as error:
            raise InvalidRequest(f"The path {error}.") from None
        if route is None:
            return self._nothing_here(exchange)
        exchange.template = route.template
        if exchange.method == "OPTIONS":
            return _options(route, exchange)
        tries_time = exchange.trial is not None and exchange.trial.instant is not None  # looked at with the key
        if exchange.version is not None and not route.is_page and not tries_time:
            exchange.version.refuse_after_sunset(parts.clock, exchange.method, route.template)
        endpoint = route.endpoints.get(exchange.method)
        if endpoint is None:
            raise MethodNotAllowed(f"This address takes {route.allow}.", headers={"Allow": route.allow})
        exchange.endpoint = endpoint
        if exchange.trial is not None and type(endpoint) is not CompiledOperation:
            raise ScenarioNotAvailable("Only the operations of the API can be tried out, and this is none.")
        if endpoint.media_types and hygiene.has_body(exchange.headers):
            if hygiene.declared_length(exchange.headers) > endpoint.body_limit:
                raise too_large(endpoint.body_limit)
            exchange.media_type = hygiene.media_type_of(exchange, endpoint.media_types)
        return None

    def _nothing_here(self, exchange: Exchange) -> tuple[bytes, bytes]:
        if exchange.version is not None:
            exchange.version.refuse_after_sunset(self.parts.clock, exchange.method, None)
        elif self.parts.refusal_page is not None and is_for_a_person(exchange):
            raise NotFound("There is nothing at this address.")
        return self.parts.renderer.nothing_here(exchange)

    async def _refuse(self, exchange: Exchange, error: Exception) -> None:
        refusal = as_tidings_error(error)
        forced = exchange.scenario is not None and error is refusal
        if isinstance(refusal, InternalError) and not forced:
            self._log_error("request failed", exchange, error)
        if exchange.status:  # the answer has begun and cannot be taken back: the server closes the connection
            self._log_error("answer broken off", exchange, error)
            return
        await send_response(exchange, self._written(refusal, exchange))

    def _written(self, refusal: TidingsError, exchange: Exchange) -> Response:
        if self.parts.refusal_page is None or not is_for_a_person(exchange):
            return self.parts.renderer.render(refusal, exchange)
        exchange.content_policy = PAGE_CONTENT_POLICY
        return self.parts.refusal_page(refusal, exchange)

    def _log_error(self, event: str, exchange: Exchange, error: Exception) -> None:
        """With the traceback as text: a renderer of tracebacks may print local variables, such as headers."""
        self._log.error(event, request_id=exchange.request_id, exception="".join(format_exception(error)))

    def _complete(self, exchange: Exchange, lines: Lines) -> None:
        """The headers that every answer has, whoever gave it."""
        lines.append(_OF_EVERY_ANSWER % (exchange.request_id.encode(), exchange.content_policy))
        if exchange.policies:
            lines.append(rate_lines(exchange.policies))
        version = exchange.version
        if version is not None and (ending := version.lines(exchange.template, exchange.path_parameters)):
            lines.append(ending)
        if exchange.scenario is not None:
            lines.append(b"x-tidings-scenario: " + exchange.scenario.encode())
        if b"origin" in exchange.headers:
            lines.append(_CORS)
        if exchange.scope["scheme"] == "https":
            lines.append(_HTTPS_ONLY)

    def _account(self, exchange: Exchange, seconds: float) -> None:
        if not exchange.status:
            exchange.status = CLIENT_GONE  # cancelled: the connection went away while the handler ran
        endpoint = exchange.endpoint
        operation = endpoint.name if endpoint else UNMATCHED
        version = exchange.version.name if exchange.version else ""
        if exchange.scenario is None:  # a fault that was asked for is none of the server's
            self.parts.metrics.observe(operation, version, exchange.status, seconds)
        principal, meter = exchange.principal, self.parts.meter
        if principal is not None and endpoint is not None and meter is not None:
            elements = endpoint.elements
            meter.count(principal, operation, exchange.status, exchange.cost, elements, elements.used(exchange))
        self.parts.access_log.write(exchange, seconds)


def _options(route: Route, exchange: Exchange) -> Response:
    """What the address takes, and what a browser may send to it (Fetch standard, CORS preflight)."""
    headers: dict[str, Any] = {"Allow": route.allow}
    if b"access-control-request-method" in exchange.headers:
        headers |= {"Access-Control-Allow-Methods": route.allow, **_PREFLIGHT}
    return Response(204, headers=headers)

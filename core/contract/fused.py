"""The middleware that compiles operations out of what Connexion resolved, and leaves the rest to the stack beneath it.

Connexion keeps what it is good at: it loads and resolves the document, validates it, and decides which security applies
where. What it repeats on every request (signatures, validators, three nested routers) is done once, here, at start.
Without compiled operations the API answers the same, only slower: a parity test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from connexion.middleware.abstract import SpecMiddleware
from connexion.middleware.security import SecurityAPI
from connexion.operations import AbstractOperation
from connexion.spec import Specification
from starlette.types import ASGIApp, Receive, Scope, Send

from core.contract.body import is_json
from core.contract.elements import Elements
from core.contract.exchange import KEY, Exchange
from core.contract.lifecycle import METHODS
from core.contract.operation import CompiledOperation, Engine, Facts, invalid_request
from core.contract.parameters import NotCompilable
from core.contract.routes import RouteTable
from core.contract.security import Verify
from core.contract.stock import StockOperation, replayed
from core.errors import FieldError, Unauthenticated
from core.kit import json


class Compiler:
    """Turns operations into endpoints of the route table, and remembers which ones the stock stack has to serve."""

    def __init__(
        self, engine: Engine, routes: RouteTable, operations: Mapping[str, StockOperation], *, stock_only: bool = False
    ) -> None:
        self.engine = engine
        self._routes = routes
        self.operations = operations
        self._stock_only = stock_only
        self.left_to_stock: dict[str, str] = {}
        """Name of the operation → why it is not compiled."""

    def add(self, version: str, operation: AbstractOperation, verify: Verify | None) -> None:
        """Compile one operation and route it."""
        stock = self.operations[f"{version}.{operation.operation_id}"]
        facts: Facts = stock.facts
        elements = Elements(operation.parameters, operation.request_body)
        endpoint: StockOperation | CompiledOperation
        try:
            if self._stock_only:
                raise NotCompilable("the compiler is switched off")
            endpoint = CompiledOperation(
                facts,
                self.engine,
                handler=stock.handler,
                verify=verify,
                elements=elements,
                parameters=operation.parameters,
                request_body=operation.request_body,
                produces=_produces(operation.responses),
            )
        except NotCompilable as reason:
            self.left_to_stock[facts.name] = str(reason)
            stock.bind(operation.parameters, operation.consumes, elements)
            endpoint = stock
        self._routes.add(facts.method, facts.template, endpoint)


def _produces(responses: Mapping[str, Any]) -> list[str]:
    """The media types of the answers that are a success."""
    return [
        media_type
        for status, response in responses.items()
        if status.startswith("2")
        for media_type in response.get("content", {})
    ]


class FusedMiddleware(SpecMiddleware):  # type: ignore[misc]  # connexion has no type information
    """Outermost of Connexion's middlewares. The edge has routed the request already."""

    def __init__(self, app: ASGIApp, *, compiler: Compiler) -> None:
        self.app = app
        self._compiler = compiler
        self._engine = compiler.engine

    def add_api(
        self,
        specification: Specification,
        *,
        name: str,
        base_path: str,
        resolver: Any,
        security_map: Mapping[str, Any],
        uri_parser_class: Any = None,
        **_: Any,
    ) -> None:
        """Called by Connexion, once for each document, with the options that all of its middlewares get."""
        security = SecurityAPI(
            specification,
            next_app=self.app,
            base_path=base_path,
            resolver=resolver,
            uri_parser_class=uri_parser_class,
            security_map=security_map,
        )
        for operation in _operations(specification, resolver, uri_parser_class):
            if operation.security:
                verify = security.operations[operation.operation_id].verification_fn
            else:
                verify = security_map["bearer"]().get_optional_fn()
            self._compiler.add(name, operation, _sole_check(operation, security_map) or verify)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange: Exchange = scope[KEY]
        endpoint = exchange.endpoint
        exchange.raw_body = b""
        try:
            if exchange.media_type:
                receive = await _checked(exchange, receive)
            await self.app(scope, receive, send)
        except Unauthenticated:
            if endpoint is not None:
                await self._engine.charge_address(exchange, endpoint.name)
            raise


def _sole_check(operation: AbstractOperation, security_map: Mapping[str, Any]) -> Verify | None:
    """The check that Connexion would come to in its loop over alternatives, where there is but one: 6 µs less."""
    match operation.security:
        case [{**requirement}] if len(requirement) == 1:
            ((scheme_name, scopes),) = requirement.items()
            scheme = operation.security_schemes[scheme_name]
            handler = security_map.get(scheme.get("scheme", scheme["type"]).lower())
            return None if handler is None else cast("Verify", handler().get_fn(scheme, scopes))
        case _:
            return None


async def _checked(exchange: Exchange, receive: Receive) -> Receive:
    """The body for the stock stack: within its limit, of known length, and JSON by the letter where it is JSON."""
    body, receive_again = await replayed(exchange, receive)
    exchange.raw_body = body
    value: Any = None
    if is_json(exchange.media_type):
        try:
            value = json.loads_strict(body)
        except json.InvalidJson as error:
            raise invalid_request([FieldError("invalid_json", str(error), pointer="")]) from None
    if exchange.endpoint is not None:
        exchange.used = exchange.endpoint.elements.in_body(exchange.media_type, value)
    return receive_again


def _operations(specification: Specification, resolver: Any, uri_parser_class: Any) -> Iterator[AbstractOperation]:
    for path, item in specification["paths"].items():
        for method in METHODS:
            if method in item:
                yield specification.operation_cls.from_spec(
                    specification, path=path, method=method, resolver=resolver, uri_parser_class=uri_parser_class
                )

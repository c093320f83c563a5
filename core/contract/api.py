"""The API out of its documents: the one function that `core.app` calls."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from connexion import AsyncApp
from connexion.middleware.context import ContextMiddleware
from connexion.middleware.lifespan import Lifespan, LifespanMiddleware
from connexion.middleware.main import API
from connexion.middleware.request_validation import RequestValidationMiddleware
from connexion.middleware.routing import RoutingMiddleware
from connexion.middleware.security import SecurityMiddleware
from connexion.options import SwaggerUIOptions
from prometheus_client import CollectorRegistry

from core.contract.access_log import AccessLog
from core.contract.bundle import Document
from core.contract.edge import Edge, EdgeParts
from core.contract.exchange import Exchange
from core.contract.fused import Compiler, FusedMiddleware
from core.contract.handlers import find_handler
from core.contract.lifecycle import Version, base_path, operations, versions_of
from core.contract.metrics import RequestMetrics
from core.contract.monitor import Sampler
from core.contract.operation import Engine, Facts
from core.contract.pages import Page, RefusalPage
from core.contract.ports import Answers, Authenticator, Limiter, Meter, UnitOfWork
from core.contract.render import Renderer
from core.contract.repeats import Repeats
from core.contract.responses import Response
from core.contract.routes import RouteTable
from core.contract.security import BearerSecurity
from core.contract.site import Site
from core.contract.specification import CheckedSpecification, InvalidContract
from core.contract.stock import DocumentResolver, StockOperation
from core.contract.trials import scenarios_for
from core.kit import garbage
from core.kit.clock import Clock, SystemClock
from core.kit.windows import Window

Probe = Callable[[], Awaitable[Response]]
"""Answers an unversioned address such as `/health`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an instance may decide about its API.

    `enter` runs once at the beginning of every request, in its own context. `pages` are for people, by address, and
    `refusal_page` writes errors for them. `stock_operations` are the operations that
    are known not to be compilable; any other set stops the start. `stock_only` switches the compiler off, for the test
    that compares both stacks. In each of `brownouts` versions that have a Sunset are over for everybody.
    """

    handlers: str = "handlers"
    contact: str = "mailto:security@localhost"
    public_url: str | None = None
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    access_log: AccessLog | None = None
    lifespan: Lifespan | None = None
    enter: Callable[[], None] | None = None
    meter: Meter | None = None
    sampler: Sampler | None = None
    pages: Mapping[str, Page] = field(default_factory=dict)
    refusal_page: RefusalPage | None = None
    stock_operations: frozenset[str] = frozenset()
    stock_only: bool = False
    max_in_flight: int = 1000
    brownouts: Sequence[Window] = ()


@garbage.paused()
def build_api(
    documents: Mapping[str, Document],
    *,
    authenticator: Authenticator,
    limiter: Limiter,
    answers: Answers,
    unit_of_work: UnitOfWork,
    routes: Mapping[str, Probe],
    clock: Clock | None = None,
    options: Options | None = None,
) -> Edge:
    """The ASGI application that serves the documents (name of the version → bundle, oldest first).

    Everything is compiled now, so that a fault of a document or a handler stops the start and not a request: raises
    `InvalidContract`, `HandlerMismatch` or `UnknownFormat`.
    """
    options = options or Options()
    clock = clock or SystemClock()
    versions = versions_of(documents, options.brownouts)
    check_operation_ids(documents)
    table = RouteTable()
    catalogue = _catalogue(versions)
    renderer = Renderer(catalogue, _plain_versions(versions))
    engine = Engine(limiter, unit_of_work, Repeats(answers, unit_of_work, renderer))
    compiler = Compiler(engine, table, _stock_operations(versions, engine, options), stock_only=options.stock_only)
    connexion = _connexion(versions, compiler, BearerSecurity(authenticator), options.lifespan)
    if not options.stock_only and frozenset(compiler.left_to_stock) != options.stock_operations:
        raise InvalidContract(f"not the expected operations are left to the stock stack: {compiler.left_to_stock}")
    Site(versions, contact=options.contact, public_url=options.public_url, clock=clock).add_to(table)
    for path, page in options.pages.items():
        table.add("GET", path, page)
    for path, probe in routes.items():
        table.add("GET", path, _probe_page(path, probe))
    parts = EdgeParts(
        routes=table,
        versions=versions,
        renderer=renderer,
        metrics=RequestMetrics(options.registry),
        access_log=options.access_log or AccessLog(),
        clock=clock,
        enter=options.enter,
        meter=options.meter,
        sampler=options.sampler,
        refusal_page=options.refusal_page,
        max_in_flight=options.max_in_flight,
    )
    edge = Edge(connexion, parts)
    gc.collect()  # what has to go goes now: whatever is left will be kept (`garbage.paused`)
    return edge


def check_operation_ids(documents: Mapping[str, Document]) -> None:
    """Raises `InvalidContract` for a repeated operationId: Connexion would silently swap security and schemas."""
    for name, document in documents.items():
        if base_path(document) != f"/{name}":
            raise InvalidContract(f"{name}: the first server must be /{name}, it is {base_path(document) or 'missing'}")
        seen: dict[str, str] = {}
        for path, method, operation in operations(document):
            place = f"{method} {path}"
            operation_id = operation.get("operationId")
            if not operation_id:
                raise InvalidContract(f"{place} has no operationId")
            if operation_id in seen:
                raise InvalidContract(f"{name}: {place} and {seen[operation_id]} are both called {operation_id}")
            seen[operation_id] = place


def _stock_operations(versions: Mapping[str, Version], engine: Engine, options: Options) -> dict[str, StockOperation]:
    found: dict[str, StockOperation] = {}
    for name, version in versions.items():
        for path, method, operation in operations(version.document):
            scenarios = scenarios_for(version.document, method, path, operation)
            facts = Facts(name, path, method, operation, scenarios)
            handler = find_handler(options.handlers, name, operation)
            found[facts.name] = StockOperation(facts, engine, handler)
    return found


def _connexion(
    versions: Mapping[str, Version], compiler: Compiler, bearer: BearerSecurity, lifespan: Lifespan | None
) -> AsyncApp:
    app = AsyncApp(
        __name__,
        lifespan=lifespan,
        middlewares=[
            partial(FusedMiddleware, compiler=compiler),
            RoutingMiddleware,
            SecurityMiddleware,
            RequestValidationMiddleware,
            LifespanMiddleware,
            ContextMiddleware,
        ],
        pythonic_params=True,
        strict_validation=True,
        security_map={"bearer": bearer},
        swagger_ui_options=SwaggerUIOptions(swagger_ui=False),
    )
    middleware = app.middleware
    for name, version in versions.items():
        functions = {
            label.removeprefix(f"{name}."): operation.function()
            for label, operation in compiler.operations.items()
            if label.startswith(f"{name}.")
        }
        # What `add_api` does (connexion 3.3), which takes no document that is checked already.
        options = vars(middleware.options.replace(resolver=DocumentResolver(functions)))
        specification = CheckedSpecification(_for_connexion(version.document))
        middleware.apis.append(API(specification, base_path=f"/{name}", name=name, **options))
    # What the first request would do otherwise (connexion 3.3, `ConnexionMiddleware.__call__`): a fault must show now.
    middleware.app, middleware.middleware_stack = middleware._build_middleware_stack()
    return app


def _for_connexion(document: Mapping[str, Any]) -> Document:
    """With static paths first: Connexion's router takes the first that fits. What it changes it copies before."""
    return {**document, "paths": dict(sorted(document["paths"].items(), key=lambda item: "{" in item[0]))}


def _catalogue(versions: Mapping[str, Version]) -> Mapping[str, Mapping[str, Any]]:
    """The newest document's errors."""
    found: Mapping[str, Mapping[str, Any]] = {}
    for version in versions.values():
        found = version.document.get("x-problems", found)
    return found


def _plain_versions(versions: Mapping[str, Version]) -> frozenset[str]:
    """The versions from before problem details: their documents have no catalogue of errors."""
    return frozenset(name for name, version in versions.items() if "x-problems" not in version.document)


def _probe_page(path: str, probe: Probe) -> Page:
    async def answer(_: Exchange) -> Response:
        return await probe()

    return Page(f"site.{path.strip('/')}", answer, is_probe=True)

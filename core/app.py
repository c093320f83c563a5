"""The only wiring: documents, features and infrastructure become one ASGI application."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import Metric

import core
from core.conformance.recorder import ConformanceRecorder
from core.contract.api import Options, Probe, build_api
from core.contract.bundle import Document, bundle
from core.contract.edge import Edge
from core.contract.elements import NOTHING, Elements
from core.contract.monitor import Monitor
from core.contract.pages import Fixed
from core.contract.responses import JSON, Response
from core.deprecations.service import deprecations
from core.errors import Unavailable
from core.idempotency.service import idempotency
from core.infra.context import Infrastructure, enter, infrastructure, open_infrastructure
from core.infra.pools import RETRY_AFTER_S
from core.infra.telemetry import configure_logging
from core.keys.authenticator import ApiKeyAuthenticator
from core.kit import garbage, json
from core.kit.clock import MovableClock, clock_from
from core.kit.principal import Principal, anonymous
from core.lifecycle.gauges import Gauges
from core.lifecycle.readiness import Readiness
from core.lifecycle.service import capabilities
from core.limits.service import limits
from core.portal.service import Portal
from core.rehearsals.recorder import RefusalRecorder
from core.releases import changelog
from core.releases.service import releases
from core.searches.recorder import SearchWriter
from core.sessions.authenticator import SessionAuthenticator
from core.sessions.service import sessions
from core.settings import Settings, load
from core.translation.service import translation
from core.usage.meter import UsageMeter

JWT_HEAD: Final = "eyJ"
"""How every JSON Web Token begins: `{"` in base64url. No API key does."""

JWK_SET: Final = "application/jwk-set+json"  # RFC 7517 §8.5.2
_GONE: Final = 410
DOCUMENTS: Final = Path(core.__file__).resolve().parent.parent / "openapi"


@garbage.paused()
def create_app(settings: Settings | None = None) -> Edge:
    """The API of one process. PostgreSQL and Redis are opened by the lifespan, so uvicorn runs with it on.

    Raises `core.settings.InvalidSettings` for the environment and `core.contract.specification.InvalidContract` for a
    document.
    """
    settings = settings or load()
    configure_logging(settings.log_level)
    documents = read_documents()
    lifecycle_clock = MovableClock(clock_from(settings.now))
    translation.configure(documents, settings.public_url)
    capabilities.configure(documents, product_version(), lifecycle_clock)
    releases.configure(partial(changelog.read, DOCUMENTS))
    deprecations.configure(documents, lifecycle_clock, settings.brownouts)
    registry = _registry()
    share = settings.conformance_sample_percent / 100
    monitor = Monitor(documents, share, registry) if share else None
    process = _Process(settings, monitor)
    readiness, gauges = Readiness(product_version()), Gauges()
    portal = Portal(
        documents,
        settings,
        product_version=product_version(),
        report=readiness.report,
        counted=gauges.counted,
        clock=lifecycle_clock,
    )
    return build_api(
        documents,
        authenticator=process,
        limiter=limits,
        answers=idempotency,
        unit_of_work=_unit_of_work,
        routes=_probes(registry, readiness, gauges),
        clock=lifecycle_clock,
        options=Options(
            contact=settings.contact,
            public_url=settings.public_url,
            registry=registry,
            lifespan=process.lifespan,
            enter=process.enter,
            meter=process,
            pages=portal.pages(),
            refusal_page=portal.refusal,
            brownouts=settings.brownouts,
            sampler=monitor.sampler if monitor else None,
        ),
    )


@cache
def product_version() -> str:
    """The version of the installed distribution."""
    return version("tidings")


def read_documents() -> dict[str, Document]:
    """Name of the version → bundle, oldest first."""
    return {path.parent.name: bundle(path) for path in sorted(DOCUMENTS.glob("v*/openapi.yaml"))}


class _Process:
    """Opens the infrastructure with the server, and makes it the current one of every request."""

    def __init__(self, settings: Settings, monitor: Monitor | None) -> None:
        self._settings = settings
        self._monitor = monitor
        self._opened: tuple[Infrastructure, ApiKeyAuthenticator, SessionAuthenticator] | None = None
        self._meter: UsageMeter | None = None
        self._refusals: RefusalRecorder | None = None

    @asynccontextmanager
    async def lifespan(self, _: Any) -> AsyncIterator[None]:
        async with (
            open_infrastructure(self._settings) as infra,
            ApiKeyAuthenticator(infra) as of_keys,
            SessionAuthenticator(infra) as of_sessions,
            SearchWriter(infra),
            UsageMeter(infra) as self._meter,
            RefusalRecorder(infra) as self._refusals,
            self._monitoring(infra),
        ):
            self._opened = (infra, of_keys, of_sessions)
            yield

    @asynccontextmanager
    async def _monitoring(self, infra: Infrastructure) -> AsyncIterator[None]:
        if self._monitor is None:
            yield
            return
        async with ConformanceRecorder(infra) as recorder, self._monitor.running(recorder):
            yield

    def enter(self) -> None:
        """Called once a request, in the request's own context."""
        enter(self._open()[0])

    async def authenticate(self, token: str) -> Principal:
        """Implements `core.contract.ports.Authenticator`: a token is a person's, or else it must be an API key."""
        _, of_keys, of_sessions = self._open()
        return await (of_sessions if token.startswith(JWT_HEAD) else of_keys).authenticate(token)

    def count(
        self,
        principal: Principal,
        operation: str,
        status: int,
        cost: int,
        elements: Elements = NOTHING,
        used: int = 0,
    ) -> None:
        """Implements `core.contract.ports.Meter`."""
        if self._meter is not None:
            self._meter.count(principal, operation, status, cost, elements, used)
        if principal.rehearsal is not None and status == _GONE and self._refusals is not None:
            self._refusals.note(principal, operation)

    def _open(self) -> tuple[Infrastructure, ApiKeyAuthenticator, SessionAuthenticator]:
        if self._opened is None:
            raise Unavailable("The server is still starting.", retry_after_s=RETRY_AFTER_S)
        return self._opened


def _unit_of_work(principal: Principal | None) -> AbstractAsyncContextManager[object]:
    return infrastructure().unit_of_work(principal or anonymous())


def _registry() -> CollectorRegistry:
    """What the process counts of itself; the engine adds its requests."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


def _probes(registry: CollectorRegistry, readiness: Readiness, gauges: Gauges) -> dict[str, Probe]:
    """The unversioned addresses that look at the instance itself."""

    async def health() -> Response:
        return Response(200, json.dumps(readiness.health()), JSON)

    async def ready() -> Response:
        report = await readiness.report()
        headers = None if report.ready else {"Retry-After": str(RETRY_AFTER_S)}
        return Response(200 if report.ready else 503, json.dumps(report.as_json()), JSON, headers)

    async def published_keys() -> Response:
        keys, max_age_s = await sessions.published_keys()
        return Fixed(json.dumps(keys), JWK_SET, {"Cache-Control": f"public, max-age={max_age_s}"})

    async def metrics() -> Response:
        counted = CollectorRegistry()
        counted.register(_Counted(await gauges.collect()))
        return Response(200, generate_latest(registry) + generate_latest(counted), CONTENT_TYPE_LATEST)

    return {"/health": health, "/ready": ready, "/metrics": metrics, "/.well-known/jwks.json": published_keys}


class _Counted:
    """Metric families that were counted already, in the form that prometheus_client collects."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families

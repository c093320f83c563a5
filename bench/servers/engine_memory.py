"""The engine alone: the product's own routes and compiled operations, without what the edge adds to them.

Routing, credential, arguments, body, handler, ETag, conditional requests and the bytes are the product's. Left out are
request id, hygiene, access log, metrics, and the rate, version and security headers: what the frameworks beside it do
not have either.
"""

from starlette.types import Receive, Scope, Send

from bench.servers.tidings_memory import Unlimited, build
from core.contract import hygiene
from core.contract.edge import Edge
from core.contract.exchange import KEY, Exchange, Lines
from core.contract.operation import CompiledOperation
from core.contract.stock import as_tidings_error
from core.contract.wire import send_response
from core.errors import NotFound


class EngineAlone:
    """Hands each request to its compiled operation."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        (self._version,) = edge.parts.versions.values()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._edge(scope, receive, send)
            return
        headers = dict(scope["headers"])
        exchange = scope[KEY] = Exchange(
            scope, send, headers=headers, request_id="", version=self._version, complete=_add_nothing
        )
        try:
            endpoint = self._endpoint(exchange)
            if endpoint.media_types and hygiene.has_body(headers):
                exchange.media_type = hygiene.media_type_of(exchange, endpoint.media_types)
            await endpoint.run(exchange, receive)
        except Exception as error:  # noqa: BLE001 - as the edge does
            await send_response(exchange, self._edge.parts.renderer.render(as_tidings_error(error), exchange))
        finally:
            del scope[KEY]

    def _endpoint(self, exchange: Exchange) -> CompiledOperation:
        scope = exchange.scope
        route, exchange.path_parameters = self._edge.parts.routes.find(scope["path"], scope["raw_path"])
        endpoint = route.endpoints.get(exchange.method) if route else None
        if not isinstance(endpoint, CompiledOperation):
            raise NotFound("There is nothing at this address.")
        return endpoint


def _add_nothing(exchange: Exchange, lines: Lines) -> None:
    """No header but the endpoint's own."""


app = EngineAlone(build(Unlimited()))

"""Frameworks on an in-memory page: what routing, security, validation and writing cost, without a database.

Ours stands there twice. *Engine alone* does what the frameworks beside it do: route, credential, arguments, handler,
bytes. *Everything on* is what is shipped: request id, hygiene, access log, metrics, rate, version and security headers
besides. What lies between the two has a limit of its own.
"""

from contextlib import ExitStack

from bench.harness import Load, Sample, interleave, serve
from bench.report import Row, Section

EVERYTHING, ENGINE = "everything on", "engine alone"
SERVERS = {
    EVERYTHING: "bench.servers.tidings_memory:app",
    ENGINE: "bench.servers.engine_memory:app",
    "fastapi": "bench.servers.fastapi_memory:app",
    "litestar": "bench.servers.litestar_memory:app",
    "connexion": "bench.servers.connexion_memory:app",
    "raw asgi": "bench.servers.raw_memory:app",
}
# as `tidings serve` runs it; the others run on uvicorn's own
_PROTOCOLS = dict.fromkeys((EVERYTHING, ENGINE), "core.contract.protocol:GuardedProtocol")
_KEY = {"authorization": "Bearer a-good-token"}
_JSON = {**_KEY, "content-type": "application/json"}
LOADS = (
    Load("list", "/v1/articles?category=technology&limit=20&cursor=abc", _KEY),
    Load("get", "/v1/articles/art_0000000000000000000001", _KEY),
    Load("post", "/v1/notes", _JSON, 201, "POST", '{"name":"hello world","tags":["a","b"]}'),
    Load("404", "/v1/nothing/here", _KEY, 404),
    Load("bad parameter", "/v1/articles?limit=abc", _KEY, 400),
)
# what a peer answers by its own convention: FastAPI says 422 to a bad parameter
_STATUS = {("fastapi", "bad parameter"): 422}
_LABELS = {"connexion": "stock Connexion", "fastapi": "FastAPI", "raw asgi": "raw ASGI"}
# (peer, load, how many times as much CPU it must take)
_BOUNDS = (
    ("connexion", "list", 7.0),
    ("fastapi", "list", 4.0),
    ("raw asgi", "list", 0.65),
    ("fastapi", "404", 2.0),
    ("fastapi", "bad parameter", 2.0),
)
_EXTRAS = "edge, log, metrics and headers together, µs a list"
_NOTES = (
    "*Engine alone* is our routes and compiled operations, without request id, hygiene, access log, metrics, and the "
    "rate, version and security headers. *Everything on* is what is shipped. Both run on our own HTTP protocol, as "
    "`tidings serve` does, the others on uvicorn's. Raw ASGI answers with the same page and checks nothing.",
)
_SKIP = frozenset({("raw asgi", load.name) for load in LOADS if load.name != "list"})


def run(*, rounds: int, seconds: int) -> Section:
    """CPU of the server process for a request, medians of interleaved rounds, and the ratios that count."""
    with ExitStack() as stack:
        servers = [
            stack.enter_context(serve(name, target, protocol=_PROTOCOLS.get(name, "httptools")))
            for name, target in SERVERS.items()
        ]
        results = interleave(servers, LOADS, rounds=rounds, seconds=seconds, skip=_SKIP, statuses=_STATUS)
    return Section(
        "In memory: µs of server CPU a request",
        [_row(load, results) for load in LOADS],
        _targets(results),
        at_most=frozenset({_EXTRAS}),
        notes=_NOTES,
    )


def _row(load: Load, results: dict[tuple[str, str], Sample]) -> Row:
    cells = {name: results[name, load.name].cpu_us for name in SERVERS if (name, load.name) in results}
    return Row(load.name, cells)


def _targets(results: dict[tuple[str, str], Sample]) -> list[tuple[str, float, float]]:
    def ratio(ours: str, peer: str, load: str) -> float:
        return results[peer, load].cpu_us / results[ours, load].cpu_us

    return [
        *(
            (f"{ours}: {load} against {_LABELS[peer]}", ratio(ours, peer, load), bound)
            for ours in (ENGINE, EVERYTHING)
            for peer, load, bound in _BOUNDS
            if (ours, peer) != (EVERYTHING, "raw asgi")
        ),
        (_EXTRAS, results[EVERYTHING, "list"].cpu_us - results[ENGINE, "list"].cpu_us, 20.0),
    ]

"""Frameworks on an in-memory page: what routing, security, validation and writing cost, without a database."""

from contextlib import ExitStack

from bench.harness import Load, Sample, interleave, serve
from bench.report import Row, Section

SERVERS = {
    "tidings": "bench.servers.tidings_memory:app",
    "fastapi": "bench.servers.fastapi_memory:app",
    "litestar": "bench.servers.litestar_memory:app",
    "connexion": "bench.servers.connexion_memory:app",
    "raw asgi": "bench.servers.raw_memory:app",
}
# as `tidings serve` runs it; the others run on uvicorn's own
_PROTOCOLS = {"tidings": "core.contract.protocol:GuardedProtocol"}
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
_SKIP = frozenset({("raw asgi", load.name) for load in LOADS if load.name != "list"})


def run(*, rounds: int, seconds: int) -> Section:
    """CPU of the server process for a request, medians of interleaved rounds, and the ratios that count."""
    with ExitStack() as stack:
        servers = [
            stack.enter_context(serve(name, target, protocol=_PROTOCOLS.get(name, "httptools")))
            for name, target in SERVERS.items()
        ]
        results = interleave(servers, LOADS, rounds=rounds, seconds=seconds, skip=_SKIP, statuses=_STATUS)
    return Section("In memory: µs of server CPU a request", [_row(load, results) for load in LOADS], _targets(results))


def _row(load: Load, results: dict[tuple[str, str], Sample]) -> Row:
    cells = {name: results[name, load.name].cpu_us for name in SERVERS if (name, load.name) in results}
    return Row(load.name, cells)


def _targets(results: dict[tuple[str, str], Sample]) -> list[tuple[str, float, float]]:
    def ratio(peer: str, load: str) -> float:
        return results[peer, load].cpu_us / results["tidings", load].cpu_us

    return [
        ("list against stock Connexion", ratio("connexion", "list"), 7.0),
        ("list against FastAPI", ratio("fastapi", "list"), 4.0),
        ("list against raw ASGI", ratio("raw asgi", "list"), 0.65),
        ("404 against FastAPI", ratio("fastapi", "404"), 2.0),
        ("bad parameter against FastAPI", ratio("fastapi", "bad parameter"), 2.0),
    ]

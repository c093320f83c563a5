"""The single checks of `tidings doctor`. Each gives findings and raises nothing that it can explain."""

import re
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final, Literal

import psycopg
import redis

from core.cli.ports import PortUnavailable, listen
from core.cli.queries import application_role, server_version
from core.infra import migrate, revisions
from core.infra.embedded import EngineError
from core.infra.embedded import postgres as embedded_postgres
from core.infra.embedded import redis as embedded_redis
from core.infra.home import Home, HomeError, RunningInstance
from core.settings import Settings

Status = Literal["ok", "warning", "failed"]

OLDEST_PYTHON: Final = (3, 11)
OLDEST_POSTGRES: Final = 16
OLDEST_REDIS: Final = (6, 2)
CONNECT_S: Final = 5
_ALWAYS_NEEDED: Final = re.compile(r"([A-Za-z0-9._-]+)[^;]*")  # a requirement without a marker


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `fix` says what to do; it is empty where nothing is to be done."""

    check: str
    status: Status
    detail: str
    fix: str = ""


def python() -> Iterator[Finding]:
    """The interpreter."""
    running = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= OLDEST_PYTHON:
        yield Finding("python", "ok", running)
    else:
        yield Finding("python", "failed", running, "install Python 3.11 or newer")


def packages() -> Iterator[Finding]:
    """Every package that the distribution names is installed."""
    named = [match[1] for text in requires("tidings") or () if (match := _ALWAYS_NEEDED.fullmatch(text))]
    missing = [name for name in named if not _is_installed(re.split(r"[\[=<>!~ ]", name)[0])]
    if missing:
        yield Finding("packages", "failed", f"missing: {' '.join(missing)}", "install tidings again")
    else:
        yield Finding("packages", "ok", f"tidings {version('tidings')}, {len(named)} required packages installed")


def home(settings: Settings) -> Iterator[Finding]:
    """The home folder and its disk."""
    try:
        Home(settings.home).prepare()
    except HomeError as error:
        yield Finding("home", "failed", *_split(str(error)))
    else:
        yield Finding("home", "ok", str(settings.home.absolute()))


def port(settings: Settings, running: RunningInstance | None) -> Iterator[Finding]:
    """The port is free, or the running instance has it."""
    if running is not None:
        yield Finding("port", "ok", f"{running.api_url} is this instance's")
        return
    try:
        with closing(listen(settings.host, settings.port)):
            yield Finding("port", "ok", f"{settings.host}:{settings.port} is free")
    except PortUnavailable as error:
        yield Finding("port", "failed", *_split(str(error)))


def embedded(settings: Settings) -> Iterator[Finding]:
    """The engines of the wheels, where no address of another is set."""
    if settings.database_url is None:
        try:
            yield Finding("postgresql", "ok", f"embedded {embedded_postgres.version()}")
        except EngineError as error:
            yield Finding("postgresql", "failed", *_split(str(error)))
    if settings.redis_url is None:
        try:
            server = embedded_redis.program()
            yield Finding("redis", "ok", f"embedded {'.'.join(map(str, embedded_redis.version(server)))}")
        except EngineError as error:
            yield Finding("redis", "failed", *_split(str(error)))


def database(url: str) -> Iterator[Finding]:
    """The server's version, the application's role and the schema."""
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_S) as connection:
            major, in_full = server_version(connection)
            recent = major >= OLDEST_POSTGRES
            yield Finding(
                "postgresql",
                "ok" if recent else "failed",
                f"{in_full} answers",
                "" if recent else "upgrade it to 16 or newer",
            )
            yield from _role(connection)
    except psycopg.OperationalError as error:
        yield Finding("postgresql", "failed", _first_line(error), "start it, or correct TIDINGS_DATABASE_URL")
        return
    at, newest = migrate.current(url), revisions.head()
    if at == newest:
        yield Finding("schema", "ok", f"at {at}")
    else:
        yield Finding("schema", "failed", f"at {at or 'nothing'}, this release needs {newest}", "run `tidings migrate`")


def redis_server(url: str) -> Iterator[Finding]:
    """The server's version."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=CONNECT_S, socket_timeout=CONNECT_S) as client:
            found = str(client.info("server")["redis_version"])
    except (redis.RedisError, ValueError) as error:
        yield Finding("redis", "failed", _first_line(error), "start it, or correct TIDINGS_REDIS_URL")
        return
    recent = tuple(int(part) for part in found.split(".")[:2]) >= OLDEST_REDIS
    yield Finding(
        "redis", "ok" if recent else "failed", f"{found} answers", "" if recent else "upgrade it to 6.2 or newer"
    )


def _role(connection: psycopg.Connection[tuple[object, ...]]) -> Iterator[Finding]:
    facts = application_role(connection)
    if facts is None:
        yield Finding("role", "failed", "tidings_app does not exist", "run `tidings migrate`")
    elif facts.bypasses or facts.owned:
        yield Finding(
            "role",
            "failed",
            f"tidings_app {'bypasses row-level security' if facts.bypasses else f'owns {facts.owned} tables'}",
            "ALTER ROLE tidings_app NOSUPERUSER NOBYPASSRLS; REASSIGN OWNED BY tidings_app TO the migrating role",
        )
    elif not facts.usable:
        yield Finding("role", "failed", "this login may not act as tidings_app", "GRANT tidings_app TO the login role")
    else:
        yield Finding("role", "ok", "tidings_app owns nothing and cannot bypass row-level security")


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _split(message: str) -> tuple[str, str]:
    """`what is wrong: what to do` in two."""
    detail, _, fix = message.partition(": ")
    return detail, fix


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0]

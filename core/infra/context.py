"""The outside world of one process, opened once, and how code further down finds it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.infra.changes import Changes
from core.infra.db import Database, UnitOfWork, settle
from core.infra.http import Egress, HostGate
from core.infra.jobs import Jobs
from core.infra.redis import RedisClient
from core.kit.clock import Clock, SystemClock
from core.kit.cursor import CursorCodec
from core.kit.principal import Principal
from core.settings import InvalidSettings, Settings

_SECRET_FILE: Final = "secret"  # noqa: S105 - the name of a file
_REQUESTS_PER_HOST: Final = 16


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """What a process of Tidings is connected to. `clock` is real time; the lifecycle of v1 has one of its own.

    `egress` is for what a request waits for; the polite client that polls belongs to the worker.
    """

    settings: Settings
    secret: bytes
    clock: Clock
    db: Database
    redis: RedisClient
    jobs: Jobs
    cursors: CursorCodec
    changes: Changes
    egress: Egress

    def unit_of_work(self, principal: Principal) -> UnitOfWork:
        """A transaction in the principal's organisation; see `UnitOfWork`."""
        return UnitOfWork(self.db, principal)


_current: ContextVar[Infrastructure] = ContextVar("infrastructure")


def infrastructure() -> Infrastructure:
    """The infrastructure of the process, request or job that runs now; `LookupError` outside of one, which is a bug."""
    return _current.get()


@contextmanager
def use(infra: Infrastructure) -> Iterator[Infrastructure]:
    """Make `infra` the one that `infrastructure()` finds."""
    token = _current.set(infra)
    try:
        yield infra
    finally:
        _current.reset(token)


def enter(infra: Infrastructure) -> None:
    """As `use`, for the rest of the present task: the edge calls it once a request, where a `with` would cost more."""
    _current.set(infra)


@asynccontextmanager
async def open_infrastructure(settings: Settings, *, takes_jobs: bool = False) -> AsyncIterator[Infrastructure]:
    """Connect to PostgreSQL and Redis as `settings` say, make it the current one, and let go of it at the end.

    A server that is away does not stop the start, it makes requests fail with `Unavailable`. Only a worker
    (`takes_jobs`) opens the queue's own connections, and waits until it has them.
    """
    if settings.database_url is None or settings.redis_url is None:
        raise InvalidSettings("TIDINGS_DATABASE_URL and TIDINGS_REDIS_URL are needed (`tidings up` brings both)")
    secret = read_secret(settings)
    url = settings.database_url.get_secret_value()
    async with AsyncExitStack() as stack:
        db = Database(url, pool_size=settings.database_pool_size)
        await db.open()
        stack.push_async_callback(db.close)
        redis = RedisClient(settings.redis_url.get_secret_value())
        stack.push_async_callback(redis.close)
        jobs = Jobs(url)
        if takes_jobs:
            await jobs.open()
            stack.push_async_callback(jobs.close)
        # people wait for these answers, and many log in by the same provider at once
        gate = HostGate(spacing_s=0.0, connections=_REQUESTS_PER_HOST)
        egress = await stack.enter_async_context(Egress.from_settings(settings, gate=gate, before=settle))
        infra = Infrastructure(
            settings=settings,
            secret=secret,
            clock=SystemClock(),
            db=db,
            redis=redis,
            jobs=jobs,
            cursors=CursorCodec(secret),
            changes=Changes(redis),
            egress=egress,
        )
        with use(infra):
            yield infra


def read_secret(settings: Settings) -> bytes:
    """The instance's secret: `TIDINGS_SECRET`, or the file that the first start left in the home folder."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    path: Path = settings.home / _SECRET_FILE
    try:
        return path.read_bytes().strip()
    except FileNotFoundError:
        raise InvalidSettings(f"TIDINGS_SECRET is not set and {path} does not exist (`tidings up` makes it)") from None

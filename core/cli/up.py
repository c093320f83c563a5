"""`tidings up`: everything on one machine, from nothing to the first article, and down again in order."""

import asyncio
import http.client
import os
import signal
import socket
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from time import monotonic
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer
from pydantic import SecretStr

from core import settings as configuration
from core.cli.first_start import demo_key, first_poll, prepare_sources
from core.cli.instance import engine_urls, shareable
from core.cli.output import say, working
from core.cli.parts import Child, Engine
from core.cli.ports import listen, origin
from core.cli.supervisor import Supervisor
from core.infra import migrate
from core.infra.context import open_infrastructure, read_secret
from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis, EngineError
from core.infra.embedded.process import DirectoryLock
from core.infra.home import Home, RunningInstance, digest
from core.infra.notifications import FETCHED, listening
from core.infra.pools import unavailable_when_away
from core.upstreams import providers

API: Final = "API"
WORKER: Final = "worker"
SANDBOX: Final = "sandbox"
POSTGRES: Final = "PostgreSQL"
REDIS: Final = "Redis"
DRAIN_ORDER: Final = (API, WORKER, SANDBOX, REDIS, POSTGRES)
# what each gets to finish; with 1 s for Redis and 3 s for PostgreSQL the longest stop takes 10 s, a usual one 1 s
GRACE_S: Final = {API: 3.0, WORKER: 2.5, SANDBOX: 0.5}
SAME_INTERRUPT_S: Final = 0.5  # make, timeout and others pass on a Ctrl-C that the terminal sent us too
API_READY_S: Final = 30.0


def up(
    logs: Annotated[
        bool, typer.Option("--logs", help="Print what the processes log, instead of keeping it in TIDINGS_HOME/logs.")
    ] = False,
    wait: Annotated[bool, typer.Option(help="Wait for the first poll before saying that all is ready.")] = True,
) -> None:
    """Start everything here: engines, schema, API and worker; Ctrl-C stops it and keeps the data.

    PostgreSQL and Redis come from the embedded wheels unless TIDINGS_DATABASE_URL and TIDINGS_REDIS_URL are set. Where
    no upstream credential is configured, a sandbox newsroom with made-up articles is polled instead.
    """
    asyncio.run(Instance(show_logs=logs, wait=wait).run())


class Instance:
    """A running `tidings up`."""

    def __init__(self, *, show_logs: bool, wait: bool) -> None:
        given = configuration.load()
        self._overrides: dict[str, Any] = {}
        self._settings = given
        self._learn(home=given.home.absolute())
        self._home = Home(self._settings.home)
        self._show_logs = show_logs
        self._wait = wait
        self._supervisor = Supervisor(tell, drain_order=DRAIN_ORDER)
        self._stopping = asyncio.Event()
        self._interrupted_at = 0.0

    def _learn(self, **found: Any) -> None:
        """Adds to the settings what was found out while starting; the children get all of it."""
        self._overrides |= found
        self._settings = configuration.load(**self._overrides)

    async def run(self) -> None:
        """From the first check to the last process's end."""
        self._home.prepare()
        lock = DirectoryLock(self._home.lock_file)
        lock.acquire(str(self._home.folder))
        try:
            with ExitStack() as sockets:
                api_socket = sockets.enter_context(closing(listen(self._settings.host, self._settings.port)))
                self._learn(port=api_socket.getsockname()[1])
                await self._run(api_socket, sockets)
        finally:
            self._home.forget_running()
            lock.release()

    async def _run(self, api_socket: socket.socket, sockets: ExitStack) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop)
        rising = asyncio.create_task(self._rise(api_socket, sockets))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({rising, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if rising.done():
                await rising
                await stopping
        finally:
            rising.cancel()
            stopping.cancel()
            await asyncio.wait({rising, stopping})
            began = monotonic()
            self._stopping.set()
            await self._supervisor.drain()
            tell(f"Stopped in {monotonic() - began:.1f} s; the data stays in {_shown(self._home.folder)}.")

    def _stop(self) -> None:
        now = monotonic()
        if self._stopping.is_set():
            if now - self._interrupted_at < SAME_INTERRUPT_S:
                return
            tell("Ending everything at once.")
            self._supervisor.kill()
        else:
            tell("Stopping: answering what has been asked, then closing the engines. Ctrl-C again ends it at once.")
            self._interrupted_at = now
            self._stopping.set()

    async def _rise(self, api_socket: socket.socket, sockets: ExitStack) -> None:
        began = monotonic()
        if self._settings.secret is None:
            self._home.secret()
        self._start_engines()
        await self._migrate()
        live = any(providers.origin(kind, self._settings) == "live" for kind in providers.PROVIDERS)
        if self._settings.sandbox_url is None and not live:
            self._start_sandbox(sockets)
        database_url, _ = engine_urls(self._settings)
        async with open_infrastructure(self._settings) as infra, listening(database_url, FETCHED) as news:
            await demo_key(infra, self._home, tell)
            new = await prepare_sources(infra)
            self._child(WORKER, ["worker"])
            api = self._child(API, ["serve", "--fd", str(api_socket.fileno())], api_socket)
            self._tell_others(api_socket)
            await self._supervisor.until(asyncio.to_thread(_first_answer, origin(api_socket)), api)
            tell(f"The API answers after {monotonic() - began:.1f} s.")
            self._supervisor.keep()
            if self._wait:
                await first_poll(infra, news, new, tell)
        self._welcome(origin(api_socket))

    def _start_engines(self) -> None:
        if self._settings.database_url is None:
            with working("Starting PostgreSQL"):
                self._learn(database_url=SecretStr(self._start_postgres()))
        if self._settings.redis_url is None:
            redis = EmbeddedRedis(self._settings.home)
            self._supervisor.start(Engine(REDIS, redis, self._home.logs / "redis.log"))
            tell("Redis started.")
            self._learn(redis_url=SecretStr(redis.url))

    def _start_postgres(self) -> str:
        first = not (self._home.folder / "postgres").exists()
        began = monotonic()
        postgres = EmbeddedPostgres(self._settings.home)
        self._supervisor.start(Engine(POSTGRES, postgres, self._home.logs / "postgres.log"))
        for directory in postgres.opened_directories:
            if directory == self._home.folder:
                continue
            tell(f"Gave everybody the right to pass through {directory}: PostgreSQL does not run as root.")
        tell(f"PostgreSQL {'made and started' if first else 'started'} in {monotonic() - began:.1f} s.")
        return postgres.url

    async def _migrate(self) -> None:
        steps: list[str] = []
        url, _ = engine_urls(self._settings)
        loop = asyncio.get_running_loop()

        def step(name: str) -> None:
            steps.append(name)
            loop.call_soon_threadsafe(tell, f"  {name.splitlines()[0]}")

        with working("Bringing the schema up to date"), unavailable_when_away:
            await asyncio.to_thread(migrate.upgrade, url, on_step=step)
        tell(f"Schema: {len(steps)} migrations applied." if steps else "Schema: up to date.")

    def _start_sandbox(self, sockets: ExitStack) -> None:
        sandbox_socket = sockets.enter_context(closing(listen("127.0.0.1", 0)))
        address = origin(sandbox_socket)
        self._learn(sandbox_url=address)
        mail_socket = sockets.enter_context(closing(listen("127.0.0.1", 0)))
        descriptors = ["--fd", str(sandbox_socket.fileno()), "--mail-fd", str(mail_socket.fileno())]
        self._child(SANDBOX, ["sandbox", *descriptors], sandbox_socket, mail_socket)
        if self._settings.smtp_url is None:
            self._learn(smtp_url=SecretStr(origin(mail_socket).replace("http://", "smtp://", 1)))
            tell(f"No mail server is set: the sandbox takes all mail and shows it at {address}/mail.")
        tell(f"No upstream credential is set: polling the sandbox newsroom at {address} (made-up articles).")
        tell("  Set TIDINGS_GUARDIAN_KEY, TIDINGS_NEWSAPI_KEY or TIDINGS_REDDIT_CLIENT_ID for real ones.")

    def _child(self, name: str, arguments: list[str], *inherits: socket.socket) -> Child:
        child = Child(
            name,
            arguments,
            environment={**configuration.process_environment(), **configuration.as_environment(self._settings)},
            log=None if self._show_logs else self._home.logs / f"{name.lower()}.log",
            grace_s=GRACE_S[name],
            keep_open=[inherited.fileno() for inherited in inherits],
            # when we are killed the engines go too, and a worker would wait for them; its jobs are taken over later
            at_parents_end=signal.SIGKILL if name == WORKER else signal.SIGTERM,
        )
        self._supervisor.start(child)
        return child

    def _tell_others(self, api_socket: socket.socket) -> None:
        database_url, redis_url = engine_urls(self._settings)
        self._home.write_running(
            RunningInstance(
                pid=os.getpid(),
                database_url=database_url,
                redis_url=redis_url,
                api_url=origin(api_socket),
                secret_digest=digest(read_secret(self._settings).decode()),
                sandbox_url=self._settings.sandbox_url,
                processes=self._supervisor.pids,
                settings=shareable(self._settings),
            )
        )

    def _welcome(self, address: str) -> None:
        key = _shown(self._home.demo_key_file)
        header = f'-H "Authorization: Bearer $(cat {key})"'
        tell("")
        tell(f"Tidings is ready at {address} (documentation: {address}/docs)")
        tell(f"Demo key: {key}")
        tell(f"  curl {header} '{address}/v1/articles?category=technology&source=guardian'")
        tell(f"  curl {header} '{address}/v2/articles?category=technology&limit=5'")
        tell(f"Logs: {'above' if self._show_logs else _shown(self._home.logs)}. Ctrl-C stops everything.")


def tell(text: str) -> None:
    """One line for the operator, whose terminal may be gone: no reason to leave the engines running."""
    with suppress(OSError):
        say(text)


def _first_answer(address: str) -> int:
    """The status of the first answer. The socket listens already, so the request simply waits for the API to come."""
    host = urlsplit(address)
    connection = http.client.HTTPConnection(str(host.hostname), host.port, timeout=API_READY_S)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except OSError as error:
        raise EngineError(f"the API does not answer on {address} within {API_READY_S:.0f} s: {error}") from None
    finally:
        connection.close()


def _shown(path: Path) -> str:
    """A path as short as it can be written from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)

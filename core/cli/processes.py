"""The processes of an instance, one command each: `tidings up` starts them here, compose and systemd elsewhere."""

import signal
import warnings
from contextlib import ExitStack, closing
from functools import partial
from typing import Annotated, Any

import typer

from core import settings as configuration
from core.cli.errors import CommandError
from core.cli.instance import engine_urls, instance_settings
from core.cli.output import say, working
from core.cli.ports import inherited, listen
from core.infra.pools import unavailable_when_away
from core.kit import garbage
from core.settings import Settings

Descriptor = Annotated[
    int | None, typer.Option("--fd", hidden=True, help="A listening socket that the parent process handed down.")
]

MailDescriptor = Annotated[
    int | None, typer.Option("--mail-fd", hidden=True, help="The same, for the socket that receives mail.")
]


def serve(
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes; TIDINGS_WORKERS when left out.")
    ] = None,
    fd: Descriptor = None,
) -> None:
    """Serve the API on TIDINGS_HOST and TIDINGS_PORT until SIGTERM, which lets running requests end."""
    with garbage.paused():  # each process loads its own half of the product only
        from uvicorn import Server
        from uvicorn.supervisors import Multiprocess

        from core.contract.server import server_config

    settings = instance_settings(**({} if workers is None else {"workers": workers}))
    with closing(listen(settings.host, settings.port) if fd is None else inherited(fd)) as listening:
        config = server_config(
            "core.app:create_app",
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            trusted_proxies=settings.trusted_proxies,
        )
        config.app = partial(_application, settings)  # the settings may know more than the environment does
        _end_by_returning()
        if settings.workers > 1:
            Multiprocess(config, sockets=[listening]).run()
            return
        server = Server(config)
        server.run(sockets=[listening])
        if not server.started:
            raise CommandError("the API could not start; the lines above say why")


def worker() -> None:
    """Fetch sources and do the other background jobs until SIGTERM, which lets running jobs end."""
    with garbage.paused():
        from core.worker import run

    run(instance_settings())


def migrate() -> None:
    """Bring the database to this release's schema; safe to run again, and beside a running instance."""
    from core.infra import migrate as migrations

    given = configuration.load()
    url = given.database_url.get_secret_value() if given.database_url else engine_urls(instance_settings())[0]
    steps: list[str] = []
    with working("Migrating"), unavailable_when_away:
        migrations.upgrade(url, on_step=steps.append)
    for step in steps:
        say(step.splitlines()[0])
    say(f"{len(steps)} migrations applied." if steps else "The schema is up to date.")


def sandbox(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 0,
    clock: Annotated[str, typer.Option(help="frozen, moving, or an RFC 3339 instant to stand still at.")] = "moving",
    control_token: Annotated[str | None, typer.Option(help="What the control endpoint of tests asks for.")] = None,
    mail_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to receive mail on (SMTP); none when left out.")
    ] = None,
    fd: Descriptor = None,
    mail_fd: MailDescriptor = None,
) -> None:
    """Serve the sandbox newsroom: five kinds of upstream with made-up articles, for trying and testing."""
    from core.sandbox import server

    with ExitStack() as sockets:
        listener = listen(host, port, chosen_by="--port") if fd is None else inherited(fd)
        sockets.enter_context(closing(listener))
        mail_listener = None
        if mail_fd is not None or mail_port is not None:
            mail_listener = inherited(mail_fd) if mail_fd is not None else listen(host, mail_port or 0)
            sockets.enter_context(closing(mail_listener))
        try:
            server.run(clock=clock, control_token=control_token, listener=listener, mail_listener=mail_listener)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--clock") from None


def _application(settings: Settings) -> Any:
    """The API of this process; the one that only looks after `workers` others loads nothing of it."""
    with garbage.paused():
        with warnings.catch_warnings():
            # Connexion imports Starlette's test client, which asks for another library: nothing that belongs in our log
            warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
            from core.app import create_app

        return create_app(settings)


def _end_by_returning() -> None:
    """uvicorn raises the signal that stopped it once more at its end; with these below it, the command returns 0."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)

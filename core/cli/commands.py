"""The tree of commands: which function answers to which name."""

from collections.abc import Callable
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from core.cli import contract, doctor, feeds, keys, processes, sources, up
from core.cli.output import say


def application() -> typer.Typer:
    """The tree of commands."""
    app = typer.Typer(
        help="A self-hosted news API: many upstreams in, two OpenAPI contracts out.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    app.command("up")(up.up)
    app.command("serve")(processes.serve)
    app.command("worker")(processes.worker)
    app.command("migrate")(processes.migrate)
    app.command("sandbox")(processes.sandbox)
    app.command("sources")(sources.list_sources)
    app.command("poll")(sources.poll)
    app.command("doctor")(doctor.doctor)
    groups: dict[str, tuple[str, dict[str, Callable[..., None]]]] = {
        "feeds": ("Subscribe to feeds.", {"add": feeds.add, "list": feeds.list_, "import": feeds.import_}),
        "keys": ("Make and revoke API keys.", {"create": keys.create, "list": keys.list_, "revoke": keys.revoke}),
        "contract": (
            "Put the OpenAPI documents together, check, compare and release them.",
            {
                "bundle": contract.bundle_document,
                "check": contract.check,
                "diff": contract.diff,
                "release": contract.release,
            },
        ),
    }
    for name, (about, commands) in groups.items():
        group = typer.Typer(help=about, no_args_is_help=True, rich_markup_mode=None)
        for command, function in commands.items():
            group.command(command)(function)
        app.add_typer(group, name=name)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        say(f"tidings {installed_version('tidings')}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """A self-hosted news API: many upstreams in, two OpenAPI contracts out."""

"""The tree of commands: which function answers to which name.

Only the module of the command that is called is loaded, and none to list the commands: all together take a second.
"""

import ast
import inspect
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from core.cli.output import say

ABOUT: Final = "A self-hosted news API: many upstreams in, two OpenAPI contracts out."

COMMANDS: Final[Mapping[str, str]] = {
    "up": "core.cli.up:up",
    "serve": "core.cli.processes:serve",
    "worker": "core.cli.processes:worker",
    "migrate": "core.cli.processes:migrate",
    "sandbox": "core.cli.processes:sandbox",
    "sources": "core.cli.sources:list_sources",
    "poll": "core.cli.sources:poll",
    "doctor": "core.cli.doctor:doctor",
}

GROUPS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "audit": (
        "Read, export and verify the audit log.",
        {"list": "core.cli.audit:list_", "verify": "core.cli.audit:verify", "export": "core.cli.audit:export"},
    ),
    "feeds": (
        "Subscribe to feeds.",
        {"add": "core.cli.feeds:add", "list": "core.cli.feeds:list_", "import": "core.cli.feeds:import_"},
    ),
    "keys": (
        "Make and revoke API keys.",
        {
            "create": "core.cli.keys:create",
            "list": "core.cli.keys:list_",
            "revoke": "core.cli.keys:revoke",
            "reset-sandbox": "core.cli.keys:reset_sandbox",
        },
    ),
    "users": (
        "Look after the accounts of people.",
        {
            "list": "core.cli.users:list_",
            "show": "core.cli.users:show",
            "suspend": "core.cli.users:suspend",
            "restore": "core.cli.users:restore",
            "reset-password": "core.cli.users:reset_password",
            "delete": "core.cli.users:delete",
            "rotate-signing-key": "core.cli.users:rotate_signing_key",
        },
    ),
    "orgs": (
        "Look after the organisations of this instance.",
        {
            "list": "core.cli.orgs:list_",
            "show": "core.cli.orgs:show",
            "create": "core.cli.orgs:create",
            "suspend": "core.cli.orgs:suspend",
            "resume": "core.cli.orgs:resume",
            "plan": "core.cli.orgs:plan",
        },
    ),
    "contract": (
        "Put the OpenAPI documents together, check, compare and release them.",
        {
            "bundle": "core.cli.contract:bundle_document",
            "check": "core.cli.contract:check",
            "diff": "core.cli.diff:diff",
            "release": "core.cli.release:release",
            "usage": "core.cli.caller_usage:show",
        },
    ),
}


def application(arguments: Sequence[str]) -> typer.Typer:
    """The command that `arguments` name, or the whole tree where they name none."""
    everything = {*COMMANDS, *GROUPS}
    named = next((argument for argument in arguments if not argument.startswith("-")), "")
    if arguments[:1] == ["--version"]:
        chosen = set()
    elif arguments[:1] in (["--help"], ["-h"]):
        return _listing()
    else:
        chosen = {named} & everything or everything
    app = _typer(ABOUT)
    app.callback()(_options)
    for name, target in COMMANDS.items():
        if name in chosen:
            _add(app, name, target)
    for name, (about, commands) in GROUPS.items():
        if name in chosen:
            group = _typer(about)
            for command, target in commands.items():
                _add(group, command, target)
            app.add_typer(group, name=name, short_help=about)
    return app


def _listing() -> typer.Typer:
    """All commands with what they are for, and none that does anything."""
    app = _typer(ABOUT)
    app.callback()(_options)
    abouts = {name: _first_paragraph(_documented(target)) for name, target in COMMANDS.items()}
    abouts |= {name: about for name, (about, _) in GROUPS.items()}
    for name, about in abouts.items():
        app.command(name, short_help=about)(_nothing)
    return app


def _nothing() -> None: ...


def _documented(target: str) -> str:
    """The docstring of a command, read from its source."""
    module, _, function = target.partition(":")
    file = Path(__file__).with_name(f"{module.rpartition('.')[2]}.py")
    tree = ast.parse(file.read_bytes())
    found = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function)
    return ast.get_docstring(next(found)) or ""


def _first_paragraph(docstring: str) -> str:
    return docstring.partition("\n\n")[0].replace("\n", " ")


def _typer(about: str) -> typer.Typer:
    return typer.Typer(
        help=about,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def _add(app: typer.Typer, name: str, target: str) -> None:
    """Its first paragraph is its line in the list of commands: without `short_help` that is cut after 45 characters."""
    function = _loaded(target)
    app.command(name, short_help=_first_paragraph(inspect.getdoc(function) or ""))(function)


def _loaded(target: str) -> Callable[..., Any]:
    module, _, function = target.partition(":")
    loaded: Callable[..., Any] = getattr(import_module(module), function)
    return loaded


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

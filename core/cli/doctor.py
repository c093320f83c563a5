"""`tidings doctor`: what is wrong with this installation, and what to do about it."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Final

import typer
from rich.text import Text

from core import settings as configuration
from core.cli import checks
from core.cli.checks import Finding
from core.cli.instance import NoInstance, instance_settings, run
from core.cli.options import AsJson
from core.cli.output import print_json, say, stdout
from core.infra.context import Infrastructure
from core.infra.home import Home, HomeError
from core.lifecycle.readiness import Readiness
from core.lifecycle.types import Report
from core.settings import PREFIX, InvalidSettings, Settings

_MARKS: Final = {"ok": ("ok", "green"), "warning": ("warn", "yellow"), "failed": ("FAIL", "red")}


def doctor(as_json: AsJson = False) -> None:
    """Check Python, packages, settings, disk, port, engines, schema and worker; say what to do about each problem."""
    findings = list(examine())
    failed = any(finding.status == "failed" for finding in findings)
    if as_json:
        names = ("check", "status", "detail", "fix")
        print_json({"ok": not failed, "checks": [{n: getattr(finding, n) for n in names} for finding in findings]})
    else:
        for finding in findings:
            _print(finding)
        if any(finding.check == "settings" and finding.status == "failed" for finding in findings):
            _print_settings()
    if failed:
        raise typer.Exit(1)


def examine() -> Iterator[Finding]:
    """All checks, from what everything else needs to what is only good to have."""
    yield from checks.python()
    yield from checks.packages()
    try:
        settings = configuration.load()
    except InvalidSettings as error:
        yield Finding("settings", "failed", str(error), "correct or remove the variable")
        return
    yield Finding("settings", "ok", _configured(settings))
    yield from checks.home(settings)
    try:
        running = Home(settings.home).running()
    except HomeError as error:
        yield Finding("instance", "failed", str(error))
        return
    yield from checks.port(settings, running)
    try:
        connected = instance_settings()
    except NoInstance as error:
        yield from checks.embedded(settings)
        yield Finding("instance", "warning", str(error))
        return
    yield from _engines(connected)


def _engines(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is None or settings.redis_url is None:
        return
    found = list(checks.database(settings.database_url.get_secret_value()))
    yield from found
    yield from checks.redis_server(settings.redis_url.get_secret_value())
    if all(finding.status == "ok" for finding in found):
        yield from _worker(settings)


def _worker(settings: Settings) -> Iterator[Finding]:
    async def ask(_: Infrastructure) -> Report:
        return await Readiness(version("tidings")).report()

    for check in run(settings, ask).checks:
        if check.name == "worker":
            late = check.status != "ok"
            fix = "start `tidings worker`, or look into its log" if late else ""
            yield Finding("worker", "warning" if late else "ok", check.detail or "", fix)


def _configured(settings: Settings) -> str:
    names = sorted(PREFIX + name.upper() for name in settings.model_fields_set)
    return f"known: {' '.join(names)}" if names else "all at their defaults"


def _print(finding: Finding) -> None:
    mark, colour = _MARKS[finding.status]
    fix = f" - {finding.fix}" if finding.fix else ""
    if stdout().is_terminal:
        stdout().print(Text.assemble((f"{mark:<5}", colour), f"{finding.check:<11}", finding.detail, (fix, "bold")))
    else:
        say(f"{mark}\t{finding.check}\t{finding.detail}{fix}")


def _print_settings() -> None:
    say("The settings are:")
    for name, field in Settings.model_fields.items():
        say(f"  {PREFIX}{name.upper()}: {field.description}")

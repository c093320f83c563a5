"""Which instance a command speaks to, and the connection to it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import SecretStr

from core import settings as configuration
from core.cli.errors import CommandError
from core.infra.context import Infrastructure, open_infrastructure, read_secret
from core.infra.home import Home, RunningInstance, digest
from core.kit.principal import operator
from core.settings import PREFIX, InvalidSettings, Settings

T = TypeVar("T")


class NoInstance(CommandError):
    """There is nothing to speak to. The message says how to start it."""


def instance_settings(**overrides: Any) -> Settings:
    """The settings that are set here, and for all others those that the running instance was started with.

    Raises `NoInstance` where no engine's address is set and nothing runs, or where the secrets differ.
    """
    given = configuration.load(**overrides)
    if given.database_url is not None and given.redis_url is not None:
        return given
    running = Home(given.home).running()
    if running is None:
        raise NoInstance(
            f"nothing runs in {given.home}: start it with `tidings up`, or set TIDINGS_DATABASE_URL and "
            "TIDINGS_REDIS_URL"
        )
    _check_secret(given, running)
    known = {name: text for name, text in running.settings.items() if name in Settings.model_fields}
    found: dict[str, Any] = {**known, "database_url": running.database_url, "redis_url": running.redis_url}
    missing = {name: found[name] for name in found.keys() - given.model_fields_set}
    return configuration.load(**missing, **overrides)


def shareable(settings: Settings) -> dict[str, str]:
    """The settings that other commands of the same instance take over: no credential, no address of its own."""
    private = {name for name in settings.model_fields_set if isinstance(getattr(settings, name), SecretStr)}
    names = {PREFIX + name.upper(): name for name in settings.model_fields_set - private - {"home", "host", "port"}}
    environment = configuration.as_environment(settings)
    return {name: environment[variable] for variable, name in names.items() if variable in environment}


def engine_urls(settings: Settings) -> tuple[str, str]:
    """The addresses of PostgreSQL and Redis; raises `InvalidSettings` where one is not known."""
    if settings.database_url is None or settings.redis_url is None:
        raise InvalidSettings("TIDINGS_DATABASE_URL and TIDINGS_REDIS_URL are needed (`tidings up` brings both)")
    return settings.database_url.get_secret_value(), settings.redis_url.get_secret_value()


def _check_secret(given: Settings, running: RunningInstance) -> None:
    """A key that is made with another secret than the server's would never be accepted."""
    try:
        ours = read_secret(given).decode()
    except InvalidSettings:
        ours = ""
    if digest(ours) != running.secret_digest:
        raise NoInstance(f"the instance in {given.home} runs with another TIDINGS_SECRET: set the same one here")


def run(settings: Settings, work: Callable[[Infrastructure], Awaitable[T]]) -> T:
    """Connects, does the work and lets go again."""

    async def connected() -> T:
        async with open_infrastructure(settings) as infra:
            return await work(infra)

    return asyncio.run(connected())


def as_operator(work: Callable[[Infrastructure], Awaitable[T]]) -> T:
    """Does the work on the instance here, in one transaction of the operator's."""

    async def in_transaction(infra: Infrastructure) -> T:
        async with infra.unit_of_work(operator()):
            return await work(infra)

    return run(instance_settings(), in_transaction)

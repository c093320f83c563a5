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
from core.settings import InvalidSettings, Settings

T = TypeVar("T")


class NoInstance(CommandError):
    """There is nothing to speak to. The message says how to start it."""


def instance_settings(**overrides: Any) -> Settings:
    """The settings with the addresses of the engines: those that are set, else those of the running instance.

    Raises `NoInstance` where neither exists, or where the secrets differ.
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
    return configuration.load(**{**_found(given, running), **overrides})


def engine_urls(settings: Settings) -> tuple[str, str]:
    """The addresses of PostgreSQL and Redis; raises `InvalidSettings` where one is not known."""
    if settings.database_url is None or settings.redis_url is None:
        raise InvalidSettings("TIDINGS_DATABASE_URL and TIDINGS_REDIS_URL are needed (`tidings up` brings both)")
    return settings.database_url.get_secret_value(), settings.redis_url.get_secret_value()


def _found(given: Settings, running: RunningInstance) -> dict[str, Any]:
    """What the running instance adds to the settings."""
    found: dict[str, Any] = {}
    if given.database_url is None:
        found["database_url"] = SecretStr(running.database_url)
    if given.redis_url is None:
        found["redis_url"] = SecretStr(running.redis_url)
    if given.sandbox_url is None and running.sandbox_url is not None:
        found["sandbox_url"] = running.sandbox_url
    return found


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

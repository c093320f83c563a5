"""The operator's own sources: which providers are configured, and what their rows say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.settings import Settings
from core.upstreams.providers import PROVIDERS, default_config, origin


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider's name for people, what its articles are where they do not say, and how to configure it."""

    name: str
    language: str | None
    category: str | None
    how: str


_PROVIDERS: Final[Mapping[str, Provider]] = {
    "newsapi": Provider("NewsAPI", None, None, "set TIDINGS_NEWSAPI_KEY"),
    "guardian": Provider("The Guardian", "en", None, "set TIDINGS_GUARDIAN_KEY"),
    "reddit": Provider("Reddit", "en", None, "set TIDINGS_REDDIT_CLIENT_ID and TIDINGS_REDDIT_CLIENT_SECRET"),
    "hackernews": Provider("Hacker News", "en", "technology", "set TIDINGS_HACKERNEWS_ENABLED to true"),
}


def provider(kind: str) -> Provider:
    """What is known about one of `PROVIDERS`."""
    return _PROVIDERS[kind]


def configured(settings: Settings) -> dict[str, dict[str, Any]]:
    """The providers that can be polled, with the `config` of their source rows. No credential is in it."""
    found = {kind: origin(kind, settings) for kind in PROVIDERS}
    return {
        kind: {**default_config(kind, settings), "origin": where} for kind, where in found.items() if where is not None
    }


def quota_limit(kind: str, settings: Settings) -> int | None:
    """Requests that the provider grants in one window, by configuration; None where it sets no bound."""
    limits = {
        "newsapi": settings.newsapi_requests_per_day,
        "guardian": settings.guardian_requests_per_day,
        "reddit": settings.reddit_requests_per_minute,
    }
    return limits.get(kind)

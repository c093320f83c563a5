"""The providers, and where each of them is found: what everybody may ask without loading their clients."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from core.settings import Settings

PROVIDERS: Final = ("newsapi", "guardian", "reddit", "hackernews")

Origin = Literal["live", "sandbox"]


def origin(kind: str, settings: Settings) -> Origin | None:
    """Where a provider's articles would come from: the provider itself, the sandbox newsroom, or nowhere."""
    if _is_live(kind, settings):
        return "live"
    return "sandbox" if settings.sandbox_url else None


def default_config(kind: str, settings: Settings) -> Mapping[str, Any]:
    """The `config` that a provider's source row begins with."""
    return {"subreddits": list(settings.reddit_subreddits)} if kind == "reddit" else {}


def base_url(kind: str, live_url: str, settings: Settings) -> str:
    """Where the provider is asked: at its own address, or in the sandbox newsroom."""
    return live_url if _is_live(kind, settings) else f"{settings.sandbox_url}/{kind}"


def _is_live(kind: str, settings: Settings) -> bool:
    credentialed = {
        "newsapi": settings.newsapi_key is not None,
        "guardian": settings.guardian_key is not None,
        "reddit": settings.reddit_client_id is not None and settings.reddit_client_secret is not None,
    }
    if kind == "hackernews":  # it asks for no credential, so another provider's shows that this instance is meant
        return any(credentialed.values()) if settings.hackernews_enabled is None else settings.hackernews_enabled
    return credentialed[kind]

"""Which client polls a source."""

from collections.abc import Callable, Mapping
from typing import Final

from core.infra.http import Egress
from core.kit.clock import Clock
from core.sandbox import credentials
from core.settings import Settings
from core.upstreams.feeds import FeedClient
from core.upstreams.guardian import GuardianClient
from core.upstreams.hackernews import HackerNewsClient
from core.upstreams.newsapi import NewsApiClient
from core.upstreams.providers import PROVIDERS, base_url, origin
from core.upstreams.quota import Quota
from core.upstreams.reddit import RedditClient
from core.upstreams.reddit_tokens import ApplicationTokens, RedditTokens
from core.upstreams.types import Upstream, UpstreamError

_DAY_S: Final = 24 * 3600
_MINUTE_S: Final = 60


def build(kind: str, settings: Settings, egress: Egress, *, clock: Clock | None = None) -> Upstream:
    """The client for sources of `kind`. Keep it for the process: it holds the quota's count and Reddit's token.

    Raises UpstreamError when the provider is not configured and there is no sandbox to stand in for it, and LookupError
    for a kind that does not exist.
    """
    builder = _BUILDERS[kind]
    if kind in PROVIDERS and origin(kind, settings) is None:
        raise UpstreamError(f"No credential for {kind} is configured.")
    return builder(settings, egress, clock)


def _newsapi(settings: Settings, egress: Egress, clock: Clock | None) -> Upstream:
    key = settings.newsapi_key
    return NewsApiClient(
        egress=egress,
        base_url=base_url("newsapi", settings.newsapi_url, settings),
        key=key.get_secret_value() if key else credentials.NEWSAPI_KEY,
        quota=Quota(provider="NewsAPI", limit=settings.newsapi_requests_per_day, window_s=_DAY_S, clock=clock),
        clock=clock,
    )


def _guardian(settings: Settings, egress: Egress, clock: Clock | None) -> Upstream:
    key = settings.guardian_key
    return GuardianClient(
        egress=egress,
        base_url=base_url("guardian", settings.guardian_url, settings),
        key=key.get_secret_value() if key else credentials.GUARDIAN_KEY,
        quota=Quota(provider="The Guardian", limit=settings.guardian_requests_per_day, window_s=_DAY_S, clock=clock),
        clock=clock,
    )


def reddit(settings: Settings, egress: Egress, tokens: RedditTokens, clock: Clock | None = None) -> RedditClient:
    """A client of Reddit with tokens of one's own, and the budget that these have."""
    return RedditClient(
        egress=egress,
        base_url=base_url("reddit", settings.reddit_url, settings),
        tokens=tokens,
        user_agent=settings.user_agent,
        quota=Quota(provider="Reddit", limit=settings.reddit_requests_per_minute, window_s=_MINUTE_S, clock=clock),
        clock=clock,
    )


def _reddit(settings: Settings, egress: Egress, clock: Clock | None) -> Upstream:
    secret = settings.reddit_client_secret
    tokens = ApplicationTokens(
        auth_url=base_url("reddit", settings.reddit_auth_url, settings),
        client_id=settings.reddit_client_id or credentials.REDDIT_CLIENT_ID,
        client_secret=secret.get_secret_value() if secret else credentials.REDDIT_CLIENT_SECRET,
        user_agent=settings.user_agent,
    )
    return reddit(settings, egress, tokens, clock)


def _hackernews(settings: Settings, egress: Egress, clock: Clock | None) -> Upstream:
    address = base_url("hackernews", settings.hackernews_url, settings)
    return HackerNewsClient(egress=egress, base_url=address, clock=clock)


def _feed(settings: Settings, egress: Egress, clock: Clock | None) -> Upstream:
    return FeedClient(egress=egress, clock=clock)


_BUILDERS: Final[Mapping[str, Callable[[Settings, Egress, Clock | None], Upstream]]] = {
    "newsapi": _newsapi,
    "guardian": _guardian,
    "reddit": _reddit,
    "hackernews": _hackernews,
    "feed": _feed,
}

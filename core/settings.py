"""The configuration of an instance: one frozen class, and the only reader of the environment.

Every variable begins with `TIDINGS_`; one that is not known is refused, because a misspelt setting is a setting that
silently does nothing. The table of settings in README.md is generated from this file.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from core.kit.windows import Window

PREFIX: Final = "TIDINGS_"

Network = IPv4Network | IPv6Network


class InvalidSettings(ValueError):
    """A variable is unknown or its value makes no sense; the message names it and says what is expected."""


def _comma_separated(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("needs a time zone, such as 2027-07-01T00:00:00Z")
    return value


def _base_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("needs to begin with http:// or https://")
    return value.rstrip("/")


class Plan(BaseModel):
    """What an organisation may use.

    `requests_per_hour` is the budget of one key (null: `free_requests_per_hour`), `organization_requests_per_hour` what
    all callers of the organisation have together; 0 means no limit. Storage is what its own texts may take, in bytes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests_per_hour: int | None = Field(default=None, ge=0)
    organization_requests_per_hour: int = Field(default=0, ge=0)
    keys: int = Field(ge=1)
    feeds: int = Field(ge=0)
    members: int = Field(ge=1)
    storage_bytes: int = Field(ge=0)


FREE: Final = "free"
"""The plan of an organisation that has no other."""

PLANS: Final = {
    FREE: Plan(organization_requests_per_hour=1000, keys=10, feeds=100, members=5, storage_bytes=50 * 2**20),
    "team": Plan(
        requests_per_hour=1000,
        organization_requests_per_hour=20_000,
        keys=100,
        feeds=1000,
        members=50,
        storage_bytes=5 * 2**30,
    ),
}
"""Those that an instance has unless its operator says otherwise."""


def _plans(value: object) -> object:
    """JSON in the environment. Every plan that it does not name stays as it is by default."""
    given = json.loads(value) if isinstance(value, str) else value
    return {**PLANS, **given} if isinstance(given, dict) else given


def _windows(value: object) -> object:
    """Commas between them, as in the environment."""
    return tuple(map(Window.parse, _comma_separated(value))) if isinstance(value, str) else value  # type: ignore[call-overload]  # a str gives a tuple


CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_separated)]
Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_comma_separated)]
Plans = Annotated[Mapping[str, Plan], NoDecode, BeforeValidator(_plans)]
Windows = Annotated[tuple[Window, ...], NoDecode, BeforeValidator(_windows)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]


class Settings(BaseSettings):
    """What an operator can set. Every field is the variable `TIDINGS_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    # the instance
    home: Path = Field(
        Path(".tidings"), description="Where data, logs, the demo key and the instance's secret are kept."
    )
    host: str = Field("127.0.0.1", description="Address that the API listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port that the API listens on; 0 takes a free one.")
    public_url: BaseUrl | None = Field(
        None, description="Address under which clients reach the API, for absolute links."
    )
    secret: SecretStr | None = Field(
        None, min_length=32, description="Signs cursors and keys API-key hashes; made in the home folder when absent."
    )
    contact: str = Field("mailto:security@localhost", description="Contact that security.txt names.")
    now: Annotated[datetime, AfterValidator(_aware)] | None = Field(
        None, description="A fixed clock (RFC 3339) for the lifecycle of v1, to rehearse its Sunset."
    )
    brownouts: Windows = Field(
        (),
        description="When versions with a Sunset answer 410 to everybody, to be noticed: start/duration, or "
        "start/duration/every, such as 2027-05-04T09:00:00Z/PT15M/P7D, separated by commas.",
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error.")
    conformance_sample_percent: float = Field(
        1.0,
        ge=0,
        le=100,
        description="Share of the answers that are held against the documents after they were sent; 0 turns it off.",
    )
    workers: int = Field(1, ge=1, le=64, description="API processes of `tidings serve`.")
    trusted_proxies: CommaSeparated = Field(
        (), description="Addresses of proxies whose X-Forwarded-For is believed, separated by commas."
    )

    # engines
    database_url: SecretStr | None = Field(
        None, description="postgresql://… of PostgreSQL 16 or newer; the embedded one when absent."
    )
    redis_url: SecretStr | None = Field(
        None, description="redis://, rediss:// or unix:// of Redis 6.2 or newer; the embedded one when absent."
    )
    database_pool_size: int = Field(10, ge=2, le=200, description="PostgreSQL connections of one process, at most.")

    # limits
    free_requests_per_hour: int = Field(100, ge=0, description="Budget of a key on the free plan; 0 means no limit.")
    address_requests_per_minute: int = Field(
        600, ge=0, description="Budget of one address before authentication; 0 means no limit."
    )
    feeds_per_organization: int = Field(
        1000, ge=1, description="Feeds that one organisation may subscribe to, whatever its plan allows."
    )
    plans: Plans = Field(
        PLANS,
        description='Plans by name, as JSON: {"team": {"keys": 9, "feeds": 99, "members": 9, "storage_bytes": 10000}}.',
    )
    cache_seconds: int = Field(300, ge=0, le=86400, description="How long an answer may be served from the cache.")

    # people
    user_requests_per_hour: int = Field(1000, ge=0, description="Budget of a person; 0 means no limit.")
    login_attempts_per_minute: int | None = Field(
        None,
        ge=0,
        description="Log-ins and registrations of one address a minute, in place of the 10 that the documents say; "
        "0 means no limit.",
    )
    session_idle_days: int = Field(30, ge=1, le=3650, description="A session that nobody refreshes for so long ends.")
    session_days: int = Field(90, ge=1, le=3650, description="A session ends after so long, however it is used.")
    signing_key_days: int = Field(90, ge=1, le=3650, description="How long a key signs access tokens.")
    account_grace_days: int = Field(
        30, ge=0, le=365, description="How long a deleted account can be restored before it is erased."
    )

    # logging in elsewhere, and linking
    google_url: BaseUrl = Field(
        "https://accounts.google.com", description="Issuer of Google's identities (OpenID Connect)."
    )
    google_client_id: str | None = Field(
        None, description="Client id at Google; without one log-in leads to the sandbox's people where a sandbox runs."
    )
    google_client_secret: SecretStr | None = Field(None, description="Client secret at Google.")
    github_url: BaseUrl = Field("https://github.com", description="Address of GitHub's site, where people agree.")
    github_api_url: BaseUrl = Field("https://api.github.com", description="Base address of GitHub's API.")
    github_client_id: str | None = Field(
        None, description="Client id at GitHub; without one log-in leads to the sandbox's people where a sandbox runs."
    )
    github_client_secret: SecretStr | None = Field(None, description="Client secret at GitHub.")
    provider_timeout_seconds: float = Field(
        10.0, gt=0, le=12, description="How long an identity provider may take for all that one log-in asks of it."
    )
    oauth_redirect_uris: CommaSeparated = Field(
        (),
        description="Addresses that a log-in or a linking may lead back to, compared letter by letter, separated by "
        "commas; only the instance's own documentation page (/docs/v2) when absent.",
    )

    # mail
    smtp_url: SecretStr | None = Field(
        None,
        description="smtp://user:password@host:587 (STARTTLS where offered) or smtps://…; the sandbox's when absent.",
    )
    mail_from: str = Field("Tidings <tidings@localhost>", description="Sender of every mail.")
    invitation_days: int = Field(7, ge=1, le=90, description="How long an invitation can be accepted.")

    # billing
    billing_webhook_url: BaseUrl | None = Field(
        None,
        description="Where the event of each organisation and month is delivered; without it they are recorded, and "
        "delivered once it is set.",
    )
    billing_webhook_secret: SecretStr | None = Field(
        None, min_length=32, description="Signs those deliveries (Standard Webhooks); needed for billing_webhook_url."
    )

    # polling
    poll_interval_seconds: int = Field(300, ge=5, description="How often a healthy source is asked for news.")
    fetch_timeout_seconds: float = Field(30.0, gt=0, le=300, description="Deadline of one fetch, redirects included.")
    fetch_max_bytes: int = Field(15 * 2**20, ge=1024, description="Largest document that is read from an upstream.")
    egress_allow: Networks = Field(
        (), description="Networks (CIDR, separated by commas) that feeds may lie in although they are private."
    )
    user_agent: str = Field(
        "Tidings/0.1 (self-hosted news aggregator)", description="User-Agent of every request to the outside."
    )
    sandbox_url: BaseUrl | None = Field(
        None, description="Origin of a running sandbox newsroom; upstreams without a credential are read from there."
    )

    # upstreams
    newsapi_url: BaseUrl = Field("https://newsapi.org", description="Base address of NewsAPI.")
    newsapi_key: SecretStr | None = Field(None, description="NewsAPI key.")
    newsapi_requests_per_day: int = Field(100, ge=1, description="Quota of the NewsAPI plan.")
    guardian_url: BaseUrl = Field("https://content.guardianapis.com", description="Base address of The Guardian.")
    guardian_key: SecretStr | None = Field(None, description="Guardian Open Platform key.")
    guardian_requests_per_day: int = Field(500, ge=1, description="Quota of the Guardian key.")
    reddit_url: BaseUrl = Field("https://oauth.reddit.com", description="Base address of Reddit's API.")
    reddit_auth_url: BaseUrl = Field("https://www.reddit.com", description="Base address of Reddit's token endpoint.")
    reddit_client_id: str | None = Field(
        None, description="Reddit application id; people link their own accounts by it too."
    )
    reddit_client_secret: SecretStr | None = Field(None, description="Reddit application secret.")
    reddit_subreddits: CommaSeparated = Field(
        ("worldnews", "technology", "science"), description="Subreddits to poll, separated by commas."
    )
    reddit_requests_per_minute: int = Field(60, ge=1, description="Quota of the Reddit application.")
    hackernews_url: BaseUrl = Field(
        "https://hacker-news.firebaseio.com", description="Base address of the Hacker News API."
    )
    hackernews_enabled: bool | None = Field(
        None, description="Poll Hacker News itself (it needs no credential); by default only when any upstream is live."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` hands in: no .env file, no second look at the environment."""
        return (init_settings,)


def load(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """The settings of `environment` (the process's own by default); `overrides` win.

    Raises `InvalidSettings` for an unknown `TIDINGS_*` variable or a value that does not fit.
    """
    variables = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for name, value in variables.items():
        if not name.startswith(PREFIX):
            continue
        field = name.removeprefix(PREFIX).lower()
        if field not in Settings.model_fields or name != name.upper():
            raise InvalidSettings(f"{name} is not a setting of Tidings; `tidings doctor` lists those that are")
        if value != "":
            values[field] = value
    try:
        return Settings(**{**values, **overrides})
    except ValidationError as error:
        problems = "; ".join(
            f"{PREFIX}{'_'.join(str(part) for part in item['loc'][:1]).upper()}: {item['msg']}"
            for item in error.errors()
        )
        raise InvalidSettings(problems) from None


def as_environment(settings: Settings) -> dict[str, str]:
    """What a child process needs in its environment to load the same settings."""
    environment = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        if isinstance(value, tuple):
            value = ",".join(str(item) for item in value)
        if isinstance(value, Mapping):
            value = json.dumps({plan: limits.model_dump() for plan, limits in value.items()})
        if value is not None:
            environment[PREFIX + name.upper()] = value.isoformat() if isinstance(value, datetime) else str(value)
    return environment


def process_environment() -> dict[str, str]:
    """The environment for a child process, without Tidings' own variables."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}

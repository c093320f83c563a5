"""How this instance is known to the providers, and the addresses at which they are found."""

from dataclasses import dataclass
from typing import Final

from core.errors import ProviderNotConfigured, RedirectNotAllowed
from core.identities.types import ProviderName
from core.sandbox.credentials import OAUTH_CLIENTS
from core.settings import Settings

_DEFAULT_LANDING: Final = "/docs/v2"
"""Its page offers to try the operation that takes what the provider sent along."""
_NAMES: Final[dict[ProviderName, str]] = {"google": "Google", "github": "GitHub", "reddit": "Reddit"}


@dataclass(frozen=True, slots=True)
class Registration:
    """A client's credentials at one provider. `site` is where people agree, `api` where programs ask."""

    provider: ProviderName
    client_id: str
    client_secret: str
    site: str
    api: str

    @property
    def label(self) -> str:
        """The provider's name, for people."""
        return _NAMES[self.provider]


def registration(provider: ProviderName, settings: Settings) -> Registration:
    """What the operator registered; where nothing is, and a sandbox runs, the sandbox's. Or `ProviderNotConfigured`."""
    client_id, secret = {
        "google": (settings.google_client_id, settings.google_client_secret),
        "github": (settings.github_client_id, settings.github_client_secret),
        "reddit": (settings.reddit_client_id, settings.reddit_client_secret),
    }[provider]
    if client_id is not None and secret is not None:
        site, api = {
            "google": (settings.google_url, settings.google_url),
            "github": (settings.github_url, settings.github_api_url),
            "reddit": (settings.reddit_auth_url, settings.reddit_url),
        }[provider]
        return Registration(provider, client_id, secret.get_secret_value(), site, api)
    if settings.sandbox_url is None:
        raise ProviderNotConfigured(f"The operator of this instance has not registered it with {_NAMES[provider]}.")
    client, site = OAUTH_CLIENTS[provider], f"{settings.sandbox_url}/{provider}"
    return Registration(
        provider, client.client_id, client.secret, site, f"{site}/api" if provider == "github" else site
    )


def is_registered(provider: ProviderName, settings: Settings) -> bool:
    """Whether `registration` knows the provider."""
    try:
        registration(provider, settings)
    except ProviderNotConfigured:
        return False
    return True


def check_redirect(redirect_uri: str, settings: Settings) -> None:
    """Compared letter by letter, as RFC 9700 §2.1 demands: no prefix, no case, no slash more. `RedirectNotAllowed`."""
    if redirect_uri not in redirect_uris(settings):
        raise RedirectNotAllowed("`redirect_uri` is not, letter by letter, one that the operator has listed.")


def redirect_uris(settings: Settings) -> tuple[str, ...]:
    """Where a log-in may lead back to."""
    own = settings.public_url or f"http://{settings.host}:{settings.port}"
    return settings.oauth_redirect_uris or (own + _DEFAULT_LANDING,)

"""The credentials that the newsroom accepts. They open nothing but the sandbox, so they are published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

NEWSAPI_KEY: Final = "sandbox-newsapi-key"
"""A developer key: 100 requests a day, the first 100 results of a search."""
NEWSAPI_PAID_KEY: Final = "sandbox-newsapi-paid-key"
"""A business key: no daily quota, all results."""
NEWSAPI_EXHAUSTED_KEY: Final = "sandbox-newsapi-exhausted-key"
"""A developer key whose day is used up: every request is 429 `rateLimited`."""
NEWSAPI_DISABLED_KEY: Final = "sandbox-newsapi-disabled-key"
"""A key that was switched off: every request is 401 `apiKeyDisabled`."""

GUARDIAN_KEY: Final = "sandbox-guardian-key"
"""A developer key: 500 requests a day."""
GUARDIAN_TEST_KEY: Final = "test"
"""The public key of the Guardian's documentation: 500 requests a day, shared by everybody."""
GUARDIAN_EXHAUSTED_KEY: Final = "sandbox-guardian-exhausted-key"
"""A key whose day is used up: every request is 429."""

REDDIT_CLIENT_ID: Final = "sandbox-reddit-client"
REDDIT_CLIENT_SECRET: Final = "sandbox-reddit-secret"  # noqa: S105 - opens nothing but the sandbox
REDDIT_USER_AGENT: Final = "linux:tidings.sandbox:v1 (by /u/tidings_sandbox)"


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """An application that is registered with the identity server."""

    client_id: str
    secret: str


OAUTH_CLIENTS: Final[Mapping[str, OAuthClient]] = {
    "google": OAuthClient("sandbox-google-client.apps.example", "sandbox-google-secret"),
    "github": OAuthClient("sandbox-github-client", "sandbox-github-secret"),
    "reddit": OAuthClient(REDDIT_CLIENT_ID, REDDIT_CLIENT_SECRET),
}
"""By provider. Reddit's is the one that polls too, as with a real application of Reddit."""

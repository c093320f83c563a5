"""Reading Reddit as a person: what a poll of somebody's own subreddits has its tokens from."""

from typing import Final
from uuid import UUID

from core.errors import ProviderNotConfigured, ProviderUnavailable
from core.identities import grants
from core.infra.http import Egress
from core.kit.principal import Principal
from core.settings import Settings
from core.upstreams.answers import ApiPoll
from core.upstreams.types import UpstreamError

CONSENT_GONE: Final = "Reddit no longer takes the authorisation that its person gave: link the account again."


class PersonTokens:
    """The tokens of one linked identity, for one poll. Implements `core.upstreams.reddit_tokens.RedditTokens`."""

    def __init__(self, settings: Settings, egress: Egress, principal: Principal, identity_id: UUID) -> None:
        self._settings = settings
        self._egress = egress
        self._principal = principal
        self._identity_id = identity_id
        self._last: str | None = None
        self._refused: str | None = None

    async def current(self, poll: ApiPoll) -> str:
        if self._last is None:
            self._last = await self._ask()
        return self._last

    def refused(self) -> None:
        self._refused, self._last = self._last, None

    async def _ask(self) -> str:
        try:
            token = await grants.access_token(
                self._settings, self._egress, self._principal, self._identity_id, refused=self._refused
            )
        except (ProviderUnavailable, ProviderNotConfigured) as error:
            raise UpstreamError(error.detail or "Reddit is away.", retry_after_s=error.retry_after_s) from error
        if token is None:
            raise UpstreamError(CONSENT_GONE)
        return token

"""A reading list in public: a feed at an address that nobody can guess, until it is taken back."""

import hmac
import secrets
from datetime import datetime
from typing import Final

from core.audit.service import audit
from core.collections.access import opened
from core.collections.repository import CollectionRepository, ItemRepository
from core.collections.types import FeedSource, ItemQuery, PublicFeed
from core.errors import PublicFeedNotFound
from core.infra.context import infrastructure
from core.infra.db import act_for, transaction
from core.kit.clock import rfc3339
from core.kit.crypto import derive
from core.kit.principal import Principal, anonymous, job

SHOWN: Final = 50
"""Items of a feed, the newest ones: what readers of feeds expect."""
_TOKEN_BYTES: Final = 24
"""192 bits from the system's source: no number of attempts finds one."""


class PublicFeeds:
    """An owner of a list opens and closes its feed. The token is stored as a keyed hash only."""

    async def open(self, principal: Principal, collection_id: str) -> PublicFeed:
        """Give the list a public address; one that it had before ends at once."""
        infra, access = infrastructure(), await opened(principal, collection_id, role="owner", lock=True)
        token, now = secrets.token_urlsafe(_TOKEN_BYTES), infra.clock.now()
        repository = CollectionRepository(transaction(), access.principal)
        await repository.set_feed(access.row.id, _hash(token), now=now)
        after = {"opened_at": rfc3339(now)}
        audit.record(access.principal, "public_feed.opened", target=("collection", access.row.id), after=after)
        return PublicFeed(token, now, infra.settings.public_url)

    async def get(self, principal: Principal, collection_id: str, *, lock: bool = False) -> datetime:
        """Since when the list has its public address. Raises `PublicFeedNotFound` where it has none."""
        access = await opened(principal, collection_id, lock=lock)
        if access.row.public_since is None:
            raise _not_public()
        return access.row.public_since

    async def close(self, principal: Principal, collection_id: str) -> None:
        """Take the public address back. Raises `PublicFeedNotFound` where there is none."""
        access = await opened(principal, collection_id, role="owner", lock=True)
        if access.row.public_since is None:
            raise _not_public()
        repository = CollectionRepository(transaction(), access.principal)
        await repository.set_feed(access.row.id, None, now=None)
        before = {"opened_at": rfc3339(access.row.public_since)}
        audit.record(access.principal, "public_feed.closed", target=("collection", access.row.id), before=before)

    async def read(self, token: str) -> FeedSource:
        """What the feed at this address shows. Raises `PublicFeedNotFound`, for one that was taken back too."""
        found = await CollectionRepository(transaction(), anonymous()).find_feed(_hash(token))
        if found is None:
            raise _not_found()
        organization_id, collection_id = found
        reader = job(organization_id)
        await act_for(reader)
        own = await CollectionRepository(transaction(), reader).get(collection_id)
        if own is None:
            raise _not_found()
        repository = ItemRepository(transaction(), reader, collection_id)
        newest = await repository.page(ItemQuery(sort="-added_at"), limit=SHOWN)
        return FeedSource(own.row, tuple(newest), infrastructure().settings.public_url)


def _hash(token: str) -> bytes:
    return hmac.digest(derive(infrastructure().secret, "public-feed"), token.encode(), "sha256")


def _not_found() -> PublicFeedNotFound:
    return PublicFeedNotFound("There is no feed at this address.")


def _not_public() -> PublicFeedNotFound:
    return PublicFeedNotFound("The list has no public feed.")

"""Waiting until sources have been fetched, by listening to the database."""

from collections.abc import Collection
from time import monotonic
from uuid import UUID

from core.infra.notifications import Listener


async def until_fetched(news: Listener, sources: Collection[UUID], *, timeout_s: float) -> set[UUID]:
    """Returns when each of `sources` was fetched once since `news` began to listen; gives those that were late."""
    missing = set(sources)
    deadline = monotonic() + timeout_s
    while missing and (left := deadline - monotonic()) > 0:
        heard = await news.next(left)
        if heard is not None:
            missing.discard(UUID(heard))
    return missing

"""Duplicates inside one batch: which items are one article, before the database is asked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from core.ingest.types import NormalisedArticle

FINGERPRINT_WINDOW: Final = timedelta(days=7)
"""How far apart two copies of a text may be published. Beyond it the same words are another story: yearly notices."""


def leaders(articles: Sequence[NormalisedArticle]) -> list[int]:
    """For each article the index of the first one in the batch that is the same: its own where it is the first.

    The same is: the same provider id, else the same address, else the same text within `FINGERPRINT_WINDOW`.
    """
    by_id: dict[bytes, int] = {}
    by_address: dict[bytes, int] = {}
    by_text: dict[bytes, int] = {}
    result = []
    for index, article in enumerate(articles):
        leader = by_id.get(article.provider_hash)
        if leader is None:
            leader = by_address.get(article.url_hash)
        if leader is None:
            leader = by_text.get(article.fingerprint)
            if leader is not None and not _near(articles[leader], article):
                leader = None
        if leader is None:
            leader = index
        result.append(leader)
        by_id.setdefault(article.provider_hash, leader)
        by_address.setdefault(article.url_hash, leader)
        by_text.setdefault(article.fingerprint, leader)
    return result


def _near(one: NormalisedArticle, other: NormalisedArticle) -> bool:
    return abs(one.published_at - other.published_at) <= FINGERPRINT_WINDOW

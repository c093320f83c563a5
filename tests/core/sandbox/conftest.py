"""The newsroom for its own tests."""

from tests.support.newsroom import newsroom, newsroom_server

__all__ = ["newsroom", "newsroom_server"]

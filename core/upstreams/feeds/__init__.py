"""RSS, RDF, Atom and JSON Feed, from any host."""

from core.upstreams.feeds.client import FeedClient

__all__ = ["FeedClient"]

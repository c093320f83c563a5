"""PostgreSQL and Redis for an instance on one machine, started by `tidings up` when no address of another is set."""

from core.infra.embedded.errors import EngineError
from core.infra.embedded.postgres import EmbeddedPostgres
from core.infra.embedded.redis import EmbeddedRedis

__all__ = ["EmbeddedPostgres", "EmbeddedRedis", "EngineError"]

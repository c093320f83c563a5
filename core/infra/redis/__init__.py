"""Redis: one multiplexed connection for commands, a second one for published messages.

Redis holds only what may be lost (budgets, cached answers, hints), so every caller has an answer for
`RedisUnavailable`: it goes on without.
"""

from core.infra.redis.client import RedisClient
from core.infra.redis.connection import RedisRefused, RedisUnavailable
from core.infra.redis.script import Script
from core.infra.redis.subscriber import Subscription

__all__ = ["RedisClient", "RedisRefused", "RedisUnavailable", "Script", "Subscription"]

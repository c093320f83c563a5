"""One API process's worth of clients that all use one key: run by tests as `python -m tests.support.limit_clients`.

Arguments: URL of Redis, id of the key, its limit, number of clients, calls of each. Says `ready`, waits for a line,
then says how many calls were admitted.
"""

import asyncio
import random
import sys
from uuid import UUID

from core.contract.ports import Call
from core.infra.changes import Changes
from core.infra.context import Infrastructure, use
from core.infra.db import Database
from core.infra.http import Egress
from core.infra.jobs import Jobs
from core.infra.redis import RedisClient
from core.kit.clock import SystemClock
from core.kit.cursor import CursorCodec
from core.kit.principal import NEWSROOM_ID, Principal
from core.limits.service import limits
from core.settings import load

SPREAD_S = 0.1
"""Calls come at random times, so that the processes really run side by side."""

NO_DATABASE = "postgresql://localhost/never-opened"


async def main(redis_url: str, key: str, limit: str, clients: str, calls: str) -> None:
    redis = RedisClient(redis_url)
    infra = Infrastructure(
        settings=load({}),
        secret=b"",
        clock=SystemClock(),
        db=Database(NO_DATABASE, pool_size=2),
        redis=redis,
        jobs=Jobs(NO_DATABASE),
        cursors=CursorCodec(b"secret"),
        changes=Changes(redis),
        egress=Egress.from_settings(load({})),
    )
    caller = Principal(NEWSROOM_ID, UUID(key), "api_key", requests_per_hour=int(limit))
    call = Call(caller, "192.0.2.1", "v2.listArticles", 1, None, None, None)

    async def client() -> int:
        admitted = 0
        for _ in range(int(calls)):
            await asyncio.sleep(random.uniform(0, SPREAD_S))
            admitted += (await limits.admit(call)).allowed
        return admitted

    with use(infra):
        await redis.call("PING")
        _say("ready")
        await asyncio.to_thread(sys.stdin.readline)
        _say(str(sum(await asyncio.gather(*(client() for _ in range(int(clients)))))))
    await infra.egress.aclose()
    await redis.close()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

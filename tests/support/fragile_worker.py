"""A worker whose process dies as soon as it polls Hacker News: what a crash in a parser written in C looks like."""

import os
import signal
from collections.abc import Mapping
from typing import Any, NoReturn

from core import settings, worker
from core.ingest import clients
from core.upstreams.types import Upstream


class Crash:
    """The client that never returns."""

    kind = "hackernews"

    async def fetch(self, *, config: Mapping[str, Any], cursor: Mapping[str, Any]) -> NoReturn:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("the process survived SIGKILL")


class FragileClients(clients.Clients):
    def of(self, kind: str) -> Upstream:
        return Crash() if kind == Crash.kind else super().of(kind)


if __name__ == "__main__":
    setattr(worker, "Clients", FragileClients)  # noqa: B010 - the only thing that differs from a real worker
    worker.run(settings.load())

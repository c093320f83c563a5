"""One JSON line a request, in the same shape as every other line of the log.

It never holds a header, a query or a body, and a path only without what looks like a key. Values are JSON-escaped, so
nothing that a client sends can begin a line of its own. Lines are made here, gathered for 50 ms and given to
structlog's own sink at once: 2 µs a request, where the general chain of processors takes 40 and a system call for each
line 5.
"""

from __future__ import annotations

import asyncio
import re
import sys
from time import gmtime, strftime, time
from typing import BinaryIO, Final

import orjson
import structlog

from core.contract.exchange import Exchange

_MAX_PATH: Final = 200
_GATHERED_FOR_S: Final = 0.05
_API_KEY: Final = re.compile(r"tdk_(?:live|test)_\w+")
UNMATCHED: Final = "unmatched"
"""The operation of a request that is for nothing here."""


class AccessLog:
    """Writes to `stream`, standard output by default. `flush` when the process ends."""

    def __init__(self, stream: BinaryIO | None = None) -> None:
        self._sink = structlog.BytesLogger(stream or sys.stdout.buffer)
        self._lines: list[bytes] = []
        self._second = 0
        self._second_text = ""

    def write(self, exchange: Exchange, seconds: float) -> None:
        """The line of one request. Probes (`/health` and the like) that went well are left out."""
        endpoint, status, principal = exchange.endpoint, exchange.status, exchange.principal
        if status < 400 and endpoint is not None and endpoint.is_probe:
            return
        path = exchange.scope["path"][:_MAX_PATH]
        line = {
            "event": "request",
            "logger": "tidings.access",
            "level": "info" if status < 500 else "error",
            "time": self._now(),
            "method": exchange.method,
            "operation": UNMATCHED if endpoint is None else endpoint.name,
            "path": _API_KEY.sub("[redacted]", path) if "tdk_" in path else path,
            "status": status,
            "duration_ms": round(seconds * 1000, 3),
            "key": None if principal is None else principal.principal_id,
            "organization": None if principal is None else principal.organization_id,
            "request_id": exchange.request_id,
        }
        if not self._lines:
            asyncio.get_running_loop().call_later(_GATHERED_FOR_S, self.flush)
        self._lines.append(orjson.dumps(line))

    def flush(self) -> None:
        """Hand on what was gathered."""
        if self._lines:
            self._sink.info(b"\n".join(self._lines))
            self._lines.clear()

    def _now(self) -> str:
        """RFC 3339 with milliseconds; the text of a second is made once."""
        now = time()
        second = int(now)
        if second != self._second:
            self._second, self._second_text = second, strftime("%Y-%m-%dT%H:%M:%S", gmtime(second))
        return f"{self._second_text}.{int((now - second) * 1000):03d}Z"

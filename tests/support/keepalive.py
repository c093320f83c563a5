"""A client that sends thousands of requests without costing more than the servers that it asks."""

import asyncio
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit


class Answer(NamedTuple):
    """One answer; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class KeepAlive:
    """One connection to `address`, for one request at a time. Raises `OSError` or `EOFError` when it breaks."""

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address)

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(self._host.hostname, self._host.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    async def post(self, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
        """Send JSON and wait for the answer, which must have a Content-Length."""
        content = json.dumps(body).encode()
        lines = [f"POST {path} HTTP/1.1", f"Host: {self._host.netloc}", "Content-Type: application/json"]
        lines += [f"Content-Length: {len(content)}", *(f"{name}: {value}" for name, value in headers.items())]
        self._writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + content)
        await self._writer.drain()
        status, *received = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        known = {name.lower(): value for name, _, value in (line.partition(": ") for line in received)}
        return Answer(int(status.split(" ")[1]), known, await self._reader.readexactly(int(known["content-length"])))

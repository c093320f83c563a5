"""The floor: bare ASGI and orjson, no routing, no checks, no credential."""

from typing import Any

import orjson

from bench.servers.page import envelope


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    body = orjson.dumps(envelope(20))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})

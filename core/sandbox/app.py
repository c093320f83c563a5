"""The newsroom as an ASGI 3 application, with no framework around it."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from core.sandbox.http import Reply, Request, text_reply
from core.sandbox.newsroom import Newsroom
from core.sandbox.routes import answer

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_LIMIT_BYTES: Final = 1 << 20


class SandboxApp:
    """Serves one newsroom over HTTP."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection event; anything but HTTP is refused."""
        if scope["type"] != "http":
            raise RuntimeError(f"the newsroom speaks HTTP only, not {scope['type']}")
        body = await _body(receive)
        if body is None:
            reply = text_reply("Too large.\n", 413, "text/plain; charset=utf-8")
        else:
            reply = answer(self.newsroom, _request(scope, body))
        if reply.delay_s:
            await asyncio.sleep(reply.delay_s)
        await _send(send, scope["method"], reply)


def _request(scope: Scope, body: bytes) -> Request:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    server = ":".join(map(str, scope["server"]))
    return Request(
        method=scope["method"],
        path=scope["path"],
        query_string=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        origin=f"{scope['scheme']}://{headers.get('host', server)}",
    )


async def _body(receive: Receive) -> bytes | None:
    """The request body; None when it is larger than a request to the newsroom can need."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


async def _send(send: Send, method: str, reply: Reply) -> None:
    headers = {"Content-Type": reply.content_type, "Server": "sandbox-newsroom", **reply.headers}
    if reply.status not in (204, 304):
        headers["Content-Length"] = str(len(reply.body))
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
    body = b"" if method == "HEAD" or reply.status in (204, 304) else reply.body
    if reply.drop_after is not None and len(body) > reply.drop_after:
        # an incomplete response makes the server close the connection in the middle of the body
        await send({"type": "http.response.body", "body": body[: reply.drop_after], "more_body": True})
        return
    await send({"type": "http.response.body", "body": body})

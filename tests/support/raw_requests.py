"""Requests that no HTTP client would send."""

from __future__ import annotations

import asyncio

import httpx


async def send_head(request: httpx.Request) -> httpx.Response:
    """Sends the head of a request without its body, and gives what the server answers before it hangs up."""
    reader, writer = await asyncio.open_connection(request.url.host, request.url.port)
    try:
        target = request.url.raw_path.decode()
        fields = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        writer.write(f"{request.method} {target} HTTP/1.1\r\n{fields}\r\n".encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
        await writer.wait_closed()
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return httpx.Response(int(status.split()[1]), headers=headers, content=body, request=request)

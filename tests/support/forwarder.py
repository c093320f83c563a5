"""A TCP server that hands everything on to another one: to see what is sent, to add TLS, to cut or freeze a link."""

import asyncio
import ssl
from contextlib import suppress
from types import TracebackType
from typing import Self


class Forwarder:
    """Listens on a free port of the loopback and forwards to a Unix socket.

    `chunks` are the pieces that clients sent. `freeze` lets nothing through in either direction, as a network does that
    loses packets silently; `cut` closes every connection.
    """

    def __init__(self, path: str, *, tls: ssl.SSLContext | None = None) -> None:
        self._path = path
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.chunks: list[bytes] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def freeze(self) -> None:
        self._flowing.clear()

    def thaw(self) -> None:
        self._flowing.set()

    def cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flowing.wait()
        far_reader, far_writer = await asyncio.open_unix_connection(self._path)
        self._writers |= {writer, far_writer}
        for source, sink, record in ((reader, far_writer, True), (far_reader, writer, False)):
            task = asyncio.create_task(self._pump(source, sink, record=record))
            self._tasks.add(task)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, record: bool) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                if record:
                    self.chunks.append(data)
                await self._flowing.wait()
                sink.write(data)
                await sink.drain()
        sink.transport.abort()

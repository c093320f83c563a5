"""Reading a body with a bound on what it becomes.

3,477 bytes of `gzip, gzip` make a client that decodes by itself grow by 4 GiB. So: gzip once or nothing at all,
unpacked 64 KiB at a time, and counted while it is unpacked (RFC 9110 §8.4, RFC 1952).
"""

import io
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Final

from core.infra.http.errors import BodyTooLarge, EgressFailed

_STEP_BYTES: Final = 64 * 1024
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
# RFC 1952 lets members follow each other; nobody needs many, and empty ones cost time without adding bytes
_MAX_GZIP_MEMBERS: Final = 64


class BodyReader:
    """Collects a body of at most `max_bytes`, on the wire and after decoding. Raises BodyTooLarge or EgressFailed."""

    def __init__(self, content_encoding: str, *, max_bytes: int) -> None:
        encodings = [coding.strip().lower() for coding in content_encoding.split(",")]
        encodings = [coding for coding in encodings if coding not in {"", "identity"}]
        if encodings not in ([], ["gzip"], ["x-gzip"]):
            raise EgressFailed("The answer is compressed in a way that was not asked for.")
        self._gzip = _Gunzip() if encodings else None
        self._max_bytes = max_bytes
        # BytesIO hands its buffer out without a copy, so a body is never twice in memory
        self._body = io.BytesIO()
        self.wire_bytes = 0

    async def read(self, stream: AsyncIterator[bytes]) -> bytes:
        """The whole decoded body."""
        async for chunk in stream:
            self.wire_bytes += len(chunk)
            if self._gzip is None:
                self._keep(chunk)
            else:
                for part in self._gzip.unpack(chunk):
                    self._keep(part)
        if self._gzip is not None:
            self._gzip.finish()
        return self._body.getvalue()

    def so_far(self) -> bytes:
        """What had been decoded when reading stopped."""
        return self._body.getvalue()

    def _keep(self, part: bytes) -> None:
        if max(self._body.tell() + len(part), self.wire_bytes) > self._max_bytes:
            raise BodyTooLarge(f"The document is larger than {self._max_bytes:,} bytes.")
        self._body.write(part)


class _Gunzip:
    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._members = 1
        self._started = False

    def unpack(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._member.eof:
                chunk = chunk.lstrip(b"\0")  # padding after the last member, RFC 1952 §2.2
                if not chunk:
                    return
                self._next_member()
            self._started = True
            try:
                part = self._member.decompress(chunk, _STEP_BYTES)
            except zlib.error:
                raise EgressFailed("The answer says that it is gzip, and is not.") from None
            if part:
                yield part
            chunk = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def finish(self) -> None:
        if self._started and not self._member.eof:
            raise EgressFailed("The compressed answer ends too early.")

    def _next_member(self) -> None:
        self._members += 1
        if self._members > _MAX_GZIP_MEMBERS:
            raise EgressFailed(f"The compressed answer has more than {_MAX_GZIP_MEMBERS} parts.")
        self._member = zlib.decompressobj(_GZIP_WINDOW)

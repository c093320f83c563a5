"""One request and its answer: what the edge learns at the door and every stage after it needs.

The edge makes one for each request and hangs it into the ASGI scope; nothing is looked up, split or decoded twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from starlette.types import Message, Scope, Send

from core.contract.cycle import take_direct
from core.contract.ports import PolicyState
from core.kit.principal import Principal

if TYPE_CHECKING:
    from core.contract.lifecycle import Version
    from core.contract.routes import Endpoint
    from core.contract.trials import Trial

KEY: Final = "tidings.exchange"
"""Where the exchange hangs in the ASGI scope."""

API_CONTENT_POLICY: Final = b"content-security-policy: default-src 'none'; frame-ancestors 'none'"
"""What a browser may do with an answer of the API that it is shown: nothing."""

_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")

Headers = list[tuple[bytes, bytes]]
"""Header fields as ASGI has them."""

Lines = list[bytes]
"""Header fields as HTTP/1.1 has them: `name: value`, or several with CRLF between them; the name in lower case."""


Watch = Callable[["Exchange", int, Lines, bytes], None]
"""Is shown an answer that was sent: its status, headers and body."""


class Exchange:
    """The state of one request.

    `headers` has one entry a name, lower case; repeated ones are joined as RFC 9110 §5.3 says. `content_policy` is the
    header line of the answer's Content-Security-Policy, `watch` who is shown the answer after it was sent. `context`
    and `scope` are what Connexion's security functions want of a request, so that an exchange can be handed to them as
    it is. Only the stock stack sets `raw_body`.
    """

    __slots__ = (
        "_complete",
        "_direct",
        "_send",
        "content_policy",
        "context",
        "cost",
        "endpoint",
        "headers",
        "media_type",
        "method",
        "path_parameters",
        "policies",
        "principal",
        "raw_body",
        "request_id",
        "scenario",
        "scope",
        "status",
        "template",
        "trial",
        "used",
        "version",
        "watch",
    )

    def __init__(
        self,
        scope: Scope,
        send: Send,
        *,
        headers: dict[bytes, bytes],
        request_id: str,
        version: Version | None,
        complete: Callable[[Exchange, Lines], None],
    ) -> None:
        self._send = send
        self._direct = take_direct(scope)
        self._complete = complete
        self.scope = scope
        self.request_id = request_id
        self.version = version
        self.method: str = scope["method"]
        self.headers = headers
        self.template: str | None = None
        self.endpoint: Endpoint | None = None
        self.path_parameters: Mapping[str, str] = {}
        self.media_type = ""
        self.context: dict[str, Any] = {}
        self.principal: Principal | None = None
        self.raw_body: bytes
        self.policies: tuple[PolicyState, ...] = ()
        self.status = 0
        self.cost = 0  # what the budgets were charged for it
        self.trial: Trial | None = None
        self.scenario: str | None = None  # the one that forced the answer
        self.used = 0  # what of its operation the body uses: bits of `core.contract.elements`
        self.content_policy = API_CONTENT_POLICY
        self.watch: Watch | None = None

    async def answer(self, status: int, lines: Lines, body: bytes) -> None:
        """Send the whole answer, with the edge's own headers added to the list; to HEAD without the body."""
        self.status = status
        self._complete(self, lines)
        if self.method == "HEAD":
            body = b""
        if self._direct is not None:
            await self._direct(status, lines, body)
        else:
            await self._send({"type": "http.response.start", "status": status, "headers": _fields(lines)})
            await self._send({"type": "http.response.body", "body": body})
        if self.watch is not None:
            self.watch(self, status, lines, body)

    async def pass_on(self, message: Message) -> None:
        """The ASGI `send` for whoever speaks ASGI beneath the edge."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            lines: Lines = []
            self._complete(self, lines)
            message["headers"] = [*message["headers"], *_fields(lines)]
        await self._send(message)

    @property
    def raw_path(self) -> str:
        """The path as the client wrote it, percent-encoded."""
        raw: bytes = self.scope.get("raw_path") or self.scope["path"].encode()
        return raw.decode("latin-1")

    @property
    def address(self) -> str:
        """Where the request comes from: the address that the server saw, or a trusted proxy reported."""
        client = self.scope.get("client")
        return client[0] if client else ""


def header_line(name: str, value: str) -> bytes:
    """A field whose value is not our own. Raises `ValueError` for one that would end its line and begin another."""
    encoded = value.encode("latin-1")
    if _CONTROL.search(encoded):
        raise ValueError(f"the header {name} holds a control character")
    return b"%b: %b" % (name.lower().encode("latin-1"), encoded)


def _fields(lines: Lines) -> Headers:
    fields: Headers = []
    for line in b"\r\n".join(lines).split(b"\r\n"):
        name, _, value = line.partition(b": ")
        fields.append((name, value))
    return fields

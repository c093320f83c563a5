"""Request bodies: read within their limit, decoded, and checked against the document.

JSON (`application/json` and `…+json`) is parsed by the letter of RFC 8259 and validated; every other media type that a
document names is handed over as bytes. Forms and multipart are left to the stock stack.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.types import Receive

from core.contract.exchange import Exchange
from core.contract.parameters import NotCompilable
from core.contract.schema import Validator
from core.errors import FieldError, PayloadTooLarge
from core.kit import json

DEFAULT_LIMIT = 1024 * 1024
_FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})


class ClientDisconnected(Exception):
    """The client went away before its request was complete; there is nobody to answer."""


def is_json(media_type: str) -> bool:
    """`application/json` and everything with the structured suffix `+json` (RFC 6839)."""
    return media_type == "application/json" or media_type.endswith("+json")


def body_limit(operation: Mapping[str, Any]) -> int:
    """The largest body in bytes that an operation takes."""
    return int(operation.get("x-max-body-bytes", DEFAULT_LIMIT))


def too_large(limit: int) -> PayloadTooLarge:
    """413, and the end of the connection: the rest of the body is not read."""
    return PayloadTooLarge(f"The body may hold {limit:,} bytes.", headers={"Connection": "close"})


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises `PayloadTooLarge` at the first byte beyond the limit, whatever Content-Length said."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False) and message["type"] == "http.request" and len(body) <= limit:
        return body
    chunks, size = [body], len(body)
    while message["type"] == "http.request" and size <= limit and message.get("more_body", False):
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
    if message["type"] != "http.request":
        raise ClientDisconnected
    if size > limit:
        raise too_large(limit)
    return b"".join(chunks)


class BodyPlan:
    """How the body of one operation becomes the handler's `body`. Raises `NotCompilable` for forms."""

    __slots__ = ("_validators", "media_types", "required")

    def __init__(self, request_body: Mapping[str, Any]) -> None:
        content: Mapping[str, Mapping[str, Any]] = request_body.get("content", {})
        self.media_types = frozenset(media_type.lower() for media_type in content)
        if self.media_types & _FORMS or any("*" in media_type for media_type in self.media_types):
            raise NotCompilable(f"a body of {', '.join(sorted(self.media_types))}")
        self.required: bool = request_body.get("required", False)
        self._validators = {
            media_type.lower(): Validator(media.get("schema", {})) if is_json(media_type.lower()) else None
            for media_type, media in content.items()
        }

    def load(self, raw: bytes, exchange: Exchange, errors: list[FieldError]) -> Any:
        """The decoded and valid body; None, with `errors` longer than before, for any other."""
        if not raw:
            if self.required:
                errors.append(FieldError("required", "the request needs a body", pointer=""))
            return None
        validator = self._validators[exchange.media_type]
        if validator is None:
            return raw
        try:
            value = json.loads_strict(raw)
        except json.InvalidJson as error:
            errors.append(FieldError("invalid_json", str(error), pointer=""))
            return None
        if not validator.is_valid(value):
            errors.extend(validator.errors(value))
        return value

"""What of a change may be written down: only what differs, nothing secret, and nothing long."""

import re
from collections.abc import Mapping, Set
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

MASK: Final = "•••"
MAX_TEXT_CHARACTERS: Final = 1000
MAX_ITEMS: Final = 100
MAX_DEPTH: Final = 6

_SECRET_NAMES: Final = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|secret|token|credential|authorization|cookie|private_key|api_key|key_hash"
    r"|otp|verifier|hash)s?(?:_|$)|^key$",
    re.IGNORECASE,
)
_NAMED_LIKE_SECRETS: Final = frozenset({"api_key_id", "token_type", "secret_rotated_at", "password_changed_at"})
# our own keys and refresh tokens, and JSON Web Tokens (RFC 7519): three parts, the first of which begins `{"`
_SECRET_VALUES: Final = re.compile(r"td[kr]_[A-Za-z0-9_-]{16,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")

State = Mapping[str, Any]


def changed(before: State | None, after: State | None) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Both sides, masked. Where there are two, only the members that differ, a member that is absent being null."""
    if before is not None and after is not None:
        names = [*before, *(name for name in after if name not in before)]
        differing = [name for name in names if name not in before or name not in after or before[name] != after[name]]
        before = {name: before.get(name) for name in differing}
        after = {name: after.get(name) for name in differing}
    return (
        None if before is None else _masked_members(before, 1),
        None if after is None else _masked_members(after, 1),
    )


def _masked_members(state: State, depth: int) -> dict[str, Any]:
    return {
        str(name): MASK if value is not None and _is_secret(str(name)) else masked(value, depth)
        for name, value in list(state.items())[:MAX_ITEMS]
    }


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return name not in _NAMED_LIKE_SECRETS and _SECRET_NAMES.search(name) is not None


def masked(value: Any, depth: int = 0) -> Any:
    """The value as JSON has it, with everything that looks like a credential masked."""
    if type(value) is str:  # as most are
        return _masked_text(value)
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return masked(value.value, depth)
        case str():
            return _masked_text(value)
        case UUID() | datetime():
            return value
        case bytes() | bytearray() | memoryview():
            return MASK  # what is kept as bytes is a hash or a cipher text
        case Mapping() if depth < MAX_DEPTH:
            return _masked_members(value, depth + 1)
        case list() | tuple() if depth < MAX_DEPTH:
            return [masked(item, depth + 1) for item in value[:MAX_ITEMS]]
        case Set() if depth < MAX_DEPTH:
            return [masked(item, depth + 1) for item in sorted(value, key=str)[:MAX_ITEMS]]
    return _masked_text(str(value))


def _masked_text(text: str) -> str:
    text = _SECRET_VALUES.sub(MASK, text).replace("\0", "")
    return text if len(text) <= MAX_TEXT_CHARACTERS else f"{text[: MAX_TEXT_CHARACTERS - 1]}…"

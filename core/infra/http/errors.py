"""Why a request to the outside brought nothing.

EgressError
├── UrlRefused      the address breaks a rule of ours; nothing was sent to it
├── EgressTimeout   it took longer than it may
├── BodyTooLarge    the document is larger than it may be, before or after decompression
└── EgressFailed    anything else: no such name, connection refused, broken HTTP, unreadable encoding

Messages are sentences for people. They name hosts, never paths or queries, where tokens live.
"""

from typing import Literal

Rule = Literal["syntax", "scheme", "userinfo", "host", "port", "private_address"]


class EgressError(Exception):
    """The base of all of them."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class UrlRefused(EgressError):
    """An address that Tidings does not connect to; `rule` is the rule's stable name."""

    def __init__(self, rule: Rule, detail: str) -> None:
        super().__init__(detail)
        self.rule: Rule = rule


class EgressTimeout(EgressError):
    """Connecting, one read, or the whole of it took too long."""


class BodyTooLarge(EgressError):
    """More bytes than were asked for, on the wire or after decompression."""


class EgressFailed(EgressError):
    """The other side, or the way to it, failed."""

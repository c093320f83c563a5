"""Where a change comes from: what the audit log remembers of the request behind it.

The engine sets it for every request that may change something, and for no other. In a job or a command there is none.
"""

from contextvars import ContextVar
from typing import Final, NamedTuple


class Origin(NamedTuple):
    """The request's id, the address that it came from, the operation (`v2.createFeed`), and the host that was asked."""

    request_id: str
    address: str
    operation: str
    host: str = ""


_current: Final[ContextVar[Origin | None]] = ContextVar("origin", default=None)


def enter(origin: Origin) -> None:
    """Make `origin` the one of the present task."""
    _current.set(origin)


def origin() -> Origin | None:
    """The request that is being answered; None in a job and on the command line."""
    return _current.get()

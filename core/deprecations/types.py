"""Versions that end, as the rest of the product sees them."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple


class Successor(NamedTuple):
    """The operation of the next version that does what an old one did: operationId, METHOD, whole path template."""

    name: str
    method: str
    path: str


class OldOperation(NamedTuple):
    """An operation of a version that ends, and where each of its parameters and members went (None: nowhere)."""

    name: str
    method: str
    path: str
    successor: Successor | None
    parameters: Mapping[str, str | None]
    members: Mapping[str, str | None]


class EndingVersion(NamedTuple):
    """A version with a Sunset date. `operations` are by operationId, `successor` is the name of the next version."""

    name: str
    deprecated_at: datetime | None
    sunset_at: datetime
    successor: str | None
    operations: Mapping[str, OldOperation]

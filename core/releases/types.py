"""A release of a contract and its changes, as they stand in openapi/released/changes/ and as they are served."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

ChangeKind = Literal["breaking", "additive", "documentation"]
KINDS: Final[tuple[ChangeKind, ...]] = ("breaking", "additive", "documentation")
"""The gravest first: the order of a release's changes."""


@dataclass(frozen=True, slots=True)
class ChangedOperation:
    """The operation that a change belongs to: operationId, method, and path with the version in front."""

    id: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class ChangedElement:
    """The part of the contract that changed.

    `kind` is operation, parameter, request_member, request_body, media_type, response, response_member,
    response_header, schema or document. `name` is the name of the parameter, header or schema, the JSON pointer of a
    member (`*` stands for every item of an array), or the media type. `value` is a value of its `enum`; `status` the
    answer's.
    """

    kind: str
    name: str | None = None
    value: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `code` is the rule that found it; `id` stays the same whatever the rule's words become."""

    id: str
    kind: ChangeKind
    code: str
    operation: ChangedOperation | None
    element: ChangedElement
    text: str


@dataclass(frozen=True, slots=True)
class Release:
    """A released document and what changed since the one before it (`previous`, None for the first)."""

    version: str
    number: str
    previous: str | None
    released_on: date
    changes: tuple[Change, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """Its number as numbers: 2.10.0 comes after 2.9.0."""
        return number_of(self.number)


@dataclass(frozen=True, slots=True)
class ReleasedChange:
    """A change together with the release that brought it."""

    release: Release
    change: Change


@dataclass(frozen=True, slots=True)
class ReleaseFeed:
    """Releases with those of their changes that were asked for, the newest first.

    `updated_on` is the day of the newest release of all; None where nothing was ever released. `origin` is the
    instance's address, where the operator has named it. `caller` is whom all of it concerns; None where it is for
    everybody.
    """

    entries: tuple[tuple[Release, tuple[Change, ...]], ...]
    updated_on: date | None
    origin: str | None
    caller: UUID | None = None


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """What of the changelog is wanted: `since` is a released number or a day (ISO 8601)."""

    since: str | None = None
    version: str | None = None
    kind: ChangeKind | None = None
    used: bool = False

    def as_parameters(self) -> dict[str, Any]:
        """As the request wrote them."""
        return {
            "since": self.since,
            "version": self.version,
            "kind": self.kind,
            "used": "true" if self.used else None,
        }


def number_of(text: str) -> tuple[int, ...]:
    """`2.10.0` as numbers."""
    return tuple(int(part) for part in text.split("."))

"""Content negotiation: whether `Accept` leaves anything that an operation answers with."""

from __future__ import annotations

from collections.abc import Iterable

from core.errors import NotAcceptable

_REMEMBERED = 128  # distinct Accept headers kept; a program sends one, browsers a dozen


class Negotiation:
    """The media types of one operation's answers, against the Accept headers of its callers (RFC 9110 §12.5.1)."""

    __slots__ = ("_accepted", "_media_types")

    def __init__(self, media_types: Iterable[str]) -> None:
        self._media_types = sorted(set(media_types))
        self._accepted: set[bytes] = {b"*/*", b"application/json"} if "application/json" in self._media_types else set()

    def check(self, accept: bytes | None) -> None:
        """Raises `NotAcceptable` when every media type of the operation is excluded."""
        if accept is None or accept in self._accepted or not self._media_types:
            return
        ranges = _ranges(accept.decode("latin-1"))
        if ranges and all(_quality(media_type, ranges) == 0 for media_type in self._media_types):
            raise NotAcceptable(f"This operation answers with {' or '.join(self._media_types)}.")
        if len(self._accepted) < _REMEMBERED:
            self._accepted.add(accept)


def _ranges(accept: str) -> dict[str, float]:
    """Media range → quality; a range that cannot be read counts as absent."""
    ranges: dict[str, float] = {}
    for part in accept.lower().split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                quality = _weight(value.strip())
        if "/" in media_range:
            ranges[media_range] = max(quality, ranges.get(media_range, 0.0))
    return ranges


def _weight(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 1.0


def _quality(media_type: str, ranges: dict[str, float]) -> float:
    """The most specific range decides."""
    main, _, _ = media_type.partition("/")
    for candidate in (media_type, f"{main}/*", "*/*"):
        if candidate in ranges:
            return ranges[candidate]
    return 0.0

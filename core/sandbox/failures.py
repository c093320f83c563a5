"""Failures on demand: what the control endpoint can make an upstream or a feed do."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from core.sandbox.http import Reply, text_reply

EVERYTHING: Final = "*"


@dataclass(frozen=True, slots=True)
class Failure:
    """How a target misbehaves.

    `status` replaces the reply; `latency_s` delays it; `truncate` keeps that many bytes of a reply that looks complete;
    `drop_after` closes the connection after that many bytes; `times` counts the requests it applies to (None: all).
    """

    status: int | None = None
    latency_s: float = 0.0
    truncate: int | None = None
    drop_after: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int | None = None

    def apply(self, reply: Reply) -> Reply:
        """The reply as the failure leaves it."""
        if self.status is not None:
            reply = text_reply(
                f"The sandbox was told to answer {self.status}.\n", self.status, "text/plain; charset=utf-8"
            )
        if self.truncate is not None:
            reply = replace(reply, body=reply.body[: self.truncate])
        delay = reply.delay_s + self.latency_s
        return replace(reply.with_headers(self.headers), delay_s=delay, drop_after=self.drop_after)


class Failures:
    """The failures in force by target: an upstream's name, `feed:<name>` or `*` for all."""

    def __init__(self) -> None:
        self._by_target: dict[str, Failure] = {}
        self._healed: set[str] = set()

    def set(self, target: str, failure: Failure) -> None:
        """From the next request on `target` fails like this."""
        self._by_target[target] = failure

    def heal(self, target: str) -> None:
        """Ends the failure of `target`; a feed that always fails (`gone`, `shy`, ...) answers normally from then on."""
        self._by_target.pop(target, None)
        self._healed.add(target)

    def is_healed(self, target: str) -> bool:
        """Whether `target` has been told to behave."""
        return target in self._healed

    def take(self, target: str) -> Failure | None:
        """The failure that this request to `target` meets, counted."""
        name = target if target in self._by_target else EVERYTHING
        failure = self._by_target.get(name)
        if failure is None or failure.times is None:
            return failure
        if failure.times <= 1:
            del self._by_target[name]
        else:
            self._by_target[name] = replace(failure, times=failure.times - 1)
        return failure

    def reset(self) -> None:
        """Everybody behaves as by default."""
        self._by_target.clear()
        self._healed.clear()

    def described(self) -> dict[str, dict[str, Any]]:
        """The failures in force, for the control endpoint."""
        return {target: asdict(failure) for target, failure in sorted(self._by_target.items())}

"""What the programs print: one step a line, as JSON."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

SHOWN = ("Location", "Idempotency-Replayed", "Deprecation", "Sunset")


class Answer(Protocol):
    """What every call of the generated client gives."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


class Body(Protocol):
    """An object of the generated client."""

    def to_dict(self) -> dict[str, Any]: ...


def say(step: str, answer: Answer, body: Body | None = None) -> None:
    """Print a step: what the answer said, and the body as the client's own objects have it."""
    headers = {name: answer.headers[name] for name in SHOWN if name in answer.headers}
    if "Retry-After" in answer.headers:
        headers["Retry-After"] = str(int(answer.headers["Retry-After"]) > 0).lower()
    said = {"step": step, "status": int(answer.status_code), "headers": headers}
    print(json.dumps({**said, "body": None if body is None else body.to_dict()}))

"""What a client saw, in one form: two clients that were told the same have equal transcripts.

A program prints one JSON object a line, `{"step", "status", "headers", "body"}`; the body is what its typed objects
say. Values that differ from run to run are replaced by words, ids by numbers in the order in which they appear. A
member that is null and one that is absent are the same here: not every language tells them apart.
"""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_ID = re.compile(r"\b(acct|col|itm|key|org|ses)_[0-9A-Za-z]{22}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_EMAIL = re.compile(r"\bada\.[0-9a-f-]{36}@example\.org\b")
_SLUG = re.compile(r"\bada-[0-9a-f-]{36,}\b")  # of the personal organisation
# what is new in every answer, by the name of the member
_CHANGING = {
    **dict.fromkeys(("key", "token", "access_token", "refresh_token"), "<secret>"),
    "prefix": "<prefix>",
    "next_cursor": "<cursor>",
    "request_id": "<request>",
}
_WORD_OF_NOW = "<now>"
_LENGTH_OF_A_RUN = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Step:
    """One request of the scenario: its name, the status, the headers that count and the body as the client read it."""

    name: str
    status: int
    headers: Mapping[str, str]
    body: Any


class UnreadableTranscript(ValueError):
    """A program printed something else than steps."""


def read(printed: str) -> list[Step]:
    """The steps that a program printed. Raises `UnreadableTranscript`."""
    steps = []
    for line in printed.splitlines():
        try:
            said = json.loads(line)
            steps.append(Step(said["step"], said["status"], said["headers"], said.get("body")))
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableTranscript(f"{line[:200]!r} is no step ({error})") from error
    return steps


def canonical(steps: Iterable[Step], started: datetime) -> list[str]:
    """One line of JSON a step; `started` is when the instance had its news."""
    form = _Form(started)
    lines = []
    for step in steps:
        headers = {name.lower(): form.value(value) for name, value in step.headers.items()}
        said = {"step": step.name, "status": step.status, "headers": headers, "body": form.value(step.body)}
        lines.append(json.dumps(said, ensure_ascii=False, sort_keys=True))
    return lines


def differences(expected: Sequence[str], found: Sequence[str], name: str) -> list[str]:
    """What a client saw otherwise than plain HTTP, as a unified diff of the members; empty where nothing differs."""
    if list(expected) == list(found):
        return []
    return list(difflib.unified_diff(_spread(expected), _spread(found), "plain HTTP", name, lineterm="", n=4))


def _spread(lines: Sequence[str]) -> list[str]:
    """One member a line, so that a difference shows where it is."""
    return [
        line
        for step in lines
        for line in json.dumps(json.loads(step), indent=1, ensure_ascii=False, sort_keys=True).splitlines()
    ]


def _sorted_faults(members: list[Any]) -> list[Any]:
    """The faults of a request stand in the order of its body, which is another one in each language."""
    is_faults = all(isinstance(member, dict) and {"code", "pointer"} <= member.keys() for member in members)
    return sorted(members, key=lambda fault: (fault["pointer"], fault["code"])) if is_faults else members


class _Form:
    """The one form of the values of a transcript."""

    def __init__(self, started: datetime) -> None:
        self._started = started
        self._ids: dict[str, str] = {}

    def value(self, value: Any) -> Any:
        if isinstance(value, dict):
            members = ((name, member) for name, member in sorted(value.items()) if member is not None)
            return {name: _CHANGING.get(name) or self.value(member) for name, member in members}
        if isinstance(value, list):
            return _sorted_faults([self.value(member) for member in value])
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        if _TIME.fullmatch(text):
            return self._time(datetime.fromisoformat(text).astimezone(UTC))
        text = _SLUG.sub("<slug>", _EMAIL.sub("<email>", text))
        return _ID.sub(lambda found: self._ids.setdefault(found[0], f"<{found[1]} {len(self._ids) + 1}>"), text)

    def _time(self, time: datetime) -> str:
        if self._started <= time <= self._started + _LENGTH_OF_A_RUN:
            return _WORD_OF_NOW
        return time.isoformat(timespec="milliseconds")

"""What became of each operation in one run of Schemathesis: written by its process, read by ours."""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Results:
    """Of one run. Operations are called as Schemathesis calls them: `GET /articles`."""

    requests: dict[str, int]
    """Operation → how many requests were sent to it."""
    accepted: set[str]
    """The operations that accepted something valid."""
    failed: set[str]
    """The operations that broke a promise, or could not be asked."""

    @classmethod
    def read(cls, file: Path) -> "Results":
        """What a run has written; nothing where it did not come to its end."""
        if not file.exists():
            return cls({}, set(), set())
        told = orjson.loads(file.read_bytes())
        return cls(told["requests"], set(told["accepted"]), set(told["failed"]))


class Recorder:
    """Collects what happens in the process of Schemathesis."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.accepted: set[str] = set()
        self.failed: set[str] = set()

    def finished(self, scenario: Any, *, well: bool) -> None:
        """One phase of one operation, or one sequence of operations, is over."""
        for id_ in scenario.interactions:
            self.requests[scenario.cases[id_].value.operation.label] += 1
        if not well:
            self.failed.add(scenario.label)

    def write(self) -> None:
        """To the file that `ci/fuzz` named."""
        told = {"requests": self.requests, "accepted": sorted(self.accepted), "failed": sorted(self.failed)}
        Path(os.environ["FUZZ_RESULTS"]).write_bytes(orjson.dumps(told))

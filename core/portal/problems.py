"""The catalogue of errors as pages: every problem of the newest document, with what its answers look like. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from core.contract.lifecycle import operations
from core.kit import json

Document = Mapping[str, Any]

RETRIED: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""The statuses that are worth a retry: the retry contract, which both documents put into words."""

_WAITED_FOR: Final = "idempotency_in_progress"
"""The one code that is worth a retry although its status is not."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of error. `body` and `plain_body` are examples of v2's and v1's answers."""

    code: str
    status: int
    phrase: str
    title: str
    description: str
    is_retried: bool
    body: str
    plain_body: str

    @property
    def plain_code(self) -> str:
        """How v1 writes the code."""
        return self.code.upper()


@dataclass(frozen=True, slots=True)
class Status:
    """A status and the problems that have it."""

    status: int
    phrase: str
    is_retried: bool
    problems: tuple[Problem, ...]


def problems(document: Document) -> dict[str, Problem]:
    """Code → problem, in the order of the catalogue."""
    examples = {example["code"]: example for example in _examples(document)}
    return {code: _problem(code, entry, examples.get(code)) for code, entry in document["x-problems"].items()}


def by_status(catalogue: Mapping[str, Problem]) -> tuple[Status, ...]:
    """The catalogue by status, the lowest first."""
    statuses = sorted({problem.status for problem in catalogue.values()})
    return tuple(
        Status(
            status,
            HTTPStatus(status).phrase,
            status in RETRIED,
            tuple(problem for problem in catalogue.values() if problem.status == status),
        )
        for status in statuses
    )


def _problem(code: str, entry: Mapping[str, Any], example: Mapping[str, Any] | None) -> Problem:
    body = example or _composed(code, entry)
    faults = body["errors"]
    plain = {
        "error": code.upper(),
        "message": faults[0]["detail"] if faults else body["detail"],
        "field": (faults[0]["parameter"] or faults[0]["pointer"].lstrip("/")) if faults else None,
    }
    status = entry["status"]
    return Problem(
        code=code,
        status=status,
        phrase=HTTPStatus(status).phrase,
        title=entry["title"],
        description=entry["description"],
        is_retried=status in RETRIED or code == _WAITED_FOR,
        body=json.written(body),
        plain_body=json.written(plain),
    )


def _composed(code: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """An answer as the engine writes it, for a kind of which the document has no example."""
    return {
        "type": f"/problems/{code}",
        "title": entry["title"],
        "status": entry["status"],
        "detail": f"{entry['title']}.",
        "instance": "/v2/…",
        "code": code,
        "request_id": "01a1f84b-8020-72a1-8012-34567890abcd",
        "errors": [],
    }


def _examples(document: Document) -> Iterator[Mapping[str, Any]]:
    """Every example of a problem in the document: those of the shared responses, and those of operations."""
    responses = list(document["components"].get("responses", {}).values())
    for _, _, operation in operations(document):
        responses += [response for response in operation["responses"].values() if "content" in response]
    for response in responses:
        media = response.get("content", {}).get("application/problem+json", {})
        yield from (item["value"] for item in media.get("examples", {}).values() if "value" in item)
        if "example" in media:
            yield media["example"]

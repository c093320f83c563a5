"""Answers are held against the document after they were sent: what is found, what it costs, and what is never done."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest
import structlog
from prometheus_client import CollectorRegistry, generate_latest

from core.app import read_documents
from core.contract import monitor as monitoring
from core.contract.answers import AnswerValidator, Drift, shown
from core.contract.api import Options
from core.contract.conformance import ResponseChecks, Sample
from core.contract.monitor import Monitor, Sampler
from tests.contract.fixtures.asgi import HOST, Answer, call
from tests.contract.fixtures.world import World, documents


class Report:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int, Sequence[Drift]]] = []
        self.lost: list[tuple[str, int]] = []
        self.told = asyncio.Event()

    def examined(self, operation: str, status: int, drifts: Sequence[Drift]) -> None:
        self.seen.append((operation, status, drifts))
        self.told.set()

    def dropped(self, operation: str, count: int) -> None:
        self.lost.append((operation, count))


class Watched:
    """A world whose every answer is looked at."""

    def __init__(self, share: float = 1.0) -> None:
        self.registry = CollectorRegistry()
        self.monitor = Monitor(documents(), share, self.registry)
        self.api = World(options=Options(sampler=self.monitor.sampler)).api()
        self.report = Report()

    async def ask(self, *targets: str, method: str = "GET") -> list[Answer]:
        """The answers, after all of them have been looked at."""
        async with self.monitor.running(self.report):
            return [await call(self.api, method, target, headers=(HOST,)) for target in targets]

    def metrics(self) -> str:
        return generate_latest(self.registry).decode()


@pytest.mark.parametrize("how", ["", "null", "nothing"])
async def test_an_answer_as_documented_is_counted_and_is_no_drift(how: str) -> None:
    watched = Watched()
    (answer,) = await watched.ask(f"/v2/drift?how={how}")
    assert watched.report.seen == [("v2.getDrift", answer.status, [])]
    labels = f'{{operation="getDrift",status="{answer.status}",version="v2"}}'
    assert f"tidings_contract_checked_total{labels} 1.0" in watched.metrics()
    assert "tidings_contract_drift_total{" not in watched.metrics()


@pytest.mark.parametrize(
    ("how", "status", "drifts"),
    [
        ("member", 200, [Drift("body", "/measured_at", "required")]),
        ("type", 200, [Drift("body", "/parts/1/size", "type")]),
        ("format", 200, [Drift("body", "/measured_at", "format")]),
        ("more", 200, [Drift("body", "/parts/0/password", "undocumented")]),
        ("enum", 200, [Drift("body", "/kind", "enum")]),
        ("data", 200, [Drift("body", "/labels/*", "type")]),
        ("header", 200, [Drift("header", "x-kind", "enum"), Drift("header", "x-size", "minimum")]),
        ("no%20header", 200, [Drift("header", "x-size", "required")]),
        ("status", 202, [Drift("status", "", "undocumented")]),
        ("media%20type", 200, [Drift("media_type", "", "undocumented")]),
        ("syntax", 200, [Drift("body", "", "syntax")]),
    ],
)
async def test_a_drifted_answer_is_sent_all_the_same_counted_and_told_without_its_values(
    how: str, status: int, drifts: list[Drift]
) -> None:
    watched = Watched()
    with structlog.testing.capture_logs() as lines:
        (answer,) = await watched.ask(f"/v2/drift?how={how}")
    assert (answer.status, bool(answer.body)) == (status, True)
    ((operation, seen, found),) = watched.report.seen
    assert (operation, seen, sorted(found)) == ("v2.getDrift", status, sorted(drifts))

    (line,) = lines
    assert (line["event"], line["log_level"], line["operation"]) == ("contract drift", "warning", "getDrift")
    assert (line["version"], line["status"]) == ("v2", status)
    assert line["request_id"] == answer.header("x-request-id")
    assert [tuple(drift.values()) for drift in line["drifts"]] == list(found)
    assert "hunter2" not in str(lines)
    assert "jane" not in str(lines)
    labels = f'{{operation="getDrift",status="{status}",version="v2"}}'
    assert f"tidings_contract_drift_total{labels} 1.0" in watched.metrics()


async def test_a_refusal_is_looked_at_too() -> None:
    watched = Watched()
    await watched.ask("/v2/drift?how=1&unknown=2")
    assert watched.report.seen == [("v2.getDrift", 400, [Drift("status", "", "undocumented")])]


async def test_what_is_no_operation_is_not_looked_at() -> None:
    watched = Watched()
    await watched.ask("/health", "/v2/openapi.json", "/v2/nothing", "/docs/v2", "/problems/not_found")
    await watched.ask("/v2/drift", method="OPTIONS")
    assert watched.report.seen == []


async def test_the_body_that_head_does_not_have_is_not_missed() -> None:
    watched = Watched()
    await watched.ask("/v2/drift?how=type", "/v2/drift?how=no%20header", method="HEAD")
    assert [found for _, _, found in watched.report.seen] == [[], [Drift("header", "x-size", "required")]]


async def test_the_same_body_is_looked_at_once_and_counted_each_time() -> None:
    watched = Watched()
    await watched.ask(*["/v2/drift"] * 5)
    assert len(watched.report.seen) == 5
    assert len(watched.monitor._checks._good) == 1


async def test_a_full_queue_drops_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "MAX_WAITING", 2)
    watched = Watched()
    answers = [await call(watched.api, "GET", "/v2/drift", headers=(HOST,)) for _ in range(5)]
    assert [answer.status for answer in answers] == [200] * 5
    await watched.ask()
    assert len(watched.report.seen) == 2
    assert watched.report.lost == [("v2.getDrift", 3)]
    assert "tidings_contract_samples_dropped_total 3.0" in watched.metrics()


async def test_a_body_that_is_too_large_to_look_at_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "MAX_BODY_BYTES", 10)
    watched = Watched()
    await watched.ask("/v2/drift")
    assert (watched.report.seen, watched.report.lost) == ([], [("v2.getDrift", 1)])


async def test_a_fault_of_the_monitor_ends_neither_it_nor_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched()
    whole, calls = watched.monitor._checks.drifts, iter([True, False])

    def break_once(sample: Sample) -> list[Drift]:
        if next(calls):
            raise RuntimeError("a fault")
        return whole(sample)

    monkeypatch.setattr(watched.monitor._checks, "drifts", break_once)
    answers = await watched.ask("/v2/drift", "/v2/drift")
    assert [answer.status for answer in answers] == [200, 200]
    assert len(watched.report.seen) == 1


async def test_samples_are_looked_at_while_the_server_goes_on() -> None:
    watched = Watched()
    async with watched.monitor.running(watched.report):
        await call(watched.api, "GET", "/v2/drift", headers=(HOST,))
        await asyncio.wait_for(watched.report.told.wait(), 10)
        assert len(watched.report.seen) == 1


@pytest.mark.parametrize("share", [0.01, 0.2, 0.9])
def test_about_as_many_are_chosen_as_the_share_says(share: float) -> None:
    sampler = Sampler(share, random.Random(7))
    chosen = sum(sampler.due() for _ in range(100_000))
    assert chosen == pytest.approx(100_000 * share, rel=0.1)


def test_all_are_chosen_where_the_share_is_the_whole() -> None:
    sampler = Sampler(1.0)
    assert all(sampler.due() for _ in range(100))


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        (["data", 3, "summary"], "/data/3/summary"),
        (["labels", "jane@example.org"], "/labels/*"),
        (["labels", "a/b"], "/labels/*"),
        (["labels", ""], "/labels/*"),
        ([], ""),
    ],
)
def test_a_pointer_shows_names_and_no_data(path: list[Any], pointer: str) -> None:
    assert shown(path) == pointer


def test_an_object_with_properties_is_closed_and_one_without_is_not() -> None:
    validator = AnswerValidator(
        {}, {"type": "object", "properties": {"free": {"type": "object"}, "open": {"additionalProperties": True}}}
    )
    assert validator.errors({"free": {"a": 1}, "open": {"b": 2}}, "body") == []
    assert validator.errors({"other": 1}, "body") == [Drift("body", "/other", "undocumented")]


def test_a_page_of_faults_is_told_by_its_first_ten() -> None:
    validator = AnswerValidator({}, {"type": "array", "items": {"type": "integer"}})
    assert len(validator.errors(["a"] * 100, "body")) == 10


def test_every_answer_of_both_documents_can_be_compiled() -> None:
    whole = read_documents()
    checks = ResponseChecks(whole)
    for operation, responses in checks._described.items():
        for status in responses:
            answer = checks._answer(operation, int(status))
            assert answer is not None
            for validator in answer.content.values():
                validator.errors({}, "body")


def test_examples_of_both_documents_are_no_drift() -> None:
    checks = ResponseChecks(read_documents())
    tried = 0
    for operation, responses in checks._described.items():
        for status, node in responses.items():
            for media_type, content in node.get("content", {}).items():
                if "example" in content and media_type == "application/json":
                    answer = checks._answer(operation, int(status))
                    assert answer is not None
                    assert answer.content[media_type].errors(content["example"], "body") == [], (operation, status)
                    tried += 1
    assert tried > 50

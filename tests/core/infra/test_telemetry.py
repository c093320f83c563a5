"""Logs hold one line an event and no secret."""

import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from core.infra.telemetry import configure_logging
from core.kit.crypto import new_api_key


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logging("info", stream)
    yield stream
    logging.captureWarnings(False)
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param(new_api_key(), id="an API key"),
        "tdr_hunter2hunter2",
        "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJodW50ZXIyIn0.hunter2",
        "Bearer abc.def-ghi",
        "Basic dXNlcjpwYXNz",
        "postgresql://tidings:hunter2@db/tidings",
        "https://content.guardianapis.example/search?api-key=hunter2&page=1",
    ],
)
def test_a_secret_in_a_text_is_masked(stream: io.StringIO, secret: str) -> None:
    structlog.get_logger("test").info("request", url=f"before {secret} after", items=[{"nested": secret}])
    logging.getLogger("elsewhere").error("failed for %s", secret)
    written = stream.getvalue()
    for part in ("hunter2", "abc.def-ghi", "dXNlcjpwYXNz", secret.partition("live_")[2] or "hunter2"):
        assert part not in written
    assert written.count("[redacted]") >= 3


def test_members_named_like_secrets_are_masked(stream: io.StringIO) -> None:
    structlog.get_logger("test").info("event", authorization="x1", headers={"Set-Cookie": "x2", "X-Api-Key": "x3"})
    line = json.loads(stream.getvalue())
    assert line["authorization"] == "[redacted]"
    assert line["headers"] == {"Set-Cookie": "[redacted]", "X-Api-Key": "[redacted]"}


def test_a_line_break_in_a_value_does_not_begin_a_line(stream: io.StringIO) -> None:
    structlog.get_logger("test").info("request", path='/a\n{"event": "forged"}\r\n\x1b[31m\u2028')
    lines = stream.getvalue().splitlines()
    assert [json.loads(line)["event"] for line in stream.getvalue().split("\n") if line] == ["request"]
    assert "\x1b" not in lines[0]


def test_an_exception_is_one_line_with_its_traceback(stream: io.StringIO) -> None:
    try:
        raise ValueError("broken\nin two")
    except ValueError:
        structlog.get_logger("test").exception("failed")
    (line,) = (json.loads(text) for text in stream.getvalue().split("\n") if text)
    assert line["level"] == "error"
    assert "ValueError" in line["exception"]


def test_what_libraries_log_is_json_too(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("shutting %s", "down")
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["logger"]) == ("shutting down", "warning", "uvicorn.error")


def test_a_warning_of_python_is_a_line_like_all_others(stream: io.StringIO) -> None:
    warnings.showwarning("soon gone", DeprecationWarning, "library.py", 7)
    line = json.loads(stream.getvalue())
    assert (line["logger"], line["level"]) == ("py.warnings", "warning")
    assert "library.py:7: DeprecationWarning: soon gone" in line["event"]

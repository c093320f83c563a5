"""The newsroom as a process of its own."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from core.sandbox.__main__ import main
from core.sandbox.server import NewsroomServer, listen, origin_of


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "core.sandbox", "--clock", "moving"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        yield started
        started.kill()


def test_a_port_in_use_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    with listen("127.0.0.1", 0) as taken:
        assert main(["--port", str(taken.getsockname()[1])]) == 1
    assert capsys.readouterr().err.startswith("The sandbox newsroom cannot start: ")


def test_a_clock_that_makes_no_sense_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--clock", "sometimes"]) == 1
    assert "sometimes" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_announces_its_origin_and_ends_cleanly(
    process: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert process.stdout is not None
    announced = json.loads(process.stdout.readline())
    assert announced["control"] is False
    assert httpx.get(announced["origin"]).json()["clock"] == "moving"
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (0, "", "")


def test_an_ipv6_origin_is_written_in_brackets() -> None:
    assert origin_of(("::1", 41871, 0, 0)) == "http://[::1]:41871"
    assert origin_of(("127.0.0.1", 41871)) == "http://127.0.0.1:41871"


def test_head_answers_with_the_headers_of_get() -> None:
    with NewsroomServer() as server:
        got, asked = httpx.get(server.origin + "/"), httpx.head(server.origin + "/")
    assert asked.content == b""
    assert asked.headers["Content-Length"] == got.headers["Content-Length"]


def test_two_servers_stand_side_by_side() -> None:
    with NewsroomServer() as first, NewsroomServer() as second:
        assert first.origin != second.origin
        assert httpx.get(first.origin).status_code == httpx.get(second.origin).status_code == 200

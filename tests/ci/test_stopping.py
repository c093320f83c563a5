"""A script that is told to stop ends what it started, and keeps what it has found out."""

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ci.fuzz_deep import Ledger
from ci.stopping import Programs, Stopped, ended_when_told
from ci.support import ROOT

ENDLESS = 100_000  # examples: more than there is time for
SLEEP = ["sleep", "1000"]


def processes() -> dict[int, tuple[int, str]]:
    """Those that run: process id → parent and command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_text()
        except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            continue
        if state != "Z":
            found[int(folder.name)] = int(parent), command
    return found


def started_by(pid: int) -> dict[int, str]:
    """Children and their children, with their command lines."""
    running, parents = processes(), {pid}
    found: dict[int, str] = {}
    while parents:
        children = {child: command for child, (parent, command) in running.items() if parent in parents}
        found |= children
        parents = set(children)
    return found


def first_run(fuzzer: subprocess.Popen[bytes]) -> dict[int, str]:
    """Everything that the fuzzer has started, as soon as Schemathesis is among it."""
    while fuzzer.poll() is None:
        started = started_by(fuzzer.pid)
        if any("schemathesis" in command for command in started.values()):
            return started
        with suppress(subprocess.TimeoutExpired):
            fuzzer.wait(0.05)
    pytest.fail("the fuzzer ended before it asked anything")


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty one with a short path, for it leads to a Unix socket, whose address has 107 bytes at most (unix(7))."""
    with tempfile.TemporaryDirectory(prefix="stop-") as folder:
        yield Path(folder)


def test_the_fuzzer_ends_everything_that_it_started(folder: Path) -> None:
    options = ["--deep", "--version", "v2", "--operation", "listNotes", "--examples", str(ENDLESS)]
    fuzzer = subprocess.Popen([str(ROOT / "ci" / "fuzz"), *options], env={**os.environ, "TMPDIR": str(folder)})
    try:
        started = first_run(fuzzer)
    finally:
        fuzzer.terminate()
        code = fuzzer.wait(60)
    assert all(part in str(started) for part in ("serve", "worker", "sandbox", "postgres", "redis"))
    assert code == 128 + signal.SIGTERM
    assert [command for pid, (_, command) in processes().items() if started.get(pid) == command] == []
    assert list(folder.iterdir()) == []
    assert str(Ledger(ENDLESS)) == "0 pieces done, 0 requests"


def test_what_was_ended_is_not_taken_for_a_result_and_nothing_begins_after_it(tmp_path: Path) -> None:
    programs = Programs()
    outcomes: list[int | Stopped] = []

    def run() -> None:
        try:
            with (tmp_path / "printed.txt").open("wb") as output:
                outcomes.append(programs.run(SLEEP, env=dict(os.environ), output=output))
        except Stopped as stopped:
            outcomes.append(stopped)

    waiting = threading.Thread(target=run, name="waits-for-a-program")
    waiting.start()
    while not programs.running:
        waiting.join(0.01)
    programs.end()
    waiting.join()
    run()
    assert [type(outcome) for outcome in outcomes] == [Stopped, Stopped]


def test_a_program_that_ends_by_itself_gives_its_exit_code(tmp_path: Path) -> None:
    with (tmp_path / "printed.txt").open("wb") as output:
        code = Programs().run(["sh", "-c", "echo said; echo more >&2; exit 3"], env=dict(os.environ), output=output)
    assert (code, (tmp_path / "printed.txt").read_text()) == (3, "said\nmore\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_blocks_are_left_at_the_first_signal_and_others_do_not_disturb_that(number: signal.Signals) -> None:
    before, left = signal.getsignal(number), []

    def work() -> None:
        with ended_when_told():
            try:
                os.kill(os.getpid(), number)
            finally:
                os.kill(os.getpid(), number)
                left.append("in order")

    with pytest.raises(SystemExit) as ended:
        work()
    assert (ended.value.code, left, signal.getsignal(number)) == (128 + number, ["in order"], before)

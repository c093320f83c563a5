"""The processes that hash passwords: which one does it, and what becomes of them."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.accounts.hashing import Hashing, HashingProcess
from core.errors import Unavailable
from tests.support.waiting import until

PASSWORD = "a long walk by the sea"


@pytest.fixture
async def hashing() -> AsyncIterator[Hashing]:
    """It has hashed once, so that its idle process is there, which is not left stopped."""
    one = Hashing(patience_s=30)
    assert str(await one.ask("hash", PASSWORD)).startswith("$argon2id$")
    one._patience_s = 0.05
    yield one
    if one.idle.pid is not None:
        os.kill(one.idle.pid, signal.SIGCONT)


def pid_of(process: HashingProcess) -> int:
    assert process.pid is not None
    return process.pid


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_the_idle_process_leaves_the_core_to_all_others(hashing: Hashing) -> None:
    assert os.sched_getscheduler(pid_of(hashing.idle)) == os.SCHED_IDLE
    assert hashing.steady.pid is None


async def test_what_gets_no_core_is_done_by_the_steady_process(hashing: Hashing) -> None:
    os.kill(pid_of(hashing.idle), signal.SIGSTOP)
    answers = await asyncio.gather(*(hashing.ask("matches", PASSWORD, None) for _ in range(5)))
    assert answers == [False] * 5
    steady = pid_of(hashing.steady)
    assert os.sched_getscheduler(steady) == os.SCHED_OTHER
    assert os.getpriority(os.PRIO_PROCESS, steady) == os.getpriority(os.PRIO_PROCESS, 0) + 10
    assert hashing.is_starved()
    assert await hashing.ask("matches", PASSWORD, None) is False
    os.kill(pid_of(hashing.idle), signal.SIGCONT)
    await until(lambda: not hashing.is_starved(), "the idle process is through")


async def test_a_process_that_was_killed_is_started_again(hashing: Hashing) -> None:
    before = pid_of(hashing.idle)
    os.kill(before, signal.SIGKILL)
    stored = await hashing.ask("hash", PASSWORD)
    assert await hashing.ask("matches", PASSWORD, stored) is True
    assert pid_of(hashing.idle) != before
    assert not lives(before)


async def test_where_no_process_lives_the_caller_is_asked_to_come_back(
    hashing: Hashing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    os.kill(pid_of(hashing.idle), signal.SIGKILL)
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    with pytest.raises(Unavailable):
        await hashing.ask("hash", PASSWORD)
    gc.collect()
    assert complaints == []


async def test_what_was_not_begun_when_its_caller_left_is_not_done(hashing: Hashing) -> None:
    hashing._patience_s = 30
    os.kill(pid_of(hashing.idle), signal.SIGSTOP)
    first = asyncio.create_task(hashing.ask("matches", PASSWORD, None))
    await until(lambda: hashing.idle.began_at is not None, "the one before")
    left = asyncio.create_task(hashing.ask("matches", PASSWORD, None))
    await until(lambda: hashing.idle._thread._work_queue.qsize() == 1, "it waits")
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    os.kill(pid_of(hashing.idle), signal.SIGCONT)
    assert await first is False
    assert await hashing.ask("matches", PASSWORD, None) is False


async def test_a_process_ends_with_its_parent_however_that_ends() -> None:
    program = (
        "import asyncio, sys\n"
        "from core.accounts.hashing import Hashing\n"
        "hashing = Hashing()\n"
        "asyncio.run(hashing.ask('hash', 'a long walk by the sea'))\n"
        "print(hashing.idle.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    assert lives(pid)
    parent.kill()
    await parent.wait()
    await until(lambda: not lives(pid), "the child has ended")


async def test_it_goes_when_nobody_has_it_any_more() -> None:
    one = Hashing()
    await one.ask("hash", PASSWORD)
    pid = pid_of(one.idle)
    assert lives(pid)
    del one
    await until(lambda: not lives(pid), "it has ended")
    assert not lives(pid)

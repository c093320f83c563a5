"""Start a server on one core, load it with wrk from the other, and account for what it cost.

The server's CPU time is that of its process's clock, so a figure is µs of the server process for a request; ratios hold
where absolute values drift with the machine. Every run asserts that no request failed.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
SERVER_CORE, LOAD_CORE = "0", "1"
_AUTOGROUP = Path("/proc/sys/kernel/sched_autogroup_enabled")
_CPUCLOCK_SCHED = 2  # Linux: the clock of a process has its id, inverted, above three bits for the kind
_START_DEADLINE_S = 60
_ANSWER_DEADLINE_S = 30  # wrk's own is 2 s, which a peer under a storm of log-ins needs


class BenchError(RuntimeError):
    """A run that cannot count: a tool is missing, a server did not start, or a request failed."""


@dataclass(frozen=True)
class Load:
    """One kind of request: what wrk sends, and the status that every answer must have.

    `fresh_header` is a header that has another value in every request.
    """

    name: str
    path: str
    headers: Mapping[str, str]
    status: int = 200
    method: str = "GET"
    body: str | None = None
    fresh_header: str | None = None


@dataclass(frozen=True)
class Sample:
    """One run: requests a second, µs of server CPU for a request, milliseconds at the 95th and 99th percentile."""

    rate: float
    cpu_us: float
    p95_ms: float
    p99_ms: float


def middle(runs: Sequence[Sample]) -> Sample:
    """The median of each figure."""
    return Sample(*(median(getattr(run, field.name) for run in runs) for field in fields(Sample)))


@dataclass
class Server:
    """A running server: its port and its processes."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    def cpu_s(self) -> float:
        """CPU seconds of the process and its children so far."""
        return sum(_cpu_s(pid) for pid in [self.process.pid, *_children(self.process.pid)])


def require(tool: str, package: str) -> str:
    """The path of a program; the line that installs it where it is missing."""
    path = shutil.which(tool)
    if path is None:
        raise BenchError(f"{tool} is missing: apt-get install -y --no-install-recommends {package}")
    return path


@contextmanager
def ungrouped() -> Iterator[None]:
    """Have the kernel share the cores among processes, and not among sessions (sched(7), autogroup).

    A session has one share, however many want to run in it: wrk, which is the clock, would wait for the crowd by it.
    Only root may ask for that; otherwise the block runs as it is.
    """
    before = _AUTOGROUP.read_text() if _AUTOGROUP.exists() and os.geteuid() == 0 else None
    if before is not None:
        _AUTOGROUP.write_text("0")
    try:
        yield
    finally:
        if before is not None:
            _AUTOGROUP.write_text(before)


@contextmanager
def serve(
    name: str, target: str, environment: Mapping[str, str] | None = None, *, protocol: str = "httptools"
) -> Iterator[Server]:
    """uvicorn with one ASGI application (`module:name`), one process, pinned to the server's core."""
    command = [
        sys.executable, "-m", "uvicorn", target, "--host", "127.0.0.1", "--no-access-log", "--log-level", "warning",
        "--loop", "uvloop", "--http", protocol, "--lifespan", "auto", "--port", "{port}",
    ]  # fmt: skip
    with start(name, command, environment or {}) as server:
        yield server


@contextmanager
def start(name: str, command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Server]:
    """Any server program; `{port}` in its command or environment is replaced by the port that it is to take.

    It is up when it answers a request, whatever it says, and down when the block ends.
    """
    port = _free_port()
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *(part.replace("{port}", str(port)) for part in command)],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONWARNINGS": "ignore",
            "PYTHONPATH": str(ROOT),
            **{name: value.replace("{port}", str(port)) for name, value in environment.items()},
        },
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _await_answer(name, port, process)
        yield Server(name, port, process)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def measure(server: Server, load: Load, *, seconds: int, connections: int = 16) -> Sample:
    """Load the server for `seconds`; raises `BenchError` when an answer has another status than expected."""
    script = _wrk_script(server.name, load)
    before = server.cpu_s()
    finished = subprocess.run(
        [
            "taskset", "-c", LOAD_CORE, require("wrk", "wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout",
            f"{_ANSWER_DEADLINE_S}s", "-s", str(script), f"http://127.0.0.1:{server.port}{load.path}",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    spent = server.cpu_s() - before
    output = finished.stdout
    wrong = re.search(r"unexpected status (\d+): (\d+)", output)
    if wrong:
        raise BenchError(
            f"{server.name} {load.name}: {wrong[2]} answers with status {wrong[1]}, expected {load.status}"
        )
    broken = re.search(r"Socket errors: (.*)", output)
    count = re.search(r"(\d+) requests in", output)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    tail = re.search(r"p95 ([\d.]+) ms, p99 ([\d.]+) ms", output)
    if broken or not (count and rate and tail) or int(count[1]) == 0:
        raise BenchError(f"{server.name} {load.name}: {broken[1] if broken else output + finished.stderr}")
    return Sample(float(rate[1]), spent / int(count[1]) * 1e6, float(tail[1]), float(tail[2]))


def interleave(
    servers: Sequence[Server],
    loads: Sequence[Load],
    *,
    rounds: int,
    seconds: int,
    skip: frozenset[tuple[str, str]] = frozenset(),
    statuses: Mapping[tuple[str, str], int] | None = None,
) -> dict[tuple[str, str], Sample]:
    """Every server under every load, in turn, `rounds` times; the medians by (server, load).

    `statuses` holds what a peer answers where its convention differs from ours.
    """
    samples: dict[tuple[str, str], list[Sample]] = {}
    for number in range(rounds + 1):
        for load in loads:
            for server in servers:
                if (server.name, load.name) in skip:
                    continue
                status = (statuses or {}).get((server.name, load.name), load.status)
                sample = measure(server, replace(load, status=status), seconds=seconds if number else 1)
                if number:  # the first round warms up
                    samples.setdefault((server.name, load.name), []).append(sample)
    return {key: middle(runs) for key, runs in samples.items()}


def pin(pid: int, core: str) -> None:
    """Keep a process and all its threads and children on one core."""
    for each in [pid, *_children(pid)]:
        subprocess.run(["taskset", "-a", "-c", "-p", core, str(each)], stdout=subprocess.DEVNULL, check=True)


def _wrk_script(server: str, load: Load) -> Path:
    """A wrk script that sends the request, and tells latencies and statuses other than the expected one."""
    lines = [f'wrk.method = "{load.method}"']
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in load.headers.items()]
    if load.body is not None:
        lines.append(f"wrk.body = '{load.body}'")
    if load.fresh_header is not None:
        lines.append(
            f"""
local sent, run = 0, tostring(os.time()) .. tostring({{}}):gsub("[^0-9a-f]", "")
function request()
  sent = sent + 1
  wrk.headers["{load.fresh_header}"] = run .. "-" .. sent
  return wrk.format()
end"""
        )
    lines.append(
        f"""
local threads = {{}}
function setup(thread) table.insert(threads, thread) end
function init(args) wrong = 0; last = 0 end
function response(status) if status ~= {load.status} then wrong = wrong + 1; last = status end end
function done(summary, latency)
  print(string.format("p95 %.3f ms, p99 %.3f ms", latency:percentile(95) / 1000, latency:percentile(99) / 1000))
  for _, thread in ipairs(threads) do
    if thread:get("wrong") > 0 then print("unexpected status " .. thread:get("last") .. ": " .. thread:get("wrong")) end
  end
end"""
    )
    folder = ROOT / ".bench"
    folder.mkdir(exist_ok=True)
    path = folder / f"{re.sub('[^a-z0-9]+', '-', f'{server} {load.name}'.lower())}.lua"
    path.write_text("\n".join(lines) + "\n")
    return path


def _await_answer(name: str, port: int, process: subprocess.Popen[bytes]) -> None:
    """A connection alone says little: the system accepts it while the program still loads."""
    for _ in range(_START_DEADLINE_S * 10):
        if process.poll() is not None:
            raise BenchError(f"{name} ended with {process.returncode} before it answered")
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=_START_DEADLINE_S)
            connection.request("GET", "/")
            connection.getresponse().read()
            connection.close()
        except (OSError, HTTPException):
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        else:
            return
    raise BenchError(f"{name} did not answer within {_START_DEADLINE_S} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *_children(int(child))]
    return found


def _cpu_s(pid: int) -> float:
    """By the clock of the process (clock_getcpuclockid(3)), to the ns: `/proc/<pid>/stat` counts in hundredths."""
    return time.clock_gettime(~pid << 3 | _CPUCLOCK_SCHED)

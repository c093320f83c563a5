"""Engines as child processes: launched apart from the terminal, watched, stopped, and found again after a crash."""

import fcntl
import hashlib
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Final

from core.infra.embedded.errors import EngineError

LAUNCHER: Final = Path(__file__).with_name("launch.py")
SOCKET_PATH_BYTES: Final = 103  # sun_path holds 104 bytes on macOS and 108 on Linux, with the final NUL
LOG_BYTES: Final = 10 * 2**20  # a log larger than this is put aside when its engine starts
READY_CHECK_SECONDS: Final = 0.02


def launch(
    command: Sequence[str | Path],
    *,
    log: Path | None = None,
    user: str = "",
    at_parents_end: signal.Signals | None = None,
    environment: Mapping[str, str] | None = None,
    keep_open: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Starts `command` in a session of its own, so that Ctrl-C at the terminal does not reach it.

    Its output goes to the end of `log`, or to this process's own stdout. `at_parents_end` is the signal that it gets
    when the thread that called this ends, however that happens (Linux): call it from the main thread.
    `keep_open` are file descriptors that it inherits.
    """
    death_signal = int(at_parents_end or 0)
    arguments = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), str(death_signal), user]
    output: IO[bytes] | None = None
    if log is not None:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        output = _fresh(log).open("ab")
    try:
        return subprocess.Popen(  # noqa: S603 - the programs are ours, no shell is involved
            [*arguments, *(str(part) for part in command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
            pass_fds=tuple(keep_open),
            env=None if environment is None else dict(environment),
        )
    finally:
        if output is not None:
            output.close()


def _fresh(log: Path) -> Path:
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log


def wait_until_ready(
    process: subprocess.Popen[bytes], is_ready: Callable[[], bool], *, timeout_s: float, explain: Callable[[], str]
) -> None:
    """Returns once `is_ready()`; raises `EngineError(explain())` when the process ends or takes too long before that.

    The engines in the wheels are built without sd_notify, so asking them is the only way to know.
    """
    deadline = time.monotonic() + timeout_s
    while not is_ready():
        with suppress(subprocess.TimeoutExpired):
            process.wait(READY_CHECK_SECONDS)
            raise EngineError(explain())
        if time.monotonic() > deadline:
            stop(process, signal.SIGKILL, timeout_s=5)
            raise EngineError(f"{explain()} (not ready within {timeout_s:.0f} s)")


def stop(process: subprocess.Popen[bytes], how: signal.Signals, *, timeout_s: float) -> None:
    """Sends `how` and waits; after `timeout_s` the process is killed."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def listens(path: Path) -> bool:
    """Whether a process accepts connections on the Unix socket `path`."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect(str(path))
    except OSError:
        return False
    return True


def stop_leftover(pid_file: Path, socket_path: Path, *, how: signal.Signals, timeout_s: float) -> None:
    """Ends the engine that a killed instance left running, if there is one, and removes its pid file.

    A pid alone proves nothing, since a stranger may have the number by now; only where the socket answers too is the
    first line of the file believed. An engine that does not end in time is killed.
    """
    if listens(socket_path) and pid_file.exists():
        pid = int(pid_file.read_text().split("\n", 1)[0])
        if not _ends_by(pid, how, timeout_s):
            _ends_by(pid, signal.SIGKILL, timeout_s)
    pid_file.unlink(missing_ok=True)
    socket_path.unlink(missing_ok=True)


def _ends_by(pid: int, how: signal.Signals, timeout_s: float) -> bool:
    """Sends a signal to a process that is not our child, and waits for its end; False when it is still there."""
    try:
        if sys.platform == "linux":
            descriptor = os.pidfd_open(pid)
            try:
                signal.pidfd_send_signal(descriptor, how)
                return bool(select.select([descriptor], [], [], timeout_s)[0])
            finally:
                os.close(descriptor)
        else:
            with closing(select.kqueue()) as queue:
                exits = select.kevent(pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
                queue.control([exits], 0)
                os.kill(pid, how)
                return bool(queue.control(None, 1, timeout_s))
    except ProcessLookupError:
        return True


class DirectoryLock:
    """One instance at a time uses a directory: an advisory lock on a file, which the kernel drops with its holder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def acquire(self, what: str) -> None:
        """Takes the lock; raises `EngineError` that names the process which has it."""
        file = self.path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise EngineError(
                f"{what} is in use by another running instance (process {holder}): "
                "stop that one, or set TIDINGS_HOME to another folder"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Gives the lock back; the file stays, because removing it would race with the next holder."""
        if self._file is not None:
            self._file.close()
            self._file = None


def socket_directory(preferred: Path, socket_name: str) -> Path:
    """`preferred`, or where its path is too long for a Unix socket a private directory (0700) among temporary files."""
    if len(os.fsencode(preferred / socket_name)) <= SOCKET_PATH_BYTES:
        return preferred
    digest = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:12]
    directory = Path(tempfile.gettempdir()) / f"tidings-{os.getuid()}-{digest}"
    directory.mkdir(mode=0o700, exist_ok=True)
    status = directory.lstat()
    if directory.is_symlink() or status.st_uid not in (os.getuid(), preferred.stat().st_uid) or status.st_mode & 0o077:
        raise EngineError(f"{directory} belongs to somebody else: remove it, or set TIDINGS_HOME to a shorter path")
    return directory


def last_lines(log: Path, count: int = 40) -> list[str]:
    """The end of a log, or nothing where there is none."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16 * 1024))
        return file.read().decode(errors="replace").splitlines()[-count:]

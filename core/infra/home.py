"""The home folder of an instance (`TIDINGS_HOME`): its secret, its demo key, and where its parts are while it runs.

.tidings/
├── secret        signs cursors and keys API-key hashes; made at the first start, 0600
├── demo-key      a key to try the API with; made at the first start, 0600
├── run.json      the running instance: addresses and process ids, 0600; gone when it has stopped
├── lock          held by the running instance
├── logs/         one file a process
└── postgres/, redis/   the embedded engines' own
"""

import errno
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Final

SECRET_BYTES: Final = 32
SPACE_BYTES: Final = 256 * 2**20  # an empty cluster takes 40 MB, and PostgreSQL stops hard where its log finds no room


class HomeError(Exception):
    """The home folder cannot be used. The message is one line: what is wrong, and what to do about it."""


@dataclass(frozen=True, slots=True)
class RunningInstance:
    """What other commands need to know of a running `tidings up`.

    `processes` maps a name to a process id; `settings` holds what it was started with, besides credentials, as text.
    """

    pid: int
    database_url: str
    redis_url: str
    api_url: str
    secret_digest: str
    sandbox_url: str | None = None
    processes: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


class Home:
    """The files of one home folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.secret_file = self.folder / "secret"
        self.demo_key_file = self.folder / "demo-key"
        self.run_file = self.folder / "run.json"
        self.lock_file = self.folder / "lock"
        self.logs = self.folder / "logs"

    def prepare(self, *, needed_bytes: int = SPACE_BYTES) -> None:
        """Makes the folder, and raises `HomeError` where it cannot be written or `needed_bytes` are not free."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            probe = self.folder / ".writable"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise HomeError(f"{self.folder} cannot be used: {_advice(error)}") from None
        status = os.statvfs(self.folder)
        free = status.f_bavail * status.f_frsize
        if free < needed_bytes:
            raise HomeError(
                f"{self.folder} has {free // 2**20} MB of free space and {needed_bytes // 2**20} MB are needed: "
                "make room, or set TIDINGS_HOME to another disk"
            )

    def secret(self) -> str:
        """The instance's secret (hex), made at the first call."""
        if not self.secret_file.exists():
            write_private(self.secret_file, secrets.token_hex(SECRET_BYTES))
        return self.secret_file.read_text().strip()

    def demo_key(self) -> str | None:
        """The demo key, where one was made."""
        return self.demo_key_file.read_text().strip() if self.demo_key_file.exists() else None

    def write_demo_key(self, key: str) -> None:
        """Keeps the demo key for the next start, and for the reader's curl."""
        write_private(self.demo_key_file, key)

    def write_running(self, instance: RunningInstance) -> None:
        """Tells other commands where this instance is."""
        write_private(self.run_file, json.dumps(asdict(instance), indent=2))

    def forget_running(self) -> None:
        """Nothing runs here any more."""
        self.run_file.unlink(missing_ok=True)

    def running(self) -> RunningInstance | None:
        """The instance that runs in this folder, or None; what a killed one left behind does not count."""
        try:
            instance = RunningInstance(**json.loads(self.run_file.read_text()))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, TypeError):
            raise HomeError(f"{self.run_file} is not what `tidings up` writes: remove it and start again") from None
        return instance if _is_alive(instance.pid) else None


def digest(secret: str) -> str:
    """What shows that two processes have the same secret, without showing the secret."""
    return blake2b(secret.encode(), digest_size=16, person=b"tidings-secret").hexdigest()


def write_private(path: Path, text: str) -> None:
    """Writes `text` and a newline to a file that only its owner can read, in one step that a crash cannot halve."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's, and so alive
        return True
    return True


def _advice(error: OSError) -> str:
    match error.errno:
        case errno.EROFS:
            return "the file system is read-only; set TIDINGS_HOME to a folder that can be written"
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full; make room, or set TIDINGS_HOME to another disk"
        case errno.EACCES | errno.EPERM:
            return "this user may not write there; give it the folder, or set TIDINGS_HOME to another one"
        case errno.ENOTDIR | errno.EEXIST:
            return "there is a file in its place; set TIDINGS_HOME to a folder"
        case _:
            return f"{error.strerror}; set TIDINGS_HOME to another folder"

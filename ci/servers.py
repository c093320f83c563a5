"""A fresh instance for a script: everything that `tidings up` starts, in a folder of its own, gone afterwards."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ci.stopping import ended_when_told
from ci.support import VENV_BIN, artifacts, fail, run

READY = "Tidings is ready at "
STOP_SECONDS = 30
START_SECONDS = 60
# no budget for the address, a free port, and a day on which v1 is deprecated but not yet gone
SETTINGS = {
    "TIDINGS_PORT": "0",
    "TIDINGS_ADDRESS_REQUESTS_PER_MINUTE": "0",
    "TIDINGS_NOW": "2026-12-15T12:00:00Z",
}


@dataclass(frozen=True, slots=True)
class Instance:
    """A running instance: its address (http://127.0.0.1:PORT), its home and the variables for further commands."""

    address: str
    home: Path
    env: Mapping[str, str]

    @property
    def running(self) -> Mapping[str, Any]:
        """What `tidings up` says of its parts."""
        return dict(json.loads((self.home / "run.json").read_text(encoding="utf-8")))

    @property
    def sandbox(self) -> str:
        """The origin of the sandbox newsroom."""
        return str(self.running["sandbox_url"])

    def tidings(self, *arguments: str) -> Any:
        """Run a command on this instance and give what it prints with --json."""
        printed = run(VENV_BIN / "tidings", *arguments, "--json", env=self.env, capture=True).stdout
        return json.loads(printed)

    def new_key(self, name: str, scopes: Sequence[str]) -> tuple[str, str]:
        """Make a key without a limit. Gives (id, key)."""
        options = [part for scope in scopes for part in ("--scope", scope)]
        made = self.tidings("keys", "create", "--name", name, "--requests-per-hour", "0", *options)
        return made["id"], made["key"]

    @contextlib.contextmanager
    def worker_at_rest(self) -> Iterator[None]:
        """Stop the clock of the worker, so that no address which somebody makes up is fetched."""
        worker = self.running["processes"]["worker"]
        os.kill(worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(worker, signal.SIGCONT)


@contextlib.contextmanager
def fresh_instance(name: str, settings: Mapping[str, str]) -> Iterator[Instance]:
    """Engines, migrations, sandbox newsroom, API and worker, polled once; .artifacts/<name>/logs keeps the logs.

    Ctrl-C and SIGTERM end the block, and the instance with it.
    """
    with ended_when_told(), tempfile.TemporaryDirectory(prefix="tidings-") as folder:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("TIDINGS_")}
        env = {**inherited, "TIDINGS_HOME": folder, **SETTINGS, **settings}
        command: list[str | Path] = [VENV_BIN / "tidings", "up"]
        process = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C reaches us alone, who stop it last
        )
        try:
            yield Instance(_address(process), Path(folder), env)
        finally:
            _stop(process)
            shutil.copytree(Path(folder) / "logs", artifacts(name) / "logs", dirs_exist_ok=True)


def _address(process: subprocess.Popen[str]) -> str:
    """Where the instance says that it is; ends the script when it gives up before that."""
    said = []
    for line in process.stdout or ():
        said.append(line)
        if line.startswith(READY):
            return line.removeprefix(READY).split()[0]
    return fail(f"the instance did not start:\n{''.join(said)}")


def _stop(process: subprocess.Popen[str]) -> None:
    """Stop as Ctrl-C does, and read what is still said, so that nobody waits for a reader."""
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        fail(f"the instance did not stop within {STOP_SECONDS} s")


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(process: subprocess.Popen[Any], address: str) -> None:
    """Return as soon as `address` answers 200; end the script when the process ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(address, timeout=2).is_success:
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
    fail(f"{address} gave no good answer within {START_SECONDS} s")

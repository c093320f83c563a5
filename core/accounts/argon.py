"""Argon2id (RFC 9106), and the program that computes it in a process of its own: `python argon.py idle|steady`.

The program answers each line of stdin, a JSON array, with a line of JSON, and ends with stdin:
`["hash", password]` → the text to store; `["matches", password, stored or null]` → true or false. It needs nothing of
the product, so that it starts in a moment.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MEMORY_KIB: Final = 19 * 1024
PASSES: Final = 2
LANES: Final = 1
"""The parameters that OWASP's Password Storage Cheat Sheet names first; some 20 ms on one core."""

NICENESS: Final = 10

hasher: Final = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def matches(password: str, stored: str | None, *, nobody: str) -> bool:
    """Whether this is the password; without a stored hash `nobody`'s is compared in its place, and it is not."""
    try:
        hasher.verify(stored or nobody, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def _wait_for_others() -> None:
    """Work only when the core has nothing else to do. Some sandboxes refuse the call; then a step back must do."""
    _step_back()
    if sys.platform == "linux":
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _step_back() -> None:
    """By a step and not to a level: a process that is nicer than that level already may not go back to it."""
    os.nice(NICENESS)


_POLICIES: Final[Mapping[str, Callable[[], None]]] = {"idle": _wait_for_others, "steady": _step_back}


def _main(policy: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of Ctrl-C, which reaches the whole group: this one ends with stdin
    _POLICIES[policy]()
    nobody = hasher.hash(os.urandom(16))
    work: Mapping[str, Callable[..., Any]] = {"hash": hasher.hash, "matches": partial(matches, nobody=nobody)}
    for line in sys.stdin.buffer:
        name, *arguments = json.loads(line)
        sys.stdout.write(json.dumps(work[name](*arguments)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main(sys.argv[1])

"""What SDKs are made with and no registry brings: Go, Node.js, a JDK and Maven. Without them nothing passes."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ci.support import VENV_BIN, fail, find, run

ENVIRONMENT = {**os.environ, "PATH": os.pathsep.join(filter(None, (str(VENV_BIN), os.environ.get("PATH"))))}
"""Where tools run: what one starts by its name is found where `program` finds it."""

_WHEEL = ".venv/bin/python -m pip install --require-hashes --no-deps -r requirements/{}.txt"


@dataclass(frozen=True, slots=True)
class Program:
    """A program, the oldest version that will do, how it tells its own, and the line that installs it.

    The lines for Go and Node.js work on every system and need no rights: the gates look into .venv/bin first.
    """

    title: str
    oldest: tuple[int, ...]
    asked: tuple[str, ...]
    line: str


PROGRAMS = {
    "go": Program("Go", (1, 25), ("env", "GOVERSION"), _WHEEL.format("go")),
    "node": Program("Node.js", (20,), ("--version",), _WHEEL.format("node")),
    "npm": Program("npm", (9,), ("--version",), _WHEEL.format("node")),
    "java": Program("Java", (17,), ("-version",), "apt-get install default-jdk-headless"),
    "javac": Program("The compiler of Java", (17,), ("-version",), "apt-get install default-jdk-headless"),
    "mvn": Program("Maven", (3, 6), ("--batch-mode", "--version"), "apt-get install maven"),
}
"""By name on PATH."""


def lacking(names: Iterable[str]) -> list[str]:
    """One line for each program that is missing or too old, with what installs it."""
    return [said for name in names if (said := _what_is_wrong_with(name)) is not None]


def program(name: str) -> Path:
    """The program, which `lacking` has found."""
    return find(name) or fail(f"{name} is missing")


@cache
def version(name: str) -> tuple[int, ...] | None:
    """The version of the program that is found; None where there is none, or none that works."""
    found = find(name)
    if found is None:
        return None
    told = run(found, *PROGRAMS[name].asked, env=ENVIRONMENT, check=False, capture=True)
    return version_in(told.stdout + told.stderr) if told.returncode == 0 else None


def version_in(told: str) -> tuple[int, ...] | None:
    """The version in what a program says; Maven's colours are numbers too, and a first release of Java has no dot."""
    numbers = re.search(r"\d+(?:\.\d+)+", told) or re.search(r"\d+", told)
    return tuple(map(int, numbers[0].split("."))) if numbers else None


def _what_is_wrong_with(name: str) -> str | None:
    wanted = PROGRAMS[name]
    there = version(name)
    if there is not None and there >= wanted.oldest:
        return None
    state = "is missing" if there is None else f"{_dotted(there)} is too old"
    return f"{wanted.title} {state} ({name}, {_dotted(wanted.oldest)} or newer). Install it: {wanted.line}"


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


def main() -> None:
    """Print the lines that install what is missing here, each once: `ci/machine sdk` runs them."""
    for line in dict.fromkeys(PROGRAMS[name].line for name in PROGRAMS if _what_is_wrong_with(name)):
        print(line)


if __name__ == "__main__":
    main()

"""What a text says about the machine that it was written on."""

import re
from collections.abc import Iterator

from ci.lints.rules import Breach, Rule, Source

# the words are broken up by brackets, so that this file passes
REGISTRY = re.compile(
    r'index[-_]url|find[-_]links|GO[P]ROXY\s*=|"resol[v]ed":|\bregistry\s*=\s*["\']?http', re.IGNORECASE
)
MACHINE_PATH = re.compile(r"(?<![\w.$}~-])/(?:work|root|home|Users)/\w")


def _registry(source: Source) -> Iterator[Breach]:
    yield from _matches(source, REGISTRY)


def _machine_path(source: Source) -> Iterator[Breach]:
    yield from _matches(source, MACHINE_PATH)


def _matches(source: Source, pattern: re.Pattern[str]) -> Iterator[Breach]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        if found := pattern.search(line):
            yield Breach(number, f"says {found[0]!r}")


def _every_text(_: Source) -> bool:
    return True


RULES = (
    Rule(
        "no-registry-address",
        _every_text,
        _registry,
        "where packages come from is the choice of the machine that installs; an address in here overrides it",
        "leave it to the environment of the package client",
    ),
    Rule(
        "no-machine-path",
        _every_text,
        _machine_path,
        "the path exists on one machine only",
        "start from the repository's root or from a setting",
    ),
)

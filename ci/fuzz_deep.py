"""The deep run, one operation and seed at a time. What went well is kept, so that it can stop and go on from there."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from ci.support import ROOT, artifacts

EXAMPLES = 1_000
SEEDS = (1, 2, 3, 5, 8)
SOURCES = ("core", "handlers", "migrations", "openapi")
SEQUENCES = "sequences"
BATCH = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """One operation under one seed, or (`SEQUENCES`) the ways that lead from operation to operation."""

    version: str
    seed: int
    operation: str

    @property
    def is_single(self) -> bool:
        """Whether it is about one operation."""
        return self.operation != SEQUENCES

    @property
    def phases(self) -> str:
        """What does not depend on the seed is asked under the first one only."""
        if not self.is_single:
            return "stateful"
        return "examples,coverage,fuzzing" if self.seed == SEEDS[0] else "examples,fuzzing"


def pieces(
    operations: Mapping[str, Iterable[str]], seeds: Iterable[int], wanted: Sequence[str] = ()
) -> Iterator[Piece]:
    """Every piece, all operations under one seed first; `operations`: by version; `wanted`: only these of them."""
    for seed in seeds:
        for version, names in operations.items():
            for name in (*sorted(names), SEQUENCES):
                if not wanted or name in wanted:
                    yield Piece(version, seed, name)


def batches(wanted: Iterable[Piece]) -> Iterator[Sequence[Piece]]:
    """Pieces that one run of Schemathesis can ask: it takes 3 s to start, and a piece some 10."""
    for _, alike in groupby(wanted, key=lambda piece: (piece.version, piece.seed, piece.phases)):
        rest = list(alike)
        while rest:
            yield rest[:BATCH]
            del rest[:BATCH]


class Ledger:
    """The pieces that went well with the product as it is now; other sources begin another ledger."""

    def __init__(self, examples: int) -> None:
        self._file = artifacts("fuzz") / f"deep-{examples}-{_digest()[:16]}.jsonl"
        lines = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
        self._cases = {Piece(**entry["piece"]): int(entry["cases"]) for entry in map(json.loads, lines)}

    def done(self, piece: Piece) -> bool:
        """Whether it went well before."""
        return piece in self._cases

    def keep(self, piece: Piece, cases: int) -> None:
        """It went well, and sent so many requests."""
        self._cases[piece] = cases
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"piece": asdict(piece), "cases": cases}) + "\n")

    def __str__(self) -> str:
        return f"{len(self._cases)} pieces done, {sum(self._cases.values())} requests"


def _digest() -> str:
    """Changes with whatever the requests reach."""
    digest = hashlib.sha256()
    for file in sorted(_sources()):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for folder in SOURCES:
        yield from (file for file in (ROOT / folder).rglob("*") if file.suffix in {".py", ".yaml", ".sql", ".lua"})

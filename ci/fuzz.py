"""Run Schemathesis over both documents against a fresh instance, and fail on the first promise that does not hold.

Without options: the same requests in every run, within about four minutes for both. `--deep`: 1,000 examples an
operation, five seeds, in pieces: it goes on where it stopped, as long as the product is the same, and `--minutes` ends
it after a while. An operation that never accepted anything valid is a failure too. Reports are written to
.artifacts/fuzz/<version>/.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from ci import fuzz_world
from ci.bundle import bundle_all
from ci.fuzz_deep import EXAMPLES, SEEDS, SEQUENCES, Ledger, Piece, pieces
from ci.servers import Instance, fresh_instance
from ci.support import ROOT, VENV_BIN, artifacts

CONFIGURATION = ROOT / "ci" / "schemathesis.toml"
PHASES = "examples,coverage,fuzzing,stateful"
BOUNDED_EXAMPLES = 30
_CASES = re.compile(r"Test cases:\s+([\d,]+) generated.*")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of Schemathesis: the document's version, a name for its reports, and what it is told."""

    version: str
    name: str
    phases: str
    options: Sequence[str]
    operations: Collection[str]
    """Each of them has to accept something."""
    configuration: Path = CONFIGURATION


def fuzz(instance: Instance, run: Run) -> int | None:
    """Ask, and give how many requests went well; None when something was found, and what was printed is shown.

    Schemathesis ends with a line that looks like pytest's own summary of a run without tests, so it goes into a file.
    """
    folder = artifacts(f"fuzz/{run.version}")
    accepted, printed = folder / f"{run.name}.accepted", folder / f"{run.name}.txt"
    accepted.write_text("")
    command: list[str | Path] = [VENV_BIN / "schemathesis", "--config-file", run.configuration, "run"]
    command += [f"{instance.address}/{run.version}/openapi.json", "--phases", run.phases, *run.options]
    command += ["--report", "junit,ndjson", "--report-junit-path", folder / f"{run.name}.xml"]
    command += ["--report-ndjson-path", folder / f"{run.name}.ndjson"]
    named = {"FUZZ_ADDRESS": instance.address, "FUZZ_HOME": str(instance.home), "FUZZ_ACCEPTED": str(accepted)}
    started = time.monotonic()
    with printed.open("wb") as output:
        finished = subprocess.run(
            command,
            env={**os.environ, **named},
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    text = printed.read_text(errors="replace")
    took = f"{time.monotonic() - started:.0f} s"
    cases = _CASES.search(text)
    if finished.returncode != 0:
        print(text, flush=True)
    if never := set(run.operations) - set(accepted.read_text().split()):
        print(f"{run.version} {run.name}: nothing was accepted by {', '.join(sorted(never))}", flush=True)
    print(f"{run.version} {run.name}: {cases[1] if cases else 'no'} requests in {took}", flush=True)
    return int(cases[1].replace(",", "")) if cases and finished.returncode == 0 and not never else None


def operations_of(document: Path) -> set[str]:
    """The operations that a document lists; each of them has to accept something."""
    paths = orjson.loads(document.read_bytes())["paths"]
    return {operation["operationId"] for item in paths.values() for operation in item.values()}


def bounded(instance: Instance, documents: Mapping[str, Path], examples: int) -> bool:
    """The same requests in every run."""
    options = ["--max-examples", str(examples), "--no-shrink"]
    runs = [Run(version, "bounded", PHASES, options, operations_of(path)) for version, path in documents.items()]
    results = [fuzz(instance, run) is not None for run in runs]
    print(f"fuzz: {sum(results)} passed, {results.count(False)} failed")
    return all(results)


def deep(instance: Instance, wanted: Iterable[Piece], examples: int, minutes: float | None) -> bool:
    """The pieces that were not done before, until the time is over."""
    ledger, configuration = Ledger(examples), seeded_configuration()
    left = [piece for piece in wanted if not ledger.done(piece)]
    until = time.monotonic() + 60 * minutes if minutes is not None else float("inf")
    failed = []
    while left and time.monotonic() < until:
        piece = left.pop(0)
        operations = () if piece.operation == SEQUENCES else (piece.operation,)
        run = Run(piece.version, piece.name, piece.phases, piece.options(examples), operations, configuration)
        cases = fuzz(instance, run)
        if cases is None:
            failed.append(piece)
        else:
            ledger.keep(piece, cases)
    for piece in failed:
        print(f"failed: {piece.version} {piece.operation}, seed {piece.seed}")
    print(f"deep: {ledger}, {len(failed)} failed, {len(left)} left")
    return not failed


def seeded_configuration() -> Path:
    """The configuration of a run whose requests the seed chooses: Schemathesis passes it over where they are fixed."""
    configuration = artifacts("fuzz") / "deep.toml"
    text = CONFIGURATION.read_text(encoding="utf-8").replace("deterministic = true", "deterministic = false")
    configuration.write_text(text, encoding="utf-8")
    return configuration


def main() -> None:
    """The command `ci/fuzz`."""
    documents = {version: bundled.with_suffix(".json") for version, bundled in bundle_all().items()}
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="ci/fuzz", description=__doc__, formatter_class=formatter)
    parser.add_argument("--deep", action="store_true", help="1,000 examples an operation, five seeds")
    parser.add_argument("--examples", type=int, help="examples an operation, in place of 30 or 1,000")
    parser.add_argument("--version", choices=sorted(documents), action="append", help="only this document")
    parser.add_argument("--seed", type=int, choices=SEEDS, action="append", help="deep: only this seed")
    parser.add_argument("--operation", action="append", help=f"deep: only this one, or {SEQUENCES!r}")
    parser.add_argument("--minutes", type=float, help="deep: begin no further piece after so many")
    arguments = parser.parse_args()
    chosen = {version: documents[version] for version in arguments.version or documents}
    with fresh_instance("fuzz", fuzz_world.SETTINGS) as instance, instance.worker_at_rest():
        if arguments.deep:
            operations = {version: operations_of(document) for version, document in chosen.items()}
            wanted = pieces(operations, arguments.seed or SEEDS, arguments.operation or ())
            passed = deep(instance, wanted, arguments.examples or EXAMPLES, arguments.minutes)
        else:
            passed = bounded(instance, chosen, arguments.examples or BOUNDED_EXAMPLES)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()

"""Run Schemathesis over both documents against a fresh instance, and fail on the first promise that does not hold.

Without options: the same 11,000 requests in every run, a bit more than a minute on two idle cores.
`--deep`: 1,000 examples an operation, five seeds, all operations under one seed before the next one; some 700,000
requests, two hours of CPU time. It goes on where it stopped, as long as the product is the same; `--minutes` ends it
after a while, Ctrl-C or SIGTERM at once. An operation that never accepted anything valid is a failure too. What
Schemathesis says is kept in .artifacts/fuzz/<version>/.
"""

import argparse
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import orjson

from ci import fuzz_world
from ci.bundle import bundle_all
from ci.fuzz_deep import EXAMPLES, SEEDS, SEQUENCES, Ledger, Piece, batches, pieces
from ci.fuzz_results import Results
from ci.servers import Instance, fresh_instance
from ci.stopping import Programs
from ci.support import ROOT, VENV_BIN, artifacts

CONFIGURATION = ROOT / "ci" / "schemathesis.toml"
SEEDED = {
    "deterministic = true": "deterministic = false",  # Schemathesis passes the seed over where requests are fixed
    "request-timeout = 10.0": "request-timeout = 600.0",  # it runs behind everything else, and may be paused
}
BOUNDED_EXAMPLES = 30
STREAMS = 2
"""So many runs at once: the server waits while a client thinks, and a client while the server does."""

Item = TypeVar("Item")
Result = TypeVar("Result")

Operations = Mapping[str, Mapping[str, str]]
"""Version → operationId → what Schemathesis calls it: `GET /articles`."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of Schemathesis: the document's version, a name for its report, and what it is told."""

    version: str
    name: str
    phases: str
    options: Sequence[str]
    operations: Mapping[str, str]
    """The ones it asks, by operationId; each of them has to accept something. None of them: sequences of all."""
    configuration: Path = CONFIGURATION


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found."""

    requests: Mapping[str, int]
    """OperationId → how many requests, where all went well; `SEQUENCES` for those that lead through all of them."""
    failed: Sequence[str]


class Streams:
    """Runs at once, against one instance."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.programs = Programs()

    def each(self, work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """What becomes of the items. Whoever interrupts that ends the runs."""
        with ThreadPoolExecutor(STREAMS) as threads:
            try:
                return list(threads.map(work, items))
            except BaseException:
                self.programs.end()
                raise


def fuzz(streams: Streams, run: Run) -> Outcome:
    """Ask, and show what was printed when something was found. Raises `Stopped` when the script is told to end.

    Schemathesis ends with a line that looks like pytest's own summary of a run without tests, so it goes into a file.
    """
    folder = artifacts(f"fuzz/{run.version}")
    results_file, printed = folder / f"{run.name}.json", folder / f"{run.name}.txt"
    results_file.unlink(missing_ok=True)
    command: list[str | Path] = [VENV_BIN / "schemathesis", "--config-file", run.configuration, "run"]
    instance = streams.instance
    command += [f"{instance.address}/{run.version}/openapi.json", "--phases", run.phases, "--no-shrink", *run.options]
    command += [part for operation in run.operations for part in ("--include-operation-id", operation)]
    named = {"FUZZ_ADDRESS": instance.address, "FUZZ_HOME": str(instance.home), "FUZZ_RESULTS": str(results_file)}
    started = time.monotonic()
    with printed.open("wb") as output:
        code = streams.programs.run(command, env={**os.environ, **named}, output=output)
    results = Results.read(results_file)
    outcome = outcome_of(run, results, well=code == 0)
    if outcome.failed:
        print(printed.read_text(errors="replace"), flush=True)
        never = [name for name, label in run.operations.items() if label not in results.accepted]
        print(f"{run.version} {run.name}: nothing was accepted by {', '.join(never)}" if never else "", flush=True)
    sent, took = sum(results.requests.values()), time.monotonic() - started
    print(f"{run.version} {run.name}: {sent} requests in {took:.0f} s, {len(outcome.failed)} failed", flush=True)
    return outcome


def outcome_of(run: Run, results: Results, *, well: bool) -> Outcome:
    """Which of a run's operations went well; none of them where it failed and no operation says why."""
    if not run.operations:
        requests = {SEQUENCES: sum(results.requests.values())}
        return Outcome(requests, []) if well and not results.failed else Outcome({}, [SEQUENCES])
    is_explained = well or not results.failed.isdisjoint(run.operations.values())
    good = {
        name: results.requests.get(label, 0)
        for name, label in run.operations.items()
        if is_explained and label in results.accepted and label not in results.failed
    }
    return Outcome(good, [name for name in run.operations if name not in good])


def operations_of(document: Path) -> dict[str, str]:
    """The operations that a document lists, by operationId; each of them has to accept something."""
    paths = orjson.loads(document.read_bytes())["paths"]
    return {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, item in paths.items()
        for method, operation in item.items()
    }


def bounded(streams: Streams, operations: Operations, examples: int) -> bool:
    """The same requests in every run."""
    outcomes = streams.each(lambda run: fuzz(streams, run), bounded_runs(operations, examples))
    failed = sum(len(outcome.failed) for outcome in outcomes)
    print(f"fuzz: {sum(len(outcome.requests) for outcome in outcomes)} passed, {failed} failed")
    return not failed


def bounded_runs(operations: Operations, examples: int) -> Iterator[Run]:
    """What a bounded run asks: the longest first, and a document's operations in as many parts as run at once."""
    options = ["--max-examples", str(examples)]
    for version, named in sorted(operations.items(), reverse=True):
        yield Run(version, SEQUENCES, "stateful", options, {})
        for part in range(STREAMS):
            some = dict(itertools.islice(named.items(), part, None, STREAMS))
            yield Run(version, f"bounded-{part + 1}", "examples,coverage,fuzzing", options, some)


def deep(streams: Streams, operations: Operations, wanted: Iterable[Piece], examples: int, minutes: float) -> bool:
    """The pieces that were not done before, until the time is over."""
    ledger, configuration = Ledger(examples), seeded_configuration()
    left = [piece for piece in wanted if not ledger.done(piece)]
    until = time.monotonic() + 60 * minutes
    failed: list[Piece] = []

    def ask(batch: Sequence[Piece]) -> Outcome:
        first = batch[0]
        chosen = {piece.operation: operations[first.version][piece.operation] for piece in batch if piece.is_single}
        options = ["--max-examples", str(examples), "--seed", str(first.seed)]
        name = f"deep-{first.seed}-{first.operation}"
        return fuzz(streams, Run(first.version, name, first.phases, options, chosen, configuration))

    def work(batch: Sequence[Piece]) -> None:
        if time.monotonic() >= until:
            return
        outcome = ask(batch)
        for piece in batch:
            left.remove(piece)
            if piece.operation in outcome.requests:
                ledger.keep(piece, outcome.requests[piece.operation])
            else:
                failed.append(piece)
        print(f"deep: {ledger}, {len(failed)} failed, {len(left)} left", flush=True)

    streams.each(work, list(batches(left)))
    for piece in failed:
        print(f"failed: {piece.version} {piece.operation}, seed {piece.seed}")
    print(f"deep: {ledger}, {len(failed)} failed, {len(left)} left")
    return not failed


def seeded_configuration() -> Path:
    """The configuration of a run whose requests the seed chooses."""
    configuration = artifacts("fuzz") / "deep.toml"
    text = CONFIGURATION.read_text(encoding="utf-8")
    for fixed, seeded in SEEDED.items():
        text = text.replace(fixed, seeded)
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
    parser.add_argument("--minutes", type=float, default=float("inf"), help="deep: begin nothing after so many")
    arguments = parser.parse_args()
    operations = {version: operations_of(documents[version]) for version in arguments.version or documents}
    with fresh_instance("fuzz", fuzz_world.SETTINGS) as instance, instance.worker_at_rest():
        streams = Streams(instance)
        if arguments.deep:
            wanted = pieces(operations, arguments.seed or SEEDS, arguments.operation or ())
            passed = deep(streams, operations, wanted, arguments.examples or EXAMPLES, arguments.minutes)
        else:
            passed = bounded(streams, operations, arguments.examples or BOUNDED_EXAMPLES)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()

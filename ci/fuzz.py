"""Run Schemathesis over both documents against a fresh instance, and fail on the first promise that does not hold.

Without options: the same requests in every run, within about four minutes for both. `--deep`: 1,000 examples an
operation, five seeds. An operation that never accepted anything valid is a failure too. Reports are written to
.artifacts/fuzz/<version>/.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import orjson

from ci import fuzz_world
from ci.bundle import bundle_all
from ci.servers import Instance, fresh_instance
from ci.support import ROOT, VENV_BIN, artifacts

CONFIGURATION = ROOT / "ci" / "schemathesis.toml"
PHASES = "examples,coverage,fuzzing,stateful"
BOUNDED_EXAMPLES = 30
DEEP_EXAMPLES = 1_000
DEEP_SEEDS = (1, 2, 3, 5, 8)
_CASES = re.compile(r"Test cases:\s+(\S.*)")


def fuzz(instance: Instance, version: str, document: Path, options: Sequence[str], report: str) -> bool:
    """Run every phase over one document. True when nothing was found; what was printed is shown when it was.

    Schemathesis ends with a line that looks like pytest's own summary of a run without tests, so it goes into a file.
    """
    folder = artifacts(f"fuzz/{version}")
    accepted, printed = folder / f"{report}.accepted", folder / f"{report}.txt"
    accepted.write_text("")
    command: list[str | Path] = [VENV_BIN / "schemathesis", "--config-file", CONFIGURATION, "run"]
    command += [f"{instance.address}/{version}/openapi.json", "--phases", PHASES, *options]
    command += ["--report", "junit,ndjson", "--report-junit-path", folder / f"{report}.xml"]
    command += ["--report-ndjson-path", folder / f"{report}.ndjson"]
    named = {"FUZZ_ADDRESS": instance.address, "FUZZ_HOME": str(instance.home), "FUZZ_ACCEPTED": str(accepted)}
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
    if finished.returncode != 0:
        print(text, flush=True)
    elif (cases := _CASES.search(text)) is not None:
        print(f"{version} {report}: {cases[1]}", flush=True)
    never = operations_of(document) - set(accepted.read_text().split())
    if never:
        print(f"{version} {report}: nothing was accepted by {', '.join(sorted(never))}", flush=True)
    return finished.returncode == 0 and not never


def operations_of(document: Path) -> set[str]:
    """The operations that a document lists; each of them has to accept something."""
    paths = orjson.loads(document.read_bytes())["paths"]
    return {operation["operationId"] for item in paths.values() for operation in item.values()}


def runs(deep: bool, examples: int) -> list[tuple[str, list[str]]]:
    """(name, options) of each run over a document."""
    if not deep:
        return [("bounded", ["--max-examples", str(examples), "--no-shrink"])]
    return [(f"seed-{seed}", ["--max-examples", str(examples), "--seed", str(seed)]) for seed in DEEP_SEEDS]


def main() -> None:
    """The command `ci/fuzz`."""
    parser = argparse.ArgumentParser(prog="ci/fuzz", description=__doc__)
    parser.add_argument("--deep", action="store_true", help="1,000 examples an operation, five seeds")
    parser.add_argument("--examples", type=int, help="examples an operation, in place of 30 or 1,000")
    parser.add_argument("--version", choices=sorted(bundle_all()), action="append", help="only this document")
    arguments = parser.parse_args()
    examples = arguments.examples or (DEEP_EXAMPLES if arguments.deep else BOUNDED_EXAMPLES)

    results = []
    with fresh_instance("fuzz", fuzz_world.SETTINGS) as instance, instance.worker_at_rest():
        for version, bundled in bundle_all().items():
            if arguments.version and version not in arguments.version:
                continue
            for name, options in runs(arguments.deep, examples):
                started = time.monotonic()
                results.append(fuzz(instance, version, bundled.with_suffix(".json"), options, name))
                print(f"{version} {name}: {time.monotonic() - started:.0f} s", flush=True)
    print(f"fuzz: {sum(results)} passed, {results.count(False)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()

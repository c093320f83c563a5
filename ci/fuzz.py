"""Run Schemathesis over both documents against a fresh instance, and fail on the first promise that does not hold.

Without options: the same requests in every run, within about four minutes for both. `--deep`: 1,000 examples an
operation, five seeds. Reports are written to .artifacts/fuzz/<version>/.
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

from ci import fuzz_words
from ci.bundle import bundle_all
from ci.servers import Instance, fresh_instance
from ci.support import ROOT, VENV_BIN, artifacts

CONFIGURATION = ROOT / "ci" / "schemathesis.toml"
PHASES = "examples,coverage,fuzzing,stateful"
BOUNDED_EXAMPLES = 100
DEEP_EXAMPLES = 1_000
DEEP_SEEDS = (1, 2, 3, 5, 8)
_CASES = re.compile(r"Test cases:\s+(\S.*)")


def scopes_of(document: Path) -> list[str]:
    """The scopes that a key can have in a document."""
    scheme = orjson.loads(document.read_bytes())["components"]["securitySchemes"]["bearer"]
    return [scope for scope in scheme["x-scopes"] if scope not in scheme["x-person-scopes"]]


def fuzz(instance: Instance, version: str, key: tuple[str, str], options: Sequence[str], report: str) -> bool:
    """Run every phase over one document. True when nothing was found; what was printed is shown when it was.

    Schemathesis ends with a line that looks like pytest's own summary of a run without tests, so it goes into a file.
    """
    key_id, secret = key
    folder = artifacts(f"fuzz/{version}")
    command: list[str | Path] = [VENV_BIN / "schemathesis", "--config-file", CONFIGURATION, "run"]
    command += [f"{instance.address}/{version}/openapi.json", "--phases", PHASES, *options]
    command += ["--report", "junit,ndjson", "--report-junit-path", folder / f"{report}.xml"]
    command += ["--report-ndjson-path", folder / f"{report}.ndjson"]
    env = {**os.environ, "FUZZ_KEY": secret, "FUZZ_KEY_ID": key_id}
    printed = folder / f"{report}.txt"
    with printed.open("wb") as output:
        finished = subprocess.run(
            command, env=env, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    text = printed.read_text(errors="replace")
    if finished.returncode != 0:
        print(text, flush=True)
    elif (cases := _CASES.search(text)) is not None:
        print(f"{version} {report}: {cases[1]}", flush=True)
    return finished.returncode == 0


def runs(deep: bool, examples: int) -> list[tuple[str, list[str]]]:
    """(name, options) of each run over a document."""
    if not deep:
        return [("bounded", ["--max-examples", str(examples), "--no-shrink"])]
    return [(f"seed-{seed}", ["--max-examples", str(examples), "--seed", str(seed)]) for seed in DEEP_SEEDS]


def main() -> None:
    """The command `ci/fuzz`."""
    parser = argparse.ArgumentParser(prog="ci/fuzz", description=__doc__)
    parser.add_argument("--deep", action="store_true", help="1,000 examples an operation, five seeds")
    parser.add_argument("--examples", type=int, help="examples an operation, in place of 100 or 1,000")
    parser.add_argument("--version", choices=sorted(bundle_all()), action="append", help="only this document")
    arguments = parser.parse_args()
    examples = arguments.examples or (DEEP_EXAMPLES if arguments.deep else BOUNDED_EXAMPLES)

    results = []
    with fresh_instance("fuzz", {}) as instance, instance.worker_at_rest():
        for version, bundled in bundle_all().items():
            if arguments.version and version not in arguments.version:
                continue
            for name, options in runs(arguments.deep, examples):
                started = time.monotonic()
                key = instance.new_key(f"fuzz {version} {name}", scopes_of(bundled.with_suffix(".json")))
                fuzz_words.write(instance, version, key[1])
                results.append(fuzz(instance, version, key, options, name))
                print(f"{version} {name}: {time.monotonic() - started:.0f} s", flush=True)
    print(f"fuzz: {sum(results)} passed, {results.count(False)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()

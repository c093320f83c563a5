"""How long `tidings contract diff` takes over both documents, with the usage of two hundred busy keys.

The whole command, as a developer or a workflow waits for it: bundling, oasdiff, the policy, the usage out of a file,
and whom each finding would have hit. The second document lost every tenth path and a parameter of each operation.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from bench.harness import ROOT, BenchError
from bench.report import Row, Section
from ci.breaking import newest_released
from core.contract import yaml12
from core.contract.lifecycle import METHODS

KEYS = 200
_TIDINGS = Path(sys.executable).parent / "tidings"
_BREAKS = 1


def run(*, rounds: int) -> Section:
    """Seconds a comparison, medians of the rounds."""
    with tempfile.TemporaryDirectory(prefix="tidings-bench-") as folder:
        usage = Path(folder) / "usage.json"
        base = newest_released("v2")
        document = yaml12.load(base)
        usage.write_text(json.dumps({"since": "2026-10-30", "days": 30, "elements": _uses(document)}))
        changed = Path(folder) / "changed.yaml"
        changed.write_bytes(yaml12.dump(_poorer(document)))
        pair = ("--base", str(base), "--revision", str(changed), "--semver", "off")
        both, broken = [], []
        for _ in range(rounds):
            both.append(_seconds("--usage", str(usage), expected=0))
            broken.append(_seconds(*pair, "--usage", str(usage), "--json", expected=_BREAKS))
    cells = {"both working documents": median(both), "a document with much that breaks": median(broken)}
    return Section(
        f"Break diff with the usage of {KEYS} keys",
        [Row(name, {"seconds": figure}) for name, figure in cells.items()],
        [(f"seconds, {name}", figure, 5.0) for name, figure in cells.items()],
        at_most=frozenset(f"seconds, {name}" for name in cells),
    )


def _seconds(*arguments: str, expected: int) -> float:
    began = time.perf_counter()
    finished = subprocess.run(
        [str(_TIDINGS), "contract", "diff", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if finished.returncode != expected:
        raise BenchError(f"contract diff ended with {finished.returncode}: {finished.stderr.strip()}")
    return time.perf_counter() - began


def _uses(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every key called every operation, with each of its own parameters."""
    found = []
    for operation in _operations(document):
        elements = [("operation", "")]
        elements += [("parameter", node["name"]) for node in operation.get("parameters", ()) if "name" in node]
        for number in range(KEYS):
            caller = {"id": f"key_{number}", "kind": "api_key", "name": f"Key {number}"}
            found += [
                {
                    "organization": f"org-{number % 20}", "caller": caller, "version": "v2", "kind": kind, "name": name,
                    "operation": operation["operationId"], "calls": 10, "last_call_at": "2026-11-28T02:00:07Z",
                }
                for kind, name in elements
            ]  # fmt: skip
    return found


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [item[method] for item in document["paths"].values() for method in METHODS if method in item]


def _poorer(document: dict[str, Any]) -> dict[str, Any]:
    """The document without every tenth path, and every operation without its last parameter."""
    paths = {path: item for place, (path, item) in enumerate(document["paths"].items()) if place % 10}
    poorer: dict[str, Any] = json.loads(json.dumps({**document, "paths": paths}))
    for operation in _operations(poorer):
        if operation.get("parameters"):
            operation["parameters"].pop()
    return poorer

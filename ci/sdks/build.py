"""Generating and compiling a package, once for the same sources."""

import hashlib
import json
import shutil
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ci.sdks import limitations, machine
from ci.sdks.package import SDKS, Language, Package, documented_errors, made_up, untyped, words_of
from ci.sdks.tools import ToolFailed


@dataclass(slots=True)
class Verdict:
    """What is to be said about one package."""

    package: Package
    faults: list[str] = field(default_factory=list)
    limits: set[limitations.Limitation] = field(default_factory=set)
    said: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        head = f"{self.package.name}: {', '.join(self.said)}".rstrip(": ")
        return "\n".join([head, *(f"  {line}" for fault in self.faults for line in fault.splitlines())])


def build(language: Language, package: Package) -> Verdict:
    """Generate, judge and compile a package, unless that was done before with what there is now."""
    stamp = package.work / ".built"
    wanted = _digest(language, package)
    verdict = Verdict(package)
    if package.folder.is_dir() and stamp.is_file():
        before = json.loads(stamp.read_text(encoding="utf-8"))
        if before["digest"] == wanted:
            verdict.limits = {known for known in limitations.LIMITATIONS if known.reason in before["limits"]}
            verdict.said.append("built before")
            return verdict
    stamp.unlink(missing_ok=True)
    try:
        _generate(language, verdict)
        _judge(language, verdict)
        started = time.monotonic()
        language.compile(package)
        verdict.said.append(f"compiled in {time.monotonic() - started:.0f} s")
    except ToolFailed as failed:
        verdict.faults.append(str(failed))
    if not verdict.faults:
        limits = sorted(known.reason for known in verdict.limits)
        stamp.write_text(json.dumps({"digest": wanted, "limits": limits}), encoding="utf-8")
    return verdict


def _generate(language: Language, verdict: Verdict) -> None:
    package = verdict.package
    started = time.monotonic()
    shutil.rmtree(package.folder, ignore_errors=True)
    package.folder.mkdir(parents=True)
    warnings, verdict.limits = limitations.unexpected(language.name, language.generate(package))
    verdict.faults += [f"the generator warns: {warning}" for warning in warnings]
    shutil.copy(package.quick_start, package.folder / "README.md")
    verdict.said.append(f"generated in {time.monotonic() - started:.0f} s")


def _judge(language: Language, verdict: Verdict) -> None:
    """Every name was chosen by an author of the document, and every error has a type."""
    package, document = verdict.package, verdict.package.document()
    verdict.faults += [f"nobody chose the name {name}" for name in made_up(language.names(package), words_of(document))]
    left_out = {operation for limit in verdict.limits for operation in limit.leaves_out}
    errors = {error for error in documented_errors(document) if error.operation not in left_out}
    verdict.faults += map(str, untyped(errors, language.errors(package)))
    verdict.said.append(f"{len(errors)} errors typed")


def _digest(language: Language, package: Package) -> str:
    """Changes with the bundle, with whatever stands in ci/sdks and with the programs of the machine."""
    versions = {name: machine.version(name) for name in language.needs}
    return hashlib.sha256(package.bundle.read_bytes() + _sources() + repr(versions).encode()).hexdigest()


@cache
def _sources() -> bytes:
    files = sorted(file for file in SDKS.rglob("*") if file.is_file() and file.suffix != ".pyc")
    return b"".join(str(file.relative_to(SDKS)).encode() + file.read_bytes() for file in files if _counts(file))


def _counts(file: Path) -> bool:
    """Compilers and editors leave things behind."""
    return not {"__pycache__", ".mypy_cache"} & set(file.parts)

"""Generate SDKs from both documents as they are served, compile them, and hold each against plain HTTP.

Python, TypeScript (openapi-fetch and typescript-fetch), Go and Java clients of v1 and v2 are generated, compiled with
strict settings and walked through one scenario on a live instance: keys, articles to the last page, reading lists,
errors, repetitions, 304 and 429. What their typed objects say has to be what plain HTTP says. The packages are left in
dist/sdk/, each with a quick start.

exit codes: 0 every client is right; 1 one is not, or a tool is missing
"""

import argparse
import os
import shutil
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx

from ci.bundle import OPENAPI
from ci.sdks import limitations
from ci.sdks.languages import LANGUAGES
from ci.sdks.live import Credentials, Live, live
from ci.sdks.package import Language, Package, made_up, write_quick_start
from ci.sdks.raw import Walk
from ci.sdks.tools import ToolFailed, tool
from ci.sdks.transcript import UnreadableTranscript, canonical, differences, read
from ci.support import artifacts


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
    """Generate and compile a package."""
    verdict = Verdict(package)
    started = time.monotonic()
    shutil.rmtree(package.folder, ignore_errors=True)
    package.folder.mkdir(parents=True)
    try:
        warnings, verdict.limits = limitations.unexpected(language.name, language.generate(package))
        verdict.faults += [f"the generator warns: {warning}" for warning in warnings]
        verdict.faults += [f"nobody chose the name {name}" for name in made_up(language.names(package))]
        verdict.said.append(f"generated in {time.monotonic() - started:.0f} s")
        started = time.monotonic()
        language.compile(package)
        write_quick_start(package)
        verdict.said.append(f"compiled in {time.monotonic() - started:.0f} s")
    except ToolFailed as failed:
        verdict.faults.append(str(failed))
    return verdict


def walk(
    language: Language, verdict: Verdict, credentials: Credentials, *, since: datetime, expected: Sequence[str]
) -> None:
    """Run the scenario with a client, and note what it saw otherwise than plain HTTP."""
    package = verdict.package
    try:
        done = tool(*language.command(package), env=credentials.environment)
        found = canonical(read(done.stdout), since)
    except (ToolFailed, UnreadableTranscript) as failed:
        verdict.faults.append(str(failed))
        return
    (artifacts("sdk") / f"{package.name}.jsonl").write_text("\n".join(found), encoding="utf-8")
    drift = differences(expected, found, package.name)
    if drift:
        verdict.faults.append("\n".join(["it saw something else than plain HTTP:", *drift[:60]]))
    else:
        verdict.said.append(f"{len(found)} steps equal to plain HTTP")


def served(instance: Live, version: str) -> Path:
    """The document as the instance serves it."""
    file = artifacts("sdk") / f"{version}.json"
    file.write_bytes(httpx.get(f"{instance.address}/{version}/openapi.json").raise_for_status().content)
    return file


def check(languages: Sequence[Language], versions: Iterable[str]) -> list[Verdict]:
    """Make every package and walk it through the scenario."""
    for language in languages:
        language.install()
    verdicts = []
    with live() as instance:
        for version in versions:
            bundle = served(instance, version)
            packages = [(language, Package(language.name, version, bundle)) for language in languages]
            with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
                built = list(pool.map(lambda pair: build(*pair), packages))
            expected = canonical(Walk(version, instance.credentials(version)).run(), instance.since)
            (artifacts("sdk") / f"{version}.jsonl").write_text("\n".join(expected), encoding="utf-8")
            for language, verdict in zip(languages, built, strict=True):
                if not verdict.faults:
                    credentials = instance.credentials(verdict.package.name)
                    walk(language, verdict, credentials, since=instance.since, expected=expected)
                print(verdict, flush=True)
            verdicts += built
    return verdicts


def main() -> None:
    """The command `ci/sdk`."""
    every = sorted(document.parent.name for document in OPENAPI.glob("v*/openapi.yaml"))
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="ci/sdk", description=__doc__, formatter_class=formatter)
    parser.add_argument("--language", choices=sorted(LANGUAGES), action="append", help="only this language")
    parser.add_argument("--version", choices=every, action="append", help="only this document")
    arguments = parser.parse_args()
    names = arguments.language or list(LANGUAGES)
    started = time.monotonic()
    verdicts = check([LANGUAGES[name] for name in names], arguments.version or every)
    spare = []
    if not arguments.version:
        spare = limitations.unneeded(names, set().union(*(verdict.limits for verdict in verdicts)))
        for limit in spare:
            print(f"{limit.language}: nothing prints {limit.prints!r} any more, remove it from ci/sdks/limitations.py")
    failed = [verdict.package.name for verdict in verdicts if verdict.faults]
    passed = len(verdicts) - len(failed)
    summary = f"sdk: {passed} passed, {len(failed)} failed {' '.join(failed)}".rstrip()
    print(f"{summary} ({time.monotonic() - started:.0f} s)")
    raise SystemExit(1 if failed or spare else 0)


if __name__ == "__main__":
    main()

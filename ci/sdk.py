"""Generate SDKs from both documents as they are served, compile them, and hold each against plain HTTP.

Python, TypeScript (openapi-fetch and typescript-fetch), Go and Java clients of v1 and v2 are generated, compiled with
strict settings and walked through one scenario on a live instance: accounts, keys, articles to the last page, reading
lists, errors, repetitions, 304 and 429. What their typed objects say has to be what plain HTTP says, and the program of
each quick start has to list the news. The packages are left in dist/sdk/. What was built from the same sources before
is not built again, but for --anew.

exit codes: 0 every client is right; 1 one is not, or a tool is missing
"""

import argparse
import os
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from ci.bundle import bundle_all
from ci.sdks import limitations
from ci.sdks.build import Verdict, build
from ci.sdks.languages import LANGUAGES
from ci.sdks.live import Live, live
from ci.sdks.machine import lacking
from ci.sdks.package import DIST, Language, Package
from ci.sdks.raw import Walk
from ci.sdks.transcript import canonical
from ci.sdks.walk import try_quick_start, walk
from ci.support import artifacts, fail

Building = list[tuple[Language, "Future[Verdict]"]]


def check(languages: Sequence[Language], bundles: Mapping[str, Path]) -> list[Verdict]:
    """Make every package, two at a time, while an instance starts; walk each through the scenario when it is there."""
    if told := lacking(dict.fromkeys(name for language in languages for name in language.needs)):
        fail("\n".join(["without these nothing was generated:", *told]))
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        try:
            list(pool.map(lambda language: language.install(), languages))
            building = {
                version: [
                    (language, pool.submit(build, language, Package(language.name, version, bundle)))
                    for language in languages
                ]
                for version, bundle in bundles.items()
            }
            with live() as instance:
                return [verdict for version, built in building.items() for verdict in hold(instance, version, built)]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def hold(instance: Live, version: str, building: Building) -> list[Verdict]:
    """Walk the packages of a version through the scenario, each as soon as it is built."""
    expected = canonical(Walk(version, instance.credentials(version)).run(), instance.since)
    (artifacts("sdk") / f"{version}.jsonl").write_text("\n".join(expected), encoding="utf-8")
    served = instance.document(version)
    verdicts = []
    for language, built in building:
        verdict = built.result()
        if verdict.package.document() != served:
            verdict.faults.append(f"{version} is served otherwise than it was bundled")
        if not verdict.faults:
            walk(language, verdict, instance, expected)
            try_quick_start(language, verdict, instance)
        print(verdict, flush=True)
        verdicts.append(verdict)
    return verdicts


def leave_only(verdicts: Iterable[Verdict]) -> None:
    """Take away the packages that did not pass: what stands in dist/sdk/ can be used."""
    for verdict in verdicts:
        if verdict.faults:
            shutil.rmtree(verdict.package.folder, ignore_errors=True)


def main() -> None:
    """The command `ci/sdk`."""
    bundles = {version: bundled.with_suffix(".json") for version, bundled in bundle_all().items()}
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="ci/sdk", description=__doc__, formatter_class=formatter)
    parser.add_argument("--language", choices=sorted(LANGUAGES), action="append", help="only this language")
    parser.add_argument("--version", choices=sorted(bundles), action="append", help="only this document")
    parser.add_argument("--anew", action="store_true", help="build what was built before, too")
    arguments = parser.parse_args()
    if arguments.anew:
        shutil.rmtree(DIST, ignore_errors=True)
    names = arguments.language or list(LANGUAGES)
    started = time.monotonic()
    chosen = {version: bundles[version] for version in arguments.version or bundles}
    verdicts = check([LANGUAGES[name] for name in names], chosen)
    leave_only(verdicts)
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

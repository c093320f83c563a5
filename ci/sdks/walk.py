"""What a compiled client does on a live instance, held against plain HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx

from ci.sdks.build import Verdict
from ci.sdks.live import Live, quick_start_environment
from ci.sdks.package import Language
from ci.sdks.tools import ToolFailed, tool
from ci.sdks.transcript import UnreadableTranscript, canonical, differences, read
from ci.support import artifacts

QUICK_START_ARTICLES = 10
NOBODY = "tdk_live_nobody"
_LINES = 60  # of a difference


def walk(language: Language, verdict: Verdict, instance: Live, expected: Sequence[str]) -> None:
    """Run the scenario with a client, and note what it saw otherwise than plain HTTP."""
    package = verdict.package
    try:
        done = tool(*language.command(package), env=instance.credentials(package.name).environment)
    except ToolFailed as failed:
        verdict.faults.append(str(failed))
        return
    (artifacts("sdk") / f"{package.name}.jsonl").write_text(done.stdout, encoding="utf-8")
    verdict.faults += compare(package.name, done.stdout, done.stderr, expected, instance.since)
    if not verdict.faults:
        verdict.said.append(f"{len(expected)} steps equal to plain HTTP")


def compare(name: str, printed: str, warned: str, expected: Sequence[str], since: datetime) -> list[str]:
    """What is wrong with what a program printed and warned of; `expected`: the steps of plain HTTP."""
    faults = [f"it warns while it runs:\n{warned}"] if warned else []
    try:
        found = canonical(read(printed), since)
    except UnreadableTranscript as unreadable:
        return [*faults, str(unreadable)]
    if drift := differences(expected, found, name):
        faults.append("\n".join(["it saw something else than plain HTTP:", *drift[:_LINES]]))
    return faults


def try_quick_start(language: Language, verdict: Verdict, instance: Live) -> None:
    """Run the program of the quick start, with a key and with one that nobody has."""
    package = verdict.package
    key = instance.credentials(f"{package.name} quick start").key
    titles = instance.titles(package.version, QUICK_START_ARTICLES)
    try:
        listed = tool(*language.quick_start(package), env=quick_start_environment(instance.address, key))
        refused = tool(*language.quick_start(package), env=quick_start_environment(instance.address, NOBODY))
    except ToolFailed as failed:
        verdict.faults.append(f"the quick start: {failed}")
        return
    lines = listed.stdout.splitlines()
    if len(lines) != len(titles) or not all(map(str.endswith, lines, titles)):
        verdict.faults.append("\n".join(["the quick start does not list the news:", *lines, listed.stderr]))
    if (wanted := refusal(instance, package.version)) not in refused.stdout:
        said = refused.stdout + refused.stderr
        verdict.faults.append(f"the quick start is refused with {wanted!r} and says: {said}")


def refusal(instance: Live, version: str) -> str:
    """Status, code and sentence of what plain HTTP says to a key that nobody has."""
    bearer = {"Authorization": f"Bearer {NOBODY}"}
    answer = httpx.get(f"{instance.address}/{version}/articles", params={"limit": 10}, headers=bearer)
    said: dict[str, Any] = answer.json()
    code, sentence = (said["error"], said["message"]) if version == "v1" else (said["code"], said["detail"])
    return f"{answer.status_code} {code} {sentence}"

"""`tidings contract diff`: what a change would break and whom, by the usage of an instance or of a file."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.cli import diff as command
from core.cli import run
from core.contract.elements import Elements
from core.infra.context import Infrastructure
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal
from core.settings import as_environment
from core.usage.meter import UsageMeter
from tests.ci.test_breaking import PAIRS
from tests.support.infrastructure import SECRET, opened
from tests.support.seed import Key, Seed

Diff = Callable[..., Any]
COLOR = {"type": "string", "enum": ["blue", "green"]}
NEW_NOTE = Elements((), {"content": {"application/json": {"schema": {"properties": {"color": COLOR}}}}})
JSON, COLORED, BLUE, GREEN = (1 << number for number in range(4))


@pytest.fixture
async def infra(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        yield infra


@pytest.fixture
async def key(infra: Infrastructure) -> Key:
    """A key that made three green notes today, and one a long time ago."""
    seed = Seed(infra.db.url, SECRET.encode())
    key = seed.key(name="Nightly import")
    seed.close()
    caller = Principal(NEWSROOM_ID, ids.decode("key", key.id), "api_key")
    meter = UsageMeter(infra)
    for days_ago, calls in ((0, 3), (40, 1)):
        for _ in range(calls):
            meter.count(caller, "v2.createNote", 201, 1, NEW_NOTE, JSON | COLORED | GREEN)
        await meter.write(datetime.now(UTC).date() - timedelta(days=days_ago))
    return key


@pytest.fixture
def diff(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Diff:
    """Compares pairs/base.yaml with another one in a thread of its own; gives (exit code, stdout, stderr)."""

    async def call(revision: str, *options: str) -> tuple[int, str, str]:
        files = ("--base", str(PAIRS / "base.yaml"), "--revision", str(PAIRS / f"{revision}.yaml"))
        code = await asyncio.to_thread(run, ["contract", "diff", *files, *options])
        return code, *capfd.readouterr()

    return call


@pytest.fixture
def here(infra: Infrastructure, monkeypatch: pytest.MonkeyPatch) -> None:
    """The instance is the one that commands speak to."""
    for name, value in as_environment(infra.settings).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing runs, and no address is set."""
    for name in ("TIDINGS_DATABASE_URL", "TIDINGS_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TIDINGS_HOME", str(tmp_path / "home"))


def usage_file(folder: Path, **changes: Any) -> Path:
    element = {
        "organization": "acme", "caller": {"id": "key_1", "kind": "api_key", "name": "A | B"}, "version": "v1",
        "operation": "createNote", "kind": "enum", "name": "/color", "value": "green", "calls": 1234,
        "last_call_at": "2026-11-20T12:00:00Z", **changes,
    }  # fmt: skip
    file = folder / "usage.json"
    file.write_text(json.dumps({"since": "2026-10-21", "days": 30, "elements": [element]}), encoding="utf-8")
    return file


@pytest.mark.usefixtures("here")
async def test_a_breaking_change_is_shown_with_the_keys_and_calls_that_it_breaks(key: Key, diff: Diff) -> None:
    code, out, err = await diff("removed-enum-value")
    assert (code, err) == (1, "")
    summary, finding, whom, total = out.splitlines()
    assert summary == "removed-enum-value.yaml: 1 breaking, 0 warnings against tests/ci/pairs/base.yaml"
    assert finding.startswith("  breaking: POST /notes: removed the enum value `green` of the request property `color`")
    assert whom.startswith(f"    newsroom: Nightly import ({key.id}), 3 calls, the last at ")
    assert total == "1 breaking change; 1 of them would have hit 1 caller in the last 30 days."


@pytest.mark.usefixtures("here", "key")
@pytest.mark.parametrize(
    ("revision", "fail_on", "code"),
    [
        ("removed-enum-value", "breaking", 1),
        ("removed-enum-value", "used", 1),
        ("removed-enum-value", "none", 0),
        ("removed-parameter", "breaking", 1),
        ("removed-parameter", "used", 0),
        ("additive", "breaking", 0),
        ("additive", "used", 0),
        ("additive-as-patch", "used", 1),
    ],
)
async def test_what_counts_is_chosen(diff: Diff, revision: str, fail_on: str, code: int) -> None:
    assert (await diff(revision, "--fail-on", fail_on))[0] == code


@pytest.mark.usefixtures("here", "key")
async def test_the_number_of_days_is_chosen(diff: Diff) -> None:
    _, out, _ = await diff("removed-enum-value", "--days", "60", "--json")
    (comparison,) = orjson.loads(out)["comparisons"]
    assert comparison["findings"][0]["calls"] == 4


@pytest.mark.usefixtures("here")
async def test_everything_is_printed_as_json(key: Key, diff: Diff) -> None:
    _, out, _ = await diff("removed-enum-value", "--json")
    told = orjson.loads(out)
    assert (told["fails"], told["fail_on"], told["usage"]["days"]) == (True, "breaking", 30)
    (finding,) = told["comparisons"][0]["findings"]
    (caller,) = finding.pop("callers")
    assert caller.pop("last_call_at").endswith("Z")
    assert caller == {
        "organization": "newsroom", "id": key.id, "kind": "api_key", "name": "Nightly import", "calls": 3,
    }  # fmt: skip
    assert finding == {
        "id": "request-property-enum-value-removed", "level": "breaking", "method": "POST", "path": "/notes",
        "text": "removed the enum value `green` of the request property `color`", "operationId": "createNote",
        "section": "paths", "fails": True, "calls": 3, "caller_count": 1,
    }  # fmt: skip


@pytest.mark.usefixtures("here")
async def test_a_young_record_is_not_taken_for_thirty_days_without_a_call(infra: Infrastructure, diff: Diff) -> None:
    code, out, err = await diff("removed-enum-value", "--fail-on", "used")
    assert code == 0
    assert "    nobody in the last day\n" in out
    assert out.endswith("in the last day. It is recorded for no longer; 30 days were asked for.\n")
    assert err == f"tidings: what is used is known from {datetime.now(UTC).date()} on only\n"


@pytest.mark.usefixtures("here")
async def test_recorded_usage_is_a_file_that_the_comparison_reads(
    key: Key, diff: Diff, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(run, ["contract", "usage", "--json"]) == 0
    file = tmp_path / "usage.json"
    file.write_text(capfd.readouterr().out, encoding="utf-8")
    of_instance, of_file = await diff("removed-enum-value"), await diff("removed-enum-value", "--usage", str(file))
    assert of_file == of_instance
    assert await asyncio.to_thread(run, ["contract", "usage"]) == 0
    assert f"Nightly import ({key.id})\tv2\tcreateNote\tenum\t/color\tgreen\t3\t" in capfd.readouterr().out


async def test_markdown_is_a_table_for_a_pull_request(diff: Diff, tmp_path: Path) -> None:
    code, out, _ = await diff("removed-enum-value", "--markdown", "--usage", str(usage_file(tmp_path)))
    assert code == 1
    heading, _, _, _, row, _, total = out.splitlines()
    assert heading == "### removed-enum-value.yaml: 1 breaking, 0 warnings"
    assert row.startswith("| ❌ | `POST /notes`<br>removed the enum value `green`")
    assert row.endswith("| acme: A \\| B (key_1), 1,234 calls, the last at 2026-11-20 12:00:00Z |")
    assert total == "1 breaking change; 1 of them would have hit 1 caller in the last 30 days."


async def test_annotations_are_errors_only_for_what_fails(diff: Diff, tmp_path: Path) -> None:
    options = ("--github", "--fail-on", "used", "--usage", str(usage_file(tmp_path)))
    _, out, _ = await diff("removed-enum-value", *options)
    file = "file=tests/ci/pairs/removed-enum-value.yaml,title=request-property-enum-value-removed"
    assert out.startswith(f"::error {file}::POST /notes: removed the enum value `green` of the request property")
    code, out, _ = await diff("removed-parameter", *options)
    assert code == 0
    assert out.startswith("::warning file=tests/ci/pairs/removed-parameter.yaml,title=request-parameter-removed::")
    assert out.splitlines()[-1].startswith("::notice title=contract diff::1 breaking change; none of them hits anybody")


async def test_callers_stay_unnamed_where_strangers_read(diff: Diff, tmp_path: Path) -> None:
    for shape in ("--markdown", "--json", "--github"):
        _, out, _ = await diff("removed-enum-value", "--no-names", shape, "--usage", str(usage_file(tmp_path)))
        assert "acme" not in out
        assert "key_1" not in out
        assert "1,234 calls" in out or '"calls":1234' in out


@pytest.mark.usefixtures("nowhere")
async def test_without_an_instance_the_bare_verdict_stays_and_the_reason_is_told(diff: Diff) -> None:
    code, out, _ = await diff("removed-enum-value")
    assert code == 1
    assert "    nobody knows what is used\n" in out
    assert "whom they would hit is not known: nothing runs in " in out


@pytest.mark.usefixtures("nowhere")
async def test_what_is_used_is_never_guessed(diff: Diff) -> None:
    code, _, err = await diff("removed-enum-value", "--fail-on", "used")
    assert code == 3
    assert err.startswith("tidings: nobody knows what is used, so nothing was decided: nothing runs in ")
    assert (await diff("additive", "--fail-on", "used"))[0] == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory"),
        ("{", "not JSON"),
        ("[]", "not what `tidings contract usage --json` prints"),
        ('{"since": "2026-10-21", "days": 30}', "has no 'elements'"),
        ('{"since": "then", "days": 30, "elements": []}', "then"),
        ('{"since": "2026-10-21", "days": 30, "elements": [{"caller": "x"}]}', "not what"),
    ],
)
async def test_a_file_of_usage_that_cannot_be_read_is_one_line(
    diff: Diff, tmp_path: Path, content: str | None, said: str
) -> None:
    file = tmp_path / "usage.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    code, out, err = await diff("additive", "--usage", str(file))
    assert (code, out) == (2, "")
    assert err.startswith(f"tidings: {file}: ")
    assert said in err
    assert err.count("\n") == 1


async def test_a_document_that_cannot_be_read_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("openapi: [", encoding="utf-8")
    arguments = ["contract", "diff", "--base", str(PAIRS / "base.yaml"), "--revision", str(broken)]
    assert await asyncio.to_thread(run, arguments) == 2
    answer = capfd.readouterr()
    assert answer.out == ""
    assert "broken.yaml cannot be read: " in answer.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--base", "x.yaml"], "--base and --revision go together"),
        (["--json", "--markdown"], "choose one of --json, --markdown and --github"),
        (["--fail-on", "sometimes"], "sometimes"),
        (["--days", "0"], "greater than or equal to 1"),
    ],
)
async def test_arguments_that_make_no_sense_are_refused(
    arguments: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(run, ["contract", "diff", *arguments]) == 2
    assert said in capfd.readouterr().err


async def test_without_a_checkout_nothing_is_passed_silently(
    diff: Diff, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "_ROOT", tmp_path)
    code, out, err = await diff("additive")
    assert (code, out) == (3, "")
    assert err.startswith("tidings: comparing needs ci/breaking")

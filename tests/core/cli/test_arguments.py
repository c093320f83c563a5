"""What the command line makes of its arguments, without an instance."""

from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import orjson
import pytest
import typer

from core.cli import run
from core.cli.commands import COMMANDS, GROUPS
from core.cli.keys import expiry
from core.settings import Settings
from tests.support.instance import tidings

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
EVERY_COMMAND = (*COMMANDS, *(f"{group} {command}" for group, (_, parts) in GROUPS.items() for command in parts))


@pytest.mark.parametrize("text", ["", "30", "d30", "30 d", "1e3d", "tomorrow", "2026-13-01", "٣d"])
def test_an_end_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="neither a span"):
        expiry(text, now=NOW)


def test_an_end_in_the_past_is_refused() -> None:
    with pytest.raises(typer.BadParameter, match="lies in the past"):
        expiry("2026-11-21T08:59:59Z", now=NOW)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("30d", NOW + timedelta(days=30)),
        ("12h", NOW + timedelta(hours=12)),
        ("45m", NOW + timedelta(minutes=45)),
        ("2026-12-01", datetime(2026, 12, 1, tzinfo=UTC)),
        ("2026-12-01T10:00:00+02:00", datetime(2026, 12, 1, 8, tzinfo=UTC)),
    ],
)
def test_an_end_is_a_span_or_a_date(text: str, end: datetime) -> None:
    assert expiry(text, now=NOW) == end


def test_an_unknown_command_is_one_line_and_exit_code_2(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["dance"]) == 2
    assert capfd.readouterr().err.count("\n") == 1


def test_an_unknown_option_is_one_line_and_exit_code_2(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "list", "--dance"]) == 2
    assert capfd.readouterr().err.count("\n") == 1


def test_no_command_at_all_shows_the_help(capfd: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert "Usage: tidings" in "".join(capfd.readouterr())


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_the_help_that_loads_no_command_lists_what_the_commands_say_of_themselves(
    option: str, capfd: pytest.CaptureFixture[str]
) -> None:
    run([])
    loaded = "".join(capfd.readouterr()).strip()
    assert run([option]) == 0
    assert capfd.readouterr().out.strip() == loaded
    assert all(f"\n  {name}" in loaded for name in (*COMMANDS, *GROUPS))


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_every_command_and_every_option_has_help(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run([*command.split(), "--help"]) == 0
    text = capfd.readouterr().out
    options = [line for line in text.splitlines() if line.lstrip().startswith("--")]
    assert all(len(line.split(None, 1)[-1]) > 10 for line in options)


@pytest.mark.parametrize("group", ["", *GROUPS])
def test_the_list_of_commands_says_the_whole_of_what_each_does(group: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run([*group.split(), "--help"]) == 0
    listed = capfd.readouterr().out.partition("Commands:")[2]
    assert listed
    assert "..." not in listed


def test_the_version_is_the_distributions(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capfd.readouterr().out == f"tidings {version('tidings')}\n"


def test_the_doctor_lists_the_settings_when_one_is_unknown(tmp_path: Path) -> None:
    answer = tidings(tmp_path, "doctor", TIDINGS_PROT="1")
    assert answer.returncode == 1
    assert "TIDINGS_PROT is not a setting" in answer.stdout
    assert all(f"TIDINGS_{name.upper()}: " in answer.stdout for name in Settings.model_fields)


def test_the_doctor_names_a_port_that_is_taken_and_engines_that_could_start(tmp_path: Path) -> None:
    answer = tidings(tmp_path, "doctor", "--json")
    assert answer.returncode == 0, answer.stdout
    checks = {check["check"]: check for check in orjson.loads(answer.stdout)["checks"]}
    assert checks["postgresql"]["detail"].startswith("embedded 18")
    assert checks["redis"]["detail"].startswith("embedded ")
    assert checks["instance"]["status"] == "warning"


def test_the_doctor_says_what_to_do_about_servers_that_are_away(tmp_path: Path) -> None:
    answer = tidings(
        tmp_path, "doctor", "--json",
        TIDINGS_DATABASE_URL="postgresql://127.0.0.1:1/x", TIDINGS_REDIS_URL="redis://127.0.0.1:1",
    )  # fmt: skip
    assert answer.returncode == 1
    checks = {check["check"]: check for check in orjson.loads(answer.stdout)["checks"]}
    assert checks["postgresql"]["fix"] == "start it, or correct TIDINGS_DATABASE_URL"
    assert checks["redis"]["fix"] == "start it, or correct TIDINGS_REDIS_URL"

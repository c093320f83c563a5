"""`tidings audit`, and the daily job: what they print, and what they do about a log that was changed."""

import json
from collections.abc import Iterator

import psycopg
import pytest
from structlog.testing import capture_logs

from core.audit import tasks
from core.audit.service import audit
from core.cli import run
from core.infra.context import Infrastructure
from core.infra.db import session
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal, operator
from tests.core.audit.conftest import SuperUser
from tests.support.engines import drop_database, fresh_database
from tests.support.infrastructure import SECRET

NEWSROOM = ids.encode("org", NEWSROOM_ID)


@pytest.fixture
def database(postgres_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an instance's database, which the commands find in the environment."""
    url = fresh_database(postgres_url)
    for name, value in {"DATABASE_URL": url, "REDIS_URL": redis_url, "SECRET": SECRET}.items():
        monkeypatch.setenv(f"TIDINGS_{name}", value)
    yield url
    drop_database(url)


@pytest.fixture
def key(database: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The id of a key that the operator has made and revoked."""
    assert run(["keys", "create", "--name", "Import", "--json"]) == 0
    made: str = json.loads(capsys.readouterr().out)["id"]
    assert run(["keys", "revoke", made]) == 0
    return made


def test_an_organisation_that_is_not_there_is_named(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "list", "--organization", "nobody"]) == 1
    assert "nobody" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--head", "x"], ["--head", "3:zz", "--organization", "newsroom"], ["--head", f"3:{'0' * 64}"]]
)
def test_a_head_that_is_none_is_misuse(database: str, arguments: list[str]) -> None:
    assert run(["audit", "verify", *arguments]) == 2


def test_what_the_operator_did_is_listed_newest_first(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "list", "--json"]) == 0
    revoked, created = json.loads(capsys.readouterr().out)
    assert [each["action"] for each in (created, revoked)] == ["api_key.created", "api_key.revoked"]
    assert {each["target_id"] for each in (created, revoked)} == {key}
    assert {each["actor_id"] for each in (created, revoked)} == {"operator"}
    assert run(["audit", "list", "--action", "api_key.created"]) == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_an_export_is_one_event_a_line_oldest_first(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "export", "--organization", "newsroom"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["sequence"] for each in lines] == [1, 2]


def test_verification_prints_the_head_and_takes_it_back(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "verify", "--json"]) == 0
    (verdict,) = json.loads(capsys.readouterr().out)
    assert (verdict["organization"], verdict["length"], verdict["state"]) == (NEWSROOM, 2, "in order")
    head = f"{verdict['length']}:{verdict['hash']}"
    assert run(["audit", "verify", "--organization", "newsroom", "--head", head]) == 0
    assert run(["audit", "verify", "--organization", "newsroom", "--head", f"1:{verdict['hash']}"]) == 1


def test_a_log_that_was_changed_is_a_failure(key: str, database: str, capsys: pytest.CaptureFixture[str]) -> None:
    with psycopg.connect(database) as owner:
        owner.execute("UPDATE audit_events SET actor_name = 'Somebody else' WHERE sequence = 2")
    assert run(["audit", "verify"]) == 1
    said = capsys.readouterr()
    assert "broken at event 2" in said.out
    assert "broken at event 2" in said.err


async def test_the_daily_job_says_how_each_log_is(
    infra: Infrastructure, maker: Principal, stranger: Principal, superuser: SuperUser
) -> None:
    for principal in (maker, stranger):
        async with infra.unit_of_work(principal):
            await session()
            audit.record(principal, "feed.created", target=("feed", "x"))
    superuser(f"DELETE FROM audit_events WHERE organization_id = '{NEWSROOM_ID}'")
    with capture_logs() as logs:
        await tasks.verify_logs(0)
    assert [(each["event"], each["log_level"], each.get("broken_at")) for each in logs] == [
        ("audit_log_broken", "error", 1),
        ("audit_log_verified", "info", None),
    ]
    assert all(len(each["hash"]) == 64 for each in logs)


async def test_an_operator_is_an_actor_in_any_organisation(infra: Infrastructure, superuser: SuperUser) -> None:
    async with infra.unit_of_work(operator()):
        audit.record(operator(), "organization.updated", target=("organization", NEWSROOM_ID))
    (event,) = superuser("SELECT target_id, actor_kind FROM audit_events")
    assert event == {"target_id": NEWSROOM, "actor_kind": "operator"}

"""The mail of an invitation: what it says, what it cannot be made to say, and what becomes of it."""

from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, cast, get_args
from uuid import UUID

import pytest

import core
from core.contract.bundle import bundle
from core.infra.context import Infrastructure, use
from core.infra.mail import Letter, compose
from core.infra.mail_jobs import GIVEN_UP
from core.invitations import tasks
from core.invitations.service import invitations
from core.invitations.types import Invitation, InvitationKind
from core.kit import ids
from core.kit.principal import Principal
from core.settings import Settings
from tests.support.job_runner import run_jobs
from tests.support.newsroom import NewsroomControl
from tests.support.people import People

OPENAPI = Path(core.__file__).parent.parent / "openapi"
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
DUE = "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"


@pytest.fixture
def desk(people: People) -> UUID:
    return people.organization("harbour-desk")


@pytest.fixture
def owner(people: People, desk: UUID) -> Principal:
    person = people.person("owner", desk, name="Olga Owner")
    return Principal(desk, person.account_id, "user", frozenset(), role="owner")


async def issue(infra: Infrastructure, owner: Principal, email: str = "grace@example.org") -> Invitation:
    async with infra.unit_of_work(owner):
        made, _ = await invitations.issue(
            owner, kind="organization", subject_id=owner.organization_id, email=email, role="editor"
        )
    return made


async def shown(infra: Infrastructure, owner: Principal, invitation: Invitation) -> Invitation:
    async with infra.unit_of_work(owner):
        return await invitations.get(owner, ids.encode("inv", invitation.id))


async def deliver(infra: Infrastructure, people: People) -> None:
    people.execute(DUE)
    await run_jobs(infra, tasks.blueprint(), tasks.NAMESPACE)


async def test_the_mail_carries_the_token_in_words_for_people(
    infra: Infrastructure, people: People, newsroom: NewsroomControl, owner: Principal
) -> None:
    made = await issue(infra, owner)
    await deliver(infra, people)
    (mail,) = newsroom.mails("grace@example.org")
    assert mail["subject"] == "Olga Owner invites you to Harbour-Desk"
    token = invitations.token_of(made)
    for part in (mail["text"], mail["html"]):
        assert token in part
        assert "POST http://127.0.0.1:8080/v2/invitations/accept" in part
        assert "editor" in part
    after = await shown(infra, owner, made)
    assert (after.delivery_state, after.delivery_reason) == ("sent", None)
    assert after.delivered_at is not None


async def test_the_mail_says_when_it_was_written_and_has_one_id(
    infra: Infrastructure, people: People, newsroom: NewsroomControl, owner: Principal
) -> None:
    made = await issue(infra, owner)
    await deliver(infra, people)
    (mail,) = newsroom.mails("grace@example.org")
    assert parsedate_to_datetime(mail["headers"]["Date"]) == made.created_at.replace(microsecond=0)
    assert mail["headers"]["Message-ID"] == f"<{ids.encode('inv', made.id)}@localhost>"


def test_every_kind_of_invitation_is_accepted_where_the_document_says() -> None:
    paths = bundle(OPENAPI / "v2" / "openapi.yaml")["paths"]
    assert set(tasks.ACCEPT) == set(get_args(InvitationKind))
    for address in tasks.ACCEPT.values():
        assert "accept" in paths[address.removeprefix("/v2")]["post"]["operationId"].lower()


async def test_an_invitation_that_was_not_committed_is_not_mailed(
    infra: Infrastructure, people: People, newsroom: NewsroomControl, owner: Principal
) -> None:
    async def fail_after_issue() -> None:
        async with infra.unit_of_work(owner):
            await invitations.issue(
                owner, kind="organization", subject_id=owner.organization_id, email="g@example.org", role="viewer"
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_issue()
    await deliver(infra, people)
    assert newsroom.mails("g@example.org") == []


async def test_names_cannot_add_headers_or_markup(
    infra: Infrastructure, people: People, newsroom: NewsroomControl, owner: Principal
) -> None:
    evil = "Evil\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>"
    people.execute("UPDATE organizations SET name = %s WHERE id = %s", evil, owner.organization_id)
    people.execute("UPDATE principals SET name = %s WHERE id = %s", evil, owner.principal_id)
    await issue(infra, owner)
    await deliver(infra, people)
    (mail,) = newsroom.mails("grace@example.org")
    assert newsroom.mails("victim@example.org") == []
    assert "Bcc" not in mail["headers"]
    assert "<script>" not in mail["html"]
    assert "&lt;script&gt;" in mail["html"]


@pytest.mark.parametrize("to", ["a@example.org\r\nBcc: b@example.org", "a@example.org, b@example.org", "nobody", ""])
def test_a_letter_goes_to_one_address(to: str) -> None:
    with pytest.raises(ValueError, match="no mail address"):
        compose(Letter("id", NOW, to, "Subject", "Text", "<p>Text</p>"), "Tidings <tidings@example.org>")


def test_a_subject_is_one_line() -> None:
    message = compose(Letter("id", NOW, "a@example.org", "One\r\nBcc: b@example.org", "t", "h"), "T <t@example.org>")
    assert message["Subject"] == "One Bcc: b@example.org"
    assert message["Bcc"] is None


async def test_a_mail_that_the_server_puts_off_is_sent_later(
    infra: Infrastructure, people: People, newsroom: NewsroomControl, owner: Principal
) -> None:
    newsroom.fail("mail", status=451, times=2)
    made = await issue(infra, owner)
    for _ in range(2):
        await deliver(infra, people)
        waiting = await shown(infra, owner, made)
        assert (waiting.delivery_state, (waiting.delivery_reason or "")[:27]) == (
            "queued",
            "The mail server answers 451",
        )
    await deliver(infra, people)
    assert (await shown(infra, owner, made)).delivery_state == "sent"
    assert len(newsroom.mails("grace@example.org")) == 1


async def test_a_mail_that_is_put_off_waits_longer_each_time(
    infra: Infrastructure, people: People, newsroom: NewsroomControl, owner: Principal
) -> None:
    newsroom.fail("mail", status=451)
    await issue(infra, owner)
    pauses = []
    for _ in range(2):
        await deliver(infra, people)
        pauses += _rows(
            people, "SELECT extract(epoch FROM scheduled_at - now())::int FROM procrastinate_jobs WHERE status = 'todo'"
        )
    assert [pause > 30 for (pause,) in pauses] == [False, True]


async def test_a_mail_that_the_server_refuses_has_failed_with_its_reason(
    infra: Infrastructure, people: People, newsroom: NewsroomControl, owner: Principal
) -> None:
    newsroom.fail("mail", status=550, times=1)
    made = await issue(infra, owner)
    await deliver(infra, people)
    after = await shown(infra, owner, made)
    assert (after.delivery_state, (after.delivery_reason or "")[:27]) == ("failed", "The mail server answers 550")
    assert _rows(people, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'") == [(0,)]


@pytest.mark.parametrize(
    ("smtp_url", "state", "reason"),
    [
        (None, "failed", "No mail server is configured (TIDINGS_SMTP_URL)."),
        ("http://127.0.0.1", "failed", "TIDINGS_SMTP_URL is no smtp:// or smtps:// address."),
        ("smtp://127.0.0.1:1", "queued", "The mail server cannot be reached"),
    ],
)
async def test_an_invitation_says_why_its_mail_has_not_left(
    infra: Infrastructure, people: People, owner: Principal, smtp_url: str | None, state: str, reason: str
) -> None:
    values: dict[str, Any] = {**infra.settings.model_dump(), "smtp_url": smtp_url}
    without = replace(infra, settings=Settings(**values))
    made = await issue(infra, owner)
    people.execute(DUE)
    await run_jobs(without, tasks.blueprint(), tasks.NAMESPACE)
    after = await shown(infra, owner, made)
    assert after.delivery_state == state
    assert cast("str", after.delivery_reason).startswith(reason)


async def test_a_mail_that_kills_its_workers_is_given_up(infra: Infrastructure, owner: Principal) -> None:
    made = await issue(infra, owner)
    with use(infra):
        await tasks.give_up(made.organization_id, made.id)
    after = await shown(infra, owner, made)
    assert (after.delivery_state, after.delivery_reason) == ("failed", GIVEN_UP)


async def test_an_invitation_that_was_withdrawn_is_not_mailed(
    infra: Infrastructure, people: People, newsroom: NewsroomControl, owner: Principal
) -> None:
    made = await issue(infra, owner)
    async with infra.unit_of_work(owner):
        await invitations.revoke(owner, ids.encode("inv", made.id))
    await deliver(infra, people)
    assert newsroom.mails("grace@example.org") == []


async def test_a_job_that_runs_again_mails_nothing_twice(
    infra: Infrastructure, people: People, newsroom: NewsroomControl, owner: Principal
) -> None:
    made = await issue(infra, owner)
    await deliver(infra, people)
    with use(infra):
        context: Any = None
        await tasks.send_invitation(context, organization_id=str(made.organization_id), invitation_id=str(made.id))
    assert len(newsroom.mails("grace@example.org")) == 1


def _rows(people: People, statement: str) -> list[tuple[Any, ...]]:
    return people._connection.execute(statement.encode()).fetchall()

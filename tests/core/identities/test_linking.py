"""Linking identities to an account, and unlinking them."""

import asyncio
from dataclasses import replace

import pytest

from core.errors import (
    AuthorizationRefused,
    IdentityAlreadyLinked,
    IdentityNotFound,
    IdentityNotTrusted,
    InvalidCursor,
    InvalidOAuthState,
    LastWayToLogIn,
    ProviderUnavailable,
)
from core.identities.service import UNLINKED, identities
from core.identities.types import ProviderName
from core.infra.context import Infrastructure
from core.kit import ids
from core.sandbox.identity.people import PEOPLE
from core.sessions.types import Tokens
from tests.core.identities.journeys import Journeys, answered, caller, somebody
from tests.support.newsroom import NewsroomControl
from tests.support.people import Person

every_provider = pytest.mark.parametrize("name", ["google", "github", "reddit"])


def person_behind(journeys: Journeys, tokens: Tokens) -> Person:
    """Somebody who has just logged in by a provider."""
    account = journeys.account_of(tokens)
    home = ids.encode("org", account["personal_organization_id"])
    names = ids.encode("acct", account["id"]), ids.encode("ses", tokens.session_id)
    return Person(names[0], account["email"], home, names[1], tokens.access_token)


@every_provider
async def test_nobody_else_completes_a_linking(journeys: Journeys, name: ProviderName) -> None:
    """Else an attacker would have a victim agree, and read by the victim's consent."""
    attacker, victim = journeys.person(), journeys.person()
    answer = answered(await journeys.begin_link(attacker, name), somebody())
    written = journeys.written()
    with pytest.raises(InvalidOAuthState):
        await journeys.complete_link(victim, name, answer)
    assert written() == {}


async def test_another_session_of_the_same_person_does_not_complete_a_linking(journeys: Journeys) -> None:
    person = journeys.person()
    answer = answered(await journeys.begin_link(person, "reddit"), somebody())
    other = journeys.people.session(person.account_id, person.organization)
    with pytest.raises(InvalidOAuthState):
        await journeys.complete_link(other, "reddit", answer)
    assert (await journeys.complete_link(person, "reddit", answer)).provider == "reddit"


async def test_a_state_of_a_log_in_links_nothing(journeys: Journeys) -> None:
    answer = answered(await journeys.begin_log_in("google"), somebody())
    with pytest.raises(InvalidOAuthState):
        await journeys.complete_link(journeys.person(), "google", answer)


@every_provider
async def test_an_identity_belongs_to_one_account(journeys: Journeys, name: ProviderName) -> None:
    login = somebody()
    await journeys.link(journeys.person(), name, login)
    another, written = journeys.person(), journeys.written()
    with pytest.raises(IdentityAlreadyLinked):
        await journeys.link(another, name, login)
    assert written() == {}


async def test_somebody_else_s_identity_is_not_found(infra: Infrastructure, journeys: Journeys) -> None:
    row = await journeys.link(journeys.person(), "google", somebody())
    stranger = journeys.person()
    async with infra.unit_of_work(caller(stranger)):
        assert (await identities.list(caller(stranger), limit=20)).rows == ()
        with pytest.raises(IdentityNotFound):
            await identities.get(caller(stranger), ids.encode("idn", row.id))
    with pytest.raises(IdentityNotFound):
        await journeys.unlink(stranger, row)


@pytest.mark.parametrize("identity_id", ["", "idn_", "nonsense", f"idn_{'z' * 22}", f"idn_{'0' * 22}"])
async def test_an_id_that_nothing_has_is_not_found(infra: Infrastructure, journeys: Journeys, identity_id: str) -> None:
    person = caller(journeys.person())
    async with infra.unit_of_work(person):
        with pytest.raises(IdentityNotFound):
            await identities.get(person, identity_id)


@every_provider
async def test_a_person_who_declines_links_nothing(
    journeys: Journeys, providers: NewsroomControl, name: ProviderName
) -> None:
    providers.command(identity={"provider": name, "misbehave": "denied"})
    person, written = journeys.person(), journeys.written()
    with pytest.raises(AuthorizationRefused):
        await journeys.link(person, name, somebody())
    assert written() == {}


async def test_reddit_sends_no_issuer_and_an_answer_with_one_is_a_mix_up(journeys: Journeys) -> None:
    person = journeys.person()
    answer = answered(await journeys.begin_link(person, "reddit"), somebody())
    with pytest.raises(IdentityNotTrusted):
        await journeys.complete_link(person, "reddit", replace(answer, issuer="https://accounts.google.com"))


async def test_a_reddit_that_is_away_links_nothing_yet(journeys: Journeys, providers: NewsroomControl) -> None:
    person = journeys.person()
    answer, written = answered(await journeys.begin_link(person, "reddit"), somebody()), journeys.written()
    providers.fail("reddit", status=500)
    with pytest.raises(ProviderUnavailable):
        await journeys.complete_link(person, "reddit", answer)
    assert written() == {}
    providers.heal("reddit")
    assert (await journeys.complete_link(person, "reddit", answer)).state == "active"


async def test_the_only_way_to_log_in_cannot_be_unlinked(journeys: Journeys) -> None:
    person = person_behind(journeys, await journeys.log_in("google", somebody()))
    (row,) = await journeys.linked(person)
    await journeys.link(person, "reddit", somebody())  # by which nobody logs in
    written = journeys.written()
    with pytest.raises(LastWayToLogIn):
        await journeys.unlink(person, row)
    assert written() == {}


async def test_of_two_ways_to_log_in_that_go_at_once_one_stays(journeys: Journeys) -> None:
    person = person_behind(journeys, await journeys.log_in("google", somebody()))
    await journeys.link(person, "github", somebody())
    rows = await journeys.linked(person)
    outcomes = await asyncio.gather(*(journeys.unlink(person, row) for row in rows), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastWayToLogIn", "NoneType"]
    assert len(await journeys.linked(person)) == 1


async def test_with_a_password_any_identity_can_be_unlinked(journeys: Journeys) -> None:
    person = person_behind(journeys, await journeys.log_in("github", somebody()))
    journeys.people.execute("INSERT INTO account_passwords (account_id, hash) VALUES (%s, '-')", person.account_id)
    (row,) = await journeys.linked(person)
    await journeys.unlink(person, row)
    assert await journeys.linked(person) == []


@every_provider
async def test_a_linked_identity_is_listed(journeys: Journeys, name: ProviderName) -> None:
    person = journeys.person()
    row = await journeys.link(person, name, "cleo_marsh")
    cleo = PEOPLE["cleo_marsh"]
    subject = {"google": cleo.google_subject, "github": str(cleo.github_id), "reddit": cleo.reddit_id}[name]
    assert (row.provider, row.subject, row.state) == (name, subject, "active")
    assert row.name == (cleo.login if name == "reddit" else cleo.name)
    assert row.email == (None if name == "reddit" else cleo.email)
    assert await journeys.linked(person) == [row]
    await journeys.unlink(person, row)


async def test_identities_come_in_pages(infra: Infrastructure, journeys: Journeys) -> None:
    person = journeys.person()
    rows = [await journeys.link(person, name, somebody()) for name in ("google", "github", "reddit")]
    async with infra.unit_of_work(caller(person)):
        first = await identities.list(caller(person), limit=2)
        second = await identities.list(caller(person), limit=2, cursor=first.next_cursor)
        with pytest.raises(InvalidCursor):
            await identities.list(caller(person), limit=2, cursor="nonsense")
    assert [row.id for row in (*first.rows, *second.rows)] == [row.id for row in reversed(rows)]
    assert second.next_cursor is None


@pytest.mark.parametrize("name", ["google", "github"])
async def test_by_a_linked_identity_one_logs_in_to_the_account(journeys: Journeys, name: ProviderName) -> None:
    person, login = journeys.person(), somebody()
    await journeys.link(person, name, login)
    assert name != "reddit"
    assert journeys.account_of(await journeys.log_in(name, login))["id"] == person.account_id
    (row,) = await journeys.linked(person)
    assert row.last_used_at is not None


async def test_an_account_with_the_same_address_logs_in_once_it_has_linked(journeys: Journeys) -> None:
    """What the refusal `identity_unlinked` tells people to do."""
    person = journeys.person(email="eve.quiet@mail.example")
    await journeys.link(person, "google", "eve_quiet")
    assert journeys.account_of(await journeys.log_in("google", "eve_quiet"))["id"] == person.account_id


async def test_linking_again_renews(journeys: Journeys) -> None:
    person, login = journeys.person(), somebody()
    first = await journeys.link(person, "github", login)
    again = await journeys.link(person, "github", login)
    assert (again.id, again.created_at) == (first.id, first.created_at)
    assert len(await journeys.linked(person)) == 1


async def test_linking_and_unlinking_are_audited_at_home(journeys: Journeys) -> None:
    person = journeys.person(organization_id=journeys.people.organization(f"shared-{somebody()[4:]}"), role="viewer")
    row = await journeys.link(person, "google", somebody())
    await journeys.unlink(person, row)
    statement = (
        "SELECT e.action, e.target_id FROM audit_events e JOIN accounts a "
        "ON a.personal_organization_id = e.organization_id WHERE a.id = %s ORDER BY e.sequence"
    )
    events = journeys.database.rows(statement, person.account_id)
    target = ids.encode("idn", row.id)
    assert [(event["action"], event["target_id"]) for event in events] == [
        ("identity.linked", target),
        ("identity.unlinked", target),
    ]


async def test_reddit_s_tokens_are_sealed_where_they_lie(journeys: Journeys, providers: NewsroomControl) -> None:
    await journeys.link(journeys.person(), "reddit", somebody())
    (stored,) = journeys.database.rows(
        "SELECT sealed_access, sealed_refresh FROM identity_tokens ORDER BY updated_at DESC LIMIT 1"
    )
    desk = providers.newsroom.identity
    for column, tokens in (("sealed_access", desk.access), ("sealed_refresh", desk.refresh)):
        assert not any(token.encode() in stored[column] for token in tokens)
        assert len(stored[column]) > 28


async def test_unlinking_reddit_forgets_its_tokens_and_pauses_what_was_read(journeys: Journeys) -> None:
    person = journeys.person()
    row = await journeys.link(person, "reddit", somebody())
    await journeys.unlink(person, row)
    assert journeys.database.rows("SELECT 1 FROM identity_tokens WHERE account_id = %s", person.account_id) == []
    source = journeys.database.row("SELECT * FROM sources WHERE organization_id = %s", person.organization)
    assert (source["state"], source["state_reason"], source["next_fetch_at"]) == ("paused", UNLINKED, None)


async def test_linking_reddit_again_goes_on_with_the_same_source(journeys: Journeys) -> None:
    person, login = journeys.person(), somebody()
    await journeys.unlink(person, await journeys.link(person, "reddit", login))
    before = journeys.database.row("SELECT id FROM sources WHERE organization_id = %s", person.organization)
    await journeys.link(person, "reddit", login)
    after = journeys.database.row("SELECT id, state FROM sources WHERE organization_id = %s", person.organization)
    assert after == {"id": before["id"], "state": "pending"}

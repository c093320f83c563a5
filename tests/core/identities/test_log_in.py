"""Logging in by a provider."""

import asyncio
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

import pytest

from core.errors import (
    AccountSuspended,
    AuthorizationRefused,
    IdentityUnlinked,
    InvalidOAuthState,
    InvalidRequest,
    ProviderNotConfigured,
    RedirectNotAllowed,
)
from core.identities.service import STATE_LIFE, identities
from core.identities.types import Answer, LoginProvider
from core.infra.context import Infrastructure, use
from tests.core.identities.journeys import BACK, Journeys, answered, email_of, settings_of, somebody
from tests.support.consent import query_of
from tests.support.newsroom import NewsroomControl

every_provider = pytest.mark.parametrize("name", ["google", "github"])


@pytest.mark.parametrize(
    "mutation",
    [
        "",
        "http://127.0.0.1:9/Back",
        "HTTP://127.0.0.1:9/back",
        "http://127.0.0.1:9/back/",
        "http://127.0.0.1:9/back?",
        "http://127.0.0.1:9/back?next=/",
        "http://127.0.0.1:9/back#",
        "http://127.0.0.1:9/back#access",
        "http://127.0.0.1:9/back/more",
        "http://127.0.0.1:9/back/../back",
        "http://127.0.0.1:9/b%61ck",
        "http://127.0.0.1:9/back%20",
        " http://127.0.0.1:9/back",
        "http://127.0.0.1:9\\back",
        "http://127.0.0.1:09/back",
        "http://127.0.0.1:10/back",
        "http://127.0.0.1/back",
        "http://127.0.0.1.elsewhere.example:9/back",
        "http://127.0.0.1:9@elsewhere.example/back",
        "http://me@127.0.0.1:9/back",
        "https://127.0.0.1:9/back",
        "//127.0.0.1:9/back",
        "javascript:alert(1)",
        "http://127.0.0.1:9/back,http://127.0.0.1:9/elsewhere",
    ],
)
async def test_a_log_in_leads_back_only_to_a_listed_address(journeys: Journeys, mutation: str) -> None:
    with pytest.raises(RedirectNotAllowed):
        await journeys.begin_log_in("google", mutation)


async def test_without_a_list_a_log_in_leads_back_to_the_documentation(
    infra: Infrastructure, journeys: Journeys
) -> None:
    plain = settings_of(infra, oauth_redirect_uris=(), public_url="https://news.example")
    with use(replace(infra, settings=plain)):
        await journeys.begin_log_in("github", "https://news.example/docs/v2")
        with pytest.raises(RedirectNotAllowed):
            await journeys.begin_log_in("github", BACK)


@every_provider
async def test_without_a_registration_and_a_sandbox_nobody_is_sent_anywhere(
    infra: Infrastructure, journeys: Journeys, name: LoginProvider
) -> None:
    with use(replace(infra, settings=settings_of(infra, sandbox_url=None))), pytest.raises(ProviderNotConfigured):
        await journeys.begin_log_in(name)


@every_provider
async def test_the_address_has_state_and_pkce_by_s256(journeys: Journeys, name: LoginProvider) -> None:
    authorization = await journeys.begin_log_in(name)
    query = query_of(authorization.url)
    assert query["state"] == authorization.state
    assert (query["response_type"], query["redirect_uri"]) == ("code", BACK)
    assert query["code_challenge_method"] == "S256"
    assert len(query["code_challenge"]) == len(query["state"]) == 43
    assert ("nonce" in query) == (name == "google")


async def test_no_two_attempts_share_a_state_a_challenge_or_a_nonce(journeys: Journeys) -> None:
    queries = [query_of((await journeys.begin_log_in("google")).url) for _ in range(3)]
    assert all(len({query[name] for query in queries}) == 3 for name in ("state", "code_challenge", "nonce"))


async def test_the_database_does_not_complete_anybody_s_log_in(journeys: Journeys) -> None:
    authorization = await journeys.begin_log_in("google")
    stored = journeys.database.rows("SELECT s::text AS s FROM oauth_states s")
    query = query_of(authorization.url)
    assert not any(query[name] in row["s"] for row in stored for name in ("state", "nonce", "code_challenge"))


async def test_a_state_that_was_never_given_is_refused(journeys: Journeys) -> None:
    written = journeys.written()
    for state in ("", "x", "x" * 5000, "\ud800", "\0"):
        with pytest.raises(InvalidOAuthState):
            await journeys.complete_log_in("google", Answer(state, "a-code"))
    assert written() == {}


async def test_a_state_that_the_provider_has_exchanged_is_refused(
    journeys: Journeys, providers: NewsroomControl
) -> None:
    providers.command(identity={"provider": "google", "misbehave": "wrong_state"})
    answer = answered(await journeys.begin_log_in("google"), somebody())
    with pytest.raises(InvalidOAuthState):
        await journeys.complete_log_in("google", answer)


async def test_a_state_is_good_once(journeys: Journeys) -> None:
    authorization, login = await journeys.begin_log_in("google"), somebody()
    await journeys.complete_log_in("google", answered(authorization, login))
    written = journeys.written()
    with pytest.raises(InvalidOAuthState):
        await journeys.complete_log_in("google", answered(authorization, login))
    assert written() == {}


async def test_of_many_at_once_one_uses_the_state(journeys: Journeys) -> None:
    answer = answered(await journeys.begin_log_in("github"), somebody())
    outcomes = await asyncio.gather(
        *(journeys.complete_log_in("github", answer) for _ in range(6)), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [*["InvalidOAuthState"] * 5, "Tokens"]


async def test_a_state_ends(journeys: Journeys) -> None:
    answer = answered(await journeys.begin_log_in("google"), somebody())
    journeys.database.rows("UPDATE oauth_states SET expires_at = now() - interval '1 second'")
    with pytest.raises(InvalidOAuthState):
        await journeys.complete_log_in("google", answer)


async def test_a_state_belongs_to_one_provider(journeys: Journeys) -> None:
    answer = answered(await journeys.begin_log_in("google"), somebody())
    with pytest.raises(InvalidOAuthState):
        await journeys.complete_log_in("github", answer)
    await journeys.complete_log_in("google", answer)


async def test_a_state_of_a_linking_logs_nobody_in(journeys: Journeys) -> None:
    answer = answered(await journeys.begin_link(journeys.person(), "google"), somebody())
    with pytest.raises(InvalidOAuthState):
        await journeys.complete_log_in("google", answer)


@every_provider
async def test_a_person_who_declines_is_not_logged_in(
    journeys: Journeys, providers: NewsroomControl, name: LoginProvider
) -> None:
    providers.command(identity={"provider": name, "misbehave": "denied"})
    answer, written = answered(await journeys.begin_log_in(name), somebody()), journeys.written()
    with pytest.raises(AuthorizationRefused, match="declined"):
        await journeys.complete_log_in(name, answer)
    with pytest.raises(InvalidOAuthState):
        await journeys.complete_log_in(name, answer)
    assert written() == {}


async def test_an_answer_with_neither_code_nor_error_is_named(journeys: Journeys) -> None:
    authorization = await journeys.begin_log_in("github")
    with pytest.raises(InvalidRequest) as refusal:
        await journeys.complete_log_in("github", Answer(authorization.state))
    assert [error.pointer for error in refusal.value.errors] == ["/code"]


@every_provider
async def test_a_code_of_somebody_else_s_log_in_does_not_fit(journeys: Journeys, name: LoginProvider) -> None:
    """An attacker's code in the victim's redirect, or the other way round: PKCE binds the code to the state."""
    stolen = answered(await journeys.begin_log_in(name), somebody())
    own, written = await journeys.begin_log_in(name), journeys.written()
    with pytest.raises(AuthorizationRefused):
        await journeys.complete_log_in(name, replace(stolen, state=own.state))
    assert written() == {}


@every_provider
async def test_a_code_that_was_used_before_is_refused(
    journeys: Journeys, providers: NewsroomControl, name: LoginProvider
) -> None:
    await journeys.log_in(name, somebody())
    providers.command(identity={"provider": name, "misbehave": "replayed_code"})
    written = journeys.written()
    with pytest.raises(AuthorizationRefused):
        await journeys.log_in(name, somebody())
    assert written() == {}


@every_provider
async def test_leaving_pkce_out_on_the_way_does_not_help(journeys: Journeys, name: LoginProvider) -> None:
    authorization = await journeys.begin_log_in(name)
    kept = {key: value for key, value in query_of(authorization.url).items() if not key.startswith("code_challenge")}
    weaker = urlsplit(authorization.url)._replace(query=urlencode(kept)).geturl()
    with pytest.raises(AuthorizationRefused):
        await journeys.complete_log_in(name, answered(replace(authorization, url=weaker), somebody()))


@every_provider
async def test_an_account_with_the_same_address_is_not_taken_over(journeys: Journeys, name: LoginProvider) -> None:
    login = somebody()
    journeys.person(email=email_of(login))
    written = journeys.written()
    with pytest.raises(IdentityUnlinked):
        await journeys.log_in(name, login)
    assert written() == {}


async def test_a_suspended_account_stays_closed(journeys: Journeys) -> None:
    login = somebody()
    account = journeys.account_of(await journeys.log_in("google", login))
    journeys.database.rows("UPDATE accounts SET suspended_at = now() WHERE id = %s", account["id"])
    with pytest.raises(AccountSuspended):
        await journeys.log_in("google", login)


@every_provider
async def test_the_first_log_in_opens_an_account(journeys: Journeys, name: LoginProvider) -> None:
    login, written = somebody(), journeys.written()
    tokens = await journeys.log_in(name, login)
    account = journeys.account_of(tokens)
    assert (account["email"], tokens.refresh_token is not None) == (email_of(login), True)
    assert written() == {
        "accounts": 1,
        "organizations": 1,
        "sessions": 1,
        "linked_identities": 1,
        "audit_events": 3,
    }
    actions = journeys.database.rows(
        "SELECT action FROM audit_events WHERE organization_id = %s", account["personal_organization_id"]
    )
    assert {row["action"] for row in actions} == {"account.registered", "identity.linked", "session.started"}


@every_provider
async def test_the_next_log_in_finds_the_account(journeys: Journeys, name: LoginProvider) -> None:
    login = somebody()
    first = journeys.account_of(await journeys.log_in(name, login))
    written = journeys.written()
    assert journeys.account_of(await journeys.log_in(name, login))["id"] == first["id"]
    assert written() == {"sessions": 1, "audit_events": 1}


async def test_the_account_is_found_by_the_provider_s_id_when_the_address_has_changed(journeys: Journeys) -> None:
    login = somebody()
    first = journeys.account_of(await journeys.log_in("google", login))
    journeys.database.rows("UPDATE accounts SET email = 'moved@people.example' WHERE id = %s", first["id"])
    assert journeys.account_of(await journeys.log_in("google", login))["id"] == first["id"]
    journeys.database.rows("UPDATE accounts SET email = %s WHERE id = %s", first["email"], first["id"])


async def test_two_first_log_ins_at_once_open_one_account(journeys: Journeys) -> None:
    login = somebody()
    answers = [answered(await journeys.begin_log_in("github"), login) for _ in range(4)]
    both = await asyncio.gather(*(journeys.complete_log_in("github", answer) for answer in answers))
    assert len({journeys.account_of(tokens)["id"] for tokens in both}) == 1


async def test_two_providers_at_once_open_one_account_and_the_other_is_told(journeys: Journeys) -> None:
    login = somebody()
    google = answered(await journeys.begin_log_in("google"), login)
    github = answered(await journeys.begin_log_in("github"), login)
    outcomes = await asyncio.gather(
        journeys.complete_log_in("google", google), journeys.complete_log_in("github", github), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IdentityUnlinked", "Tokens"]


async def test_attempts_that_nobody_completed_are_forgotten(infra: Infrastructure, journeys: Journeys) -> None:
    await journeys.begin_log_in("google")
    old = await journeys.begin_log_in("google")
    journeys.database.rows("UPDATE oauth_states SET expires_at = now() - %s", STATE_LIFE)
    current = await journeys.begin_log_in("google")
    await identities.maintain()
    assert journeys.database.count("oauth_states") == 1
    assert current.state != old.state

"""What providers, or those who stand in between, can do wrong: nobody is logged in and nothing is written."""

from dataclasses import replace

import pytest

from core.errors import (
    EmailNotVerified,
    IdentityNotTrusted,
    ProviderNotConfigured,
    ProviderUnavailable,
)
from core.identities.types import LoginProvider
from core.infra.context import Infrastructure, use
from core.infra.http import Egress
from core.sandbox.failures import Failure
from core.sandbox.newsroom import Newsroom
from core.sandbox.server import NewsroomServer
from core.settings import Settings
from tests.core.identities.journeys import Journeys, answered, settings_of, somebody
from tests.support.newsroom import NewsroomControl

every_provider = pytest.mark.parametrize("name", ["google", "github"])


@every_provider
async def test_an_answer_of_another_issuer_is_a_mix_up(
    journeys: Journeys, providers: NewsroomControl, name: LoginProvider
) -> None:
    providers.command(identity={"provider": name, "misbehave": "wrong_issuer_parameter"})
    answer, written = answered(await journeys.begin_log_in(name), somebody()), journeys.written()
    with pytest.raises(IdentityNotTrusted):
        await journeys.complete_log_in(name, answer)
    assert written() == {}
    assert providers.requests(f"{name}:token") == providers.requests(f"{name}:access_token") == []


async def test_an_issuer_that_was_promised_and_is_missing_is_a_mix_up(
    journeys: Journeys, providers: NewsroomControl
) -> None:
    providers.command(identity={"provider": "google", "misbehave": "no_issuer_parameter"})
    with pytest.raises(IdentityNotTrusted):
        await journeys.log_in("google", somebody())


@pytest.mark.parametrize(
    "how",
    [
        "wrong_nonce",
        "wrong_issuer",
        "wrong_audience",
        "wrong_party",
        "expired_token",
        "future_token",
        "bad_signature",
        "unknown_key",
        "unsigned",
        "symmetric",
        "no_id_token",
    ],
)
async def test_an_id_token_that_does_not_hold_logs_nobody_in(
    journeys: Journeys, providers: NewsroomControl, how: str
) -> None:
    providers.command(identity={"provider": "google", "misbehave": how})
    written = journeys.written()
    with pytest.raises(IdentityNotTrusted):
        await journeys.log_in("google", somebody())
    assert written() == {}


@pytest.mark.parametrize(
    ("name", "how"),
    [("google", "unverified_email"), ("google", "no_email"), ("github", "unverified_email"), ("github", "no_email")],
)
async def test_an_address_that_nobody_vouches_for_opens_no_account(
    journeys: Journeys, providers: NewsroomControl, name: LoginProvider, how: str
) -> None:
    providers.command(identity={"provider": name, "misbehave": how})
    written = journeys.written()
    with pytest.raises(EmailNotVerified):
        await journeys.log_in(name, somebody())
    assert written() == {}


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("google", "google:token"),
        ("github", "github:access_token"),
        ("github", "github:user"),
        ("github", "github:emails"),
    ],
)
@pytest.mark.parametrize(
    "failure", [{"status": 500}, {"status": 429}, {"status": 302}, {"truncate": 3}, {"drop_after": 1}]
)
async def test_a_provider_that_fails_is_unavailable_and_writes_nothing(
    journeys: Journeys, providers: NewsroomControl, name: LoginProvider, target: str, failure: dict[str, int]
) -> None:
    answer, written = answered(await journeys.begin_log_in(name), somebody()), journeys.written()
    providers.fail(target, **failure)
    with pytest.raises(ProviderUnavailable) as refusal:
        await journeys.complete_log_in(name, answer)
    assert refusal.value.headers["Retry-After"]
    assert written() == {}


@every_provider
async def test_when_the_provider_is_back_the_same_request_succeeds(
    journeys: Journeys, providers: NewsroomControl, name: LoginProvider
) -> None:
    answer = answered(await journeys.begin_log_in(name), somebody())
    target = "google:token" if name == "google" else "github:access_token"
    providers.fail(target, status=503)
    with pytest.raises(ProviderUnavailable):
        await journeys.complete_log_in(name, answer)
    providers.heal(target)
    assert (await journeys.complete_log_in(name, answer)).access_token


@every_provider
async def test_a_page_in_the_place_of_a_token_is_a_failure_of_the_provider(
    journeys: Journeys, providers: NewsroomControl, name: LoginProvider
) -> None:
    providers.command(identity={"provider": name, "misbehave": "not_json"})
    with pytest.raises(ProviderUnavailable):
        await journeys.log_in(name, somebody())


async def test_a_provider_that_is_too_slow_is_not_waited_for(
    infra: Infrastructure, journeys: Journeys, providers: NewsroomControl
) -> None:
    answer = answered(await journeys.begin_log_in("github"), somebody())
    providers.fail("github:user", latency_s=30)
    hurried = settings_of(infra, provider_timeout_seconds=0.2)
    with use(replace(infra, settings=hurried)), pytest.raises(ProviderUnavailable):
        await journeys.complete_log_in("github", answer)


async def test_a_client_that_the_provider_does_not_know_is_the_operator_s_affair(
    infra: Infrastructure, journeys: Journeys, newsroom_server: NewsroomServer
) -> None:
    answer = answered(await journeys.begin_log_in("github"), somebody())
    site = f"{newsroom_server.origin}/github"
    wrong = {"github_client_id": "sandbox-github-client", "github_client_secret": "wrong", "github_url": site}
    given = {**infra.settings.model_dump(), **wrong, "github_api_url": f"{site}/api"}
    with use(replace(infra, settings=Settings(**given))), pytest.raises(ProviderNotConfigured):
        await journeys.complete_log_in("github", answer)


@pytest.mark.parametrize("target", ["google:discovery", "google:keys"])
async def test_a_provider_whose_description_or_keys_are_away_is_unavailable(
    infra: Infrastructure, journeys: Journeys, target: str
) -> None:
    """On a server that nobody has asked yet: what it says is kept."""
    with NewsroomServer(Newsroom()) as server:
        fresh = settings_of(infra, sandbox_url=server.origin)
        async with Egress.from_settings(fresh) as egress:
            server.newsroom.failures.set(target, Failure(status=500))
            with use(replace(infra, settings=fresh, egress=egress)), pytest.raises(ProviderUnavailable):
                await journeys.log_in("google", somebody())


async def test_a_provider_in_a_private_network_is_not_spoken_to(infra: Infrastructure, journeys: Journeys) -> None:
    inside = {"google_url": "http://169.254.169.254", "google_client_id": "x", "google_client_secret": "x"}
    settings = Settings(**{**infra.settings.model_dump(), **inside})
    with use(replace(infra, settings=settings)), pytest.raises(ProviderUnavailable):
        await journeys.begin_log_in("google")

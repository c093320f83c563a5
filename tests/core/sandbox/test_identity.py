"""The identity server: what its three dialects have in common."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt
import pytest

from core.sandbox.credentials import OAUTH_CLIENTS, REDDIT_USER_AGENT
from core.sandbox.identity.desk import ACCESS_LIFETIME, CODE_LIFETIME
from core.sandbox.identity.people import PEOPLE
from tests.support.consent import consent
from tests.support.newsroom import NewsroomControl

BACK = "http://127.0.0.1:8000/back"
VERIFIER = "a-verifier-of-the-tests-with-more-than-43-characters"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
AUTHORIZE = {
    "google": "/google/o/oauth2/v2/auth",
    "github": "/github/login/oauth/authorize",
    "reddit": "/reddit/api/v1/authorize",
}
TOKEN = {
    "google": "/google/token",
    "github": "/github/login/oauth/access_token",
    "reddit": "/reddit/api/v1/access_token",
}
SCOPE = {"google": "openid email profile", "github": "read:user user:email", "reddit": "identity mysubreddits read"}
PROVIDERS = tuple(AUTHORIZE)
every_provider = pytest.mark.parametrize("provider", PROVIDERS)


def address(newsroom: NewsroomControl, provider: str, **changes: str | None) -> str:
    """A right authorization address, or one with changes; None leaves a parameter out."""
    query = {
        "response_type": "code",
        "client_id": OAUTH_CLIENTS[provider].client_id,
        "redirect_uri": BACK,
        "scope": SCOPE[provider],
        "state": "a-state",
        "nonce": "a-nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "duration": "permanent",
        "login_hint": "ada_harbour",
        **changes,
    }
    kept = {name: value for name, value in query.items() if value is not None}
    return f"{newsroom.url(AUTHORIZE[provider])}?{urlencode(kept)}"


def code_from(newsroom: NewsroomControl, provider: str, **changes: str | None) -> str:
    return consent(address(newsroom, provider, **changes)).query["code"]


def redeem(newsroom: NewsroomControl, provider: str, code: str | None, **changes: str | None) -> httpx.Response:
    client = OAUTH_CLIENTS[provider]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        **changes,
    }
    request = newsroom.http.build_request(
        "POST",
        TOKEN[provider],
        data={name: value for name, value in form.items() if value is not None},
        headers={"Accept": "application/json", "User-Agent": REDDIT_USER_AGENT},
    )
    return newsroom.http.send(request, auth=(client.client_id, client.secret))


def tokens(newsroom: NewsroomControl, provider: str, **changes: str | None) -> dict[str, Any]:
    response = redeem(newsroom, provider, code_from(newsroom, provider, **changes))
    answer: dict[str, Any] = response.json()
    assert "error" not in answer, answer
    return answer


def ask(newsroom: NewsroomControl, path: str, token: str) -> httpx.Response:
    return newsroom.get(path, headers={"Authorization": f"Bearer {token}", "User-Agent": REDDIT_USER_AGENT})


@every_provider
def test_an_unknown_client_is_told_so_and_not_sent_back(newsroom: NewsroomControl, provider: str) -> None:
    assert httpx.get(address(newsroom, provider, client_id="somebody")).status_code == 400


@every_provider
@pytest.mark.parametrize(
    "mutation",
    [
        "http://127.0.0.1:8000/Back",
        "http://127.0.0.1:8000/back/",
        "http://127.0.0.1:8001/back",
        "http://me@127.0.0.1:8000/back",
        "http://127.0.0.1:8000/back#part",
        "http://127.0.0.1:8000/back/on",
        "http://127.0.0.1:8000/b%61ck",
        "https://127.0.0.1:8000/back",
    ],
)
def test_a_redirect_address_is_compared_letter_by_letter(
    newsroom: NewsroomControl, provider: str, mutation: str
) -> None:
    newsroom.command(identity={"redirect_uris": [BACK]})
    assert httpx.get(address(newsroom, provider, redirect_uri=mutation)).status_code == 400
    assert httpx.get(address(newsroom, provider)).status_code == 302


@every_provider
def test_without_registration_only_loopback_addresses_are_taken(newsroom: NewsroomControl, provider: str) -> None:
    assert httpx.get(address(newsroom, provider, redirect_uri="https://elsewhere.example/back")).status_code == 400


@every_provider
def test_plain_pkce_is_refused(newsroom: NewsroomControl, provider: str) -> None:
    plain = address(newsroom, provider, code_challenge=VERIFIER[:43], code_challenge_method="plain")
    assert consent(plain).query["error"] == "invalid_request"


@every_provider
def test_a_person_can_decline(newsroom: NewsroomControl, provider: str) -> None:
    newsroom.command(identity={"provider": provider, "misbehave": "denied"})
    assert consent(address(newsroom, provider)).query["error"] == "access_denied"


@every_provider
def test_the_state_comes_back(newsroom: NewsroomControl, provider: str) -> None:
    returned = consent(address(newsroom, provider))
    assert (returned.redirect_uri, returned.query["state"]) == (BACK, "a-state")


@every_provider
def test_without_a_hint_people_choose_who_they_are(newsroom: NewsroomControl, provider: str) -> None:
    page = httpx.get(address(newsroom, provider, login_hint=None))
    assert page.status_code == 200
    assert all(person.name in page.text for person in PEOPLE.values())
    assert f"who are you at {provider}?" in page.text.lower()


@every_provider
def test_a_chosen_person_needs_no_hint(newsroom: NewsroomControl, provider: str) -> None:
    newsroom.command(identity={"person": "ben_gable"})
    assert "code" in consent(address(newsroom, provider, login_hint=None)).query


@every_provider
def test_a_wrong_client_secret_gets_no_token(newsroom: NewsroomControl, provider: str) -> None:
    code = code_from(newsroom, provider)
    form = {"grant_type": "authorization_code", "code": code, "client_id": OAUTH_CLIENTS[provider].client_id}
    response = newsroom.http.post(TOKEN[provider], data=form, headers={"User-Agent": REDDIT_USER_AGENT})
    assert "access_token" not in response.text


@every_provider
@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": BACK + "/"},
        {"redirect_uri": None},
        {"code_verifier": VERIFIER + "x"},
        {"code_verifier": None},
        {"code": "a-code-that-nobody-has"},
    ],
)
def test_a_code_needs_its_redirect_address_and_its_verifier(
    newsroom: NewsroomControl, provider: str, changes: dict[str, str | None]
) -> None:
    code = changes.get("code", code_from(newsroom, provider))
    others = {name: value for name, value in changes.items() if name != "code"}
    assert "error" in redeem(newsroom, provider, code, **others).json()


@every_provider
def test_a_verifier_without_a_challenge_is_a_downgrade(newsroom: NewsroomControl, provider: str) -> None:
    code = code_from(newsroom, provider, code_challenge=None, code_challenge_method=None)
    assert "error" in redeem(newsroom, provider, code).json()


@every_provider
def test_a_code_ends(newsroom: NewsroomControl, provider: str) -> None:
    code = code_from(newsroom, provider)
    newsroom.advance(seconds=CODE_LIFETIME.total_seconds())
    assert "error" in redeem(newsroom, provider, code).json()


@every_provider
def test_a_code_of_one_provider_is_worth_nothing_at_another(newsroom: NewsroomControl, provider: str) -> None:
    other = PROVIDERS[PROVIDERS.index(provider) - 1]
    assert "error" in redeem(newsroom, other, code_from(newsroom, provider)).json()


@every_provider
def test_a_code_that_comes_again_ends_the_token_that_it_gave(newsroom: NewsroomControl, provider: str) -> None:
    me = {"google": "/google/userinfo", "github": "/github/api/user", "reddit": "/reddit/api/v1/me"}[provider]
    code = code_from(newsroom, provider)
    token = redeem(newsroom, provider, code).json()["access_token"]
    assert ask(newsroom, me, token).status_code == 200
    assert "error" in redeem(newsroom, provider, code).json()
    assert ask(newsroom, me, token).status_code == 401


@pytest.mark.parametrize(
    "command",
    [
        {"explode": True},
        {"provider": "google", "misbehave": "politely"},
        {"provider": "elsewhere", "misbehave": "denied"},
        {"person": "nobody"},
    ],
)
def test_a_command_that_makes_no_sense_is_refused(newsroom: NewsroomControl, command: dict[str, Any]) -> None:
    token = {"Authorization": "Bearer control-token-of-the-tests"}
    assert newsroom.http.post("/control", json={"identity": command}, headers=token).status_code == 400


def test_a_misbehaviour_lasts_as_often_as_it_was_ordered(newsroom: NewsroomControl) -> None:
    newsroom.command(identity={"provider": "github", "misbehave": "denied", "times": 1})
    assert [set(consent(address(newsroom, "github")).query) for _ in range(2)] == [
        {"error", "state", "iss"},
        {"code", "state", "iss"},
    ]


def test_github_answers_a_form_unless_asked_for_json(newsroom: NewsroomControl) -> None:
    client = OAUTH_CLIENTS["github"]
    form = {
        "code": code_from(newsroom, "github"),
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        "client_id": client.client_id,
        "client_secret": client.secret,
    }
    response = newsroom.http.post(TOKEN["github"], data=form)
    assert response.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert response.text.startswith("access_token=")


def test_github_shows_its_person_and_their_addresses(newsroom: NewsroomControl) -> None:
    token = tokens(newsroom, "github")["access_token"]
    assert ask(newsroom, "/github/api/user", token).json()["id"] == PEOPLE["ada_harbour"].github_id
    emails = ask(newsroom, "/github/api/user/emails", token).json()
    assert [entry["email"] for entry in emails if entry["primary"]] == [PEOPLE["ada_harbour"].email]


def test_github_hides_addresses_without_the_scope(newsroom: NewsroomControl) -> None:
    token = tokens(newsroom, "github", scope="read:user")["access_token"]
    assert ask(newsroom, "/github/api/user/emails", token).status_code == 404


def test_google_s_discovery_names_its_own_origin(newsroom: NewsroomControl) -> None:
    document = newsroom.get("/google/.well-known/openid-configuration").json()
    assert document["issuer"] == newsroom.url("/google")
    assert all(
        document[name].startswith(document["issuer"]) for name in document if name.endswith(("_endpoint", "_uri"))
    )


def test_google_wants_the_scope_openid(newsroom: NewsroomControl) -> None:
    assert consent(address(newsroom, "google", scope="email")).query["error"] == "invalid_scope"


def read_id_token(newsroom: NewsroomControl, token: str) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_dict(newsroom.get("/google/keys").json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    client_id = OAUTH_CLIENTS["google"].client_id
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=client_id,
        options={"verify_exp": False, "verify_iat": False},  # the newsroom's clock stands still
    )
    return claims


def test_google_s_id_token_is_signed_by_a_published_key(newsroom: NewsroomControl) -> None:
    claims = read_id_token(newsroom, tokens(newsroom, "google")["id_token"])
    person = PEOPLE["ada_harbour"]
    assert (claims["iss"], claims["sub"]) == (newsroom.url("/google"), person.google_subject)
    assert (claims["email"], claims["email_verified"], claims["nonce"]) == (person.email, True, "a-nonce")
    assert claims["exp"] - claims["iat"] == ACCESS_LIFETIME.total_seconds()


def read_unchecked(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@pytest.mark.parametrize(
    ("how", "claim"),
    [
        ("wrong_nonce", "nonce"),
        ("wrong_issuer", "iss"),
        ("wrong_audience", "aud"),
        ("wrong_party", "azp"),
        ("expired_token", "exp"),
        ("future_token", "iat"),
        ("unverified_email", "email_verified"),
        ("no_email", "email"),
    ],
)
def test_google_can_lie_about_a_claim(newsroom: NewsroomControl, how: str, claim: str) -> None:
    honest = read_unchecked(tokens(newsroom, "google")["id_token"])
    newsroom.command(identity={"provider": "google", "misbehave": how})
    bent = read_unchecked(tokens(newsroom, "google")["id_token"])
    assert honest[claim] != bent.get(claim)


@pytest.mark.parametrize("how", ["bad_signature", "unknown_key", "unsigned", "symmetric"])
def test_google_can_sign_as_nobody_may(newsroom: NewsroomControl, how: str) -> None:
    newsroom.command(identity={"provider": "google", "misbehave": how})
    token = tokens(newsroom, "google")["id_token"]
    with pytest.raises((jwt.InvalidTokenError, KeyError)):
        read_id_token(newsroom, token)


def test_reddit_wants_a_state(newsroom: NewsroomControl) -> None:
    assert consent(address(newsroom, "reddit", state=None)).query["error"] == "invalid_request"


def test_reddit_gives_a_refresh_token_only_for_a_permanent_grant(newsroom: NewsroomControl) -> None:
    assert "refresh_token" not in tokens(newsroom, "reddit", duration="temporary")
    assert "refresh_token" in tokens(newsroom, "reddit")


def refresh(newsroom: NewsroomControl, token: str) -> httpx.Response:
    return redeem(newsroom, "reddit", "", grant_type="refresh_token", refresh_token=token)


def test_reddit_refreshes_with_the_same_token(newsroom: NewsroomControl) -> None:
    first = tokens(newsroom, "reddit")
    again = [refresh(newsroom, first["refresh_token"]).json() for _ in range(2)]
    assert len({first["access_token"], *(answer["access_token"] for answer in again)}) == 3
    assert all("refresh_token" not in answer for answer in again)


def test_reddit_can_rotate_the_refresh_token(newsroom: NewsroomControl) -> None:
    newsroom.command(identity={"provider": "reddit", "misbehave": "refresh_rotated"})
    first = tokens(newsroom, "reddit")["refresh_token"]
    second = refresh(newsroom, first).json()["refresh_token"]
    assert second != first
    assert refresh(newsroom, first).status_code == 400
    assert refresh(newsroom, second).status_code == 200


def test_reddit_refuses_a_refresh_token_that_its_person_has_withdrawn(newsroom: NewsroomControl) -> None:
    token = tokens(newsroom, "reddit")["refresh_token"]
    newsroom.command(identity={"revoke": "ada_harbour"})
    refused = refresh(newsroom, token)
    assert (refused.status_code, refused.json()) == (400, {"message": "Bad Request", "error": 400})


def test_reddit_names_its_person_and_the_subreddits_that_they_follow(newsroom: NewsroomControl) -> None:
    token = tokens(newsroom, "reddit")["access_token"]
    assert ask(newsroom, "/reddit/api/v1/me", token).json()["name"] == "ada_harbour"
    followed = ask(newsroom, "/reddit/subreddits/mine/subscriber", token).json()["data"]["children"]
    assert tuple(child["data"]["display_name"] for child in followed) == PEOPLE["ada_harbour"].subreddits


def test_reddit_s_person_reads_listings_with_the_scope_for_it(newsroom: NewsroomControl) -> None:
    listing = "/reddit/r/technology/new"
    assert ask(newsroom, listing, tokens(newsroom, "reddit")["access_token"]).status_code == 200
    assert ask(newsroom, listing, tokens(newsroom, "reddit", scope="identity")["access_token"]).status_code == 401


def test_a_program_s_token_is_nobody_s(newsroom: NewsroomControl) -> None:
    assert newsroom.get("/reddit/api/v1/me", headers=newsroom.reddit_headers()).status_code == 401

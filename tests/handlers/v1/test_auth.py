"""Registration and log-in in v1."""

import httpx
import pytest

from core.kit import ids
from tests.handlers.conftest import Seeded
from tests.support.people import PASSWORD

REGISTER, LOGIN = "/v1/auth/register", "/v1/auth/login"


def address() -> str:
    return f"{ids.new_id().hex}@people.example"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": PASSWORD}, "email"),
        ({"email": "no address", "password": PASSWORD}, "email"),
        ({"email": "a@b.example", "password": "short"}, "password"),
        ({"email": "a@b.example", "password": PASSWORD, "role": "owner"}, "role"),
    ],
)
async def test_a_registration_that_breaks_the_document_is_refused(
    api: httpx.AsyncClient, body: dict[str, str], field: str
) -> None:
    response = await api.post(REGISTER, json=body)
    assert (response.status_code, response.json()["error"], response.json()["field"]) == (
        400, "VALIDATION_FAILED", field,
    )  # fmt: skip


async def test_a_weak_password_and_a_taken_address_are_refused(api: httpx.AsyncClient) -> None:
    body = {"email": address(), "password": PASSWORD}
    weak = await api.post(REGISTER, json={**body, "password": "password1234"})
    assert (weak.status_code, weak.json()["error"], weak.json()["field"]) == (422, "WEAK_PASSWORD", "password")
    assert (await api.post(REGISTER, json=body)).status_code == 201
    taken = await api.post(REGISTER, json=body)
    assert (taken.status_code, taken.json()["error"]) == (409, "EMAIL_TAKEN")


async def test_a_wrong_password_is_refused(api: httpx.AsyncClient) -> None:
    response = await api.post(LOGIN, json={"email": address(), "password": PASSWORD})
    assert (response.status_code, response.json()["error"]) == (401, "INVALID_CREDENTIALS")


async def test_a_person_registers_logs_in_and_reads_with_one_token(api: httpx.AsyncClient, seeded: Seeded) -> None:
    email = address()
    registered = await api.post(REGISTER, json={"email": email, "password": PASSWORD, "name": "Ada"})
    account = registered.json()
    assert account.keys() == {"id", "email", "name", "created_at"}
    assert (account["email"], account["name"]) == (email, "Ada")
    answer = await api.post(LOGIN, json={"email": email, "password": PASSWORD})
    assert answer.json().keys() == {"token"}
    header = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert (await api.get(f"/v1/articles/{seeded.stories[0]}", headers=header)).status_code == 200
    assert (await api.get("/v2/me", headers=header)).json()["id"] == account["id"]
    assert (await api.post("/v2/auth/logout", headers=header)).status_code == 204
    assert (await api.get("/v1/articles", headers=header)).status_code == 401

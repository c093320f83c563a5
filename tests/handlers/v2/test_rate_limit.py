"""The caller's budgets in v2."""

import httpx

from tests.handlers.conftest import KeyFor

RATE_LIMIT = "/v2/rate-limit"


async def test_nobody_asks_without_a_key(api: httpx.AsyncClient) -> None:
    assert (await api.get(RATE_LIMIT)).status_code == 401


async def test_keys_have_budgets_of_their_own(api: httpx.AsyncClient, key_for: KeyFor) -> None:
    spent, fresh = key_for("sources:read", requests_per_hour=10), key_for(requests_per_hour=10)
    await api.get("/v2/sources", headers=spent)
    assert (await api.get(RATE_LIMIT, headers=spent)).json()["budgets"][0]["remaining"] == 9
    assert (await api.get(RATE_LIMIT, headers=fresh)).json()["budgets"][0]["remaining"] == 10


async def test_asking_costs_nothing(api: httpx.AsyncClient, key_for: KeyFor) -> None:
    key = key_for(requests_per_hour=10)
    for _ in range(3):
        response = await api.get(RATE_LIMIT, headers=key)
    assert response.json() == {
        "unlimited": False,
        "budgets": [{"name": "key", "limit": 10, "window_seconds": 3600, "remaining": 10, "reset_seconds": 0}],
    }
    assert response.headers["ratelimit-policy"] == '"key";q=10;w=3600'


async def test_a_key_of_the_plan_has_the_plan_s_budget(api: httpx.AsyncClient, key_for: KeyFor) -> None:
    response = await api.get(RATE_LIMIT, headers=key_for(requests_per_hour=None))
    assert response.json()["budgets"][0]["limit"] == 100


async def test_a_key_without_a_limit_says_so(api: httpx.AsyncClient, key_for: KeyFor) -> None:
    response = await api.get(RATE_LIMIT, headers=key_for(requests_per_hour=0))
    assert response.json() == {"unlimited": True, "budgets": []}
    assert "ratelimit" not in response.headers

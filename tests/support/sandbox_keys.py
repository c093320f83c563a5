"""Keys as the API makes them, and test keys most of all."""

from typing import Any

import httpx

from tests.support.matrix_tenant import KEY_SCOPES


async def make_test_key(api: httpx.AsyncClient, maker: dict[str, str], **members: Any) -> dict[str, Any]:
    """A new test key of the maker's organisation, with every scope; or another one, as `members` say."""
    body = {"name": "An integrator's key", "scopes": list(KEY_SCOPES), "mode": "test", **members}
    answer = await api.post("/v2/api-keys", json=body, headers=maker)
    assert answer.status_code == 201, answer.text
    key: dict[str, Any] = answer.json()
    return key


def bearer(key: dict[str, Any]) -> dict[str, str]:
    """The header that a client sends with the key."""
    return {"Authorization": f"Bearer {key['key']}"}

"""Notes as a client writes and finds them."""

from typing import Any, Final

import httpx

NOTES: Final = "/v2/notes"


async def write(api: httpx.AsyncClient, headers: dict[str, str], article: str, **members: Any) -> dict[str, Any]:
    """A note as it was answered, written with these members."""
    body = {"article_id": article, "body": "Ask the plant.", **members}
    response = await api.post(NOTES, json=body, headers=headers)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def found(api: httpx.AsyncClient, headers: dict[str, str], **params: Any) -> list[str]:
    """The ids of the notes that a list has, in its order."""
    response = await api.get(NOTES, params={"limit": 100, **params}, headers=headers)
    assert response.status_code == 200, response.text
    return [note["id"] for note in response.json()["data"]]

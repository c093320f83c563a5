"""Sources in v1."""

import httpx

from tests.handlers.conftest import KeyFor, Seeded

SOURCES = "/v1/sources"


async def test_nobody_reads_without_a_key(api: httpx.AsyncClient) -> None:
    assert (await api.get(SOURCES)).status_code == 401


async def test_another_organisation_s_source_is_not_listed(
    api: httpx.AsyncClient, key_for: KeyFor, stranger: dict[str, str]
) -> None:
    own = (await api.get(SOURCES, params={"limit": 100}, headers=key_for("articles:read"))).json()
    theirs = (await api.get(SOURCES, params={"limit": 100}, headers=stranger)).json()
    assert "private" not in {source["id"] for source in own["data"]}
    assert "private" in {source["id"] for source in theirs["data"]}


async def test_a_bad_page_is_named(api: httpx.AsyncClient, key_for: KeyFor) -> None:
    response = await api.get(SOURCES, params={"page": "-1"}, headers=key_for("articles:read"))
    assert (response.status_code, response.json()["field"]) == (400, "page")


async def test_each_source_says_how_it_is_and_why(api: httpx.AsyncClient, key_for: KeyFor, seeded: Seeded) -> None:
    response = await api.get(SOURCES, params={"limit": 100}, headers=key_for("articles:read"))
    found = {source["id"]: source for source in response.json()["data"]}
    assert found["hackernews"]["state"] == "failing"
    assert found["hackernews"]["state_reason"] == "The server answers 503."
    assert found["guardian"]["state"] == "healthy"
    assert response.json()["meta"]["total"] == len(found)


async def test_pages_follow_each_other(api: httpx.AsyncClient, key_for: KeyFor) -> None:
    reader = key_for("articles:read")
    everything = (await api.get(SOURCES, params={"limit": 100}, headers=reader)).json()
    first = (await api.get(SOURCES, params={"limit": 1}, headers=reader)).json()
    second = (await api.get(SOURCES, params={"limit": 1, "page": 2}, headers=reader)).json()
    assert first["meta"] == {"total": everything["meta"]["total"], "page": 1, "limit": 1, "has_more": True}
    assert [*first["data"], *second["data"]] == everything["data"][:2]

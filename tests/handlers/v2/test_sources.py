"""Sources in v2."""

import httpx
import pytest

from tests.handlers.conftest import KeyFor, Seeded

SOURCES = "/v2/sources"


@pytest.fixture
def reader(key_for: KeyFor) -> dict[str, str]:
    return key_for("sources:read")


async def test_nobody_reads_without_a_key(api: httpx.AsyncClient) -> None:
    assert (await api.get(SOURCES)).status_code == 401


async def test_another_organisation_s_source_is_not_listed(
    api: httpx.AsyncClient, reader: dict[str, str], stranger: dict[str, str], seeded: Seeded
) -> None:
    own = (await api.get(SOURCES, params={"limit": 100}, headers=reader)).json()
    theirs = (await api.get(SOURCES, params={"limit": 100}, headers=stranger)).json()
    assert seeded.foreign_source not in {source["id"] for source in own["data"]}
    assert {seeded.foreign_source, seeded.guardian} <= {source["id"] for source in theirs["data"]}


async def test_an_unknown_source_is_not_found(api: httpx.AsyncClient, reader: dict[str, str]) -> None:
    response = await api.get(f"{SOURCES}/src_034pxgEeWPEELMVFRGRBIz", headers=reader)
    assert (response.status_code, response.json()["code"]) == (404, "source_not_found")


@pytest.mark.parametrize("cursor", ["AAAA", "n2Vd8WqLxT0aBcD4W1sidCIsMTc5NTE2Njg4MDAwMDAwMF1d"])
async def test_a_made_up_cursor_is_refused(api: httpx.AsyncClient, reader: dict[str, str], cursor: str) -> None:
    response = await api.get(SOURCES, params={"cursor": cursor}, headers=reader)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


async def test_a_source_is_known_by_its_id_and_not_by_its_slug(api: httpx.AsyncClient, reader: dict[str, str]) -> None:
    response = await api.get(f"{SOURCES}/guardian", headers=reader)
    assert (response.status_code, response.json()["code"]) == (400, "validation_failed")


async def test_a_source_says_how_it_is_and_why(api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded) -> None:
    failing = (await api.get(f"{SOURCES}/{seeded.failing}", headers=reader)).json()
    assert (failing["state"], failing["state_reason"]) == ("failing", "The server answers 503.")
    assert failing["quota"] is None


async def test_a_source_says_what_is_left_of_its_quota(
    api: httpx.AsyncClient, reader: dict[str, str], seeded: Seeded
) -> None:
    guardian = (await api.get(f"{SOURCES}/{seeded.guardian}", headers=reader)).json()
    assert guardian["quota"] == {"limit": 500, "remaining": 411, "resets_at": None}


async def test_the_links_lead_through_the_whole_list_once(api: httpx.AsyncClient, reader: dict[str, str]) -> None:
    everything = (await api.get(SOURCES, params={"limit": 100}, headers=reader)).json()["data"]
    response = await api.get(SOURCES, params={"limit": 1}, headers=reader)
    found = response.json()["data"]
    while "next" in response.links:
        response = await api.get(response.links["next"]["url"], headers=reader)
        found += response.json()["data"]
    assert found == everything
    assert [source["name"] for source in found] == sorted(source["name"] for source in found)

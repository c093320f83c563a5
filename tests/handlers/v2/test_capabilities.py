"""What an instance says of itself in v2."""

import httpx

from tests.handlers.conftest import KeyFor
from tests.support.contract_check import ContractCheck

CAPABILITIES = "/v2/capabilities"


async def test_nobody_asks_without_a_key(api: httpx.AsyncClient) -> None:
    assert (await api.get(CAPABILITIES)).status_code == 401


async def test_an_unknown_parameter_is_refused(api: httpx.AsyncClient, key_for: KeyFor) -> None:
    assert (await api.get(CAPABILITIES, params={"limit": 1}, headers=key_for())).status_code == 400


async def test_the_ends_of_the_versions_are_those_of_the_documents(api: httpx.AsyncClient, key_for: KeyFor) -> None:
    body = (await api.get(CAPABILITIES, headers=key_for())).json()
    contracts = {contract["name"]: contract for contract in body["contracts"]}
    assert list(contracts) == ["v1", "v2"]
    assert contracts["v1"]["deprecated_at"] == "2026-12-01T00:00:00.000Z"
    assert contracts["v1"]["sunset_at"] == "2027-06-30T23:59:59.000Z"
    assert (contracts["v2"]["status"], contracts["v2"]["sunset_at"]) == ("current", None)
    for contract in contracts.values():
        assert (await api.get(contract["document_url"])).json()["info"]["version"] == contract["version"]


async def test_words_are_those_of_the_document(
    api: httpx.AsyncClient, key_for: KeyFor, contract: ContractCheck
) -> None:
    body = (await api.get(CAPABILITIES, headers=key_for())).json()
    document = next(route.document for route in contract.routes if route.document.version == "v2")
    schemas = document.components("schemas")
    assert body["categories"] == schemas["Category"]["enum"]
    assert set(body["scopes"]) == document.scopes
    assert set(body["source_kinds"]) <= set(schemas["SourceKind"]["enum"])
    assert body["limits"] == {"page_size": 100, "query_length": 200, "requests_per_hour": 100}

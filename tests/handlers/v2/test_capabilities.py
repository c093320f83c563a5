"""What an instance says of itself in v2."""

from dataclasses import replace

import httpx
from pydantic import SecretStr

from core.identities.service import identities
from core.infra.context import use
from tests.handlers.conftest import KeyFor, Seeded
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


async def test_each_provider_that_it_is_registered_with_is_named_with_what_it_is_good_for(
    api: httpx.AsyncClient, key_for: KeyFor, seeded: Seeded
) -> None:
    body = (await api.get(CAPABILITIES, headers=key_for())).json()
    secret = SecretStr("a-secret-of-the-client")
    registered = seeded.infra.settings.model_copy(
        update={
            "sandbox_url": None,
            "github_client_id": "tidings",
            "github_client_secret": secret,
            "reddit_client_id": "tidings",
            "reddit_client_secret": secret,
        }
    )
    with use(replace(seeded.infra, settings=registered)):
        assert identities.offered() == {"github": ("log_in", "link"), "reddit": ("link",)}
    with use(seeded.infra):
        offered = identities.offered()
    assert body["identity_providers"] == [{"name": name, "purposes": list(each)} for name, each in offered.items()]


async def test_every_tag_of_people_is_among_the_features(api: httpx.AsyncClient, key_for: KeyFor) -> None:
    body = (await api.get(CAPABILITIES, headers=key_for())).json()
    assert {"accounts", "organizations", "collections", "notes", "audit_log", "usage"} <= set(body["features"])

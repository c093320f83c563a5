"""What v1 answers is what the published mapping makes of v2's answer to the translation.

A few hundred generated requests; `python -m bench.translate` sends 10,000 to a real instance.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from core.app import read_documents
from core.translation.service import translation
from tests.handlers.conftest import KeyFor, Seeded
from tests.support.contract_check import ContractCheck
from tests.support.v1_replay import Mismatch, Replay
from tests.support.v1_requests import Generator, Made, World

REQUESTS = 300
SEED = 1
SCOPES = ("articles:read", "sources:read", "collections:read", "collections:write", "keys:read", "keys:write")


@pytest.fixture
def world(seeded: Seeded) -> World:
    """What the tests' newsroom holds."""
    foreign = {
        "article": [seeded.foreign_story],
        "collection": [seeded.foreign_collection],
        "item": [seeded.foreign_item],
        "key": [seeded.foreign_key.id],
    }
    articles = [*seeded.stories, seeded.german, seeded.edited, seeded.removed, seeded.feed_story]
    return World(articles, ["guardian", "hackernews", "battery-weekly", seeded.guardian], ["sleep", "comet"], foreign)


@pytest.fixture
def replay(api: httpx.AsyncClient, contract: ContractCheck, world: World, key_for: KeyFor) -> Replay:
    """Sends as the owner of a key that may do all that v1 knows, as one that only reads news, and as nobody."""
    document = next(route.document for route in contract.routes if route.document.version == "v1")
    callers = {"owner": key_for(*SCOPES), "reader": key_for("articles:read", "sources:read"), "nobody": {}}
    return Replay(api, document, world, callers)  # type: ignore[arg-type]  # the keys are those of Caller


async def test_generated_requests_get_the_same_answer_in_both_versions(
    replay: Replay, contract: ContractCheck, world: World
) -> None:
    document = next(route.document for route in contract.routes if route.document.version == "v1")
    generator = Generator(document, world, SEED)
    for _ in range(REQUESTS):
        await replay.check(generator.next())
    assert sum(replay.outcomes.values()) == REQUESTS
    assert replay.outcomes["translated"] > REQUESTS / 2
    answered = {operation for operation, status in replay.statuses if status < 300}
    assert answered >= {"listArticles", "getArticle", "listSources", "createCollection", "listCollectionItems"}


@pytest.mark.parametrize(
    ("operation", "url", "broken"),
    [
        ("listArticles", "/v1/articles?limit=3", {"/data/*/description": {"to": "/data/*/title"}}),
        ("listArticles", "/v1/articles?limit=3&page=2", {"/data/*/published_at": {"to": "/data/*/published_at"}}),
        ("listSources", "/v1/sources", {"/data/*/id": {"to": "/data/*/id"}}),
    ],
)
async def test_a_mapping_that_is_not_true_is_noticed(
    replay: Replay, monkeypatch: pytest.MonkeyPatch, operation: str, url: str, broken: dict[str, Any]
) -> None:
    documents = read_documents()
    for item in documents["v1"]["paths"].values():
        for node in item.values():
            if node["operationId"] == operation:
                node["x-replaced-by"]["response"].update(broken)
    monkeypatch.setattr(translation, "_translator", translation._translator)  # what it is again afterwards
    translation.configure(documents, None)
    with pytest.raises(Mismatch, match="by the mapping"):
        await replay.check(Made(operation, "owner", "GET", url))


async def test_a_sorting_that_is_lost_on_the_way_is_noticed(replay: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = read_documents()
    parameters = documents["v1"]["paths"]["/articles"]["get"]["x-replaced-by"]["parameters"]
    parameters["dir"]["values"] = {"desc": "", "asc": "-"}
    monkeypatch.setattr(translation, "_translator", translation._translator)  # what it is again afterwards
    translation.configure(documents, None)
    with pytest.raises(Mismatch):
        await replay.check(Made("listArticles", "owner", "GET", "/v1/articles?dir=asc&limit=5"))

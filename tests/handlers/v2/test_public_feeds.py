"""Reading lists in public, in v2: open, read by anybody, and close."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import httpx
import pytest
from defusedxml.ElementTree import fromstring

from core.kit.clock import instant
from tests.handlers.conftest import KeyFor, Seeded

LISTS = "/v2/collections"
ATOM = "{http://www.w3.org/2005/Atom}"
UNKNOWN = "ThisIsOnlyAnExampleOfATokenNot12"


@pytest.fixture
def keeper(key_for: KeyFor) -> dict[str, str]:
    return key_for("collections:read", "collections:write")


@pytest.fixture
async def reading_list(api: httpx.AsyncClient, keeper: dict[str, str]) -> str:
    """A list of two items, whose texts would break a document that escapes nothing."""
    body = {"name": "Cells & <b>batteries</b>", "description": "\"A\" > 'B' & ]]>", "visibility": "private"}
    made = await api.post(LISTS, json=body, headers=keeper)
    reading_list = made.headers["location"]
    for item in (
        {"url": "https://example.org/?a=1&b=2", "title": "First <script>", "tags": ["r&d"]},
        {"url": "https://example.org/2", "title": "Second \u0001\u202e one"},
    ):
        assert (await api.post(f"{reading_list}/items", json=item, headers=keeper)).status_code == 201
    return reading_list


@pytest.fixture
async def feed(api: httpx.AsyncClient, keeper: dict[str, str], reading_list: str) -> dict[str, Any]:
    """The public feed of that list."""
    response = await api.post(f"{reading_list}/public-feed", headers=keeper)
    assert response.status_code == 201
    assert response.headers["location"] == response.json()["atom_url"]
    body: dict[str, Any] = response.json()
    return body


def text_of(element: Element, name: str) -> str:
    text = element.findtext(ATOM + name)
    assert text is not None
    return text


async def test_nobody_opens_or_closes_a_feed_without_a_credential(api: httpx.AsyncClient, reading_list: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert (await api.request(method, f"{reading_list}/public-feed")).status_code == 401


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_another_organisation_s_feed_is_neither_opened_nor_closed(
    api: httpx.AsyncClient, feed: dict[str, Any], reading_list: str, stranger: dict[str, str], method: str
) -> None:
    response = await api.request(method, f"{reading_list}/public-feed", headers=stranger)
    assert (response.status_code, response.json()["code"]) == (404, "collection_not_found")
    assert (await api.get(feed["json_url"])).status_code == 200


async def test_a_feed_that_was_never_there_and_one_that_was_taken_back_look_alike(
    api: httpx.AsyncClient, keeper: dict[str, str], reading_list: str, feed: dict[str, Any]
) -> None:
    assert (await api.delete(f"{reading_list}/public-feed", headers=keeper)).status_code == 204
    for form in ("atom", "json"):
        answers = []
        for url in (feed[f"{form}_url"], f"/v2/public-feeds/{UNKNOWN}/{form}"):
            response = await api.get(url)
            assert (response.status_code, response.json()["code"]) == (404, "public_feed_not_found")
            answers.append({**response.json(), "instance": None, "request_id": None})
        assert answers[0] == answers[1]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_list_that_is_not_public_has_no_feed(
    api: httpx.AsyncClient, keeper: dict[str, str], reading_list: str, method: str
) -> None:
    response = await api.request(method, f"{reading_list}/public-feed", headers=keeper)
    assert (response.status_code, response.json()["code"]) == (404, "public_feed_not_found")


@pytest.mark.parametrize("token", ["short", "x" * 33, "a%20b" + "x" * 29])
async def test_a_token_of_another_form_is_refused(api: httpx.AsyncClient, token: str) -> None:
    assert (await api.get(f"/v2/public-feeds/{token}/atom")).status_code == 400


async def test_a_feed_is_not_closed_by_who_saw_another_one(
    api: httpx.AsyncClient, keeper: dict[str, str], reading_list: str, feed: dict[str, Any]
) -> None:
    seen = (await api.get(f"{reading_list}/public-feed", headers=keeper)).headers["etag"]
    newer = (await api.post(f"{reading_list}/public-feed", headers=keeper)).json()
    response = await api.delete(f"{reading_list}/public-feed", headers={**keeper, "If-Match": seen})
    assert (response.status_code, response.json()["code"]) == (412, "precondition_failed")
    assert (await api.get(newer["atom_url"])).status_code == 200
    assert (await api.get(feed["atom_url"])).status_code == 404


async def test_the_feed_of_a_suspended_organisation_ends(api: httpx.AsyncClient, seeded: Seeded) -> None:
    organization_id = seeded.seed.organization("suspended-feeds")
    key = seeded.seed.key("collections:read", "collections:write", organization_id=organization_id)
    made = await api.post(LISTS, json={"name": "Soon gone"}, headers=key.header)
    feed = (await api.post(f"{made.headers['location']}/public-feed", headers=key.header)).json()
    assert (await api.get(feed["atom_url"])).status_code == 200
    seeded.seed.execute("UPDATE organizations SET suspended_at = now() WHERE id = %s", organization_id)
    assert (await api.get(feed["atom_url"])).status_code == 404


async def test_the_list_says_since_when_it_is_public(
    api: httpx.AsyncClient, keeper: dict[str, str], reading_list: str, feed: dict[str, Any]
) -> None:
    shown = (await api.get(reading_list, headers=keeper)).json()
    state = (await api.get(f"{reading_list}/public-feed", headers=keeper)).json()
    assert shown["public_since"] == state["created_at"] == feed["created_at"]
    await api.delete(f"{reading_list}/public-feed", headers=keeper)
    assert (await api.get(reading_list, headers=keeper)).json()["public_since"] is None


async def test_the_token_is_not_stored(
    api: httpx.AsyncClient, feed: dict[str, Any], seeded: Seeded, keeper: dict[str, str]
) -> None:
    token = feed["atom_url"].split("/")[-2]
    assert (await api.get(feed["atom_url"])).status_code == 200
    assert not seeded.seed.holds("collections", token)


async def test_anybody_reads_the_list_as_atom(api: httpx.AsyncClient, feed: dict[str, Any]) -> None:
    response = await api.get(feed["atom_url"])
    assert (response.status_code, response.headers["content-type"]) == (200, "application/atom+xml")
    root = fromstring(response.content)
    assert text_of(root, "title") == "Cells & <b>batteries</b>"
    assert text_of(root, "subtitle") == "\"A\" > 'B' & ]]>"
    entries = root.findall(f"{ATOM}entry")
    assert [text_of(entry, "title") for entry in entries] == ["Second one", "First <script>"]
    links = [entry.find(f"{ATOM}link") for entry in entries]
    assert [link.get("href") for link in links if link is not None] == [
        "https://example.org/2",
        "https://example.org/?a=1&b=2",
    ]
    categories = [category.get("term") for entry in entries for category in entry.findall(f"{ATOM}category")]
    assert categories == ["r&d"]


async def test_the_atom_document_has_what_rfc_4287_wants(api: httpx.AsyncClient, feed: dict[str, Any]) -> None:
    root = fromstring((await api.get(feed["atom_url"])).content)
    assert root.tag == f"{ATOM}feed"
    elements = [root, *root.findall(f"{ATOM}entry")]
    for element in elements:
        for name in ("id", "title", "updated"):
            assert len(element.findall(ATOM + name)) == 1
        assert text_of(element, "id").startswith("urn:uuid:")
        assert instant(text_of(element, "updated"))
    assert len({text_of(element, "id") for element in elements}) == len(elements)
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    (own,) = [link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own.get("href") == feed["atom_url"]


async def test_anybody_reads_the_list_as_a_json_feed(api: httpx.AsyncClient, feed: dict[str, Any]) -> None:
    response = await api.get(feed["json_url"])
    shown = response.json()
    assert (response.status_code, response.headers["content-type"]) == (200, "application/feed+json")
    assert (shown["version"], shown["feed_url"]) == ("https://jsonfeed.org/version/1.1", feed["json_url"])
    assert [(item["url"], item["title"], item["tags"]) for item in shown["items"]] == [
        ("https://example.org/2", "Second one", []),
        ("https://example.org/?a=1&b=2", "First <script>", ["r&d"]),
    ]


async def test_a_feed_tells_nothing_but_the_list(
    api: httpx.AsyncClient, feed: dict[str, Any], keeper: dict[str, str], reading_list: str
) -> None:
    shown = (await api.get(reading_list, headers=keeper)).json()
    for url in (feed["atom_url"], feed["json_url"]):
        text = (await api.get(url)).text
        for secret in (shown["organization_id"], shown["created_by"], shown["id"], "unread"):
            assert secret not in text


@pytest.mark.parametrize("form", ["atom", "json"])
async def test_a_reader_keeps_the_feed_until_it_changes(
    api: httpx.AsyncClient, feed: dict[str, Any], keeper: dict[str, str], reading_list: str, form: str
) -> None:
    first = await api.get(feed[f"{form}_url"])
    assert first.headers["cache-control"] == "public, no-cache"
    held = {"If-None-Match": first.headers["etag"]}
    assert (await api.get(feed[f"{form}_url"], headers=held)).status_code == 304
    await api.post(f"{reading_list}/items", json={"url": "https://example.org/3"}, headers=keeper)
    assert (await api.get(feed[f"{form}_url"], headers=held)).status_code == 200


async def test_a_feed_shows_the_newest_fifty(api: httpx.AsyncClient, seeded: Seeded, keeper: dict[str, str]) -> None:
    long = seeded.seed.collection("Long", seeded.seed.key(), item_count=60)
    seeded.seed.execute("UPDATE collection_items SET added_at = added_at + position * interval '1 microsecond'")
    feed = (await api.post(f"{LISTS}/{long}/public-feed", headers=keeper)).json()
    shown = (await api.get(feed["json_url"])).json()["items"]
    assert [item["title"] for item in shown] == [f"Page {number}" for number in range(60, 10, -1)]

"""The contract in v2: what its releases changed, and how the instance keeps to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element

import httpx
import pytest
from defusedxml.ElementTree import fromstring

from core.app import DOCUMENTS
from core.kit import ids
from core.kit.principal import NEWSROOM_ID
from core.releases import changelog
from tests.handlers.conftest import KeyFor, Seeded
from tests.support.infrastructure import OTHER_ID
from tests.support.seed import Key
from tests.support.waiting import until

CHANGES = "/v2/contract/changes"
FEED = f"{CHANGES}/atom"
OWN_FEED = f"{CHANGES}/used/atom"
CONFORMANCE = "/v2/contract/conformance"
ATOM = "{http://www.w3.org/2005/Atom}"
LOG = changelog.read(DOCUMENTS)
TOMORROW_AND_LATER = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()

Use = Callable[..., None]


@pytest.fixture
def reader(key_for: KeyFor) -> dict[str, str]:
    """A key that may next to nothing: any may ask."""
    return key_for("articles:read")


@pytest.fixture
def key(seeded: Seeded) -> Key:
    """A key of its own, which has used nothing so far."""
    return seeded.seed.key("articles:read")


@pytest.fixture
def used(seeded: Seeded) -> Use:
    """Has a key use something, as if it were recorded."""

    def use(
        key: Key, operation: str, kind: str = "operation", name: str = "", value: str = "", *, days_ago: int = 1,
        organization: UUID = NEWSROOM_ID, version: str = "v2",
    ) -> None:  # fmt: skip
        now = datetime.now(UTC) - timedelta(days=days_ago)
        seeded.people.execute(
            "INSERT INTO element_usage_daily (organization_id, principal_id, day, version, operation, kind, name,"
            " value, calls, last_call_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 1, %s)",
            organization, ids.decode("key", key.id), now.date(), version, operation, kind, name, value, now,
        )  # fmt: skip

    return use


async def everything(api: httpx.AsyncClient, headers: dict[str, str], **params: Any) -> list[dict[str, Any]]:
    """All changes, page by page."""
    found: list[dict[str, Any]] = []
    response = await api.get(CHANGES, params={"limit": 100, **params}, headers=headers)
    while True:
        assert response.status_code == 200, response.text
        found += response.json()["data"]
        if "next" not in response.links:
            return found
        response = await api.get(response.links["next"]["url"], headers=headers)


def entries_of(response: httpx.Response) -> list[Element]:
    """The entries of a feed, the newest release first."""
    assert response.status_code == 200, response.text
    return list(fromstring(response.text).iter(f"{ATOM}entry"))


async def test_the_list_takes_a_credential_and_the_feed_none(api: httpx.AsyncClient) -> None:
    assert (await api.get(CHANGES)).status_code == 401
    assert (await api.get(FEED)).status_code == 200
    assert (await api.get(FEED, headers={"Authorization": "Bearer nonsense"})).status_code == 401


async def test_the_feed_of_what_concerns_the_caller_takes_a_credential(api: httpx.AsyncClient) -> None:
    assert (await api.get(OWN_FEED)).status_code == 401


async def test_what_another_organisation_used_is_nobody_else_s(
    api: httpx.AsyncClient, seeded: Seeded, key: Key, used: Use
) -> None:
    used(seeded.foreign_key, "createFeed", organization=OTHER_ID)
    assert await everything(api, key.header, used="true") == []
    assert await everything(api, seeded.foreign_key.header, used="true") != []
    assert entries_of(await api.get(OWN_FEED, headers=key.header)) == []
    assert entries_of(await api.get(OWN_FEED, headers=seeded.foreign_key.header)) != []


@pytest.mark.parametrize(
    ("params", "code", "detail"),
    [
        ({"since": "2.0.7"}, "unknown_release", "is no release; there are "),
        ({"since": "9.9.9"}, "unknown_release", "is no release; there are "),
        ({"since": "2.0.0", "version": "v1"}, "unknown_release", "is no release; there are "),
        ({"since": "2026-02-30"}, "date", "must be a day of the calendar"),
        ({"since": TOMORROW_AND_LATER}, "future", "is a day that has not come yet"),
        ({"since": "last week"}, "pattern", "must match"),
        ({"since": ""}, "pattern", "must match"),
        ({"version": "v9"}, "unknown_version", "must be one of v1, v2"),
        ({"kind": "funny"}, "enum", "must be one of"),
    ],
)
async def test_what_never_existed_is_refused_with_the_reason(
    api: httpx.AsyncClient, reader: dict[str, str], params: dict[str, str], code: str, detail: str
) -> None:
    for path, headers in ((CHANGES, reader), (FEED, {}), (OWN_FEED, reader)):
        response = await api.get(path, params=params, headers=headers)
        assert response.status_code == 400
        (error,) = response.json()["errors"]
        assert (error["parameter"], error["code"]) == (next(iter(params)), code)
        assert error["detail"].startswith(detail)


async def test_a_cursor_belongs_to_its_question_and_its_caller(
    api: httpx.AsyncClient, reader: dict[str, str], key: Key
) -> None:
    page = (await api.get(CHANGES, params={"limit": 1}, headers=reader)).json()["page"]
    for params, headers in (({"kind": "additive"}, reader), ({}, key.header)):
        asked = {**params, "limit": 1, "cursor": page["next_cursor"]}
        response = await api.get(CHANGES, params=asked, headers=headers)
        assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


async def test_every_recorded_change_is_served_once_the_newest_release_first(
    api: httpx.AsyncClient, reader: dict[str, str]
) -> None:
    served = await everything(api, reader, limit=37)
    assert [change["id"] for change in served] == [change.id for change in LOG.changes()]
    days = [change["released_on"] for change in served]
    assert days == sorted(days, reverse=True)


async def test_a_release_leaves_what_came_after_it(api: httpx.AsyncClient, reader: dict[str, str]) -> None:
    served = await everything(api, reader, since="2.0.0")
    wanted = {release.number for release in LOG.releases if release.version == "v2"} - {"2.0.0"}
    assert {(change["version"], change["release"]) for change in served} == {("v2", number) for number in wanted}
    newest = next(release for release in LOG.releases if release.version == "v2")
    assert await everything(api, reader, since=newest.number) == []


async def test_a_day_leaves_what_was_released_on_it_or_later(api: httpx.AsyncClient, reader: dict[str, str]) -> None:
    assert len(await everything(api, reader, since="2026-11-21")) == len(list(LOG.changes()))
    newest = max(release.released_on for release in LOG.releases)
    after = newest + timedelta(days=1)
    if after.isoformat() < TOMORROW_AND_LATER:
        assert await everything(api, reader, since=after.isoformat()) == []


async def test_filters_narrow_together(api: httpx.AsyncClient, reader: dict[str, str]) -> None:
    served = await everything(api, reader, version="v1", kind="documentation")
    assert served
    assert {(change["version"], change["kind"]) for change in served} == {("v1", "documentation")}


async def test_a_change_says_what_changed(api: httpx.AsyncClient, reader: dict[str, str]) -> None:
    served = await everything(api, reader, since="2.0.0", kind="additive")
    (change,) = (
        change
        for change in served
        if (change["release"], change["code"]) == ("2.1.0", "new-optional-request-parameter")
        and change["operation"]["name"] == "createFeed"
    )
    assert change["operation"] == {"name": "createFeed", "method": "POST", "path": "/v2/feeds"}
    assert change["element"] == {"kind": "parameter", "name": "Idempotency-Key", "value": None, "status": None}


async def test_only_what_the_caller_used_within_30_days_is_left_when_asked_for(
    api: httpx.AsyncClient, key: Key, used: Use
) -> None:
    used(key, "createFeed")
    used(key, "createApiKey", days_ago=40)
    served = await everything(api, key.header, used="true", version="v2", since="2.0.0")
    assert {change["operation"]["name"] for change in served if change["operation"]} == {"createFeed"}
    assert any(change["operation"] is None for change in served)
    assert await everything(api, key.header, used="true", version="v1") == []


async def test_an_answer_that_the_client_holds_is_not_sent_again(
    api: httpx.AsyncClient, reader: dict[str, str]
) -> None:
    for path, headers in ((CHANGES, reader), (FEED, {}), (OWN_FEED, reader)):
        etag = (await api.get(path, headers=headers)).headers["etag"]
        assert (await api.get(path, headers={**headers, "If-None-Match": etag})).status_code == 304


async def test_the_feed_has_an_entry_for_each_release(api: httpx.AsyncClient) -> None:
    response = await api.get(FEED)
    assert response.headers["content-type"] == "application/atom+xml"
    feed = fromstring(response.text)
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    assert titles == [f"{release.version} {release.number}" for release in LOG.releases]
    identifiers = [element.text for element in feed.iter(f"{ATOM}id")]
    assert len(set(identifiers)) == len(identifiers)
    newest = max(release.released_on for release in LOG.releases)
    assert feed.findtext(f"{ATOM}updated") == f"{newest.isoformat()}T00:00:00.000Z"


async def test_the_feed_is_narrowed_by_the_same_filters(api: httpx.AsyncClient) -> None:
    feed = fromstring((await api.get(FEED, params={"since": "2.0.0", "kind": "additive"})).text)
    entry = list(feed.iter(f"{ATOM}entry"))[-1]
    assert entry.findtext(f"{ATOM}title") == "v2 2.1.0"
    content = entry.find(f"{ATOM}content")
    assert content is not None
    assert content.text is not None
    assert content.text.startswith("<h2>Added</h2><ul><li>")
    assert "`POST /v2/notes` was added" in content.text
    assert "Documentation" not in content.text


async def test_the_caller_s_own_feed_has_what_it_used_and_is_kept_by_nobody_else(
    api: httpx.AsyncClient, key: Key, used: Use
) -> None:
    used(key, "createFeed")
    used(key, "createApiKey", days_ago=40)
    asked = {"since": "2.0.0", "kind": "additive"}
    response = await api.get(OWN_FEED, params=asked, headers=key.header)
    assert response.headers["cache-control"] == "private, no-cache"
    entries = entries_of(response)
    listed = await everything(api, key.header, used="true", **asked)
    of_operations = {change["operation"]["name"] for change in listed if change["operation"]}
    assert of_operations == {"createFeed"}
    content = entries[-1].findtext(f"{ATOM}content")
    assert content is not None
    assert content.count("<li>") == sum(change["release"] == "2.1.0" for change in listed)
    assert "<b>createFeed</b>" in content
    assert "createApiKey" not in content
    public = {entry.findtext(f"{ATOM}id") for entry in entries_of(await api.get(FEED))}
    assert public.isdisjoint({entry.findtext(f"{ATOM}id") for entry in entries})
    (alternate,) = entries[-1].findall(f"{ATOM}link")
    assert alternate.get("href", "").endswith("&used=true")


@pytest.fixture
def seen(seeded: Seeded) -> None:
    """Three operations of a version that nobody serves, one of which drifted on two days."""
    add = (
        "INSERT INTO conformance_daily (day, version, operation, checked, drifted, dropped, last_checked_at,"
        " last_drift_at, last_drift_status, last_drift_place, last_drift_pointer, last_drift_keyword)"
        " VALUES (%s, 'v0', %s, 5, %s, 1, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
    )
    now = datetime.now(UTC)
    for days_ago, operation, drift in (
        (0, "listA", (None,) * 4),
        (3, "listB", (200, "body", "/data/0/title", "type")),
        (1, "listB", (404, "status", "", "undocumented")),
        (50, "listB", (200, "header", "etag", "required")),
        (0, "listC", (None,) * 4),
    ):
        at = now - timedelta(days=days_ago)
        seeded.people.execute(
            add, at.date(), operation, int(drift[0] is not None), at, at if drift[0] is not None else None, *drift
        )


@pytest.fixture
def operator(key_for: KeyFor) -> dict[str, str]:
    return key_for("contract:read")


async def test_conformance_takes_a_key_with_its_scope(api: httpx.AsyncClient, reader: dict[str, str]) -> None:
    assert (await api.get(CONFORMANCE)).status_code == 401
    response = await api.get(CONFORMANCE, headers=reader)
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"days": "0"}, "minimum"),
        ({"days": "91"}, "maximum"),
        ({"days": "x"}, "type"),
        ({"drifted": "maybe"}, "type"),
        ({"version": "two"}, "pattern"),
    ],
)
async def test_a_question_about_conformance_that_makes_no_sense_is_refused(
    api: httpx.AsyncClient, operator: dict[str, str], params: dict[str, str], code: str
) -> None:
    response = await api.get(CONFORMANCE, params=params, headers=operator)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, code)


async def test_a_cursor_of_another_question_about_conformance_is_refused(
    api: httpx.AsyncClient, operator: dict[str, str], seen: None
) -> None:
    first = await api.get(CONFORMANCE, params={"version": "v0", "limit": 1}, headers=operator)
    cursor = first.json()["page"]["next_cursor"]
    response = await api.get(CONFORMANCE, params={"cursor": cursor, "limit": 1}, headers=operator)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


async def test_operations_are_listed_with_what_was_seen_of_them(
    api: httpx.AsyncClient, operator: dict[str, str], seen: None
) -> None:
    first = await api.get(CONFORMANCE, params={"version": "v0", "limit": 2}, headers=operator)
    second = await api.get(first.links["next"]["url"], headers=operator)
    listed = [*first.json()["data"], *second.json()["data"]]
    assert [(row["operation"], row["checked"], row["drifted"], row["dropped"]) for row in listed] == [
        ("listA", 5, 0, 1),
        ("listB", 10, 2, 2),
        ("listC", 5, 0, 1),
    ]
    assert listed[0]["last_drift"] is None
    last = listed[1]["last_drift"]
    assert (last["status"], last["place"], last["pointer"], last["keyword"]) == (404, "status", "", "undocumented")


async def test_only_what_drifted_is_left_when_asked_for_and_older_days_when_they_are(
    api: httpx.AsyncClient, operator: dict[str, str], seen: None
) -> None:
    for days, drifted in ((1, None), (2, 1), (60, 3)):
        asked: dict[str, str | int] = {"version": "v0", "drifted": "true", "days": days}
        listed = (await api.get(CONFORMANCE, params=asked, headers=operator)).json()["data"]
        assert [row["drifted"] for row in listed] == ([] if drifted is None else [drifted])


async def test_the_instance_looks_at_its_own_answers(
    api: httpx.AsyncClient, operator: dict[str, str], reader: dict[str, str]
) -> None:
    await api.get(CHANGES, headers=reader)

    async def listed() -> bool:
        asked: dict[str, str | int] = {"version": "v2", "limit": 100}
        rows = (await api.get(CONFORMANCE, params=asked, headers=operator)).json()["data"]
        return any(row["operation"] == "listContractChanges" and row["checked"] > 0 for row in rows)

    await until(listed, "the count of an answer that was looked at")

"""Sunset notices in v2, as clients read them."""

import httpx

from core.kit import ids
from tests.handlers.conftest import KeyFor
from tests.support.people import People
from tests.support.seed import START

NOTICES = "/v2/sunset-notices"
NOTICE = """
INSERT INTO sunset_notices (organization_id, id, version, sunset_at, days, days_left, api_key_ids, calls, created_at)
VALUES (%s, %s, 'v1', '2027-06-30T23:59:59Z', %s, %s, ARRAY[%s], 1520, %s)
"""


async def test_nobody_reads_notices_without_a_credential(api: httpx.AsyncClient) -> None:
    assert (await api.get(NOTICES)).status_code == 401


async def test_a_key_that_may_not_see_keys_is_refused(api: httpx.AsyncClient, key_for: KeyFor) -> None:
    response = await api.get(NOTICES, headers=key_for("articles:read"))
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")


async def test_a_cursor_that_was_changed_is_refused(api: httpx.AsyncClient, key_for: KeyFor) -> None:
    response = await api.get(NOTICES, params={"cursor": "AAAA"}, headers=key_for("keys:read"))
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


async def test_notices_are_listed_newest_first(api: httpx.AsyncClient, people: People) -> None:
    person = people.person("admin", people.organization(f"late-{ids.new_id().hex}"))
    key = ids.new_id()
    for days, left in ((90, 90), (30, 29)):
        people.execute(NOTICE, person.organization, ids.new_id(), days, left, key, START)
    first = await api.get(NOTICES, params={"limit": 1}, headers=person.header)
    second = await api.get(first.links["next"]["url"], headers=person.header)
    ((newest,), (oldest,)) = (response.json()["data"] for response in (first, second))
    assert (newest["notice_days"], newest["days_left"], oldest["notice_days"]) == (30, 29, 90)
    assert (newest["version"], newest["sunset_at"]) == ("v1", "2027-06-30T23:59:59.000Z")
    assert (newest["key_ids"], newest["calls"]) == ([ids.encode("key", key)], 1520)
    again = await api.get(
        NOTICES, params={"limit": 1}, headers={**person.header, "If-None-Match": first.headers["etag"]}
    )
    assert again.status_code == 304

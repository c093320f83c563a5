"""The ETag of a changed resource: what a PATCH answers with is good for the next change, without a GET in between."""

import httpx
import pytest

from tests.handlers.conftest import Seeded
from tests.support.people import People

CHANGES = {
    "/v2/me": {"name": "Ada"},
    "/v2/me/preferences": {"topics": ["science"]},
    "/v2/organizations/{organization}": {"name": "Harbour Desk"},
    "/v2/collections/{collection}": {"name": "Batteries"},
    "/v2/collections/{collection}/items/{item}": {"status": "done"},
    "/v2/notes/{note}": {"body": "Read this again."},
    "/v2/api-keys/{key}": {"name": "Another name"},
}


@pytest.mark.parametrize("template", CHANGES)
async def test_a_change_can_follow_a_change(
    api: httpx.AsyncClient, people: People, seeded: Seeded, template: str
) -> None:
    person = people.person()
    lists = await api.post("/v2/collections", json={"name": "Cells"}, headers=person.header)
    items = f"{lists.headers['location']}/items"
    made = {
        "organization": person.organization_id,
        "collection": lists.json()["id"],
        "item": (await api.post(items, json={"url": "https://example.org/"}, headers=person.header)).json()["id"],
        "note": (
            await api.post("/v2/notes", json={"article_id": seeded.stories[0], "body": "Read."}, headers=person.header)
        ).json()["id"],
        "key": (
            await api.post("/v2/api-keys", json={"name": "A", "scopes": ["articles:read"]}, headers=person.header)
        ).json()["id"],
    }
    address = template.format(**made)
    before = (await api.get(address, headers=person.header)).headers["etag"]
    first = await api.patch(address, json=CHANGES[template], headers={**person.header, "If-Match": before})
    assert first.status_code == 200
    after = first.headers["etag"]
    assert after == (await api.get(address, headers=person.header)).headers["etag"] != before
    again = {**person.header, "If-Match": after}
    assert (await api.patch(address, json=CHANGES[template], headers=again)).status_code == 200
    stale = {**person.header, "If-Match": before}
    assert (await api.patch(address, json=CHANGES[template], headers=stale)).status_code == 412

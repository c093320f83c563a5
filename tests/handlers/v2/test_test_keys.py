"""Test keys: the same engine over the frozen newsroom, apart from everything that is live."""

import httpx
import psycopg

from core.kit import ids
from core.kit.principal import NEWSROOM_ID, SANDBOX_NEWSROOM_ID, sandbox_of
from core.sandboxes.service import sandboxes
from tests.handlers.conftest import Seeded
from tests.support.sandbox_keys import bearer, make_test_key

KEYS = "/v2/api-keys"


async def test_a_mode_that_does_not_exist_is_refused(api: httpx.AsyncClient, all_scopes: dict[str, str]) -> None:
    answer = await api.post(KEYS, json={"name": "x", "scopes": ["articles:read"], "mode": "dry"}, headers=all_scopes)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/mode")


async def test_a_key_says_what_it_is_for_and_is_live_unless_asked(
    api: httpx.AsyncClient, all_scopes: dict[str, str]
) -> None:
    test, live = await make_test_key(api, all_scopes), await make_test_key(api, all_scopes, mode="live")
    default = (await api.post(KEYS, json={"name": "x", "scopes": ["articles:read"]}, headers=all_scopes)).json()
    assert [(key["mode"], key["key"][:9]) for key in (test, live, default)] == [
        ("test", "tdk_test_"), ("live", "tdk_live_"), ("live", "tdk_live_"),
    ]  # fmt: skip
    listed = {key["id"]: key["mode"] for key in (await api.get(KEYS, headers=all_scopes)).json()["data"]}
    assert (listed[test["id"]], listed[live["id"]]) == ("test", "live")


async def test_it_reads_the_frozen_newsroom_and_no_live_article(
    api: httpx.AsyncClient, tester: dict[str, str], seeded: Seeded
) -> None:
    first = (await api.get("/v2/articles?limit=100&count=exact", headers=tester)).json()
    assert first["total"]["value"] > 500
    seen = {article["id"] for article in first["data"]}
    assert not seen & {*seeded.stories, seeded.german, seeded.edited, seeded.feed_story}
    assert (await api.get(f"/v2/articles/{seeded.stories[0]}", headers=tester)).status_code == 404
    words = (await api.get("/v2/articles?q=comet&limit=100", headers=tester)).json()["data"]
    assert not {article["id"] for article in words} & {seeded.edited}
    sources = (await api.get("/v2/sources?limit=100", headers=tester)).json()["data"]
    assert {source["id"] for source in sources}.isdisjoint({seeded.guardian, seeded.failing})
    assert {"healthy", "gone", "throttled"} <= {source["state"] for source in sources}


async def test_a_live_key_never_sees_the_frozen_newsroom(
    api: httpx.AsyncClient, tester: dict[str, str], all_scopes: dict[str, str], stranger: dict[str, str]
) -> None:
    frozen = (await api.get("/v2/articles?limit=1", headers=tester)).json()["data"][0]
    for live in (all_scopes, stranger):
        assert (await api.get(f"/v2/articles/{frozen['id']}", headers=live)).status_code == 404
        listed = (await api.get("/v2/articles?limit=100&source=hackernews&count=exact", headers=live)).json()
        assert frozen["id"] not in {article["id"] for article in listed["data"]}
    assert (await api.get(f"/v1/articles/{frozen['id']}", headers=all_scopes)).status_code == 403


async def test_what_it_writes_stays_in_the_sandbox_of_its_organisation(
    api: httpx.AsyncClient, tester: dict[str, str], all_scopes: dict[str, str], stranger: dict[str, str], seeded: Seeded
) -> None:
    article = (await api.get("/v2/articles?limit=1", headers=tester)).json()["data"][0]["id"]
    collection = (await api.post("/v2/collections", json={"name": "Tried out"}, headers=tester)).json()
    item = await api.post(f"/v2/collections/{collection['id']}/items", json={"article_id": article}, headers=tester)
    assert item.status_code == 201, item.text
    body = {"article_id": article, "body": "Seen", "visibility": "organization"}
    note = await api.post("/v2/notes", json=body, headers=tester)
    assert note.status_code == 201, note.text
    other = bearer(await make_test_key(api, stranger))
    for foreign in (all_scopes, stranger, other):
        assert (await api.get(f"/v2/collections/{collection['id']}", headers=foreign)).status_code == 404
        assert (await api.get(f"/v2/notes/{note.json()['id']}", headers=foreign)).status_code == 404
    colleague = bearer(await make_test_key(api, all_scopes))
    assert (await api.get(f"/v2/collections/{collection['id']}", headers=colleague)).status_code == 200


async def test_nothing_that_is_live_can_be_read_or_changed_with_it(
    api: httpx.AsyncClient, tester: dict[str, str], all_scopes: dict[str, str], seeded: Seeded
) -> None:
    live_key = await make_test_key(api, all_scopes, mode="live")
    addresses = (
        f"/v2/collections/{seeded.collection}", f"/v2/notes/{seeded.note}", f"/v2/feeds/{seeded.feed}",
        f"/v2/sources/{seeded.guardian}", f"{KEYS}/{live_key['id']}",
        f"/v2/organizations/{ids.encode('org', NEWSROOM_ID)}",
    )  # fmt: skip
    for address in addresses:
        assert (await api.get(address, headers=tester)).status_code == 404, address
    assert (await api.delete(f"{KEYS}/{live_key['id']}", headers=tester)).status_code == 404
    events = (await api.get("/v2/audit-events?limit=100", headers=tester)).json()["data"]
    assert live_key["id"] not in {(event["target"] or {}).get("id") for event in events}


async def test_a_test_key_makes_test_keys_only_and_they_stay_in_the_sandbox(
    api: httpx.AsyncClient, tester: dict[str, str], all_scopes: dict[str, str]
) -> None:
    body = {"name": "Out", "scopes": ["articles:read"]}
    refused = await api.post(KEYS, json={**body, "mode": "live"}, headers=tester)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "live_key")
    child = (await api.post(KEYS, json=body, headers=tester)).json()
    assert child["mode"] == "test"
    assert (await api.get("/v2/articles?limit=1", headers=bearer(child))).status_code == 200
    assert (await api.get(f"{KEYS}/{child['id']}", headers=all_scopes)).status_code == 404
    by_v1 = (await api.post("/v1/api-keys", json={"name": "Out"}, headers=tester)).json()
    assert by_v1["key"].startswith("tdk_test_")


async def test_it_can_be_renamed_rotated_and_revoked_by_its_organisation(
    api: httpx.AsyncClient, all_scopes: dict[str, str]
) -> None:
    key = await make_test_key(api, all_scopes)
    renamed = await api.patch(f"{KEYS}/{key['id']}", json={"name": "Renamed"}, headers=all_scopes)
    assert (renamed.status_code, renamed.json()["mode"]) == (200, "test")
    rotated = (await api.post(f"{KEYS}/{key['id']}/rotate", json={"overlap_seconds": 0}, headers=all_scopes)).json()
    assert (rotated["mode"], rotated["key"][:9]) == ("test", "tdk_test_")
    assert (await api.post("/v2/collections", json={"name": "Mine"}, headers=bearer(rotated))).status_code == 201
    assert (await api.delete(f"{KEYS}/{rotated['id']}", headers=all_scopes)).status_code == 204
    assert (await api.get("/v2/rate-limit", headers=bearer(rotated))).status_code == 401


async def test_its_calls_draw_on_budgets_of_its_own(api: httpx.AsyncClient, stranger: dict[str, str]) -> None:
    live = await make_test_key(api, stranger, mode="live", scopes=["articles:read"], requests_per_hour=50)
    test = await make_test_key(api, stranger, scopes=["articles:read"], requests_per_hour=50)
    before = (await api.get("/v2/rate-limit", headers=bearer(live))).json()
    for _ in range(3):
        assert (await api.get("/v2/articles?limit=1&sort=published_at", headers=bearer(test))).status_code == 200
    after = (await api.get("/v2/rate-limit", headers=bearer(live))).json()
    assert [budget["remaining"] for budget in after["budgets"]] == [budget["remaining"] for budget in before["budgets"]]


async def test_row_level_security_holds_the_wall_without_the_repositories(seeded: Seeded) -> None:
    """What the application's role sees when it names a sandbox, and when it names what is live."""
    assert seeded.infra.settings.database_url is not None
    counted = "SELECT organization_id, count(*) FROM articles GROUP BY 1"
    await sandboxes.fill_newsroom()
    with psycopg.connect(seeded.infra.settings.database_url.get_secret_value()) as connection:
        seen = {}
        for tenant in (NEWSROOM_ID, sandbox_of(NEWSROOM_ID)):
            connection.execute("SET LOCAL ROLE tidings_app")
            connection.execute("SELECT set_config('tidings.organization_id', %s, true)", [str(tenant)])
            seen[tenant] = {row[0] for row in connection.execute(counted).fetchall()}
            connection.rollback()
    assert seen == {NEWSROOM_ID: {NEWSROOM_ID}, sandbox_of(NEWSROOM_ID): {SANDBOX_NEWSROOM_ID}}

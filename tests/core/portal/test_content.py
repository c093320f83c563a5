"""What the pages say is what the documents, the settings and the code say."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import httpx
import pytest

from ci.sdks.languages import LANGUAGES
from ci.sdks.package import QUICK_STARTS
from core.app import DOCUMENTS, read_documents
from core.billing.tasks import signature
from core.contract.replacements import newest_replacements
from core.portal import limits, migration, problems, text, webhooks
from core.portal.quickstart import quick_starts
from core.portal.samples import verify
from core.releases.changelog import read
from core.settings import PLANS, load
from tests.core.portal.conftest import Outline

V1, V2 = read_documents().values()


async def page(portal: httpx.AsyncClient, path: str) -> str:
    return " ".join(Outline((await portal.get(path)).text).text.split())


async def test_the_start_page_says_what_the_instance_offers(portal: httpx.AsyncClient) -> None:
    said = await page(portal, "/")
    for tag in V2["tags"]:
        assert tag["name"] in said
    for category in V2["components"]["schemas"]["Category"]["enum"]:
        assert category in said
    for document in (V1, V2):
        assert document["info"]["version"] in said
    assert V1["x-sunset"][:10] in said
    assert "100 requests an hour" in said
    assert "The Guardian" in said


async def test_the_policy_says_when_v1_ends_and_that_no_brown_out_is_planned(portal: httpx.AsyncClient) -> None:
    html = (await portal.get("/sunset-policy")).text
    assert '<time datetime="2027-06-30T23:59:59Z">30 June 2027, 23:59 UTC</time>, in ' in html
    assert "None is planned." in html


async def test_the_limits_are_those_of_the_settings_and_the_document(portal: httpx.AsyncClient) -> None:
    said = await page(portal, "/limits")
    for name, plan in PLANS.items():
        assert name in said
        assert f"{plan.organization_requests_per_hour:,}" in said
        assert limits.size(plan.storage_bytes) in said
    assert "Import feeds from OPML POST /v2/feeds/opml 10" in said
    assert "GET /v2/rate-limit nothing" in said


def test_an_operator_who_changes_the_log_in_limit_changes_the_page() -> None:
    stated = {one.operations[0]: one.limit for one in limits.address_budgets(V2, load({}))}
    assert stated["POST", "/v2/auth/login"] == 10
    changed = limits.address_budgets(V2, load({"TIDINGS_LOGIN_ATTEMPTS_PER_MINUTE": "25"}))
    assert {one.limit for one in changed} == {25}
    assert limits.address_budgets(V2, load({"TIDINGS_LOGIN_ATTEMPTS_PER_MINUTE": "0"})) == ()


@pytest.mark.parametrize(
    ("count", "said"),
    [(None, "no limit"), (0, "0 bytes"), (1000, "1,000 bytes"), (50 * 2**20, "50 MiB"), (5 * 2**30, "5 GiB")],
)
def test_a_size_is_said_in_whole_units(count: int | None, said: str) -> None:
    assert limits.size(count) == said


def test_every_operation_of_v1_stands_beside_its_successor() -> None:
    replacements = newest_replacements({"v1": V1, "v2": V2})
    found = migration.successions(replacements, V1, V2)
    assert len(found) == sum(len(item) for item in V1["paths"].values())
    articles = next(one for one in found if one.replacement.operation_id == "listArticles")
    rows = {row.old: row for group in articles.groups for row in group.rows}
    assert (rows["page"].new, rows["dir"].new) == ("cursor", "sort")
    assert rows["dir"].remark == "`desc` becomes `-`, `asc` becomes nothing."
    assert json.loads(articles.before or "")["meta"]
    assert json.loads(articles.after or "")["page"]
    said_once = {row.old for row in migration.everywhere(replacements).headers.rows}
    assert {"Deprecation", "Sunset"} <= said_once
    assert not any(row.old in said_once for one in found for group in one.groups for row in group.rows)


async def test_the_guide_has_a_paragraph_for_every_operation_that_it_is_linked_for(portal: httpx.AsyncClient) -> None:
    for replacement in newest_replacements({"v1": V1, "v2": V2}):
        answer = await portal.get(replacement.guide)
        assert answer.status_code == 200
        assert replacement.anchor in Outline(answer.text).ids
        assert replacement.place in Outline(answer.text).text


async def test_the_changelog_is_what_programs_are_served(portal: httpx.AsyncClient) -> None:
    html = (await portal.get("/changelog")).text
    ids = Outline(html).ids
    for release in read(DOCUMENTS).releases:
        assert f"{release.version}-{release.number}" in ids
        for change in release.changes:
            assert change.operation is None or change.operation.path in html
    assert "POST /v2/collections" in html


def test_a_quick_start_is_the_readme_that_goes_with_the_package() -> None:
    shown = {start.id: start for start in quick_starts()}
    assert shown.keys() - {"curl"} == {name for name in LANGUAGES if name != "typescript-fetch"}
    for name in shown.keys() - {"curl"}:
        readme = (QUICK_STARTS / f"{name}-v2.md").read_text(encoding="utf-8")
        for piece in shown[name].pieces:
            assert piece.source in readme
        assert any(text.KEY in piece.source and text.EXAMPLE_ORIGIN in piece.source for piece in shown[name].pieces)


async def test_the_key_can_be_filled_in_wherever_an_example_needs_one(portal: httpx.AsyncClient) -> None:
    html = (await portal.get("/quickstart")).text
    assert html.count('<span class="key" data-key>tdk_live_…</span>') == 7
    field = re.search(r"<input[^>]*>", html)
    assert field is not None
    assert "name=" not in field[0], "a field with a name could be sent by a form"
    assert "<form" not in html
    assert "data-keyfield hidden" in html, "without a script the field could do nothing"


def test_code_cannot_break_out_of_its_page() -> None:
    assert "<b>" not in text.code('print("<b>&</b>")', "python")
    assert text.inline("a <b> `<i>` **<u>**") == ("a &lt;b&gt; <code>&lt;i&gt;</code> <strong>&lt;u&gt;</strong>")
    assert text.prose("One\ntwo.\n\n- a `b`\n- c") == ("<p>One\ntwo.</p>\n<ul><li>a <code>b</code></li><li>c</li></ul>")


def test_what_may_be_retried_is_what_both_documents_say() -> None:
    said = "408, 425, 429, 500, 502, 503 and 504"
    assert f"{', '.join(map(str, sorted(problems.RETRIED)[:-1]))} and {max(problems.RETRIED)}" == said
    for document in (V1, V2):
        assert said in " ".join(document["info"]["description"].split())


def test_the_delivery_on_the_page_is_signed_as_deliveries_are() -> None:
    headers = webhooks.delivery()
    assert headers["webhook-signature"] == signature(
        webhooks.SECRET.encode(), headers["webhook-id"], int(headers["webhook-timestamp"]), webhooks.BODY
    )


def test_the_receiver_on_the_page_knows_a_genuine_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    headers = webhooks.delivery()
    sent_at = int(headers["webhook-timestamp"])
    monkeypatch.setattr("time.time", lambda: sent_at + 2.0)
    assert verify.is_genuine(headers, webhooks.BODY, webhooks.SECRET)
    rotating = {**headers, "webhook-signature": f"v1,b3RoZXI= {headers['webhook-signature']}"}
    assert verify.is_genuine(rotating, webhooks.BODY, webhooks.SECRET)
    assert not verify.is_genuine(headers, webhooks.BODY + b" ", webhooks.SECRET)
    assert not verify.is_genuine(headers, webhooks.BODY, "another secret")
    assert not verify.is_genuine({**headers, "webhook-id": "bil_other"}, webhooks.BODY, webhooks.SECRET)
    monkeypatch.setattr("time.time", lambda: sent_at + 301.0)
    assert not verify.is_genuine(headers, webhooks.BODY, webhooks.SECRET)


def test_the_time_of_the_delivery_is_that_of_its_header() -> None:
    sent = datetime.fromtimestamp(int(webhooks.delivery()["webhook-timestamp"]), UTC)
    assert json.loads(webhooks.BODY)["timestamp"] == sent.strftime("%Y-%m-%dT%H:%M:%S.000Z")

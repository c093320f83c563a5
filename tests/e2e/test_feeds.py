"""Any RSS, Atom or JSON feed of the network: subscribed to from the command line and through the API."""

from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest

from tests.e2e.conftest import Running
from tests.e2e.feed_documents import Story, atom, json_feed, rss
from tests.support.upstream_server import Received, Reply, UpstreamServer
from tests.support.waiting import until

Document = Callable[..., bytes]

FORMATS: Final[dict[str, tuple[Document, str]]] = {
    "rss": (rss, "application/rss+xml"),
    "atom": (atom, "application/atom+xml"),
    "json": (json_feed, "application/feed+json"),
}
BOTH: Final = pytest.mark.parametrize("format_", FORMATS)


class Paper:
    """A feed on the publisher's server, and what stands in it."""

    def __init__(self, publisher: UpstreamServer, format_: str, name: str) -> None:
        self._write, self._media_type = FORMATS[format_]
        self._publisher = publisher
        self.host = f"{name}-{format_}.example"
        self.path = f"/{self.host}/feed"
        self.url = publisher.url(self.path)
        self.stories: tuple[Story, ...] = ()

    def story(self, number: int, title: str) -> Story:
        return Story(self.host, number, title, f"{title}: what {self.host} wrote about it in number {number}.")

    def print(self, *stories: Story) -> None:
        """From now on the feed lists these."""
        body = self._write(self.host, *stories)
        etag = f'"{hash(body):x}"'

        def answer(request: Received) -> Reply:
            if request.headers.get("if-none-match") == etag:
                return Reply(304, headers={"ETag": etag})
            return Reply(body=body, headers={"Content-Type": self._media_type, "ETag": etag})

        self._publisher.routes[self.path] = answer


async def poll(api: httpx.AsyncClient, headers: dict[str, str], feed_id: str) -> dict[str, Any]:
    """The feed's health after one more fetch that a client has asked for."""

    async def health() -> dict[str, Any]:
        found: dict[str, Any] = (await api.get(f"/v2/feeds/{feed_id}/health", headers=headers)).json()
        return found

    before = len((await health())["fetches"])
    assert (await api.post(f"/v2/feeds/{feed_id}/refresh", headers=headers)).status_code == 202

    async def fetched() -> bool:
        return len((await health())["fetches"]) > before

    await until(fetched, "the fetch")
    return await health()


async def titles_of(api: httpx.AsyncClient, headers: dict[str, str], feed_id: str) -> list[str]:
    """The titles of a feed's articles, newest first."""
    response = await api.get("/v2/articles", params={"feed": feed_id}, headers=headers)
    return [row["title"] for row in response.json()["data"]]


@BOTH
async def test_a_feed_that_the_operator_adds_appears_and_its_edits_become_revisions(
    running: Running, api: httpx.AsyncClient, demo: dict[str, str], publisher: UpstreamServer, format_: str
) -> None:
    paper = Paper(publisher, format_, "operator")
    first, second = paper.story(1, "The lock keeper retires"), paper.story(2, "A ferry for the island")
    paper.print(first, second)
    feed = await running.command("feeds", "add", paper.url, "--wait")
    assert (feed["state"], feed["article_count"], feed["title"]) == ("healthy", 2, paper.host)
    assert await titles_of(api, demo, feed["id"]) == [second.title, first.title]

    edited, third = paper.story(1, "The lock keeper stays"), paper.story(3, "The island votes")
    paper.print(third, second, edited)
    await poll(api, demo, feed["id"])
    assert await titles_of(api, demo, feed["id"]) == [third.title, second.title, edited.title]
    listed = await api.get("/v2/articles", params={"feed": feed["id"], "sort": "published_at"}, headers=demo)
    article = listed.json()["data"][0]
    said = (await api.get(f"/v2/articles/{article['id']}/revisions", headers=demo)).json()["data"]
    assert [row["title"] for row in said] == [edited.title, first.title]

    health = await poll(api, demo, feed["id"])
    assert [fetch["outcome"] for fetch in health["fetches"]] == ["not_modified", "ok", "ok"]
    assert [fetch["items_updated"] for fetch in health["fetches"]] == [0, 1, 0]


@BOTH
async def test_a_feed_that_a_client_subscribes_to_appears(
    api: httpx.AsyncClient, demo: dict[str, str], publisher: UpstreamServer, format_: str
) -> None:
    paper = Paper(publisher, format_, "client")
    paper.print(paper.story(1, "Bees return to the roof"))
    made = await api.post("/v2/feeds", json={"url": paper.url, "category": "science"}, headers=demo)
    assert made.status_code == 201
    feed: dict[str, Any] = made.json()

    async def is_healthy() -> bool:
        return (await api.get(made.headers["Location"], headers=demo)).json()["state"] == "healthy"

    await until(is_healthy, "the first fetch")
    assert await titles_of(api, demo, feed["id"]) == ["Bees return to the roof"]

    paper.print(paper.story(1, "Bees return to the roof"), paper.story(2, "A second hive"))
    assert (await poll(api, demo, feed["id"]))["state"] == "healthy"
    assert await titles_of(api, demo, feed["id"]) == ["A second hive", "Bees return to the roof"]
    assert (await api.delete(f"/v2/feeds/{feed['id']}", headers=demo)).status_code == 204
    assert (await api.get(f"/v2/feeds/{feed['id']}", headers=demo)).status_code == 404


async def test_a_feed_that_is_not_there_says_why_and_is_healthy_when_it_is_back(
    running: Running, api: httpx.AsyncClient, demo: dict[str, str], publisher: UpstreamServer
) -> None:
    paper = Paper(publisher, "atom", "late")
    feed = await running.command("feeds", "add", paper.url, "--wait")
    assert feed["state"] == "failing"
    assert "404" in feed["state_reason"]
    listed = await api.get("/v2/articles", params={"feed": feed["id"]}, headers=demo)
    assert "source_unhealthy" in [warning["code"] for warning in listed.json()["warnings"]]
    paper.print(paper.story(1, "The press runs again"))
    (polled,) = await running.command("poll", feed["slug"], "--wait")
    assert (polled["state"], polled["state_reason"]) == ("healthy", None)
    assert await titles_of(api, demo, feed["id"]) == ["The press runs again"]


async def test_a_feed_inside_a_network_that_is_not_allowed_is_refused_with_the_rule(
    api: httpx.AsyncClient, demo: dict[str, str]
) -> None:
    refused = await api.post("/v2/feeds", json={"url": "http://169.254.169.254/latest"}, headers=demo)
    assert (refused.status_code, refused.json()["code"]) == (422, "url_not_allowed")


async def test_subscriptions_go_out_as_opml_and_come_in_again(
    running: Running, api: httpx.AsyncClient, demo: dict[str, str], publisher: UpstreamServer
) -> None:
    papers = [Paper(publisher, format_, "moving") for format_ in FORMATS]
    for paper in papers:
        paper.print(paper.story(1, f"Moved with {paper.host}"))
        await api.post("/v2/feeds", json={"url": paper.url, "title": f"House of {paper.host}"}, headers=demo)
    exported = await api.get("/v2/feeds/opml", headers=demo)
    assert exported.headers["Content-Type"].startswith("text/x-opml")
    assert all(paper.url in exported.text for paper in papers)

    feeds = (await api.get("/v2/feeds", params={"limit": 100}, headers=demo)).json()["data"]
    for feed in feeds:
        if feed["url"] in {paper.url for paper in papers}:
            await api.delete(f"/v2/feeds/{feed['id']}", headers=demo)
    as_opml = {**demo, "Content-Type": "text/x-opml"}
    report = (await api.post("/v2/feeds/opml", content=exported.content, headers=as_opml)).json()
    assert (report["created"], report["rejected"]) == (len(papers), 0)
    created = [result["title"] for result in report["results"] if result["status"] == "created"]
    assert set(created) == {f"House of {paper.host}" for paper in papers}

    outline = running.instance.home / "subscriptions.opml"
    outline.write_bytes(exported.content)
    rows = await running.command("feeds", "import", str(outline))
    assert {row["status"] for row in rows} == {"existing"}

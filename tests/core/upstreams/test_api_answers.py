"""Answers that no provider documents, and that come all the same."""

from typing import Any

import orjson
import pytest

from core.infra.http import Egress
from core.kit.clock import FixedClock
from core.upstreams.guardian import GuardianClient
from core.upstreams.hackernews import HackerNewsClient
from core.upstreams.newsapi import NewsApiClient
from core.upstreams.quota import Quota
from core.upstreams.reddit import RedditClient
from core.upstreams.reddit_tokens import ApplicationTokens
from core.upstreams.types import UpstreamError
from tests.support.upstream_server import Received, Reply, UpstreamServer

TOKEN = Reply(200, b'{"access_token": "t0ken", "token_type": "bearer", "expires_in": 86400}')


def _json(content: Any, **headers: str) -> Reply:
    return Reply(200, orjson.dumps(content), headers=headers)


@pytest.fixture
def newsapi(egress: Egress, server: UpstreamServer, clock: FixedClock) -> NewsApiClient:
    return NewsApiClient(egress=egress, base_url=server.origin, key="secret-key", clock=clock)


@pytest.fixture
def guardian(egress: Egress, server: UpstreamServer, clock: FixedClock) -> GuardianClient:
    return GuardianClient(egress=egress, base_url=server.origin, key="secret-key", clock=clock)


@pytest.fixture
def reddit(egress: Egress, server: UpstreamServer, clock: FixedClock) -> RedditClient:
    agent = "linux:tidings:v1 (by /u/somebody)"
    return RedditClient(
        egress=egress,
        base_url=server.origin,
        tokens=ApplicationTokens(auth_url=server.origin, client_id="app", client_secret="secret-key", user_agent=agent),
        user_agent=agent,
        quota=Quota(provider="Reddit", limit=60, window_s=60, clock=clock),
        clock=clock,
    )


@pytest.fixture
def hackernews(egress: Egress, server: UpstreamServer, clock: FixedClock) -> HackerNewsClient:
    return HackerNewsClient(egress=egress, base_url=server.origin, clock=clock)


# whole answers of the wrong shape


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"null", b"[]", b'{"articles": null}', b'{"articles": {}}', b"[" * 5000]
)
async def test_newsapi_without_articles_is_an_error(
    newsapi: NewsApiClient, server: UpstreamServer, body: bytes
) -> None:
    server.routes["/v2/top-headlines"] = Reply(200, body)
    with pytest.raises(UpstreamError, match="NewsAPI answered with"):
        await newsapi.fetch(config={}, cursor={})


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"response": null}', b'{"response": {"results": 1}}'])
async def test_guardian_without_results_is_an_error(
    guardian: GuardianClient, server: UpstreamServer, body: bytes
) -> None:
    server.routes["/search"] = Reply(200, body)
    with pytest.raises(UpstreamError, match="The Guardian answered with"):
        await guardian.fetch(config={}, cursor={})


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"access_token": 1}', b'{"access_token": "a\\r\\nb: c"}']
)
async def test_reddit_without_a_token_is_an_error(reddit: RedditClient, server: UpstreamServer, body: bytes) -> None:
    server.routes["/api/v1/access_token"] = Reply(200, body)
    with pytest.raises(UpstreamError, match="Reddit"):
        await reddit.fetch(config={"subreddits": ["a"]}, cursor={})


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b'"x"'])
async def test_hackernews_without_a_list_is_an_error(
    hackernews: HackerNewsClient, server: UpstreamServer, body: bytes
) -> None:
    server.routes["/v0/newstories.json"] = Reply(200, body)
    with pytest.raises(UpstreamError, match="Hacker News"):
        await hackernews.fetch(config={}, cursor={})


async def test_an_answer_that_is_too_large_is_an_error(newsapi: NewsApiClient, server: UpstreamServer) -> None:
    server.routes["/v2/top-headlines"] = Reply(200, b" " * (5 * 2**20))
    with pytest.raises(UpstreamError, match="sent too much"):
        await newsapi.fetch(config={}, cursor={})


async def test_a_redirect_of_an_api_is_not_followed(newsapi: NewsApiClient, server: UpstreamServer) -> None:
    server.routes["/v2/top-headlines"] = Reply(302, headers={"Location": "/elsewhere"})
    with pytest.raises(UpstreamError, match="redirects"):
        await newsapi.fetch(config={}, cursor={})
    assert [request.path for request in server.received] == ["/v2/top-headlines"]


async def test_an_endless_explanation_is_cut(newsapi: NewsApiClient, server: UpstreamServer) -> None:
    server.routes["/v2/top-headlines"] = Reply(400, orjson.dumps({"code": "x", "message": "no\n" * 5000}))
    with pytest.raises(UpstreamError) as error:
        await newsapi.fetch(config={}, cursor={})
    assert len(error.value.reason) < 300
    assert "\n" not in error.value.reason


# single items of the wrong shape


async def test_a_bad_article_of_newsapi_is_rejected_alone(newsapi: NewsApiClient, server: UpstreamServer) -> None:
    articles = [
        None,
        "text",
        {"title": "no url"},
        {"title": ["list"], "url": "http://a.example/1"},
        {"title": "[Removed]", "url": "https://removed.com"},
        {"title": "[Removed]", "url": "http://a.example/2"},
        {
            "title": "good",
            "url": "http://a.example/3",
            "source": "text",
            "content": "Cut here… [+1234 chars]",
            "author": 5,
        },
    ]
    server.routes["/v2/top-headlines"] = _json({"totalResults": "many", "articles": articles})
    fetched = await newsapi.fetch(config={"categories": ["science"]}, cursor={})
    removed, good = fetched.drafts
    assert (removed.provider_id, removed.removed) == ("http://a.example/2", True)
    assert (good.title, good.summary, good.author, good.sections) == ("good", "Cut here…", None, ("science",))
    assert len(fetched.rejected) == 5


async def test_a_bad_result_of_the_guardian_is_rejected_alone(guardian: GuardianClient, server: UpstreamServer) -> None:
    results = [
        None,
        {"id": "x"},
        {"id": "a/1", "webUrl": "http://a.example/1", "webTitle": "t", "fields": [], "tags": {}},
    ]
    server.routes["/search"] = _json({"response": {"pages": 1, "results": results}})
    fetched = await guardian.fetch(config={}, cursor={})
    assert [draft.provider_id for draft in fetched.drafts] == ["a/1"]
    assert len(fetched.rejected) == 2


async def test_a_bad_post_of_reddit_is_rejected_alone(reddit: RedditClient, server: UpstreamServer) -> None:
    posts = [
        {"data": None},
        {"data": {"name": "t3_1", "title": "x", "created_utc": "soon"}},
        "text",
        {
            "data": {
                "name": "t3_2",
                "title": "good",
                "url": "http://a.example/2",
                "created_utc": 1795230000.0,
                "edited": True,
            }
        },
        {"data": {"name": "t3_3", "title": "self", "is_self": True, "permalink": "/r/a/3/", "selftext": "a < b\n\nc"}},
    ]
    server.routes["/api/v1/access_token"] = TOKEN
    server.routes["/r/a/new"] = _json({"data": {"children": posts, "after": 5}})
    fetched = await reddit.fetch(config={"subreddits": ["a"]}, cursor={})
    good, own = fetched.drafts
    assert (good.provider_id, good.updated_at) == ("t3_2", None)
    assert (own.url, own.content_html) == ("https://www.reddit.com/r/a/3/", "<p>a &lt; b</p><p>c</p>")
    assert len(fetched.rejected) == 2


async def test_a_bad_item_of_hackernews_is_rejected_alone(hackernews: HackerNewsClient, server: UpstreamServer) -> None:
    server.routes["/v0/newstories.json"] = _json([5, 4, "3", True, -2, 1, 1])
    server.routes["/v0/topstories.json"] = _json([1])
    server.routes["/v0/item/5.json"] = _json({"id": 5, "type": "story", "title": "good", "time": 10**18})
    server.routes["/v0/item/4.json"] = _json({"id": 4, "type": "comment", "text": "not an article"})
    server.routes["/v0/item/1.json"] = _json(["odd"])
    fetched = await hackernews.fetch(config={}, cursor={})
    (draft,) = fetched.drafts
    assert (draft.url, draft.published_at) == ("https://news.ycombinator.com/item?id=5", None)
    assert fetched.rejected == ("item 1: it is not an object",)
    assert fetched.cursor == {"newest": 5, "read": [1, 4, 5], "top": [1], "pending": {}}


async def test_items_of_hackernews_that_fail_are_tried_again_and_the_others_kept(
    hackernews: HackerNewsClient, server: UpstreamServer
) -> None:
    server.routes["/v0/newstories.json"] = _json([2, 1])
    server.routes["/v0/topstories.json"] = _json([])
    server.routes["/v0/item/1.json"] = _json({"id": 1, "type": "story", "title": "one"})
    server.routes["/v0/item/2.json"] = Reply(500)
    first = await hackernews.fetch(config={}, cursor={})
    assert ([draft.title for draft in first.drafts], first.cursor["pending"]) == (["one"], {"2": 1})
    server.routes["/v0/item/2.json"] = _json({"id": 2, "type": "story", "title": "two"})
    server.routes["/v0/updates.json"] = _json({"items": [], "profiles": []})
    second = await hackernews.fetch(config={}, cursor=first.cursor)
    assert ([draft.title for draft in second.drafts], second.cursor["pending"]) == (["two"], {})


async def test_hackernews_reads_again_what_has_changed_of_what_it_knows(
    hackernews: HackerNewsClient, server: UpstreamServer
) -> None:
    server.routes["/v0/newstories.json"] = _json([2, 1])
    server.routes["/v0/topstories.json"] = _json([])
    for number, title in ((1, "one"), (2, "two")):
        server.routes[f"/v0/item/{number}.json"] = _json({"id": number, "type": "story", "title": title})
    first = await hackernews.fetch(config={}, cursor={})
    server.routes["/v0/item/1.json"] = _json({"id": 1, "type": "story", "title": "one, edited"})
    server.routes["/v0/item/2.json"] = _json({"id": 2, "type": "story", "dead": True, "title": "two"})
    server.routes["/v0/updates.json"] = _json({"items": [1, 2, 777, "3"], "profiles": ["somebody"]})
    second = await hackernews.fetch(config={}, cursor=first.cursor)
    assert [(draft.title, draft.removed) for draft in second.drafts] == [("one, edited", False), ("two", True)]
    server.routes["/v0/updates.json"] = _json([1])
    with pytest.raises(UpstreamError, match="without the list updates"):
        await hackernews.fetch(config={}, cursor=second.cursor)


async def test_hackernews_fails_when_not_one_item_can_be_read(
    hackernews: HackerNewsClient, server: UpstreamServer
) -> None:
    server.routes["/v0/newstories.json"] = _json([1, 2])
    server.routes["/v0/topstories.json"] = _json([])
    with pytest.raises(UpstreamError, match="status 404"):
        await hackernews.fetch(config={}, cursor={})


# what is sent


async def test_keys_are_sent_where_the_provider_wants_them_and_named_nowhere_else(
    newsapi: NewsApiClient, guardian: GuardianClient, server: UpstreamServer
) -> None:
    server.routes["/v2/top-headlines"] = Reply(401, b'{"code": "apiKeyInvalid", "message": "invalid"}')
    server.routes["/search"] = Reply(500)
    for client in (newsapi, guardian):
        with pytest.raises(UpstreamError) as error:
            await client.fetch(config={}, cursor={})
        assert "secret-key" not in error.value.reason
    assert server.received[0].headers["x-api-key"] == "secret-key"
    assert "secret-key" not in server.received[0].target
    assert server.received[1].query["api-key"] == "secret-key"


async def test_reddit_gets_its_own_user_agent_and_pages_by_after(reddit: RedditClient, server: UpstreamServer) -> None:
    def listing(request: Received) -> Reply:
        page = int(request.query.get("after", "0"))
        post = {"name": f"t3_{page}", "title": "x", "url": "http://a.example/", "created_utc": 1795230000 - page}
        return _json(
            {"data": {"children": [{"kind": "t3", "data": post}], "after": str(page + 1)}},
            **{"X-Ratelimit-Remaining": "12.0", "X-Ratelimit-Reset": "30"},
        )

    server.routes["/api/v1/access_token"] = TOKEN
    server.routes["/r/a/new"] = listing
    first = await reddit.fetch(config={"subreddits": ["a"]}, cursor={})
    assert [draft.provider_id for draft in first.drafts] == ["t3_0", "t3_1", "t3_2"], "three pages are the bound"
    assert first.quota_remaining == 12
    second = await reddit.fetch(config={"subreddits": ["a"]}, cursor=first.cursor)
    assert [draft.provider_id for draft in second.drafts] == ["t3_0"], "nothing is newer, so one page is enough"
    assert {request.headers["user-agent"] for request in server.received} == {"linux:tidings:v1 (by /u/somebody)"}
    assert server.received[0].body == b"grant_type=client_credentials"
    assert server.received[1].headers["authorization"] == "Bearer t0ken"


async def test_guardian_keeps_the_pages_before_the_one_that_failed_and_asks_for_all_again(
    guardian: GuardianClient, server: UpstreamServer
) -> None:
    def search(request: Received) -> Reply:
        if request.query["page"] == "2":
            return Reply(503)
        item = {"id": "a", "webUrl": "http://a.example/", "webTitle": "t", "webPublicationDate": "2026-11-21T08:00:00Z"}
        return _json({"response": {"pages": 3, "results": [item]}})

    server.routes["/search"] = search
    fetched = await guardian.fetch(config={}, cursor={"newest": "2026-11-20T00:00:00+00:00"})
    assert len(fetched.drafts) == 1
    assert "503" in fetched.rejected[0]
    assert fetched.cursor["newest"] == "2026-11-20T00:00:00+00:00"

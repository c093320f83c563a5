"""The dialect of Reddit."""

from typing import Any

import httpx
import pytest

from core.sandbox.credentials import REDDIT_CLIENT_ID, REDDIT_CLIENT_SECRET, REDDIT_USER_AGENT
from core.sandbox.reddit import LIMIT_AT_MOST, SUBREDDITS, TOKEN_LIFETIME
from tests.support.newsroom import NewsroomControl

AGENT = {"User-Agent": REDDIT_USER_AGENT}
EVERYWHERE = "+".join(SUBREDDITS)


def listing(newsroom: NewsroomControl, path: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    response = newsroom.get(f"/reddit/{path}", headers=headers or newsroom.reddit_headers())
    assert response.status_code == 200, response.text
    data: dict[str, Any] = response.json()["data"]
    return data


def ask_for_token(
    newsroom: NewsroomControl, auth: tuple[str, str] | None, grant: str = "client_credentials"
) -> httpx.Response:
    request = newsroom.http.build_request(
        "POST", "/reddit/api/v1/access_token", data={"grant_type": grant}, headers=AGENT
    )
    return newsroom.http.send(request, auth=auth)


def test_a_token_needs_the_credentials_of_a_client(newsroom: NewsroomControl) -> None:
    assert ask_for_token(newsroom, None).status_code == 401


def test_wrong_client_credentials_get_no_token(newsroom: NewsroomControl) -> None:
    assert ask_for_token(newsroom, (REDDIT_CLIENT_ID, "wrong")).status_code == 401


def test_an_unknown_grant_is_named_in_the_body(newsroom: NewsroomControl) -> None:
    response = ask_for_token(newsroom, (REDDIT_CLIENT_ID, REDDIT_CLIENT_SECRET), grant="magic")
    assert response.json() == {"error": "unsupported_grant_type"}


def test_client_credentials_get_a_bearer_token(newsroom: NewsroomControl) -> None:
    token = ask_for_token(newsroom, (REDDIT_CLIENT_ID, REDDIT_CLIENT_SECRET)).json()
    assert token["token_type"] == "bearer"
    assert token["expires_in"] == TOKEN_LIFETIME.total_seconds()


def test_a_client_without_a_user_agent_is_throttled(newsroom: NewsroomControl) -> None:
    headers = {**newsroom.reddit_headers(), "User-Agent": ""}
    assert newsroom.get("/reddit/r/technology/new", headers=headers).status_code == 429


def test_a_listing_without_a_token_is_refused(newsroom: NewsroomControl) -> None:
    assert newsroom.get("/reddit/r/technology/new", headers=AGENT).status_code == 401


def test_an_expired_token_is_refused(newsroom: NewsroomControl) -> None:
    headers = newsroom.reddit_headers()
    newsroom.advance(seconds=TOKEN_LIFETIME.total_seconds())
    response = newsroom.get("/reddit/r/technology/new", headers=headers)
    assert response.status_code == 401
    assert "invalid_token" in response.headers["WWW-Authenticate"]


def test_an_unknown_subreddit_is_not_found(newsroom: NewsroomControl) -> None:
    assert newsroom.get("/reddit/r/no_such_place/new", headers=newsroom.reddit_headers()).status_code == 404


def test_a_used_up_window_is_429_until_it_resets(newsroom: NewsroomControl) -> None:
    newsroom.limit("reddit", 1)
    headers = newsroom.reddit_headers()
    assert newsroom.get("/reddit/r/technology/new", headers=headers).status_code == 200
    refused = newsroom.get("/reddit/r/technology/new", headers=headers)
    assert refused.status_code == 429
    newsroom.advance(seconds=int(refused.headers["X-Ratelimit-Reset"]))
    assert newsroom.get("/reddit/r/technology/new", headers=headers).status_code == 200


def test_the_rate_headers_count_down(newsroom: NewsroomControl) -> None:
    headers = newsroom.reddit_headers()
    remaining = [
        float(newsroom.get("/reddit/r/de/new", headers=headers).headers["X-Ratelimit-Remaining"]) for _ in range(3)
    ]
    assert remaining == [999.0, 998.0, 997.0]


@pytest.mark.parametrize("subreddit", SUBREDDITS)
def test_every_subreddit_has_posts(newsroom: NewsroomControl, subreddit: str) -> None:
    children = listing(newsroom, f"r/{subreddit}/new")["children"]
    assert children
    assert {child["data"]["subreddit"] for child in children} == {subreddit}


def test_the_after_cursor_walks_through_all_posts(newsroom: NewsroomControl) -> None:
    headers = newsroom.reddit_headers()
    names: list[str] = []
    after: str | None = ""
    while after is not None:
        page = listing(newsroom, f"r/{EVERYWHERE}/new?limit=20&after={after}", headers)
        names += [child["data"]["name"] for child in page["children"]]
        after = page["after"]
    assert len(names) == len(set(names)) == newsroom.manifest.listings_by_channel["reddit"]


def test_the_limit_is_capped(newsroom: NewsroomControl) -> None:
    newsroom.advance(seconds=24 * 3600)
    assert listing(newsroom, f"r/{EVERYWHERE}/new?limit=5000")["dist"] == LIMIT_AT_MOST


def test_there_are_self_posts_links_and_deleted_posts(newsroom: NewsroomControl) -> None:
    posts = [child["data"] for child in listing(newsroom, f"r/{EVERYWHERE}/new?limit=100")["children"]]
    links = [post for post in posts if not post["is_self"]]
    texts = [post for post in posts if post["is_self"]]
    deleted = [post for post in posts if post["author"] == "[deleted]"]
    assert all(post["url"].startswith("https://") and not post["selftext"] for post in links)
    assert all(post["domain"].startswith("self.") and post["selftext"] for post in texts)
    assert {post["removed_by_category"] for post in deleted} == {"deleted", "moderator"}
    assert "[removed]" in {post["selftext"] for post in deleted}


def test_links_of_guardian_articles_carry_tracking_parameters(newsroom: NewsroomControl) -> None:
    shared = [known for known in newsroom.manifest.same_url if "reddit" in known.channels]
    urls = {child["data"]["url"] for child in listing(newsroom, f"r/{EVERYWHERE}/new?limit=100")["children"]}
    assert shared
    assert all(any(url.startswith(known.url + "?") and "fbclid" in url for url in urls) for known in shared)

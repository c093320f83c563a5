"""The scenario as plain HTTP: what a client without an SDK sees, and what every SDK has to see too.

Both documents have the same resources, so one walk serves both; where they differ the version is asked.
"""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from ci.sdks.live import Credentials
from ci.sdks.transcript import Step

PAGE = 100
LATER = "2027-01-01T00:00:00Z"
SINCE = "2026-01-01T00:00:00Z"
ADDRESS = "https://www.example.org/cells"
TITLE = "How cells are made"
NAME = "Ada Reader"
PASSWORD = "a long walk by the sea"  # noqa: S105  # of an account that exists for a second
TOO_LONG = "x" * 2001
SHOWN = ("Location", "Idempotency-Replayed", "Deprecation", "Sunset")


class Walk:
    """One walk through a version of the API, step by step."""

    def __init__(self, version: str, credentials: Credentials) -> None:
        self.version = version
        self.address = f"{credentials.address}/{version}"
        self.credentials = credentials
        self.steps: list[Step] = []

    def run(self) -> list[Step]:
        """Take every step and give what was seen."""
        self._account()
        self._keys()
        article = self._articles()
        self._collection(article)
        self._refusals()
        self._limit()
        return self.steps

    def _account(self) -> None:
        """Register, log in, and in v2 refresh and log out."""
        known = {"email": f"ada.{uuid.uuid4()}@example.org", "password": PASSWORD}
        self._say("account made", self._call("POST", "/auth/register", json={**known, "name": NAME}))
        self._say("account made twice", self._call("POST", "/auth/register", json=known))
        self._say("password wrong", self._call("POST", "/auth/login", json={**known, "password": PASSWORD[1:]}))
        tokens = self._say("logged in", self._call("POST", "/auth/login", json=known))
        token = tokens["token" if self.version == "v1" else "access_token"]
        self._say("own lists", self._call("GET", "/collections", key=token))
        if self.version == "v1":
            return
        self._say("me", self._call("GET", "/me", key=token))
        again = {"refresh_token": tokens["refresh_token"]}
        token = self._say("refreshed", self._call("POST", "/auth/refresh", json=again))["access_token"]
        self._say("logged out", self._call("POST", "/auth/logout", key=token))
        self._say("log-in over", self._call("GET", "/me", key=token))

    def _keys(self) -> None:
        wanted = {"name": "SDK scenario", "scopes": ["articles:read"], "expires_at": LATER}
        made = self._say("key made", self._call("POST", "/api-keys", json=wanted))
        listed = self._call("GET", "/api-keys", params={"limit": 100})
        found = next(key for key in listed.json()["data"] if key["id"] == made["id"])
        self._say("key listed", listed, found)
        self._say("key used", self._call("GET", "/articles", key=made["key"], params={"limit": 1}))
        self._say("key revoked", self._call("DELETE", f"/api-keys/{made['id']}"))
        self._say("key refused", self._call("GET", "/articles", key=made["key"], params={"limit": 1}))

    def _articles(self) -> str:
        """Read every article, and give the id of the first."""
        articles = [article for page in self._pages("articles", "/articles", PAGE) for article in page]
        first = str(articles[0]["id"])
        got = self._call("GET", f"/articles/{first}")
        self._say("article", got)
        same = self._call("GET", f"/articles/{first}", headers={"If-None-Match": got.headers["ETag"]})
        self._say("article not modified", same)
        narrowed: dict[str, Any] = {"category": "technology", "language": "en", "from": SINCE, "limit": 2}
        if self.version == "v2":
            narrowed |= {"fields": "summary", "count": "exact"}
        self._say("articles narrowed", self._call("GET", "/articles", params=narrowed))
        return first

    def _pages(self, name: str, path: str, limit: int) -> Iterator[list[dict[str, Any]]]:
        """Every page of a list, the last one too."""
        parameters: dict[str, Any] = {"limit": limit}
        while True:
            page = self._say(f"page of {name}", self._call("GET", path, params=parameters))
            yield page["data"]
            if self.version == "v1":
                parameters["page"] = page["meta"]["page"] + 1
                more = page["meta"]["has_more"]
            else:
                parameters["cursor"] = page["page"]["next_cursor"]
                more = page["page"]["has_more"]
            if not more:
                return

    def _collection(self, article: str) -> None:
        """A reading list from its beginning to its end."""
        once = {"Idempotency-Key": str(uuid.uuid4())}
        wanted = {"name": "To read", "description": "Before the review."}
        made = self._say("list made", self._call("POST", "/collections", json=wanted, headers=once))
        self._say("list made again", self._call("POST", "/collections", json=wanted, headers=once))
        self._say("key reused", self._call("POST", "/collections", json={"name": "Other"}, headers=once))
        path = f"/collections/{made['id']}"
        self._items(path, article)
        got = self._call("GET", path)
        self._say("list", got)
        match = {"If-Match": got.headers["ETag"]}
        self._say("list changed", self._call("PATCH", path, json={"name": "Read"}, headers=match))
        self._say("list changed too late", self._call("PATCH", path, json={"name": "Lost"}, headers=match))
        self._say("list removed", self._call("DELETE", path))
        self._say("list not found", self._call("GET", path))

    def _items(self, path: str, article: str) -> None:
        items = f"{path}/items"
        self._say("article added", self._call("POST", items, json={"article_id": article, "tags": ["one"]}))
        outside = {"url": ADDRESS, "title": TITLE, "status": "reading"}
        added = self._say("address added", self._call("POST", items, json=outside))
        self._say("address added twice", self._call("POST", items, json=outside))
        list(self._pages("items", items, 1))
        item = f"/items/{added['id']}" if self.version == "v1" else f"{items}/{added['id']}"
        changed = {"status": "done", "tags": ["one", "two"]}
        self._say("item changed", self._call("PATCH", item, json=changed))
        self._say("item removed", self._call("DELETE", item))

    def _refusals(self) -> None:
        # v1 names the first fault only, and the first is another one in each language
        invalid = {"name": ""} if self.version == "v1" else {"name": "", "description": TOO_LONG}
        self._say("invalid", self._call("POST", "/collections", json=invalid))
        reader = self.credentials.reader
        self._say("forbidden", self._call("POST", "/collections", key=reader, json={"name": "No"}))

    def _limit(self) -> None:
        """Use a small budget up."""
        for limit in (1, 2, 3):
            limited = self.credentials.limited
            self._say("limited", self._call("GET", "/articles", key=limited, params={"limit": limit}))

    def _call(
        self, method: str, path: str, *, key: str = "", headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        authorization = {"Authorization": f"Bearer {key or self.credentials.key}"}
        return httpx.request(method, self.address + path, headers={**authorization, **(headers or {})}, **more)

    def _say(self, name: str, response: httpx.Response, body: Any = None) -> Any:
        """Note a step. Gives the body that it notes."""
        seen = body if body is not None or not response.content else response.json()
        headers = {shown: response.headers[shown] for shown in SHOWN if shown in response.headers}
        if "Retry-After" in response.headers:
            headers["Retry-After"] = str(int(response.headers["Retry-After"]) > 0).lower()
        self.steps.append(Step(name, response.status_code, headers, seen))
        return seen

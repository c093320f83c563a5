"""The Guardian's Content API (https://open-platform.theguardian.com/documentation/search).

Items are asked for by last modification, so that an edit comes as well as a new article. The key goes in the query, as
the API wants it; no message of ours ever holds a query.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from core.infra.http import Egress, EgressResponse
from core.kit.clock import Clock, SystemClock
from core.upstreams.answers import ApiPoll
from core.upstreams.fields import RejectedItem, collect, draft, rfc3339
from core.upstreams.quota import Quota
from core.upstreams.types import Draft, Fetched, UpstreamError

PAGE_SIZE: Final = 50
MAX_PAGES: Final = 10
_FIELDS: Final = "headline,trailText,body,byline,thumbnail,lastModified,lang"


class GuardianClient:
    """Polls The Guardian.

    `config`: `query`, `sections` (list of section ids). `cursor`: `newest` (RFC 3339, of the last modification seen),
    `quota`.
    """

    kind = "guardian"

    def __init__(
        self, *, egress: Egress, base_url: str, key: str, quota: Quota | None = None, clock: Clock | None = None
    ) -> None:
        self._egress = egress
        self._base_url = base_url
        self._key = key
        self._quota = quota
        self._clock = clock or SystemClock()

    async def fetch(self, *, config: Mapping[str, Any], cursor: Mapping[str, Any]) -> Fetched:
        """Polls once, at most ten pages; raises UpstreamError."""
        poll = ApiPoll("The Guardian", egress=self._egress, clock=self._clock, quota=self._quota, cursor=cursor)
        newest = cursor.get("newest")
        items: list[Any] = []
        problem: UpstreamError | None = None
        for page in range(1, MAX_PAGES + 1):
            try:
                answer = await self._page(poll, config, since=newest, page=page)
            except UpstreamError as error:
                if page == 1:
                    raise
                problem = error
                break
            items += answer["results"]
            if page >= answer.get("pages", 1):
                break
        drafts, rejected = collect(items, partial(_draft, poll=poll))
        if problem is None:
            seen = [(one.updated_at or one.published_at) for one in drafts]
            newest = max(filter(None, [newest, *(one.isoformat() for one in seen if one)]), default=None)
        notes = [problem.reason] if problem else []
        return poll.fetched(drafts, cursor={"newest": newest}, rejected=[*notes, *rejected])

    async def _page(self, poll: ApiPoll, config: Mapping[str, Any], *, since: str | None, page: int) -> dict[str, Any]:
        parameters = {
            "q": config.get("query"),
            "section": "|".join(config.get("sections", ())),
            "from-date": since,
            "use-date": "last-modified",
            "order-by": "newest",
            "show-fields": _FIELDS,
            "show-tags": "keyword",
            "page-size": PAGE_SIZE,
            "page": page,
            "api-key": self._key,
        }
        query = urlencode({name: value for name, value in parameters.items() if value})
        response = await poll.get(f"{self._base_url}/search?{query}")
        self._observe(response)
        if response.status != 200:
            raise poll.failure(response, said=_message(response))
        answer = poll.json(response)
        answer = answer.get("response") if isinstance(answer, dict) else None
        if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
            raise UpstreamError("The Guardian answered without a list of results.", http_status=200)
        return answer

    def _observe(self, response: EgressResponse) -> None:
        remaining = response.headers.get("x-ratelimit-remaining-day", "")
        if self._quota is not None and remaining.isdecimal():
            self._quota.observe(remaining=int(remaining))


def _message(response: EgressResponse) -> str | None:
    """The explanation, which stands in `message` or in `response.message`."""
    try:
        answer = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    inner = answer.get("response", answer) if isinstance(answer, dict) else {}
    said = inner.get("message") if isinstance(inner, dict) else None
    return said if isinstance(said, str) else None


def _draft(item: Any, *, poll: ApiPoll) -> Draft:
    if not isinstance(item, dict):
        raise RejectedItem("it is not an object")
    shown = item.get("fields")
    shown = shown if isinstance(shown, dict) else {}
    tags = item.get("tags")
    keywords = [tag.get("webTitle") for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    published = rfc3339(item.get("webPublicationDate"), now=poll.now)
    modified = rfc3339(shown.get("lastModified"), now=poll.now)
    return draft(
        provider_id=item.get("id"),
        url=item.get("webUrl"),
        title=shown.get("headline") or item.get("webTitle"),
        summary=shown.get("trailText"),
        content_html=shown.get("body"),
        author=shown.get("byline"),
        image_url=shown.get("thumbnail"),
        published_at=published,
        updated_at=modified if modified != published else None,
        language=shown.get("lang") or "en",
        sections=[item.get("sectionId"), item.get("sectionName"), item.get("pillarName"), *keywords],
        publisher="The Guardian",
    )

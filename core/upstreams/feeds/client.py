"""Polling one feed: conditional GET, redirects that move it, and what each status means for its state.

Sources: RFC 9110 §13 (conditional requests), §15.4 (redirects), §15.5.11 (410); RSS 2.0 (https://www.rssboard.org),
Atom (RFC 4287), JSON Feed 1.1.
"""

import asyncio
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from core.infra.http import Egress, EgressResponse
from core.kit.clock import Clock, SystemClock
from core.upstreams.answers import egress_errors
from core.upstreams.backoff import parse_retry_after
from core.upstreams.feeds.document import FeedDocument, read_feed
from core.upstreams.feeds.xml import RefusedDocument, TooSlow
from core.upstreams.types import FailureState, Fetched, UpstreamError

_ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
_PERMANENT: Final = frozenset({301, 308})
_MAX_VALIDATOR_CHARACTERS: Final = 512


class FeedClient:
    """Fetches and reads one feed.

    `config`: `url`. `cursor`: `url` (of the poll it belongs to), `etag`, `last_modified`, `digest` (of the body, for
    servers that know no conditional requests).
    """

    kind = "feed"

    def __init__(self, *, egress: Egress, clock: Clock | None = None) -> None:
        self._egress = egress
        self._clock = clock or SystemClock()

    async def fetch(self, *, config: Mapping[str, Any], cursor: Mapping[str, Any]) -> Fetched:
        """Polls once; raises UpstreamError."""
        url = str(config["url"])
        known = cursor if cursor.get("url") == url else {}
        with egress_errors("The feed"):
            response = await self._egress.get(url, headers=_conditions(known), redirects=5)
        if response.status == 304:
            return _unchanged(response, dict(known))
        if response.status != 200:
            raise self._failure(response)
        following = _cursor(url, response)
        if following["digest"] == known.get("digest"):
            return _unchanged(response, following)
        document = await self._read(response)
        return Fetched(
            drafts=document.drafts,
            cursor=following,
            outcome="ok",
            http_status=200,
            bytes_read=response.bytes_read,
            requests=1 + len(response.hops),
            rejected=document.rejected,
            feed=document.info,
            moved_to=_moved_to(response),
            quota_remaining=None,
        )

    async def _read(self, response: EgressResponse) -> FeedDocument:
        try:
            return await asyncio.to_thread(
                read_feed,
                response.body,
                content_type=response.headers.get("content-type", ""),
                url=response.url,
                now=self._clock.now(),
            )
        except TooSlow as error:
            raise UpstreamError(str(error), state="slow", http_status=200) from None
        except RefusedDocument as error:
            raise UpstreamError(str(error), http_status=200) from None

    def _failure(self, response: EgressResponse) -> UpstreamError:
        """What a status other than 200 and 304 means."""
        status = response.status
        state: FailureState = "failing"
        if status == 410:
            state, reason = "gone", "The feed has been removed for good (status 410)."
        elif status == 429:
            state, reason = "throttled", "The feed's server asks for fewer requests (status 429)."
        elif status == 403:
            state, reason = "throttled", "The feed's server refuses us for now (status 403)."
        elif status == 404:
            reason = "There is no feed at this address (status 404)."
        elif status == 401:
            reason = "The feed asks for a log-in (status 401)."
        elif status >= 500:
            reason = f"The feed's server is broken at the moment (status {status})."
        else:
            reason = f"The feed's server answers with status {status} instead of a feed."
        wait_s = parse_retry_after(response.headers.get("retry-after"), now=self._clock.now())
        return UpstreamError(reason, state=state, retry_after_s=wait_s, http_status=status)


def _conditions(cursor: Mapping[str, Any]) -> dict[str, str]:
    headers = {"Accept": _ACCEPT}
    if cursor.get("etag"):
        headers["If-None-Match"] = cursor["etag"]
    if cursor.get("last_modified"):
        headers["If-Modified-Since"] = cursor["last_modified"]
    return headers


def _cursor(url: str, response: EgressResponse) -> dict[str, Any]:
    return {
        "url": url,
        "etag": _validator(response.headers.get("etag")),
        "last_modified": _validator(response.headers.get("last-modified")),
        "digest": blake2b(response.body, digest_size=16).hexdigest(),
    }


def _validator(value: str | None) -> str | None:
    """A validator that can be sent back: printable ASCII of sane length."""
    fits = value is not None and len(value) <= _MAX_VALIDATOR_CHARACTERS and value.isascii() and value.isprintable()
    return value if fits else None


def _unchanged(response: EgressResponse, cursor: dict[str, Any]) -> Fetched:
    return Fetched(
        drafts=(),
        cursor=cursor,
        outcome="not_modified",
        http_status=response.status,
        bytes_read=response.bytes_read,
        requests=1 + len(response.hops),
        rejected=(),
        feed=None,
        moved_to=_moved_to(response),
        quota_remaining=None,
    )


def _moved_to(response: EgressResponse) -> str | None:
    """Where the leading permanent redirects led; 302, 303 and 307 never move a feed."""
    moved = None
    for hop in response.hops:
        if hop.status not in _PERMANENT:
            break
        moved = hop.location
    return moved

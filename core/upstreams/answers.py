"""From an answer, or the lack of one, to drafts' raw material or an UpstreamError with a sentence for people."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import orjson

from core.infra.http import BodyTooLarge, Egress, EgressError, EgressResponse, EgressTimeout
from core.kit.clock import Clock
from core.upstreams.backoff import parse_retry_after
from core.upstreams.fields import MAX_REPORTED_REJECTIONS
from core.upstreams.quota import Quota
from core.upstreams.types import Draft, Fetched, UpstreamError

# the largest page that any of the four APIs sends is below 1 MiB; parsed JSON takes up to 20 times its size
MAX_API_BYTES: Final = 4 * 2**20
_MAX_QUOTED_CHARACTERS: Final = 200


@contextmanager
def egress_errors(provider: str) -> Iterator[None]:
    """Failures on the way to `provider`, as UpstreamError."""
    try:
        yield
    except EgressTimeout as error:
        raise UpstreamError(error.detail, state="slow") from error
    except BodyTooLarge as error:
        raise UpstreamError(f"{provider} sent too much: {error.detail}") from error
    except EgressError as error:
        raise UpstreamError(error.detail) from error


class ApiPoll:
    """One poll of a JSON API: every request is counted, against the quota too, and every error translated."""

    def __init__(
        self, provider: str, *, egress: Egress, clock: Clock, quota: Quota | None, cursor: Mapping[str, Any]
    ) -> None:
        self.provider = provider
        self.now = clock.now()
        self._egress = egress
        self._quota = quota
        self._requests = 0
        self._bytes_read = 0
        if quota is not None:
            quota.resume(cursor.get("quota"))

    async def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> EgressResponse:
        """The answer, whatever its status; raises UpstreamError when there is none or the quota is used up."""
        return await self.send("GET", url, headers=headers)

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes | None = None
    ) -> EgressResponse:
        """As `get`, for any method."""
        if self._quota is not None:
            self._quota.take()
        with egress_errors(self.provider):
            response = await self._egress.request(
                method,
                url,
                headers={"Accept": "application/json", **(headers or {})},
                content=content,
                max_bytes=MAX_API_BYTES,
            )
        self._requests += 1
        self._bytes_read += response.bytes_read
        return response

    def fetched(self, drafts: Sequence[Draft], *, cursor: dict[str, Any], rejected: Sequence[str]) -> Fetched:
        """The poll's result; the quota's count travels in the cursor."""
        if self._quota is not None:
            cursor = {**cursor, "quota": self._quota.state()}
        return Fetched(
            drafts=tuple(drafts),
            cursor=cursor,
            outcome="ok",
            http_status=200,
            bytes_read=self._bytes_read,
            requests=self._requests,
            rejected=tuple(rejected[:MAX_REPORTED_REJECTIONS]),
            feed=None,
            moved_to=None,
            quota_remaining=None if self._quota is None else self._quota.remaining,
        )

    def json(self, response: EgressResponse) -> Any:
        """The parsed body of a 2xx answer; raises UpstreamError otherwise."""
        if not 200 <= response.status < 300:
            raise self.failure(response)
        try:
            return orjson.loads(response.body)
        except orjson.JSONDecodeError:
            raise UpstreamError(f"{self.provider} answered with something that is not JSON.", http_status=200) from None

    def failure(self, response: EgressResponse, said: str | None = None) -> UpstreamError:
        """The error that `response` stands for. `said` is the provider's own explanation."""
        status = response.status
        wait_s = parse_retry_after(response.headers.get("retry-after"), now=self.now)
        quote = f" It says: {quoted(said)}" if said else ""
        if status == 429:
            if wait_s is None and self._quota is not None:
                wait_s = self._quota.resets_in_s
            return UpstreamError(
                f"{self.provider} allows no more requests for now.{quote}",
                state="throttled",
                retry_after_s=wait_s,
                http_status=status,
            )
        if status in {401, 403}:
            what = f"{self.provider} refuses the credential.{quote}"
        elif status >= 500:
            what = f"{self.provider} is broken at the moment (status {status}).{quote}"
        elif 300 <= status < 400:
            what = f"{self.provider} redirects elsewhere; check the configured base address."
        else:
            what = f"{self.provider} refuses the request (status {status}).{quote}"
        return UpstreamError(what, retry_after_s=wait_s, http_status=status)


def quoted(text: str) -> str:
    """A foreign text, on one line and short enough to stand in a reason."""
    line = " ".join(text.split())
    return line if len(line) <= _MAX_QUOTED_CHARACTERS else line[: _MAX_QUOTED_CHARACTERS - 1] + "…"

"""Requests to a provider: bounded, without redirects, and every failure of the provider's translated.

What a provider sends is never quoted and never logged: tokens and codes live in it.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import orjson
import structlog

from core.errors import AuthorizationRefused, ProviderNotConfigured, ProviderUnavailable
from core.identities.registration import Registration
from core.infra.http import Egress, EgressError, EgressResponse

MAX_ANSWER_BYTES: Final = 256 * 1024
RETRY_AFTER_S: Final = 5
MAX_TOKEN_CHARACTERS: Final = 16_384
_OUR_FAULT: Final = frozenset({"invalid_client", "unauthorized_client", "incorrect_client_credentials"})
_THEIR_FAULT: Final = frozenset({"server_error", "temporarily_unavailable", "slow_down"})


class Calls:
    """Speaks to one provider for one instance. `deadline_s` bounds each request as a whole."""

    def __init__(self, registration: Registration, egress: Egress, *, user_agent: str, deadline_s: float) -> None:
        self.registration = registration
        self._egress = egress
        self._user_agent = user_agent
        self._deadline_s = deadline_s

    async def get(self, url: str, *, token: str | None = None) -> Any:
        """The JSON of a 200. Raises `ProviderUnavailable`, and `AuthorizationRefused` for a token that is not taken."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        response = await self._send("GET", url, headers)
        if response.status in (401, 403) and token is not None:
            raise AuthorizationRefused(f"{self.registration.label} does not show who the person is.")
        if response.status != 200:
            raise self._away(f"status {response.status}")
        return self._read(response)

    async def token(self, url: str, form: Mapping[str, str], *, basic: bool) -> Mapping[str, Any]:
        """The answer of a token endpoint (RFC 6749 §5). With `basic` the client is named in a header, else in the form.

        Raises `AuthorizationRefused` where the provider refuses what the form holds, `ProviderNotConfigured` where it
        refuses this instance, and `ProviderUnavailable`.
        """
        response = await self._post(url, form, basic=basic)
        answer = self._read(response)
        if not isinstance(answer, dict):
            raise self._away("not an object")
        self._check(answer, response.status)
        return answer

    async def tell(self, url: str, form: Mapping[str, str]) -> None:
        """A POST by HTTP Basic of which only the success is of interest. Raises as `token` does."""
        response = await self._post(url, form, basic=True)
        if not 200 <= response.status < 300:
            raise self._away(f"status {response.status}")

    async def _post(self, url: str, form: Mapping[str, str], *, basic: bool) -> EgressResponse:
        ours = self.registration
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if basic:
            # each half is encoded as a form is, before they are joined: RFC 6749 §2.3.1
            pair = f"{quote_plus(ours.client_id)}:{quote_plus(ours.client_secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form = {**form, "client_id": ours.client_id, "client_secret": ours.client_secret}
        response = await self._send("POST", url, headers, urlencode(form).encode())
        if response.status == 401:
            raise self._misconfigured("invalid_client")
        return response

    def _check(self, answer: Mapping[str, Any], status: int) -> None:
        """GitHub and Reddit refuse a code with 200; Reddit refuses a refresh token with 400 and no code of RFC 6749."""
        error = answer.get("error")
        if error is None and "access_token" in answer:
            return
        if error in _OUR_FAULT:
            raise self._misconfigured(str(error))
        if error in _THEIR_FAULT or (not isinstance(error, str) and status != 400):
            raise self._away("an error of its own")
        raise AuthorizationRefused(f"{self.registration.label} does not take the code (any more). Begin anew.")

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> EgressResponse:
        try:
            response = await self._egress.request(
                method,
                url,
                headers={"Accept": "application/json", "User-Agent": self._user_agent, **headers},
                content=content,
                max_bytes=MAX_ANSWER_BYTES,
                deadline_s=self._deadline_s,
            )
        except EgressError as error:
            raise self._away(type(error).__name__) from error
        if response.status >= 500 or response.status == 429 or 300 <= response.status < 400:
            raise self._away(f"status {response.status}")
        return response

    def _read(self, response: EgressResponse) -> Any:
        try:
            return orjson.loads(response.body)
        except orjson.JSONDecodeError:
            raise self._away("not JSON") from None

    def _away(self, why: str) -> ProviderUnavailable:
        structlog.get_logger(__name__).warning("provider_unavailable", provider=self.registration.provider, why=why)
        return ProviderUnavailable(
            f"{self.registration.label} does not answer as it should.", retry_after_s=RETRY_AFTER_S
        )

    def _misconfigured(self, why: str) -> ProviderNotConfigured:
        structlog.get_logger(__name__).error("provider_refuses_client", provider=self.registration.provider, why=why)
        return ProviderNotConfigured(f"{self.registration.label} does not know this instance by what its operator set.")


def text_of(answer: Mapping[str, Any], name: str) -> str | None:
    """A member that can be a token: printable ASCII, not too long. None where it is something else or missing."""
    value = answer.get(name)
    if isinstance(value, str) and 0 < len(value) <= MAX_TOKEN_CHARACTERS and value.isascii() and value.isprintable():
        return value
    return None

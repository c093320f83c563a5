"""A person at the sandbox's identity server: follows an authorization address as a browser does, and comes back."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import httpx


@dataclass(frozen=True)
class Returned:
    """Where the browser was sent back to: the address without its query, and the query."""

    redirect_uri: str
    query: dict[str, str]


def consent(
    authorization_url: str, login: str | None = None, *, get: Callable[[httpx.URL], httpx.Response] = httpx.get
) -> Returned:
    """Say who one is and agree. `login` may be `new:<word>` for somebody nobody has seen before."""
    hint = {} if login is None else {"login_hint": login}
    response = get(httpx.URL(authorization_url).copy_merge_params(hint))
    assert response.status_code == 302, response.text
    address, _, query = response.headers["location"].partition("?")
    return Returned(address, dict(parse_qsl(query)))


def query_of(url: str) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl(urlsplit(url).query))

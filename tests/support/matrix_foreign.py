"""What a stranger can try with somebody else's ids: in the path, the query, the body, as cursors and repeated keys.

Each try has a twin, which asks for something that nobody has. The two answers must not differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

import httpx

from core.kit import ids
from tests.support.contract_check import Route
from tests.support.matrix_callers import needs_person
from tests.support.matrix_requests import Ask, Place, ask, body_places, id_parameters, path_examples, query_places
from tests.support.matrix_tenant import Tenant

Judge = Callable[[httpx.Response], str | None]
"""What is wrong with an answer, in a few words."""

NOBODY: Final = "nobody-has-this-1c9e"
_ADDRESS: Final = re.compile(r"https://[^\"]+[.]xml")
_OF_ONE_REQUEST: Final = ("instance", "request_id")
_JSON: Final = frozenset({"application/json", "application/problem+json"})
_SAME_HEADERS: Final = ("content-type", "www-authenticate", "cache-control", "location", "idempotency-replayed")


class Try(NamedTuple):
    """One request of a stranger, and its twin: the value that differs is `theirs` here and `nobodys` there."""

    what: str
    ask: Ask
    judge: Judge
    twin: Ask | None = None
    theirs: str = ""
    nobodys: str = ""


def tries(route: Route, victim: Tenant, own: Tenant, cursor: str | None) -> Iterator[Try]:
    """Everything that can be tried on an operation; `cursor` is one that the victim was given."""
    yield from _in_path(route, victim, own)
    yield from _in_query(route, victim, own)
    yield from _in_body(route, victim, own)
    mine = ask(route, own.ids)
    if cursor is not None:
        yield Try("the victim's cursor", mine.asking(cursor=cursor), _is({400}))
    parameters = id_parameters(route)
    if route.operation.method in ("post", "patch"):
        reached = ask(route, {**own.ids, **{name: victim.ids[name] for name in parameters}})
        repeated = reached.saying("Idempotency-Key", victim.idempotency_key)
        yield Try("the victim's Idempotency-Key", repeated, _refused(route) if parameters else _is_new)
    elif route.operation.method == "get":
        is_one_s_own = needs_person(route) and bool(parameters)  # of another owner of the same organisation
        yield Try("nothing of the victim", mine, _is({404} if is_one_s_own else {200}))
    elif not parameters:
        yield Try("nothing of the victim", mine, _is({202, 204}))


def _in_path(route: Route, victim: Tenant, own: Tenant) -> Iterator[Try]:
    """The victim's id in the place of each parameter, the others being the caller's own; and all at once."""
    parameters, unknown = id_parameters(route), path_examples(route)
    wholes = [parameters] if len(parameters) > 1 else []
    for names in (*((name,) for name in parameters), *wholes):
        theirs = {name: victim.ids[name] for name in names}
        nobodys = {name: unknown[name] for name in names}
        given, twin = ask(route, {**own.ids, **theirs}), ask(route, {**own.ids, **nobodys})
        twin_of_one = twin if len(names) == 1 and route.document.sunset is None else None  # v1 says whose it is
        what = f"the victim's {' and '.join(names)}"
        yield Try(what, given, _refused(route), twin_of_one, theirs[names[0]], nobodys[names[0]])


def _in_query(route: Route, victim: Tenant, own: Tenant) -> Iterator[Try]:
    for place in query_places(route):
        emails = victim.owner.email, f"{NOBODY}@people.example"
        for theirs, nobodys in (*_values(place, victim), *([emails] if all(map(place.fits, emails)) else ())):
            (name,) = place.way
            given, twin = (ask(route, own.ids).asking(**{str(name): value}) for value in (theirs, nobodys))
            yield Try(f"?{name}={theirs}", given, _is({200, 400, 403, 404, 422}), twin, theirs, nobodys)


def _in_body(route: Route, victim: Tenant, own: Tenant) -> Iterator[Try]:
    given = ask(route, own.ids)
    if isinstance(given.body, str):
        stolen = replace(given, body=_ADDRESS.sub(victim.feed_url, given.body))
        yield Try("the address of the victim's feed", stolen, _is({200}))
    for place in body_places(route):
        if place.schema.get("format") == "uri":
            yield Try(
                f"the address of the victim's feed at {place.name}", given.having(place, victim.feed_url), _is_new
            )
        elif not place.is_free_text:
            for theirs, nobodys in _values(place, victim):
                one, twin = (given.having(place, value) for value in (theirs, nobodys))
                yield Try(f"{theirs} at {place.name}", one, _is({200, 400, 403, 404, 409, 422}), twin, theirs, nobodys)


def _values(place: Place, victim: Tenant) -> Iterator[tuple[str, str]]:
    """What of the victim fits a place, each with something of the same form that nobody has."""
    if place.is_free_text:
        yield victim.topic, NOBODY
        return
    unknown = ids.new_id()
    for value in victim.ids.values():
        kind, separator, _ = value.partition("_")
        nobodys = ids.encode(kind, unknown)
        if separator and place.fits(value) and place.fits(nobodys):
            yield value, nobodys


def differences(one: httpx.Response, other: httpx.Response, attempt: Try) -> list[str]:
    """How two answers differ that may differ only in the value that was sent."""
    left, right = _neutral(one, attempt.theirs), _neutral(other, attempt.nobodys)
    return [
        f"{name}: {left.get(name)} for the victim's, {right.get(name)} for nobody's"
        for name in left.keys() | right
        if left.get(name) != right.get(name)
    ]


def _neutral(response: httpx.Response, sent: str) -> dict[str, Any]:
    """An answer without what names the request itself."""
    neutral: dict[str, Any] = {"status": response.status_code, "headers": sorted(response.headers.keys())}
    neutral |= {name: response.headers.get(name, "").replace(sent, "·") for name in _SAME_HEADERS}
    text = response.text.replace(sent, "·")
    if response.headers.get("content-type", "") in _JSON:
        body: Mapping[str, Any] = response.json()
        members = {name: str(member).replace(sent, "·") for name, member in body.items() if name not in _OF_ONE_REQUEST}
        return neutral | {f"body/{name}": member for name, member in members.items()}
    return {**neutral, "text": text}


def leaks(response: httpx.Response, asked: Ask, victim: Tenant) -> list[str]:
    """What of the victim stands in an answer and was not in the request."""
    text = f"{response.text} {' '.join(response.headers.values())}".lower()
    return [secret for secret in victim.secrets if secret.lower() in text and secret not in asked.sent]


def _refused(route: Route) -> Judge:
    """Somebody else's: v2 says that there is none, v1 may say that it is somebody else's."""
    return _is({404} if route.document.sunset is None else {403, 404})


def _is(statuses: set[int]) -> Judge:
    return lambda response: (
        None if response.status_code in statuses else f"{response.status_code} {response.text[:300]}"
    )


def _is_new(response: httpx.Response) -> str | None:
    """An answer to this caller's own request, not to the one that used the same key before."""
    if "idempotency-replayed" in response.headers:
        return "the answer to somebody else was given again"
    if response.status_code in (409, 422) and "idempotency" in response.text:
        return f"somebody else's key is in the way: {response.text[:300]}"
    return None if response.status_code < 500 else response.text[:300]

"""A request of v1 and its translation, sent to the same server as the same caller: the answers must agree.

v1's answer must be what the published mapping makes of v2's. What differs by nature is named here, and nothing else is
let through:

- Reads are about the same thing. Writes go to twins: v1 changes one thing, v2 its twin. Ids and addresses of twins are
  exchanged before comparing.
- What the server makes up must be of the same kind: `MADE_UP` names it for each operation.
- v2's request has an `Idempotency-Key` of its own, as a key belongs to one request; and the ETag of v2 where v1's was
  sent (`by: reissue`).
- What has nowhere to go (note `lost`) is left out of v1's request too.
- A read that differs is asked again, in case something was polled in between.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from ci.lints.contract.document import Document
from tests.support import v1_mapping
from tests.support.v1_requests import Caller, Made, World

TRANSLATE: Final = "/v2/migrations/translate"
MADE_UP: Final[Mapping[str, frozenset[str]]] = {
    "createCollection": frozenset({"id", "created_at", "updated_at"}),
    "updateCollection": frozenset({"created_at", "updated_at"}),
    "createCollectionItem": frozenset({"id", "created_at", "updated_at"}),
    "updateCollectionItem": frozenset({"created_at", "updated_at"}),
    "createApiKey": frozenset({"id", "key", "prefix", "created_at"}),
    "registerAccount": frozenset({"id", "created_at"}),
    "logIn": frozenset({"token"}),
}
READ_AGAIN: Final = 3
LIMIT_OF_COUNTING: Final = 100
SAME_TIME_S: Final = 60
ORIGINS: Final = ("@one.example", "@two.example")
Node = dict[str, Any]


class Mismatch(AssertionError):
    """v1 says something else than v2 by the mapping."""


class Replay:
    """Sends requests twice, keeps the twins, and counts what came of it."""

    def __init__(
        self, client: httpx.AsyncClient, document: Document, world: World, callers: Mapping[Caller, Mapping[str, str]]
    ) -> None:
        self._client = client
        self._world = world
        self._callers = callers
        self._defaults = {
            operation.node["operationId"]: {
                parameter["name"]: parameter["schema"].get("default") for parameter in document.parameters(operation)
            }
            for operation in document.operations()
        }
        self.outcomes: Counter[str] = Counter()
        self.statuses: Counter[tuple[str, int]] = Counter()

    async def check(self, made: Made) -> None:
        """Raises `Mismatch`."""
        first, second = await self._etags(made)
        translated = await self._translated(made, first)
        result, mapping = translated["results"][0], next(iter(translated["operations"]), None)
        self.outcomes[result["outcome"]] += 1
        if mapping is None or result["outcome"] not in ("translated", "partial"):
            await self._refused(made, first, result)
            return
        lost = {note["place"].removeprefix("/") for note in result["notes"] if note["code"] == "lost"}
        if lost:
            made.body = {name: value for name, value in made.body.items() if name not in lost}
        if result["request"] is None:
            return
        for attempt in range(1, READ_AGAIN + 1):
            try:
                await self._compared(made, first, second, result["request"], mapping)
            except Mismatch:
                if made.writes or attempt == READ_AGAIN:
                    raise
            else:
                return

    async def _translated(self, made: Made, headers: Mapping[str, str]) -> Node:
        """The report about one request: as it is, or as an archive where only that can hold its body."""
        if made.body is None or isinstance(made.body, dict):
            listed = [{"name": name, "value": value} for name, value in headers.items()]
            request: Node = {"method": made.method, "url": made.url, "headers": listed, "body": made.body}
            answer = await self._client.post(TRANSLATE, json={"request": request}, headers=self._callers["owner"])
            if answer.status_code == 422:
                faults = answer.json()["errors"]
                return {"results": [{"outcome": "refused", "errors": faults, "notes": []}], "operations": []}
        else:
            posted = {"mimeType": "application/json", "text": json.dumps(made.body)}
            request = {"method": made.method, "url": made.url, "headers": [], "postData": posted}
            archive = {"log": {"version": "1.2", "entries": [{"request": request}]}}
            answer = await self._client.post(TRANSLATE, json={"har": archive}, headers=self._callers["owner"])
        if answer.status_code != 200:
            raise Mismatch(f"{made}: the translation is {answer.status_code} {answer.text}")
        report: Node = answer.json()
        return report

    async def _refused(self, made: Made, headers: Mapping[str, str], result: Node) -> None:
        """What has no translation is refused by v1 too, unless it says before that the caller may not."""
        answer = await self._ask(made.caller, made.method, made.url, headers, made.body)
        allowed = {400} if made.caller == "owner" else {400, 401, 403}
        if answer.status_code not in allowed:
            raise Mismatch(f"{made}: has no translation ({result['errors']}), and v1 answers {_shown(answer)}")

    async def _compared(
        self, made: Made, first: Mapping[str, str], second: Mapping[str, str], request: Node, mapping: Node
    ) -> None:
        before = await self._ask(made.caller, made.method, made.url, first, made.body)
        after, body = await self._ask_v2(made, request, second)
        self.statuses[made.operation, before.status_code] += 1
        place = f"{made}\n  v1: {_shown(before)}\n  v2: {request} {_shown(after)}"
        if before.status_code >= 400 or after.status_code >= 400:
            self._compare_errors(place, made, before, after, mapping)
            return
        if before.status_code != after.status_code:
            raise Mismatch(f"{place}\n  other statuses")
        expected: Any = None
        if before.status_code in (200, 201):
            count = await self._count(made, request, mapping)
            asked = {**self._defaults[made.operation], **_query(made.url)}
            expected = v1_mapping.good_answer(mapping, body, asked=_numbers(asked), count=count)
            self._compare_bodies(place, made, before.json(), expected)
        self._remember(made, before, body)

    async def _ask_v2(self, made: Made, request: Node, etags: Mapping[str, str]) -> tuple[httpx.Response, Any]:
        """The answer to the translation, after following as many pages as it says."""
        headers = {header["name"]: header["value"] for header in request["headers"]} | dict(etags)
        if "Idempotency-Key" in headers:
            headers["Idempotency-Key"] += "-v2"
        url = self._second(made, request["url"])
        if request["needed"] and made.list_of_item is not None:
            url = url.replace("{collection_id}", made.list_of_item[1])
        url = url.replace("{collection_id}", self._some_list())
        body = self._second_body(made, request["body"])
        answer = await self._ask(made.caller, request["method"], url, headers, body)
        found: Any = answer.json() if answer.status_code in (200, 201) else None
        pages = request["pages"]
        for _ in range(pages["times"] if pages and answer.status_code == 200 else 0):
            cursor = found["page"]["next_cursor"]
            if cursor is None:
                return answer, {**found, "data": []}
            answer = await self._ask(made.caller, "GET", _with(url, cursor=cursor), {}, None)
            found = answer.json()
        return answer, found

    async def _count(self, made: Made, request: Node, mapping: Node) -> int | None:
        """How many elements all pages have together, where v1 says that and v2 does not."""
        if not any(move["by"] == "count" for move in mapping["response"]):
            return None
        url = _with(self._second(made, request["url"]), limit=str(LIMIT_OF_COUNTING))
        count, cursor = 0, None
        while True:
            answer = await self._ask(made.caller, "GET", url if cursor is None else _with(url, cursor=cursor), {}, None)
            page = answer.json()
            count, cursor = count + len(page["data"]), page["page"]["next_cursor"]
            if cursor is None:
                return count

    def _compare_errors(
        self, place: str, made: Made, before: httpx.Response, after: httpx.Response, mapping: Node
    ) -> None:
        """Both fail, in the same way or in a way that `statuses` names."""
        if before.status_code < 400 or after.status_code < 400:
            raise Mismatch(f"{place}\n  one of them fails")
        ours, theirs = before.json(), after.json()
        for change in mapping["statuses"]:
            here, there = (before.status_code, ours["error"]), (after.status_code, theirs["code"])
            if here == (change["status"], change["error"]) and there == (
                change["target_status"],
                change["target_code"],
            ):
                return
        expected = v1_mapping.error(mapping, self._first(theirs) if made.writes else theirs)
        if before.status_code != after.status_code or ours != expected:
            raise Mismatch(f"{place}\n  by the mapping: {expected}")

    def _compare_bodies(self, place: str, made: Made, ours: Any, expected: Any) -> None:
        expected = self._first(expected) if made.writes else expected
        for name in MADE_UP.get(made.operation, ()):
            if not _alike(ours.get(name), expected.get(name)):
                raise Mismatch(f"{place}\n  {name} is of another kind: {expected.get(name)}")
            expected[name] = ours.get(name)
        if ours != expected:
            raise Mismatch(f"{place}\n  by the mapping: {json.dumps(expected, ensure_ascii=False)[:2000]}")

    async def _etags(self, made: Made) -> tuple[dict[str, str], dict[str, str]]:
        """The headers of v1's request, and the ETags of v2's: of each version its own, or one that nothing has."""
        first, second = dict(made.headers), {}
        for name in ("If-None-Match", "If-Match"):
            said = first.pop(name, None)
            if said == "stale":
                first[name] = second[name] = '"00000000000000000000000000000000"'
            elif said == "current":
                ours = (await self._ask("owner", "GET", made.url, {}, None)).headers.get("etag")
                theirs = await self._etag_of_v2(made)
                if ours is not None and theirs is not None:
                    first[name], second[name] = ours, theirs
        return first, second

    async def _etag_of_v2(self, made: Made) -> str | None:
        reading = {"request": {"method": "GET", "url": made.url}}
        answer = await self._client.post(TRANSLATE, json=reading, headers=self._callers["owner"])
        result = answer.json()["results"][0] if answer.status_code == 200 else None
        if result is None or result["request"]["pages"] is not None:
            return None  # behind a cursor, an answer has an ETag that cannot be asked for again
        url = self._second(made, result["request"]["url"])
        etag: str | None = (await self._ask("owner", "GET", url, {}, None)).headers.get("etag")
        return etag

    async def _ask(
        self, caller: Caller, method: str, url: str, headers: Mapping[str, str], body: Any
    ) -> httpx.Response:
        content = None if body is None else json.dumps(body).encode()
        sent = {**self._callers[caller], **headers}
        if content is not None:
            sent["Content-Type"] = "application/json"
        return await self._client.request(method, url, content=content, headers=sent)

    def _second(self, made: Made, text: str) -> str:
        """Text of v1 with the id of the second twin; reads are about the same thing in both versions."""
        for ours, theirs in made.about.items() if made.writes else ():
            text = text.replace(ours, theirs)
        return text

    def _second_body(self, made: Made, body: Node | None) -> Node | None:
        """The body with the secrets put back, and the second twin's address."""
        if body is None or not isinstance(made.body, dict):
            return body
        filled = {name: made.body[name] if value == f"<{name}>" else value for name, value in body.items()}
        if "email" in filled:
            filled["email"] = str(filled["email"]).replace(*ORIGINS)
        return filled

    def _first(self, value: Any) -> Any:
        """An answer of v2 with the ids and addresses of the first twins."""
        text = json.dumps(value, ensure_ascii=False).replace(ORIGINS[1], ORIGINS[0])
        world = self._world
        pairs = [*world.collections, *(item[:2] for item in world.items), *world.keys]
        for ours, theirs in pairs:
            text = text.replace(theirs, ours)
        return json.loads(text)

    def _some_list(self) -> str:
        return self._world.collections[0][1] if self._world.collections else "col_0350oBqTdZRkfakP5xfzv3"

    def _remember(self, made: Made, before: httpx.Response, body: Any) -> None:
        """The twins that there are now."""
        world, about = self._world, next(iter(made.about.items()), None)
        if before.status_code == 201:
            pair = before.json()["id"], body["id"]
            if made.operation == "createCollection":
                world.collections.append(pair)
            elif made.operation == "createApiKey":
                world.keys.append(pair)
            elif made.operation == "createCollectionItem" and about is not None:
                world.items.append((*pair, *about))
            elif made.operation == "registerAccount":
                world.accounts.append((before.json()["email"], body["email"]))
        elif before.status_code == 204 and about is not None:
            world.collections = [
                pair for pair in world.collections if pair != about or made.operation == "revokeApiKey"
            ]
            world.items = [item for item in world.items if about not in (item[:2], item[2:])]


def _alike(ours: Any, theirs: Any) -> bool:
    """Two values that the server has made up: ids and secrets of the same form, or the same time within a minute."""
    if not isinstance(ours, str) or not isinstance(theirs, str):
        return False
    if ours.endswith("Z") and theirs.endswith("Z") and ours[:2] == "20":
        return abs((datetime.fromisoformat(ours) - datetime.fromisoformat(theirs)).total_seconds()) < SAME_TIME_S
    return ours[:4] == theirs[:4]


def _with(url: str, **parameters: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{urlencode({**dict(parse_qsl(parts.query, keep_blank_values=True)), **parameters})}"


def _query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def _numbers(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: int(value) if name == "page" else value for name, value in asked.items()}


def _shown(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.text[:1500]}"

"""Requests of v1, made up from its document and from what an instance holds: good ones, odd ones and wrong ones.

The same seed and the same instance give the same requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, Literal
from urllib.parse import quote

from ci.lints.contract.document import Document, Node, Operation

Caller = Literal["owner", "reader", "nobody"]

WEIGHTS: Final[Mapping[str, float]] = {
    "listArticles": 40, "getArticle": 12, "listSources": 6, "listCollections": 8, "getCollection": 6,
    "listCollectionItems": 12, "listApiKeys": 4, "createCollection": 4, "updateCollection": 4, "deleteCollection": 2,
    "createCollectionItem": 9, "updateCollectionItem": 6, "deleteCollectionItem": 2, "createApiKey": 2,
    "revokeApiKey": 2, "registerAccount": 0.4, "logIn": 0.4,
}  # fmt: skip
"""How often an operation is asked, beside the others; one that is not named has 1. Passwords take 25 ms each."""

_TEXTS: Final = (
    "Battery research", "Über Flüsse", "  two  spaces ", "日本のニュース", "a", "x" * 120, "🦉 owls", "\u00a0",
    "tab\there",
    "line\nbreak", "Ada's \"list\"", "<b>bold</b>", "%41", "a+b & c=d",
)  # fmt: skip
_WORDS: Final = (
    "battery",
    '"solid state"',
    "-battery",
    "battery or comet",
    "über",
    "the",
    "zzzz",
    "c++",
    "100%",
    "a&b",
)
_ODD: Final = ("", "0", "-1", "101", "1e3", "abc", "null", "1 ", "é", "99999999999999999999", "10001")
UNKNOWN: Final = {"article": "art_0350n7cLFXf17iDglpSO45", "collection": "col_0350oBqTdZRkfakP5xfzv3",
                  "item": "itm_0350oCqTdZRkfakP5xfzv3", "key": "key_034r6MH97mxTHOptLzuJJt"}  # fmt: skip
"""Ids of the right form that nothing has."""


@dataclass(slots=True)
class World:
    """What the instance holds. `twins` are pairs of things that are the same but for their ids and times.

    v1 writes to the first of a pair, v2 to the second. An item's twins come with the lists that they are in.
    """

    articles: Sequence[str]
    sources: Sequence[str]
    words: Sequence[str]
    foreign: Mapping[str, Sequence[str]]
    """Ids of another organisation's things by their kind; its items are in its first list."""
    collections: list[tuple[str, str]] = field(default_factory=list)
    items: list[tuple[str, str, str, str]] = field(default_factory=list)
    keys: list[tuple[str, str]] = field(default_factory=list)
    accounts: list[tuple[str, str]] = field(default_factory=list)
    """Addresses of people who have registered, as pairs, with a common password."""


@dataclass(slots=True)
class Made:
    """A request of v1. `about` are the ids of the pair that it is for: v2's request is for the second one."""

    operation: str
    caller: Caller
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    about: Mapping[str, str] = field(default_factory=dict)
    list_of_item: tuple[str, str] | None = None
    """For an operation on an item: the list that it is in, for v1 and for v2."""

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")


class Generator:
    """Makes requests without end."""

    def __init__(self, document: Document, world: World, seed: int) -> None:
        self._document = document
        self._operations = {operation.node["operationId"]: operation for operation in document.operations()}
        self._world = world
        self._random = Random(seed)  # the same requests for the same seed
        self._made = 0

    def next(self) -> Made:
        """One more request."""
        random = self._random
        self._made += 1
        names = list(self._operations)
        name = random.choices(names, [WEIGHTS.get(name, 1) for name in names])[0]
        operation = self._operations[name]
        caller: Caller = random.choices(("owner", "reader", "nobody"), (90, 7, 3))[0]
        made = Made(name, caller, operation.method.upper(), "")
        path = self._path(operation, made)
        made.url = f"/v1{path}{self._query(operation)}"
        if "requestBody" in operation.node:
            made.body = self._body(operation)
        self._headers(operation, made)
        return made

    def _path(self, operation: Operation, made: Made) -> str:
        path = operation.path
        for parameter in self._document.parameters(operation):
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", quote(self._id(parameter["name"], made), safe=""))
        return path

    def _id(self, name: str, made: Made) -> str:
        """An id of something that is there, mostly; else one of nobody, of somebody else, or of no form at all."""
        kind, random, world = name.removesuffix("_id"), self._random, self._world
        found: Mapping[str, Sequence[tuple[str, ...]]] = {
            "article": [(id_, id_) for id_ in world.articles],
            "collection": world.collections,
            "item": world.items,
            "key": world.keys,
        }
        pairs = found[kind]
        choice = random.random()
        if choice < 0.85 and pairs:
            pair = random.choice(pairs)
            made.about = {pair[0]: pair[1]}
            if kind == "item":
                made.list_of_item = pair[2], pair[3]
            return pair[0]
        if choice < 0.9 and world.foreign.get(kind):
            if kind == "item":
                made.list_of_item = world.foreign["collection"][0], world.foreign["collection"][0]
            return random.choice(world.foreign[kind])
        if choice < 0.95:
            return UNKNOWN[kind]
        return random.choice(("nothing", "a" * 64, "a" * 65, "col_x", "art-1", "%2F", "ä", UNKNOWN["article"] + "0"))

    def _query(self, operation: Operation) -> str:
        random = self._random
        pairs = []
        for parameter in self._document.parameters(operation):
            if parameter["in"] == "query" and random.random() < 0.35:
                value = self._value(parameter["name"], parameter["schema"])
                pairs.append((parameter["name"], random.choice(_ODD) if random.random() < 0.04 else value))
        if random.random() < 0.02:
            pairs.append(random.choice((("feed", "x"), ("cursor", "abc"), ("count", "exact"), ("fields", "title"))))
        if pairs and random.random() < 0.02:
            pairs.append(pairs[0])
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
        if query and random.random() < 0.01:
            query += "&q=%zz"
        return f"?{query}" if query else ""

    def _value(self, name: str, schema: Node) -> str:
        random, world = self._random, self._world
        if "enum" in schema:
            return str(random.choice(schema["enum"]))
        if name == "source":
            return random.choice([*world.sources, "nobody", "src_034pxgEeWPEELMVFRGRBIz"])
        if name == "q":
            return random.choice([*world.words, *_WORDS])
        if name == "language":
            return random.choice(("en", "de", "fr", "xx"))
        if name == "page":
            return str(random.choice((1, 1, 1, 2, 2, 3, 4, 7, 30, 10_000)))
        if schema.get("type") == "integer":
            return str(random.choice((random.randint(schema["minimum"], schema["maximum"]), 1, 2, 3, 20, 100)))
        if schema.get("format") == "date-time":
            return self._time()
        return random.choice(_TEXTS)

    def _time(self) -> str:
        random = self._random
        moment = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=random.randint(0, 40 * 86_400))
        text = moment.isoformat().removesuffix("+00:00")
        return text + random.choice(("Z", "Z", ".5Z", ".123456Z", "+02:00", "-05:30", "+00:00"))

    def _headers(self, operation: Operation, made: Made) -> None:
        """`current` and `stale` stand for an ETag of the resource, in each version its own."""
        random = self._random
        known = {parameter["name"] for parameter in self._document.parameters(operation)}
        if "If-None-Match" in known and random.random() < 0.1:
            made.headers["If-None-Match"] = random.choice(("current", "current", "stale"))
        if "If-Match" in known and random.random() < 0.2 and made.about:
            made.headers["If-Match"] = random.choice(("current", "stale"))
        if "Idempotency-Key" in known and random.random() < 0.15:
            made.headers["Idempotency-Key"] = f"request-{self._made}"

    def _body(self, operation: Operation) -> Any:
        random = self._random
        content = self._document.resolve(operation.node["requestBody"])["content"]["application/json"]
        schema = self._document.resolve(content["schema"])
        required = schema.get("required", ())
        body = {
            name: self._member(operation.node["operationId"], name, self._document.resolve(member))
            for name, member in schema["properties"].items()
            if name in required or random.random() < 0.5
        }
        if operation.node["operationId"] == "createCollectionItem" and random.random() < 0.9:
            body.pop(random.choice(("url", "article_id")), None)  # either says what it is
        if random.random() < 0.04:
            return random.choice(({}, [], {**body, "visibility": "private"}, {**body, "name": 1}, {"title": None}))
        return body

    def _member(self, operation: str, name: str, schema: Node) -> Any:
        random, world = self._random, self._world
        if schema.get("nullable") and random.random() < 0.15:
            return None
        if "enum" in schema:
            return random.choice(schema["enum"])
        if schema.get("type") == "array":
            items = self._document.resolve(schema["items"])
            count = random.randint(schema.get("minItems", 0), 3)
            values = [self._member(operation, name, items) for _ in range(count)]
            return list(dict.fromkeys(values)) if schema.get("uniqueItems") else values
        if schema.get("type") == "integer":
            return random.randint(-10, 10_000_000)
        if name == "article_id":
            return random.choice(
                [*world.articles[:60], UNKNOWN["article"], *world.foreign.get("article", ()), "nothing"]
            )
        if name == "url":
            return random.choice(
                (f"https://www.example.org/{random.randint(1, 400)}", "http://[::1]/", "ftp://x.example/")
            )
        if schema.get("format") == "date-time":
            return random.choice(("2031-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "2031-06-01T12:00:00.250+02:00"))
        if name == "email":
            return self._email(operation)
        if name == "password":
            return random.choice(
                ("a long walk by the sea", "a long walk by the sea", "password1", "another one of mine")
            )
        return random.choice(_TEXTS)[: schema.get("maxLength", 100)]

    def _email(self, operation: str) -> str:
        if operation == "logIn" and self._world.accounts and self._random.random() < 0.7:
            return self._random.choice(self._world.accounts)[0]
        return f"person{self._made}@one.example"

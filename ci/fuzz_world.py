"""Who asks in the fuzzer's requests, and what they ask about: real people and things, made as they are needed.

Made-up ids reach nothing but a 404, so requests name things that are there; one that was used up is made again.
"""

import itertools
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx

from ci.servers import Instance
from core.invitations import tokens
from core.kit import ids
from tests.support.consent import consent
from tests.support.people import PASSWORD, People, Person

REDIRECT: Final = "http://127.0.0.1/log-in"  # the sandbox sends nobody further than home
SETTINGS: Final[Mapping[str, str]] = {
    "TIDINGS_LOGIN_ATTEMPTS_PER_MINUTE": "0",
    "TIDINGS_FREE_REQUESTS_PER_HOUR": "0",
    "TIDINGS_USER_REQUESTS_PER_HOUR": "0",
    "TIDINGS_FEEDS_PER_ORGANIZATION": "1000000",
    "TIDINGS_OAUTH_REDIRECT_URIS": REDIRECT,
    "TIDINGS_PLANS": json.dumps({"free": dict.fromkeys(("keys", "feeds", "members", "storage_bytes"), 10**12)}),
}
"""No budgets: what is behind them is tested here, and they themselves in tests/."""

_LIFE: Final = timedelta(days=2)  # of tokens and of what waits for its erasure: longer than the longest run
_LOG_IN_WITH: Final = ("google", "github")
_OF_A_COLLECTION: Final = ("item_id", "collaborator", "collection_invitation_id", "token", "public_collection")


class World:
    """An organisation of the instance with its owner, a key and a test key, and people who come for one request."""

    def __init__(self, address: str, home: Path) -> None:
        self.instance = Instance(address, home, {})
        self.secret = (home / "secret").read_bytes().strip()
        self.people = People(self.instance.running["database_url"], self.secret)
        self.api = httpx.Client(base_url=f"{address}/v2", timeout=30)
        self._numbers = itertools.count(1)
        self.organization = self.people.organization(f"fuzz-{ids.new_id().hex[-12:]}")
        self.owner = Actor.person(self, self.newcomer("owner", self.organization))
        self.people.identity(self.owner.known)  # a way to log in that is left when others are unlinked
        self.key_scopes = self._key_scopes()
        self.key, self.test_key = Actor.key(self, self.owner), Actor.key(self, self.owner, mode="test")
        self.articles = itertools.cycle(self.listed("/articles"))
        self.sources = itertools.cycle(self.listed("/sources"))
        self._guests: dict[str, Actor] = {}
        self._left: set[str] = set()

    def _key_scopes(self) -> frozenset[str]:
        """Every scope that a key can have."""
        document = self.api.get("/openapi.json").raise_for_status().json()
        scheme = document["components"]["securitySchemes"]["bearer"]
        return frozenset(scheme["x-scopes"]) - frozenset(scheme["x-person-scopes"])

    def number(self) -> int:
        """One that was not given before."""
        return next(self._numbers)

    def newcomer(self, role: Any = "owner", organization_id: UUID | None = None, **account: Any) -> Person:
        """A person whose token lasts as long as any run."""
        return self.people.person(role, organization_id, expires_at=datetime.now(UTC) + _LIFE, **account)

    def listed(self, path: str) -> list[str]:
        """The ids of the first page of a list."""
        answer = self.api.get(path, params={"limit": 100}, headers=self.owner.headers).raise_for_status()
        return [str(row["id"]) for row in answer.json()["data"]]

    def guest(self, operation: str) -> "Actor":
        """The person who comes for an operation that can be done once only; another one after `spend`."""
        if operation not in self._guests:
            ends = datetime.now(UTC) + _LIFE if operation == "restoreMe" else None
            self._guests[operation] = Actor.person(self, self.newcomer(erase_after=ends))
        return self._guests[operation]

    def spend(self, operation: str) -> None:
        """What could be done once has been done."""
        guest = self._guests.pop(operation, None)
        if guest is not None:
            self._left.add(guest.headers["Authorization"])

    def has_left(self, authorization: str | None) -> bool:
        """Whether this is the header of somebody who has done what one does once."""
        return authorization in self._left

    def actor(self, authorization: str | None) -> "Actor":
        """Who sends this header; the owner's things serve those who send none."""
        for known in (self.key, self.test_key, *self._guests.values()):
            if authorization == known.headers["Authorization"]:
                return known
        return self.owner


class Actor:
    """A person or a key. `own` are the ids that it cannot do without; `thing` gives others."""

    def __init__(self, world: World, token: str, own: Mapping[str, str]) -> None:
        self.world, self.own = world, own
        self.headers = {"Authorization": f"Bearer {token}"}
        self._things: dict[str, str] = {}
        self._person: Person | None = None

    @classmethod
    def person(cls, world: World, person: Person) -> "Actor":
        """Somebody with an access token."""
        own = {"session_id": person.session_id, "account_id": person.id, "organization_id": person.organization_id}
        actor = cls(world, person.token, own)
        actor._person = person
        return actor

    @classmethod
    def key(cls, world: World, maker: "Actor", mode: str = "live") -> "Actor":
        """A key with every scope that keys can have."""
        scopes = sorted(world.key_scopes)
        made = maker.post("/api-keys", name="The fuzzer's own", mode=mode, scopes=scopes, expires_at=None)
        return cls(world, made["key"], {"key_id": made["id"], "organization_id": maker.own["organization_id"]})

    @property
    def known(self) -> Person:
        """The person. Raises `LookupError` for a key."""
        if self._person is None:
            raise LookupError("a key is nobody")
        return self._person

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Make something."""
        answer = self.world.api.post(path, json=body or None, headers=self.headers)
        return dict(answer.raise_for_status().json())

    def thing(self, kind: str) -> str:
        """The id of something of this kind that is there; the same until it is forgotten."""
        if kind not in self._things:
            self._things[kind] = MAKERS[kind](self)
        return self._things[kind]

    def replace(self, kind: str, id_: str) -> None:
        """Another thing stands in its place."""
        self._things[kind] = id_

    def forget(self, kind: str) -> None:
        """It is there no more, nor is what was in it."""
        for gone in (kind, *(_OF_A_COLLECTION if kind == "collection_id" else ())):
            self._things.pop(gone, None)


def _feed(actor: Actor) -> str:
    return str(actor.post("/feeds", url=feed_url(actor))["id"])


def feed_url(actor: Actor) -> str:
    """An address that feeds may have; the worker rests, so that nobody looks what is there."""
    return f"{actor.world.instance.sandbox}/fuzz/{actor.world.number()}.xml"


def another_key(actor: Actor) -> str:
    """A key that nothing else is done with."""
    return str(actor.post("/api-keys", name="To be revoked", scopes=["articles:read"], expires_at=None)["id"])


def _rehearsal(actor: Actor) -> str:
    return str(actor.post("/rehearsals", key_id=another_key(actor), duration_seconds=60)["id"])


def _note(actor: Actor) -> str:
    return str(actor.post("/notes", article_id=next(actor.world.articles), body="To be changed.")["id"])


def _collection(actor: Actor) -> str:
    return str(actor.post("/collections", name="To be changed")["id"])


def item_in(actor: Actor) -> str:
    """Another item of the reading list."""
    url = f"https://pages.example.org/{actor.world.number()}"
    return str(actor.post(f"/collections/{actor.thing('collection_id')}/items", url=url)["id"])


def _collaborator(actor: Actor) -> str:
    guest = actor.world.newcomer()
    token = _token(actor, _collection_invitation(actor, actor.thing("collection_id"), guest.email))
    Actor.person(actor.world, guest).post("/collections/accept-invitation", token=token)
    return guest.id


def _collection_invitation(actor: Actor, collection_id: str, email: str | None = None) -> str:
    guest = email or f"guest-{actor.world.number()}@people.example"
    return str(actor.post(f"/collections/{collection_id}/invitations", email=guest, role="editor")["id"])


def _invitation(actor: Actor, email: str | None = None) -> str:
    path = f"/organizations/{actor.own['organization_id']}/invitations"
    guest = email or f"guest-{actor.world.number()}@people.example"
    return str(actor.post(path, email=guest, role="viewer")["id"])


def _token(actor: Actor, invitation_id: str) -> str:
    """What the mail of an invitation says."""
    named = tokens.Named(actor.world.organization, ids.decode("inv", invitation_id))
    return tokens.write(named, actor.world.secret)


def _for_a_guest(guest: Actor) -> str:
    owner = guest.world.owner
    return _token(owner, _invitation(owner, guest.known.email))


def _for_a_reader(guest: Actor) -> str:
    owner = guest.world.owner
    return _token(owner, _collection_invitation(owner, _collection(owner), guest.known.email))


def _member(actor: Actor) -> str:
    return actor.world.newcomer("viewer", actor.world.organization).id


def _public_collection(actor: Actor) -> str:
    made = _collection(actor)
    actor.post(f"/collections/{made}/public-feed")
    return made


def _public_token(actor: Actor) -> str:
    return str(actor.post(f"/collections/{_collection(actor)}/public-feed")["json_url"].split("/")[-2])


def _session(actor: Actor) -> str:
    person = actor.known
    return actor.world.people.session(person.account_id, person.organization).session_id


def _refresh_token(actor: Actor) -> str:
    credentials = {"email": actor.thing("account"), "password": PASSWORD}
    return str(actor.world.api.post("/auth/login", json=credentials).raise_for_status().json()["refresh_token"])


def _register(world: World) -> str:
    email = f"reader-{ids.new_id().hex[-12:]}@people.example"
    world.api.post("/auth/register", json={"email": email, "password": PASSWORD}).raise_for_status()
    return email


MAKERS: Final[Mapping[str, Callable[[Actor], str]]] = {
    "article_id": lambda actor: next(actor.world.articles),
    "source_id": lambda actor: next(actor.world.sources),
    "feed_id": _feed,
    "key_id": another_key,
    "rehearsal_id": _rehearsal,
    "note_id": _note,
    "collection_id": _collection,
    "public_collection": _public_collection,
    "token": _public_token,
    "item_id": item_in,
    "collaborator": _collaborator,
    "member": _member,
    "organization_id": lambda actor: actor.own["organization_id"],
    "other_organization": lambda actor: str(actor.post("/organizations", name="To be changed")["id"]),
    "invitation_id": _invitation,
    "collection_invitation_id": lambda actor: _collection_invitation(actor, actor.thing("collection_id")),
    "invitation_token": _for_a_guest,
    "collection_invitation_token": _for_a_reader,
    "account": lambda actor: _register(actor.world),
    "refresh_token": _refresh_token,
    "session_id": _session,
    "identity_id": lambda actor: actor.world.people.identity(actor.known),
    "search_id": lambda actor: actor.world.people.search(actor.known),
}
"""Kind of thing → how somebody makes one and gets its id."""


def log_in_elsewhere(world: World) -> tuple[str, dict[str, str]]:
    """A provider, and what it sends back with somebody who agreed to log in."""
    provider = _LOG_IN_WITH[world.number() % len(_LOG_IN_WITH)]
    begun = world.api.post(f"/auth/{provider}/authorize", json={"redirect_uri": REDIRECT}).raise_for_status().json()
    return provider, _agreed(world, begun)


def link_elsewhere(actor: Actor) -> dict[str, str]:
    """The same for somebody who links an identity."""
    begun = actor.post("/me/identities/authorize", provider="reddit", redirect_uri=REDIRECT)
    return {"provider": "reddit", **_agreed(actor.world, begun)}


def _agreed(world: World, begun: Mapping[str, Any]) -> dict[str, str]:
    return consent(begun["authorization_url"], f"new:fuzz{world.number()}", get=world.api.get).query

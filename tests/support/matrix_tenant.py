"""An organisation with one of everything, in which every text holds a word that nobody else may read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import httpx

from core.kit import ids
from tests.support.contract_check import ContractCheck
from tests.support.people import People, Person
from tests.support.seed import Key, Seed

KEY_SCOPES: Final = tuple(
    sorted(frozenset().union(*(route.document.key_scopes for route in ContractCheck.load().routes)))
)
"""Everything that a key can be given."""


_USAGE: Final = """
INSERT INTO usage_daily (organization_id, day, operation, version, principal_id, calls, errors, cost)
VALUES (%s, %s, 'v2.listNotes', 'v2', %s, 3, 1, 3)
"""
_BILLING: Final = """
INSERT INTO billing_events (organization_id, id, period, plan, calls, errors, cost, members)
VALUES (%s, %s, %s, 'operator', 3, 1, 3, 2)
"""
_NOTICE: Final = """
INSERT INTO sunset_notices (organization_id, id, version, sunset_at, days, days_left, api_key_ids, calls)
VALUES (%s, %s, 'v1', '2027-06-30T23:59:59Z', %s, 1, ARRAY[]::uuid[], 3)
"""


@dataclass(frozen=True)
class Tenant:
    """`word` stands in every text, and nobody ever sends it; `topic` stands beside it, and strangers search for it."""

    word: str
    topic: str
    organization: UUID
    owner: Person
    member: Person
    key: Key
    ids: Mapping[str, str]
    """Path parameter → the id of what was made for it."""
    nameless: tuple[str, ...]
    """Ids of what no path can name."""
    feed_url: str
    idempotency_key: str
    """One that the owner has used."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no answer to anybody else may hold."""
        return self.word, self.owner.id, self.owner.session_id, self.key.id, *self.ids.values(), *self.nameless


class Workshop:
    """Makes what a tenant has. Each method makes one thing and gives its id; each is called twice."""

    def __init__(self, api: httpx.AsyncClient, seed: Seed, people: People, word: str, topic: str) -> None:
        self._api, self._seed, self._people = api, seed, people
        self.word, self.text = word, f"{topic} {word}"
        self.organization = people.organization(word, plan="operator")
        self.owner = people.person("owner", self.organization, name=self.text, email=f"owner@{word}.example")
        self.key = seed.key(*KEY_SCOPES, organization_id=self.organization, name=self.text)
        self.members: list[Person] = []
        self.ids: dict[str, str] = {}
        self.feed_url = ""
        self.nameless: list[str] = []
        self._made = 0

    async def make_organization(self) -> str:
        """The organisation, with what it used and what that came to."""
        day = datetime.now(UTC).date() - timedelta(days=self._number())
        self._seed.execute(_USAGE, self.organization, day, self.owner.account_id)
        event = ids.new_id()
        self._seed.execute(_BILLING, self.organization, event, day)
        notice = ids.new_id()
        self._seed.execute(_NOTICE, self.organization, notice, 90 if self._made == 1 else 30)
        self.nameless += [ids.encode("bil", event), ids.encode("sun", notice)]
        return ids.encode("org", self.organization)

    async def make_source(self) -> str:
        """A source that is no feed."""
        texts: dict[str, Any] = {"kind": "reddit", "name": self.text, "state_reason": self.text}
        return ids.encode("src", self._seed.source(self._slug(), organization_id=self.organization, **texts))

    async def make_feed(self) -> str:
        """A feed with two polls."""
        slug = f"{self.text.split()[0]}-{self._number()}"  # in addresses that strangers may know too
        feed = self._seed.feed(slug, organization_id=self.organization, name=self.text, article_count=1)
        self._seed.execute("UPDATE feeds SET title = %s WHERE id = %s", self.text, feed)
        self.feed_url = f"https://feeds.example.org/{slug}.xml"
        self._seed.fetch(feed, organization_id=self.organization, items_seen=1, items_new=1)
        self._seed.fetch(feed, organization_id=self.organization, outcome="failed", reason=self.text)
        return ids.encode("feed", feed)

    async def make_article(self) -> str:
        """An article of the feed, edited twice."""
        texts: dict[str, Any] = dict.fromkeys(("title", "summary", "content_text", "author"), self.text)
        owned: dict[str, Any] = {"organization_id": self.organization}
        url = f"https://news.example.org/{self._slug()}"
        feed = ids.decode("feed", self.ids["feed_id"])
        article = self._seed.article(feed, url=url, revision=3, **texts, **owned)
        for number in (1, 2):
            self._seed.revision(article, number, title=self.text, **owned)
        return article

    async def make_key(self) -> str:
        """An API key."""
        return str((await self._post("/v2/api-keys", name=self.text, scopes=["articles:read"]))["id"])

    async def make_rehearsal(self) -> str:
        """A rehearsal of a key of its own, which is still to come."""
        key = await self._post("/v2/api-keys", name=self.text, scopes=["articles:read"])
        self.nameless.append(str(key["id"]))
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        made = await self._post("/v2/rehearsals", key_id=key["id"], starts_at=tomorrow, duration_seconds=60)
        return str(made["id"])

    async def make_note(self) -> str:
        """A shared note with an anchor, edited once."""
        anchor = {"exact": self.text, "prefix": self.text, "suffix": self.text}
        shared = {"body": self.text, "visibility": "organization", "anchor": anchor}
        note = await self._post("/v2/notes", article_id=self.ids["article_id"], **shared)
        await self._send("PATCH", f"/v2/notes/{note['id']}", {"body": f"{self.text}, again"})
        return str(note["id"])

    async def make_collection(self) -> str:
        """A reading list that is open to the organisation."""
        return str((await self._collection())["id"])

    async def make_item(self) -> str:
        """An address in the list."""
        page = {"url": f"https://pages.example.org/{self._slug()}", "title": self.text, "tags": [self.text]}
        return str((await self._post(f"/v2/collections/{self.ids['collection_id']}/items", **page))["id"])

    async def make_member(self) -> str:
        """A viewer of the organisation whom the list is shared with."""
        email = f"member-{self._slug()}@{self.word}.example"
        person = self._people.person("viewer", self.organization, name=self.text, email=email)
        of = {"organization_id": self.organization}
        self._seed.collaborator(self.ids["collection_id"], person.account_id, "viewer", **of)
        self.members.append(person)
        return person.id

    async def make_invitation(self) -> str:
        """An invitation to the organisation."""
        return await self._invitation(f"/v2/organizations/{self.ids['organization_id']}/invitations")

    async def make_collection_invitation(self) -> str:
        """An invitation to the list."""
        return await self._invitation(f"/v2/collections/{self.ids['collection_id']}/invitations")

    async def make_public_token(self) -> str:
        """The token in the address of a list's public feed."""
        collection = (await self._collection())["id"] if "token" in self.ids else self.ids["collection_id"]
        feed = await self._post(f"/v2/collections/{collection}/public-feed")
        return str(feed["json_url"].split("/")[-2])

    async def make_session(self) -> str:
        """A log-in of the owner, with preferences."""
        await self._send("PATCH", "/v2/me/preferences", {"muted_words": [self.word]})
        return self._people.session(self.owner.account_id, self.organization, client=self.text).session_id

    async def make_search(self) -> str:
        """Something that the owner has searched for."""
        return self._people.search(self.owner, self.text)

    async def make_identity(self) -> str:
        """An identity of the owner at a provider."""
        return self._people.identity(self.owner, name=self.text, email=f"{self._slug()}@{self.word}.example")

    async def use(self, idempotency_key: str) -> None:
        """One more list, made under this key."""
        headers = {**self.owner.header, "Idempotency-Key": idempotency_key}
        await self._send("POST", "/v2/collections", {"name": self.text}, headers=headers)

    async def _invitation(self, there: str) -> str:
        guest = {"email": f"guest-{self._slug()}@{self.word}.example", "role": "viewer"}
        return str((await self._post(there, **guest))["id"])

    async def _collection(self) -> Mapping[str, Any]:
        return await self._post("/v2/collections", name=self.text, description=self.text, visibility="organization")

    async def _post(self, url: str, /, **body: Any) -> Mapping[str, Any]:
        return await self._send("POST", url, body or None)

    async def _send(
        self, method: str, url: str, body: Mapping[str, Any] | None, *, headers: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        response = await self._api.request(method, url, json=body, headers=headers or self.owner.header)
        assert response.is_success, f"{method} {url}: {response.text}"
        answer: Mapping[str, Any] = response.json()
        return answer

    def _slug(self) -> str:
        return f"{self.word}-{self._number()}"

    def _number(self) -> int:
        self._made += 1
        return self._made


Maker = Callable[[Workshop], Awaitable[str]]

MAKERS: Final[Mapping[str, Maker]] = {
    "organization_id": Workshop.make_organization,
    "source_id": Workshop.make_source,
    "feed_id": Workshop.make_feed,
    "article_id": Workshop.make_article,
    "key_id": Workshop.make_key,
    "rehearsal_id": Workshop.make_rehearsal,
    "note_id": Workshop.make_note,
    "collection_id": Workshop.make_collection,
    "item_id": Workshop.make_item,
    "account_id": Workshop.make_member,
    "invitation_id": Workshop.make_invitation,
    "collection_invitation_id": Workshop.make_collection_invitation,
    "token": Workshop.make_public_token,
    "session_id": Workshop.make_session,
    "search_id": Workshop.make_search,
    "identity_id": Workshop.make_identity,
}
"""Path parameter → how to make what it names, in an order in which each finds what it needs."""


async def furnish(api: httpx.AsyncClient, seed: Seed, people: People, word: str, *, topic: str) -> Tenant:
    """A tenant with two of everything, so that every list of it has a second page; `ids` are those of the first."""
    shop = Workshop(api, seed, people, word, topic)
    for _ in range(2):
        for name, make in MAKERS.items():
            shop.ids.setdefault(name, await make(shop))
    idempotency_key = f"a-key-of-{word}"
    await shop.use(idempotency_key)
    return Tenant(
        word=word,
        topic=topic,
        organization=shop.organization,
        owner=shop.owner,
        member=shop.members[0],
        key=shop.key,
        ids=shop.ids,
        nameless=tuple(shop.nameless),
        feed_url=shop.feed_url,
        idempotency_key=idempotency_key,
    )

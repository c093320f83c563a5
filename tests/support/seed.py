"""Rows that tests start from, written by the owner of the database: row-level security does not apply to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import sql

from core.kit import ids
from core.kit.crypto import PREFIX_LENGTH, hash_api_key, new_api_key
from core.kit.principal import NEWSROOM_ID, OPERATOR_ID

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""When the first article was published; each later one follows after a minute."""

_MANY_PRINCIPALS = """
INSERT INTO principals (organization_id, id, kind, name)
SELECT %(organization)s, gen_random_uuid(), 'api_key', 'One of many' FROM generate_series(1, %(count)s)
"""
_MANY_KEYS = """
INSERT INTO api_keys (organization_id, id, name, prefix, key_hash, scopes)
SELECT organization_id, id, name, 'tdk_live_xxxx', sha256(id::text::bytea), '{}'
FROM principals WHERE organization_id = %(organization)s AND name = 'One of many'
"""
_MANY_COLLECTIONS = """
INSERT INTO collections (organization_id, id, name, name_key, sort_key, visibility, created_by, created_by_kind)
SELECT %(organization)s, gen_random_uuid(), 'List ' || n, 'list ' || n, 'list ' || n, 'organization', %(maker)s,
  'api_key'
FROM generate_series(1, %(count)s) n
"""
_MANY_ITEMS = """
INSERT INTO collection_items (organization_id, id, collection_id, identity, url, title, status, tags, position)
SELECT %(organization)s, gen_random_uuid(), %(collection)s, decode(md5(n::text), 'hex'),
  'https://pages.example.org/' || n, 'Page ' || n, (ARRAY['unread', 'reading', 'done'])[1 + n %% 3],
  ARRAY['tag-' || n %% 10], n * 1048576
FROM generate_series(1, %(count)s) n
"""


class Key(NamedTuple):
    """An API key: its row's id and the text that a client sends."""

    id: str
    text: str

    @property
    def header(self) -> dict[str, str]:
        """What a client sends with it."""
        return {"Authorization": f"Bearer {self.text}"}


class Seed:
    """Writes rows into one database. Ids are public ids, such as `art_…`."""

    def __init__(self, url: str, secret: bytes) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._secret = secret
        self._articles = 0

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def key(self, *scopes: str, organization_id: UUID = NEWSROOM_ID, name: str = "A test's key", **columns: Any) -> Key:
        """A working key without a limit; `columns` say otherwise."""
        key_id, text = ids.new_id(), new_api_key()
        self._insert("principals", organization_id=organization_id, id=key_id, kind="api_key", name=name)
        row = {
            "organization_id": organization_id,
            "id": key_id,
            "name": name,
            "prefix": text[:PREFIX_LENGTH],
            "key_hash": hash_api_key(text, self._secret),
            "scopes": list(scopes),
            "requests_per_hour": 0,
        }
        self._insert("api_keys", **{**row, **columns})
        return Key(ids.encode("key", key_id), text)

    def organization(self, slug: str) -> UUID:
        """Another organisation."""
        organization_id = ids.new_id()
        self._insert("organizations", id=organization_id, slug=slug, name=slug.title())
        return organization_id

    def many_keys(self, count: int, *, organization_id: UUID) -> None:
        """Keys that work and whose secrets nobody knows."""
        self._connection.execute(_MANY_PRINCIPALS, {"organization": organization_id, "count": count})
        self._connection.execute(_MANY_KEYS, {"organization": organization_id})

    def source(self, slug: str, *, organization_id: UUID = NEWSROOM_ID, **columns: Any) -> UUID:
        """A healthy upstream that nobody polls."""
        source_id = ids.new_id()
        row = {
            "organization_id": organization_id,
            "id": source_id,
            "slug": slug,
            "kind": "guardian",
            "name": slug.title(),
            "state": "healthy",
            "poll_interval_s": 300,
            "next_fetch_at": None,
        }
        self._insert("sources", **{**row, **columns})
        return source_id

    def feed(self, slug: str, *, organization_id: UUID = NEWSROOM_ID, **columns: Any) -> UUID:
        """A subscription with its source; `columns` are those of the source."""
        feed_id = self.source(slug, organization_id=organization_id, **{"kind": "feed", **columns})
        url = f"https://feeds.example.org/{slug}.xml"
        row = {"id": feed_id, "url": url, "original_url": url, "title": slug.title(), "format": "atom"}
        self._insert("feeds", organization_id=organization_id, **row)
        return feed_id

    def article(self, source_id: UUID, *, organization_id: UUID = NEWSROOM_ID, **columns: Any) -> str:
        """An article that its source carried, a minute after the one before."""
        self._articles += 1
        number, article_id = self._articles, ids.new_id()
        published_at = START + timedelta(minutes=number)
        row = {
            "organization_id": organization_id,
            "id": article_id,
            "source_id": source_id,
            "provider_id": f"item/{number}",
            "url": f"https://news.example.org/{number}",
            "title": f"Story {number}",
            "summary": f"Summary of story {number}.",
            "content_status": "excerpt",
            "language": "en",
            "category": "technology",
            "published_at": published_at,
            "ingested_at": published_at,
            "content_updated_at": published_at,
        } | columns
        row.setdefault("topics", [row["category"]])
        digest = hashlib.blake2b(str(row["url"]).encode(), digest_size=16).digest()
        row |= {"url_hash": digest, "fingerprint": digest, "content_hash": digest}
        if row.get("sentiment") is not None:
            row["sentiment"] = json.dumps(row["sentiment"])
        self._insert("articles", search="", **row)
        self._connection.execute(
            "UPDATE articles SET search = article_search(language, title, summary, content_text) WHERE id = %s",
            (article_id,),
        )
        self._insert(
            "article_origins",
            provider_hash=digest,
            article_id=article_id,
            **{
                name: row[name]
                for name in ("organization_id", "source_id", "provider_id", "url", "category", "published_at")
            },
        )
        return ids.encode("art", article_id)

    def revision(self, article: str, number: int, *, organization_id: UUID = NEWSROOM_ID, **columns: Any) -> None:
        """What an article said before it became what it is."""
        row = {
            "organization_id": organization_id,
            "article_id": ids.decode("art", article),
            "revision": number,
            "title": f"Earlier title {number}",
            "content_status": "excerpt",
            "seen_from": START + timedelta(hours=number),
            "replaced_at": START + timedelta(hours=number + 1),
        }
        self._insert("article_revisions", **{**row, **columns})

    def note(
        self, article: str, author: Key, *, organization_id: UUID = NEWSROOM_ID, visibility: str = "organization"
    ) -> str:
        """A note of a key's, shared with its organisation."""
        note_id = ids.new_id()
        written = {
            "organization_id": organization_id,
            "author_id": ids.decode("key", author.id),
            "author_kind": "api_key",
            "article_revision": 1,
            "visibility": visibility,
            "body": "Ask the plant for figures.",
        }
        self._insert("notes", id=note_id, article_id=ids.decode("art", article), language="en", **written)
        self._insert(
            "note_revisions", note_id=note_id, revision=1, changed=["body", "visibility"], made_at=START, **written
        )
        return ids.encode("note", note_id)

    def collection(
        self, name: str, maker: Key, *, organization_id: UUID = NEWSROOM_ID, item_count: int = 0, **columns: Any
    ) -> str:
        """A reading list that a key has made, open to its organisation, with `item_count` items that are addresses."""
        collection_id = ids.new_id()
        row = {
            "organization_id": organization_id,
            "id": collection_id,
            "name": name,
            "name_key": name.casefold(),
            "sort_key": name.casefold()[:100],
            "visibility": "organization",
            "item_count": item_count,
            "created_by": ids.decode("key", maker.id),
            "created_by_kind": "api_key",
        }
        self._insert("collections", **{**row, **columns})
        self._connection.execute(
            _MANY_ITEMS, {"organization": organization_id, "collection": collection_id, "count": item_count}
        )
        return ids.encode("col", collection_id)

    def many_collections(self, count: int, maker: Key, *, organization_id: UUID) -> None:
        """Lists that nothing is in."""
        self._connection.execute(
            _MANY_COLLECTIONS,
            {"organization": organization_id, "maker": ids.decode("key", maker.id), "count": count},
        )

    def item_of(self, collection: str) -> str:
        """The first item of a list."""
        rows = self._connection.execute(
            "SELECT id FROM collection_items WHERE collection_id = %s ORDER BY position LIMIT 1",
            (ids.decode("col", collection),),
        )
        (item_id,) = rows.fetchall()[0]
        return ids.encode("itm", item_id)

    def collaborator(
        self, collection: str, account_id: UUID, role: str = "editor", *, organization_id: UUID = NEWSROOM_ID
    ) -> str:
        """A person in a list."""
        row = {"collection_id": ids.decode("col", collection), "account_id": account_id, "role": role}
        self._insert("collection_collaborators", organization_id=organization_id, **row)
        return ids.encode("acct", account_id)

    def invitation(self, *, organization_id: UUID = NEWSROOM_ID, **columns: Any) -> str:
        """An open invitation to an organisation, whose mail has left."""
        invitation_id = ids.new_id()
        row = {
            "organization_id": organization_id,
            "id": invitation_id,
            "kind": "organization",
            "subject_id": organization_id,
            "email": f"{invitation_id.hex}@people.example",
            "role": "viewer",
            "invited_by": OPERATOR_ID,
            "expires_at": datetime.now(UTC) + timedelta(days=7),
            "delivery_state": "sent",
        }
        self._insert("invitations", **{**row, **columns})
        return ids.encode("inv", invitation_id)

    def execute(self, statement: str, *values: Any) -> None:
        """Anything else."""
        self._connection.execute(statement, values)

    def holds(self, table: str, text: str) -> bool:
        """Whether any value of a table contains a text."""
        query = sql.SQL("SELECT count(*) FROM {} t WHERE strpos(t::text, {}) > 0")
        rows = self._connection.execute(query.format(sql.Identifier(table), sql.Literal(text)))
        return rows.fetchall() != [(0,)]

    def fetch(self, source_id: UUID, *, organization_id: UUID = NEWSROOM_ID, **columns: Any) -> None:
        """One poll of a source."""
        row = {
            "organization_id": organization_id,
            "source_id": source_id,
            "started_at": START,
            "duration_ms": 412,
            "outcome": "ok",
            "state": "healthy",
        }
        self._insert("fetch_log", **{**row, **columns})

    def _insert(self, table: str, **columns: Any) -> None:
        names: Sequence[sql.Identifier] = [sql.Identifier(name) for name in columns]
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table), sql.SQL(", ").join(names), sql.SQL(", ").join(sql.Placeholder() * len(names))
        )
        self._connection.execute(statement, list(columns.values()))

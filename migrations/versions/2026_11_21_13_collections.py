"""Reading lists: the lists, their items and collaborators, and the doors through which a list is seen from outside."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_13"
down_revision = "20261121_12"
branch_labels = None
depends_on = None

_TABLES = ("collections", "collection_items", "collection_collaborators")

_LINEAGE = """
CREATE FUNCTION key_lineage(key uuid) RETURNS uuid[] LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH RECURSIVE line AS (
    SELECT key AS id
    UNION
    SELECT k.id FROM line JOIN api_keys k ON k.organization_id = current_organization() AND k.rotated_to = line.id
  )
  SELECT array_agg(line.id) FROM line;
END;
COMMENT ON FUNCTION key_lineage IS
  'A key and those that it replaced: a rotated key goes on seeing what its predecessor made.';
"""

_SHARED = """
CREATE FUNCTION shared_collections() RETURNS TABLE (organization_id uuid, collection_id uuid, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT k.organization_id, k.collection_id, k.role
  FROM collection_collaborators k JOIN organizations o ON o.id = k.organization_id
  WHERE k.account_id = current_account() AND o.suspended_at IS NULL;
END;
COMMENT ON FUNCTION shared_collections IS
  'The lists that somebody has shared with the person that acts, in whichever organisation they are.';
"""

_COLLABORATORS = """
CREATE FUNCTION collaborators_of(collection uuid)
RETURNS TABLE (account_id uuid, name text, email text, role text, created_at timestamptz, updated_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT k.account_id, a.name, a.email, k.role, k.created_at, k.updated_at
  FROM collection_collaborators k JOIN accounts a ON a.id = k.account_id
  WHERE k.organization_id = current_organization() AND k.collection_id = collection;
END;
COMMENT ON FUNCTION collaborators_of IS
  'Who works on a list of the present organisation: they may belong to others, whose accounts it does not see.';
"""

_COPY = """
CREATE FUNCTION copy_collection_items(source uuid, target uuid, at timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  WITH copied AS (
    INSERT INTO collection_items (organization_id, id, collection_id, identity, article_id, url, title, status, tags,
      position, added_at, updated_at)
    SELECT t.organization_id,
      encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1),
        'hex')::uuid,
      t.id, i.identity, i.article_id, i.url, i.title, i.status, i.tags, i.position, at, at
    FROM collection_items i, collections t
    WHERE i.collection_id = source AND t.id = target AND t.organization_id = current_organization()
      AND i.organization_id IN (
        SELECT current_organization()
        UNION ALL SELECT s.organization_id FROM shared_collections() s WHERE s.collection_id = source)
    RETURNING 1)
  SELECT count(*) FROM copied;
END;
COMMENT ON FUNCTION copy_collection_items IS
  'All items of a list into a new one of the present organisation, from one of its own or one shared with the person
  that acts. The ids are version 7 (RFC 9562), which PostgreSQL makes itself only from 18 on.';
"""

_PUBLIC_FEED = """
CREATE FUNCTION find_public_feed(hash bytea) RETURNS TABLE (organization_id uuid, collection_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT c.organization_id, c.id FROM collections c JOIN organizations o ON o.id = c.organization_id
  WHERE c.feed_hash = hash AND o.suspended_at IS NULL;
END;
COMMENT ON FUNCTION find_public_feed IS
  'A public feed is read without a credential: who knows the token was given the address of the list.';
"""

# By way of the organisations: every index begins with one, and there are few of them.
_EXISTS = """
CREATE FUNCTION collection_exists(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM organizations o JOIN collections c ON c.organization_id = o.id AND c.id = wanted);
END;
COMMENT ON FUNCTION collection_exists IS 'v1 answers 403 for what belongs to somebody else and 404 for the unknown.';

CREATE FUNCTION collection_item_exists(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM organizations o JOIN collection_items i ON i.organization_id = o.id AND i.id = wanted);
END;
COMMENT ON FUNCTION collection_item_exists IS 'As collection_exists, for items, which v1 addresses without their list.';

CREATE FUNCTION collection_of_item(item uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT i.collection_id FROM collection_items i WHERE i.organization_id = current_organization() AND i.id = item
  UNION ALL
  SELECT i.collection_id FROM shared_collections() s
    JOIN collection_items i ON i.organization_id = s.organization_id AND i.id = item
  WHERE i.collection_id = s.collection_id AND i.organization_id <> current_organization()
  LIMIT 1;
END;
COMMENT ON FUNCTION collection_of_item IS
  'The list of an item, of the present organisation or of a list that is shared with the person that acts.';
"""

_LEAVING = """
CREATE FUNCTION unshare_collections() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  DELETE FROM collection_collaborators k
  WHERE k.organization_id = OLD.organization_id AND k.account_id = OLD.account_id;
  RETURN OLD;
END $$;
COMMENT ON FUNCTION unshare_collections IS
  'Who leaves an organisation loses the lists that were shared with them there; they may be invited again.';
CREATE TRIGGER unshare_collections AFTER DELETE ON memberships FOR EACH ROW EXECUTE FUNCTION unshare_collections();
"""

_FUNCTIONS = (
    "key_lineage(uuid)",
    "shared_collections()",
    "collaborators_of(uuid)",
    "copy_collection_items(uuid, uuid, timestamptz)",
    "find_public_feed(bytea)",
    "collection_exists(uuid)",
    "collection_item_exists(uuid)",
    "collection_of_item(uuid)",
)


def upgrade() -> None:
    _make_collections()
    _make_items()
    _make_collaborators()
    op.create_index(
        "ix_api_keys_rotated_to",
        "api_keys",
        ["organization_id", "rotated_to"],
        postgresql_where=sa.text("rotated_to IS NOT NULL"),
    )
    for statement in (_LINEAGE, _SHARED, _COLLABORATORS, _COPY, _PUBLIC_FEED, _EXISTS, _LEAVING):
        op.execute(statement)
    for signature in (*_FUNCTIONS, "unshare_collections()"):
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    for signature in _FUNCTIONS:
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO tidings_app")
    own = "organization_id = (SELECT current_organization())"
    for table in _TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO tidings_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} TO tidings_app USING ({own}) WITH CHECK ({own})")
    op.execute(
        "CREATE POLICY shared ON collections FOR SELECT TO tidings_app"
        " USING (id IN (SELECT collection_id FROM shared_collections()))"
    )


def _make_collections() -> None:
    op.create_table(
        "collections",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("item_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_by_kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("feed_hash", sa.LargeBinary(), nullable=True),
        sa.Column("feed_created_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_collections_name")),
        sa.CheckConstraint("visibility IN ('organization', 'private')", name=op.f("ck_collections_visibility")),
        sa.CheckConstraint("created_by_kind IN ('user', 'api_key')", name=op.f("ck_collections_created_by_kind")),
        sa.CheckConstraint("item_count >= 0", name=op.f("ck_collections_item_count")),
        sa.CheckConstraint("(feed_hash IS NULL) = (feed_created_at IS NULL)", name=op.f("ck_collections_feed")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_collections_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_collections")),
    )
    op.create_index("ix_collections_created_at", "collections", ["organization_id", "created_at", "id"])
    op.create_index("ix_collections_updated_at", "collections", ["organization_id", "updated_at", "id"])
    op.create_index("ix_collections_sort_key", "collections", ["organization_id", "sort_key", "id"])
    op.create_index(
        "uq_collections_feed_hash",
        "collections",
        ["feed_hash"],
        unique=True,
        postgresql_where=sa.text("feed_hash IS NOT NULL"),
    )


def _make_items() -> None:
    op.create_table(
        "collection_items",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status IN ('unread', 'reading', 'done')", name=op.f("ck_collection_items_status")),
        sa.CheckConstraint("octet_length(identity) = 16", name=op.f("ck_collection_items_identity")),
        sa.ForeignKeyConstraint(
            ["organization_id", "collection_id"],
            ["collections.organization_id", "collections.id"],
            name=op.f("fk_collection_items_organization_id_collection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_collection_items")),
    )
    list_of = ["organization_id", "collection_id"]
    op.create_index("uq_collection_items_identity", "collection_items", [*list_of, "identity"], unique=True)
    op.create_index("ix_collection_items_position", "collection_items", [*list_of, "position", "id"])
    op.create_index("ix_collection_items_status", "collection_items", [*list_of, "status", "position", "id"])
    op.create_index("ix_collection_items_added_at", "collection_items", [*list_of, "added_at", "id"])


def _make_collaborators() -> None:
    op.create_table(
        "collection_collaborators",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('viewer', 'editor', 'owner')", name=op.f("ck_collection_collaborators_role")),
        sa.ForeignKeyConstraint(
            ["organization_id", "collection_id"],
            ["collections.organization_id", "collections.id"],
            name=op.f("fk_collection_collaborators_organization_id_collection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_collection_collaborators_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "collection_id", "account_id", name=op.f("pk_collection_collaborators")
        ),
    )
    op.create_index("ix_collection_collaborators_account_id", "collection_collaborators", ["account_id"])


def downgrade() -> None:
    op.execute("DROP TRIGGER unshare_collections ON memberships")
    op.execute("DROP POLICY shared ON collections")
    op.execute(
        "DROP FUNCTION unshare_collections, collection_of_item, collection_item_exists, collection_exists,"
        " find_public_feed, copy_collection_items, collaborators_of, shared_collections, key_lineage"
    )
    op.drop_index("ix_api_keys_rotated_to", table_name="api_keys")
    for table in reversed(_TABLES):
        op.drop_table(table)

"""Notes on articles: their texts, what they said before, the wall around private ones, and their full-text search.

A private note of a person is seen in that person's own transactions only, whatever the application asks for. `@@` is
not leakproof, so row-level security would keep PostgreSQL from its index: `matching_notes` works as the owner of the
table and keeps the same wall itself; it gives out ids only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_14"
down_revision = "20261121_13"
branch_labels = None
depends_on = None

_SEARCH = "to_tsvector(search_configuration(language), body || ' ' || coalesce(anchor ->> 'exact', ''))"
_NEWEST = sa.literal_column("created_at DESC"), sa.literal_column("id DESC")
_LIVE = sa.text("deleted_at IS NULL")

_WALL = """
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE note_revisions ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes TO tidings_app USING (organization_id = (SELECT current_organization()));
CREATE POLICY own ON note_revisions TO tidings_app USING (organization_id = (SELECT current_organization()));
CREATE POLICY private ON notes AS RESTRICTIVE TO tidings_app
  USING (visibility = 'organization' OR author_kind <> 'user' OR author_id = (SELECT current_account()));
CREATE POLICY private ON note_revisions AS RESTRICTIVE TO tidings_app
  USING (visibility = 'organization' OR author_kind <> 'user' OR author_id = (SELECT current_account()));
GRANT SELECT, INSERT, UPDATE, DELETE ON notes, note_revisions TO tidings_app;
"""

# In other languages a word that is left out may stand in another form: such matches are looked at again in their own.
_MATCHING = """
CREATE FUNCTION matching_notes(words text, reader uuid, trash_since timestamptz, on_article uuid, by_author uuid,
  with_visibility text, by_update boolean, ascending boolean, after_at timestamptz, after_id uuid, most integer)
RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 25 SET search_path = pg_catalog, public AS $of$
DECLARE
  query tsquery := article_query(words, NULL);
  excludes boolean := strpos(query::text, '!') > 0;
  at_column text := CASE WHEN by_update THEN 'n.updated_at' ELSE 'n.created_at' END;
  direction text := CASE WHEN ascending THEN 'ASC' ELSE 'DESC' END;
  beyond text := CASE WHEN ascending THEN '>' ELSE '<' END;
BEGIN
  IF numnode(query) = 0 THEN  -- only words that say nothing
    RETURN;
  END IF;
  -- planned anew at each call with the values in place: a filter that is null is free
  RETURN QUERY EXECUTE format($sql$
    SELECT n.id FROM notes n
    WHERE n.organization_id = $1 AND n.search @@ $2
      AND (NOT $3 OR n.search @@ article_query($4, n.language))
      AND (n.visibility = 'organization' OR n.author_id = $5 AND (n.author_kind <> 'user' OR n.author_id = $6))
      AND (CASE WHEN $7 IS NULL THEN n.deleted_at IS NULL
        ELSE n.deleted_at > $7 AND (n.author_id = $5 OR n.deleted_by = $5) END)
      AND ($8 IS NULL OR n.article_id = $8) AND ($9 IS NULL OR n.author_id = $9)
      AND ($10 IS NULL OR n.visibility = $10) AND ($11 IS NULL OR (%1$s, n.id) %3$s ($11, $12))
    ORDER BY %1$s %2$s, n.id %2$s LIMIT $13$sql$, at_column, direction, beyond)
  USING current_organization(), query, excludes, words, reader, current_account(), trash_since, on_article, by_author,
    with_visibility, after_at, after_id, most;
END $of$;
COMMENT ON FUNCTION matching_notes IS
  'The first notes of the present organisation that hold the words, in order, among those that the reader sees.';
"""

_PURGE = """
CREATE FUNCTION purge_notes(before timestamptz, most integer) RETURNS TABLE (organization_id uuid, id uuid)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  DELETE FROM notes n USING (
    SELECT d.organization_id, d.id FROM notes d WHERE d.deleted_at <= before
    ORDER BY d.deleted_at LIMIT most FOR UPDATE SKIP LOCKED) old
  WHERE n.organization_id = old.organization_id AND n.id = old.id
  RETURNING n.organization_id, n.id;
END;
COMMENT ON FUNCTION purge_notes IS
  'The purge looks over all organisations and into private notes, and learns ids only.';
"""

_ERASE = """
CREATE FUNCTION erase_private_notes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  DELETE FROM notes WHERE author_id = OLD.id AND author_kind = 'user' AND visibility = 'private';
  RETURN NULL;
END $$;
CREATE TRIGGER erase_private_notes AFTER DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION erase_private_notes();
COMMENT ON FUNCTION erase_private_notes IS
  'A person who leaves takes the private notes along, in every organisation; shared ones belong to the organisation.';
"""

_DOORS = (
    "matching_notes(text, uuid, timestamptz, uuid, uuid, text, boolean, boolean, timestamptz, uuid, integer)",
    "purge_notes(timestamptz, integer)",
)


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    op.create_table(
        "notes",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("article_revision", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_kind", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("anchor", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("anchor_start", sa.Integer(), nullable=True),
        sa.Column("anchor_end", sa.Integer(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_by", sa.Uuid(), nullable=True),
        sa.Column("search", postgresql.TSVECTOR(), sa.Computed(_SEARCH, persisted=True), nullable=True),
        sa.CheckConstraint("visibility IN ('private', 'organization')", name=op.f("ck_notes_visibility")),
        sa.CheckConstraint("length(body) BETWEEN 1 AND 10000", name=op.f("ck_notes_body")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_notes_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_created", "notes", ["organization_id", *_NEWEST], postgresql_where=_LIVE)
    op.create_index(
        "ix_notes_updated",
        "notes",
        ["organization_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        postgresql_where=_LIVE,
    )
    op.create_index("ix_notes_article", "notes", ["organization_id", "article_id", *_NEWEST], postgresql_where=_LIVE)
    op.create_index("ix_notes_author", "notes", ["organization_id", "author_id", *_NEWEST])
    op.create_index(
        "ix_notes_private",
        "notes",
        ["author_id"],
        postgresql_where=sa.text("author_kind = 'user' AND visibility = 'private'"),
    )
    op.create_index("ix_notes_deleted", "notes", ["deleted_at"], postgresql_where=sa.text("deleted_at IS NOT NULL"))
    op.create_index("ix_notes_search", "notes", ["organization_id", "search"], postgresql_using="gin")
    op.create_table(
        "note_revisions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_kind", sa.Text(), nullable=False),
        sa.Column("article_revision", sa.Integer(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("anchor", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("changed", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "note_id"],
            ["notes.organization_id", "notes.id"],
            name=op.f("fk_note_revisions_organization_id_note_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "note_id", "revision", name=op.f("pk_note_revisions")),
    )
    connection = op.get_bind()
    for statement in (_WALL, _MATCHING, _PURGE, _ERASE):
        connection.exec_driver_sql(statement.replace("%", "%%"))
    for door in _DOORS:
        op.execute(f"REVOKE ALL ON FUNCTION {door} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {door} TO tidings_app")


def downgrade() -> None:
    op.execute("DROP TRIGGER erase_private_notes ON accounts")
    op.execute("DROP FUNCTION erase_private_notes")
    for door in _DOORS:
        op.execute(f"DROP FUNCTION {door}")
    op.drop_table("note_revisions")
    op.drop_table("notes")
    op.execute("DROP EXTENSION IF EXISTS btree_gin")

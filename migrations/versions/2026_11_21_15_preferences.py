"""What a person prefers, and what a person has searched for. Both belong to the person and to no organisation."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_15"
down_revision = "20261121_14"
branch_labels = None
depends_on = None

_WALL = """
ALTER TABLE preferences ENABLE ROW LEVEL SECURITY;
ALTER TABLE searches ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON preferences TO tidings_app USING (account_id = (SELECT current_account()));
CREATE POLICY own ON searches TO tidings_app USING (account_id = (SELECT current_account()));
GRANT SELECT, INSERT, UPDATE, DELETE ON preferences, searches TO tidings_app;
"""

_PURGE = """
CREATE FUNCTION purge_searches(before timestamptz, most integer) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  WITH gone AS (
    DELETE FROM searches s USING (
      SELECT o.account_id, o.id FROM searches o WHERE o.searched_at <= before
      ORDER BY o.searched_at LIMIT most FOR UPDATE SKIP LOCKED) old
    WHERE s.account_id = old.account_id AND s.id = old.id RETURNING 1)
  SELECT count(*) FROM gone;
END;
COMMENT ON FUNCTION purge_searches IS 'The purge looks over all people, and learns a number only.';
"""
_DOOR = "purge_searches(timestamptz, integer)"


def upgrade() -> None:
    words = postgresql.ARRAY(sa.Text())
    op.create_table(
        "preferences",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("topics", words, server_default="{}", nullable=False),
        sa.Column("sources", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("languages", words, server_default="{}", nullable=False),
        sa.Column("muted_words", words, server_default="{}", nullable=False),
        sa.Column("digest_hour", sa.SmallInteger(), nullable=True),
        sa.Column("digest_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("record_searches", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("searches_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("digest_hour BETWEEN 0 AND 23", name=op.f("ck_preferences_digest_hour")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_preferences_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_preferences")),
    )
    op.create_table(
        "searches",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("filters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result_count", sa.Integer(), nullable=True),
        sa.Column("searched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_searches_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_searches")),
    )
    op.create_index("ix_searches_account_id_searched_at", "searches", ["account_id", "searched_at"])
    op.create_index("ix_searches_searched_at", "searches", ["searched_at"])
    for statement in (_WALL, _PURGE):
        op.execute(statement)
    op.execute(f"REVOKE ALL ON FUNCTION {_DOOR} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {_DOOR} TO tidings_app")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {_DOOR}")
    op.drop_table("searches")
    op.drop_table("preferences")

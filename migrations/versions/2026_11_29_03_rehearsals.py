"""Rehearsals of a Sunset: a key's authentication brings the one that runs, or the next."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_03"
down_revision = "20261129_02"
branch_labels = None
depends_on = None

_OWN = ("rehearsals", "rehearsal_refusals")

_FIND_API_KEY = """
CREATE FUNCTION find_api_key(hash bytea)
RETURNS TABLE (organization_id uuid, id uuid, scopes text[], requests_per_hour integer, plan text,
  expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz, suspended_at timestamptz,
  rehearsal_id uuid, rehearsal_starts_at timestamptz, rehearsal_ends_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT k.organization_id, k.id, k.scopes, k.requests_per_hour, o.plan, k.expires_at, k.revoked_at, k.last_used_at,
    o.suspended_at, r.id, r.starts_at, r.ends_at
  FROM api_keys k JOIN organizations o ON o.id = k.organization_id
  LEFT JOIN LATERAL (
    SELECT r.id, r.starts_at, r.ends_at FROM rehearsals r
    WHERE r.organization_id = k.organization_id AND r.api_key_id = k.id AND r.cancelled_at IS NULL AND r.ends_at > now()
    ORDER BY r.ends_at LIMIT 1
  ) r ON true
  WHERE k.key_hash = hash;
END;
"""

_FIND_API_KEY_BEFORE = """
CREATE FUNCTION find_api_key(hash bytea)
RETURNS TABLE (organization_id uuid, id uuid, scopes text[], requests_per_hour integer, plan text,
  expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz, suspended_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT k.organization_id, k.id, k.scopes, k.requests_per_hour, o.plan, k.expires_at, k.revoked_at, k.last_used_at,
    o.suspended_at
  FROM api_keys k JOIN organizations o ON o.id = k.organization_id WHERE k.key_hash = hash;
END;
"""

_ABOUT_FIND_API_KEY = """
COMMENT ON FUNCTION find_api_key IS
  'Authentication: the organisation is not known before the key is; who holds the hash held the key.';
REVOKE ALL ON FUNCTION find_api_key(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_api_key(bytea) TO tidings_app;
"""


def upgrade() -> None:
    op.create_table(
        "rehearsals",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("api_key_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_rehearsals_span")),
        sa.ForeignKeyConstraint(
            ["organization_id", "api_key_id"],
            ["api_keys.organization_id", "api_keys.id"],
            name=op.f("fk_rehearsals_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_rehearsals")),
    )
    op.create_index("ix_rehearsals_organization_id_created_at", "rehearsals", ["organization_id", "created_at", "id"])
    op.create_index(
        "ix_rehearsals_api_key_id",
        "rehearsals",
        ["organization_id", "api_key_id", "ends_at"],
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.create_table(
        "rehearsal_refusals",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("rehearsal_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "rehearsal_id"],
            ["rehearsals.organization_id", "rehearsals.id"],
            name=op.f("fk_rehearsal_refusals_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "rehearsal_id", "version", "operation", name=op.f("pk_rehearsal_refusals")
        ),
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(_OWN)} TO tidings_app")
    own = "organization_id = (SELECT current_organization())"
    for table in _OWN:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} TO tidings_app USING ({own}) WITH CHECK ({own})")
    _find_keys_by(_FIND_API_KEY)


def downgrade() -> None:
    _find_keys_by(_FIND_API_KEY_BEFORE)
    for table in reversed(_OWN):
        op.drop_table(table)


def _find_keys_by(function: str) -> None:
    op.execute("DROP FUNCTION find_api_key")
    op.execute(function)
    op.execute(_ABOUT_FIND_API_KEY)

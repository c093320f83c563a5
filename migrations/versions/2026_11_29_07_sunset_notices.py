"""Notices of a Sunset and their mails, and a door that says which organisations have to be told."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_07"
down_revision = "20261129_06"
branch_labels = None
depends_on = None

_OWN = ("sunset_notices", "sunset_letters")

_DUE = """
CREATE FUNCTION due_sunset_notices(ending text, sunset timestamptz, before_days integer, since date, most integer)
RETURNS TABLE (organization_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT DISTINCT k.organization_id FROM api_keys k
  WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
    AND EXISTS (
      SELECT FROM usage_daily u WHERE u.organization_id = k.organization_id AND u.principal_id = k.id
        AND u.version = ending AND u.day >= since
    )
    AND NOT EXISTS (
      SELECT FROM sunset_notices n WHERE n.organization_id = k.organization_id AND n.version = ending
        AND n.sunset_at = sunset AND n.days = before_days
    )
  ORDER BY 1 LIMIT most;
END;
COMMENT ON FUNCTION due_sunset_notices IS
  'The job that tells of a Sunset looks over all organisations and learns ids only; it then works inside one of them.';
REVOKE ALL ON FUNCTION due_sunset_notices(text, timestamptz, integer, date, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_sunset_notices(text, timestamptz, integer, date, integer) TO tidings_app;
"""


def upgrade() -> None:
    op.create_table(
        "sunset_notices",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("sunset_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("days_left", sa.Integer(), nullable=False),
        sa.Column("api_key_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_sunset_notices_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_sunset_notices")),
    )
    op.create_index(
        "uq_sunset_notices_organization_id_version_sunset_at_days",
        "sunset_notices",
        ["organization_id", "version", "sunset_at", "days"],
        unique=True,
    )
    op.create_index(
        "ix_sunset_notices_organization_id_created_at", "sunset_notices", ["organization_id", "created_at", "id"]
    )
    op.create_table(
        "sunset_letters",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("delivery_reason", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "delivery_state IN ('queued', 'sent', 'failed')", name=op.f("ck_sunset_letters_delivery_state")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sunset_letters_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "notice_id"],
            ["sunset_notices.organization_id", "sunset_notices.id"],
            name=op.f("fk_sunset_letters_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_sunset_letters")),
    )
    op.create_index(
        "uq_sunset_letters_notice_id", "sunset_letters", ["organization_id", "notice_id", "account_id"], unique=True
    )
    op.create_index("ix_sunset_letters_account_id", "sunset_letters", ["account_id"])
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(_OWN)} TO tidings_app")
    own = "organization_id = (SELECT current_organization())"
    for table in _OWN:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} TO tidings_app USING ({own}) WITH CHECK ({own})")
    op.execute(_DUE)


def downgrade() -> None:
    op.execute("DROP FUNCTION due_sunset_notices")
    for table in reversed(_OWN):
        op.drop_table(table)

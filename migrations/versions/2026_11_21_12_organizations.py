"""Invitations, usage and billing events; doors for the operator; keys that know of a suspension."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_12"
down_revision = "20261121_11"
branch_labels = None
depends_on = None

_NEWSROOM = "00000000-0000-7000-8000-000000000001"
_OWN = ("invitations", "usage_daily", "storage_measures", "billing_events")

_FIND_API_KEY = """
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

_FIND_API_KEY_BEFORE = """
CREATE FUNCTION find_api_key(hash bytea)
RETURNS TABLE (organization_id uuid, id uuid, scopes text[], requests_per_hour integer, plan text,
  expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT k.organization_id, k.id, k.scopes, k.requests_per_hour, o.plan, k.expires_at, k.revoked_at, k.last_used_at
  FROM api_keys k JOIN organizations o ON o.id = k.organization_id WHERE k.key_hash = hash;
END;
"""

_ABOUT_FIND_API_KEY = """
COMMENT ON FUNCTION find_api_key IS
  'Authentication: the organisation is not known before the key is; who holds the hash held the key.';
REVOKE ALL ON FUNCTION find_api_key(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_api_key(bytea) TO tidings_app;
"""

_ALL_ORGANIZATIONS = """
CREATE FUNCTION all_organizations()
RETURNS TABLE (id uuid, slug text, name text, kind text, plan text, members integer, created_at timestamptz,
  suspended_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT o.id, o.slug, o.name, o.kind, o.plan,
    (SELECT count(*)::integer FROM memberships m WHERE m.organization_id = o.id), o.created_at, o.suspended_at
  FROM organizations o;
END;
COMMENT ON FUNCTION all_organizations IS
  'The operator of the instance sees which organisations there are, and nothing of what they own.';
"""

_UNBILLED = """
CREATE FUNCTION unbilled_periods(ended_before date, most integer)
RETURNS TABLE (organization_id uuid, period date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT o.id, months.first::date
  FROM organizations o
  CROSS JOIN LATERAL generate_series(
    date_trunc('month', o.created_at AT TIME ZONE 'UTC'), ended_before - interval '1 month', interval '1 month'
  ) AS months (first)
  WHERE NOT EXISTS (
    SELECT FROM billing_events b WHERE b.organization_id = o.id AND b.period = months.first::date
  )
  ORDER BY months.first, o.id LIMIT most;
END;
COMMENT ON FUNCTION unbilled_periods IS
  'The job that closes months looks over all organisations and learns ids only; it then works inside one of them.';
"""

_REASONS = """
COMMENT ON FUNCTION api_key_exists IS
  'v1 tells a foreign key (403) from an unknown one (404); it learns nothing else of it.';
COMMENT ON FUNCTION article_exists IS
  'v1 tells a foreign article (403) from an unknown one (404); it learns nothing else of it.';
"""

_DOORS = ("all_organizations()", "unbilled_periods(date, integer)")


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivery_state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("delivery_reason", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('organization', 'collection')", name=op.f("ck_invitations_kind")),
        sa.CheckConstraint("role IN ('viewer', 'editor', 'admin', 'owner')", name=op.f("ck_invitations_role")),
        sa.CheckConstraint(
            "delivery_state IN ('queued', 'sent', 'failed')", name=op.f("ck_invitations_delivery_state")
        ),
        sa.CheckConstraint("length(email) <= 254", name=op.f("ck_invitations_email")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_invitations_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_invitations")),
    )
    op.create_index("ix_invitations_organization_id_created_at", "invitations", ["organization_id", "created_at", "id"])
    op.create_index("ix_invitations_organization_id_subject_id", "invitations", ["organization_id", "subject_id"])
    op.create_table(
        "usage_daily",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_usage_daily_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "day", "operation", "version", "principal_id", name=op.f("pk_usage_daily")
        ),
    )
    op.create_table(
        "storage_measures",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_storage_measures_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_storage_measures")),
    )
    op.create_table(
        "billing_events",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("delivery_state", sa.Text(), server_default="recorded", nullable=False),
        sa.Column("delivery_reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "delivery_state IN ('recorded', 'queued', 'delivered', 'failed')",
            name=op.f("ck_billing_events_delivery_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_billing_events_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_billing_events")),
    )
    op.create_index(
        "uq_billing_events_organization_id_period", "billing_events", ["organization_id", "period"], unique=True
    )
    _guard()
    # what the operator polls for everybody has no tighter limits than the settings'
    op.execute(f"UPDATE organizations SET plan = 'operator' WHERE id = '{_NEWSROOM}'")


def _guard() -> None:
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(_OWN)} TO tidings_app")
    own = "organization_id = (SELECT current_organization())"
    for table in _OWN:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} TO tidings_app USING ({own}) WITH CHECK ({own})")
    op.execute("DROP FUNCTION find_api_key")
    op.execute(_FIND_API_KEY)
    op.execute(_ABOUT_FIND_API_KEY)
    op.execute(_REASONS)
    op.execute(_ALL_ORGANIZATIONS)
    op.execute(_UNBILLED)
    for signature in _DOORS:
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO tidings_app")


def downgrade() -> None:
    op.execute(f"UPDATE organizations SET plan = 'free' WHERE id = '{_NEWSROOM}'")
    op.execute("DROP FUNCTION unbilled_periods, all_organizations, find_api_key")
    op.execute(_FIND_API_KEY_BEFORE)
    op.execute(_ABOUT_FIND_API_KEY)
    for table in reversed(_OWN):
        op.drop_table(table)

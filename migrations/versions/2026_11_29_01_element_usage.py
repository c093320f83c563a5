"""Which parts of the contract are used: by principal, day, operation and element; and doors for operator and purge."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_01"
down_revision = "20261121_17"
branch_labels = None
depends_on = None

_WALL = """
ALTER TABLE element_usage_daily ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON element_usage_daily TO tidings_app
  USING (organization_id = (SELECT current_organization()))
  WITH CHECK (organization_id = (SELECT current_organization()));
GRANT SELECT, INSERT, UPDATE, DELETE ON element_usage_daily TO tidings_app;
"""

_ALL = """
CREATE FUNCTION all_element_usage(since date)
RETURNS TABLE (organization_slug text, principal_id uuid, principal_kind text, principal_name text, version text,
  operation text, kind text, name text, value text, calls bigint, last_call_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT o.slug, u.principal_id, p.kind, p.name, u.version, u.operation, u.kind, u.name, u.value, u.calls,
    u.last_call_at
  FROM (
    SELECT e.organization_id, e.principal_id, e.version, e.operation, e.kind, e.name, e.value,
      sum(e.calls)::bigint AS calls, max(e.last_call_at) AS last_call_at
    FROM element_usage_daily e WHERE e.day >= since
    GROUP BY e.organization_id, e.principal_id, e.version, e.operation, e.kind, e.name, e.value
  ) u
  JOIN organizations o ON o.id = u.organization_id
  LEFT JOIN principals p ON p.organization_id = u.organization_id AND p.id = u.principal_id;
END;
COMMENT ON FUNCTION all_element_usage IS
  'The operator learns whom a change of the contract would break: names of callers and of elements, and nothing else.';
"""

_PURGE = """
CREATE FUNCTION purge_element_usage(before date, most integer) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  WITH gone AS (
    DELETE FROM element_usage_daily WHERE ctid = ANY (ARRAY(
      SELECT e.ctid FROM element_usage_daily e WHERE e.day < before ORDER BY e.day LIMIT most FOR UPDATE SKIP LOCKED))
    RETURNING 1)
  SELECT count(*) FROM gone;
END;
COMMENT ON FUNCTION purge_element_usage IS 'The purge looks over all organisations, and learns a number only.';
"""
_DOORS = ("all_element_usage(date)", "purge_element_usage(date, integer)")


def upgrade() -> None:
    op.create_table(
        "element_usage_daily",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("last_call_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('operation', 'parameter', 'member', 'enum', 'media_type')",
            name=op.f("ck_element_usage_daily_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_element_usage_daily_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id",
            "principal_id",
            "day",
            "version",
            "operation",
            "kind",
            "name",
            "value",
            name=op.f("pk_element_usage_daily"),
        ),
    )
    op.create_index("ix_element_usage_daily_day", "element_usage_daily", ["day"])
    for statement in (_WALL, _ALL, _PURGE):
        op.execute(statement)
    for door in _DOORS:
        op.execute(f"REVOKE ALL ON FUNCTION {door} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {door} TO tidings_app")


def downgrade() -> None:
    for door in _DOORS:
        op.execute(f"DROP FUNCTION {door}")
    op.drop_table("element_usage_daily")

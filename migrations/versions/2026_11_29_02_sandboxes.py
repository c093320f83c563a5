"""Sandboxes: the organisations that test keys act for, and the frozen newsroom that these read.

The id of a sandbox is that of its organisation with version 8 in the place of 7 (RFC 9562 §5.8), so that neither the
application nor a policy has to look anything up to know which newsroom a tenant reads.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_02"
down_revision = "20261129_01"
branch_labels = None
depends_on = None

_NEWSROOM = "00000000-0000-7000-8000-000000000001"
_SANDBOX_NEWSROOM = "00000000-0000-8000-8000-00000000000f"

_SHARED = ("sources", "articles", "article_origins", "article_revisions")
"""Everybody reads the rows of a newsroom; only the owner writes."""

_FUNCTIONS = f"""
CREATE FUNCTION is_sandbox(organization uuid) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN substr(organization::text, 15, 1) = '8';
COMMENT ON FUNCTION is_sandbox IS 'Whether test keys act for the organisation: its UUID is of version 8.';

CREATE FUNCTION current_newsroom() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN is_sandbox(current_organization()) THEN '{_SANDBOX_NEWSROOM}'::uuid ELSE '{_NEWSROOM}'::uuid END;
COMMENT ON FUNCTION current_newsroom IS 'The newsroom that the present organisation reads beside its own articles.';

CREATE OR REPLACE FUNCTION readable_organizations() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN coalesce(current_organization(), current_newsroom()) = current_newsroom()
  THEN ARRAY[current_newsroom()] ELSE ARRAY[current_newsroom(), current_organization()] END;
"""

_READABLE_BEFORE = f"""
CREATE OR REPLACE FUNCTION readable_organizations() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN coalesce(current_organization(), '{_NEWSROOM}') = '{_NEWSROOM}' THEN ARRAY['{_NEWSROOM}'::uuid]
  ELSE ARRAY['{_NEWSROOM}'::uuid, current_organization()] END;
"""

_UNBILLED = """
CREATE OR REPLACE FUNCTION unbilled_periods(ended_before date, most integer)
RETURNS TABLE (organization_id uuid, period date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT o.id, months.first::date
  FROM organizations o
  CROSS JOIN LATERAL generate_series(
    date_trunc('month', o.created_at AT TIME ZONE 'UTC'), ended_before - interval '1 month', interval '1 month'
  ) AS months (first)
  WHERE @which@ NOT EXISTS (
    SELECT FROM billing_events b WHERE b.organization_id = o.id AND b.period = months.first::date
  )
  ORDER BY months.first, o.id LIMIT most;
END;
"""

_ALL_ORGANIZATIONS = """
CREATE OR REPLACE FUNCTION all_organizations()
RETURNS TABLE (id uuid, slug text, name text, kind text, plan text, members integer, created_at timestamptz,
  suspended_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT o.id, o.slug, o.name, o.kind, o.plan,
    (SELECT count(*)::integer FROM memberships m WHERE m.organization_id = o.id), o.created_at, o.suspended_at
  FROM organizations o@which@;
END;
"""


def upgrade() -> None:
    op.execute(_FUNCTIONS)
    op.add_column("organizations", sa.Column("sandbox_of", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_organizations_sandbox_of"), "organizations", "organizations", ["sandbox_of"], ["id"],
        ondelete="CASCADE",
    )  # fmt: skip
    op.create_index(
        "ix_organizations_sandbox_of", "organizations", ["sandbox_of"],
        postgresql_where=sa.text("sandbox_of IS NOT NULL"),
    )  # fmt: skip
    op.create_check_constraint(
        op.f("ck_organizations_sandbox_of"), "organizations", "is_sandbox(id) = (sandbox_of IS NOT NULL)"
    )
    for table in _SHARED:
        op.execute(
            f"ALTER POLICY newsroom ON {table}"
            " USING (organization_id IN ((SELECT current_newsroom()), (SELECT current_organization())))"
        )
    # nobody pays for a sandbox, and the operator's lists are of organisations that somebody made
    op.execute(_UNBILLED.replace("@which@", "NOT is_sandbox(o.id) AND"))
    op.execute(_ALL_ORGANIZATIONS.replace("@which@", " WHERE NOT is_sandbox(o.id)"))


def downgrade() -> None:
    op.execute(_UNBILLED.replace("@which@", ""))
    op.execute(_ALL_ORGANIZATIONS.replace("@which@", ""))
    for table in _SHARED:
        op.execute(
            f"ALTER POLICY newsroom ON {table}"
            f" USING (organization_id IN ('{_NEWSROOM}', (SELECT current_organization())))"
        )
    op.execute("DELETE FROM organizations WHERE sandbox_of IS NOT NULL")  # with all that test keys have written
    op.drop_constraint(op.f("ck_organizations_sandbox_of"), "organizations", type_="check")
    op.drop_index("ix_organizations_sandbox_of", "organizations")
    op.drop_constraint(op.f("fk_organizations_sandbox_of"), "organizations", type_="foreignkey")
    op.drop_column("organizations", "sandbox_of")
    op.execute(_READABLE_BEFORE)
    op.execute("DROP FUNCTION current_newsroom, is_sandbox")

"""Doors for what a plan counts and bills: all that an organisation stores, and events that were never sent.

Private notes are seen in their author's own transactions only. A measure of the storage under the policies left those
of everybody else out, so that each member had the plan's whole storage for private notes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261121_17"
down_revision = "20261121_16"
branch_labels = None
depends_on = None

_STORAGE = """
CREATE FUNCTION stored_bytes() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT (
    (SELECT coalesce(sum(pg_column_size(c)), 0) FROM collections c WHERE c.organization_id = current_organization())
    + (SELECT coalesce(sum(pg_column_size(i)), 0) FROM collection_items i
      WHERE i.organization_id = current_organization())
    + (SELECT coalesce(sum(pg_column_size(n)), 0) FROM notes n WHERE n.organization_id = current_organization())
    + (SELECT coalesce(sum(pg_column_size(r)), 0) FROM note_revisions r
      WHERE r.organization_id = current_organization())
  )::bigint;
END;
COMMENT ON FUNCTION stored_bytes IS
  'What the present organisation stores, private notes included, whoever measures; it gives out a number only.';
"""

_RECORDED = """
CREATE FUNCTION recorded_billing_events(most integer) RETURNS TABLE (organization_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT b.organization_id, b.id FROM billing_events b WHERE b.delivery_state = 'recorded'
  ORDER BY b.period, b.organization_id LIMIT most;
END;
COMMENT ON FUNCTION recorded_billing_events IS
  'The job that delivers looks over all organisations and learns ids only; it then works inside one of them.';
"""

_DOORS = ("stored_bytes()", "recorded_billing_events(integer)")


def upgrade() -> None:
    for statement in (_STORAGE, _RECORDED):
        op.execute(statement)
    op.create_index(
        "ix_billing_events_recorded",
        "billing_events",
        ["organization_id", "period"],
        postgresql_where=sa.text("delivery_state = 'recorded'"),
    )
    for door in _DOORS:
        op.execute(f"REVOKE ALL ON FUNCTION {door} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {door} TO tidings_app")


def downgrade() -> None:
    op.drop_index("ix_billing_events_recorded", table_name="billing_events")
    for door in _DOORS:
        op.execute(f"DROP FUNCTION {door}")

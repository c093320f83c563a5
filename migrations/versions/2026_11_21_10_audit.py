"""The audit log: append-only by grants, numbered and hash-chained by the one function that appends.

The application may only read the events of its organisation. `append_audit` belongs to the owner of the tables, locks
the end of the log, and gives each event its number, its time and its hash; the events of a transaction come in one call
at its very end, so the lock is held for a commit and no longer.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_10"
down_revision = "20261121_09"
branch_labels = None
depends_on = None

# The text of `core.audit.repository.CANONICAL` must be the same: the verification computes it without this function.
_APPEND = r"""
CREATE FUNCTION append_audit(organization uuid, events jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  head audit_heads;
  e audit_events;
  item jsonb;
  principal uuid;
BEGIN
  SELECT * INTO head FROM audit_heads h WHERE h.organization_id = organization FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO audit_heads VALUES (organization, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT head FROM audit_heads h WHERE h.organization_id = organization FOR UPDATE;
  END IF;
  FOR item IN SELECT value FROM jsonb_array_elements(events) LOOP
    e := jsonb_populate_record(NULL::audit_events, item);
    e.before := nullif(e.before, 'null'::jsonb);
    e.after := nullif(e.after, 'null'::jsonb);
    e.organization_id := organization;
    e.sequence := head.count + 1;
    e.at := clock_timestamp();
    principal := (item ->> 'principal_id')::uuid;
    e.actor_name := coalesce(
      (SELECT a.name FROM accounts a WHERE e.actor_kind = 'user' AND a.id = principal),
      (SELECT p.name FROM principals p WHERE p.organization_id = organization AND p.id = principal));
    e.hash := sha256(head.hash || convert_to(jsonb_build_array(
      e.organization_id, e.sequence, e.id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      e.actor_kind, e.actor_id, e.actor_name, e.action, e.target_kind, e.target_id, e.before, e.after,
      e.address, e.request_id, e.operation)::text, 'UTF8'));
    INSERT INTO audit_events SELECT (e).*;
    head.count := e.sequence;
    head.hash := e.hash;
  END LOOP;
  UPDATE audit_heads h SET count = head.count, hash = head.hash WHERE h.organization_id = organization;
  RETURN head.count;
END $$;
COMMENT ON FUNCTION append_audit IS 'The only way into the log: numbers and chains the events of one transaction.';
"""

_AUDITED = """
CREATE FUNCTION audited_organizations() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT organization_id FROM audit_heads UNION SELECT organization_id FROM audit_events ORDER BY 1;
END;
COMMENT ON FUNCTION audited_organizations IS 'The verification goes through all logs and learns ids only.';
"""

_DOORS = ("append_audit(uuid, jsonb)", "audited_organizations()")


def upgrade() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("count >= 0", name=op.f("ck_audit_heads_count")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_audit_heads_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "audit_events",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target_kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_audit_events_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "sequence", name=op.f("pk_audit_events")),
    )
    for name, columns in {
        "ix_audit_events_actor": ["organization_id", "actor_id", "sequence"],
        "ix_audit_events_action": ["organization_id", "action", "sequence"],
        "ix_audit_events_target": ["organization_id", "target_id", "sequence"],
        "ix_audit_events_at": ["organization_id", "at"],
        "ix_audit_events_request_id": ["organization_id", "request_id"],
    }.items():
        op.create_index(name, "audit_events", columns, unique=False)
    for table in ("audit_heads", "audit_events"):
        op.execute(f"GRANT SELECT ON {table} TO tidings_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own ON {table} FOR SELECT TO tidings_app "
            "USING (organization_id = (SELECT current_organization()))"
        )
    for statement in (_APPEND, _AUDITED):
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
    for door in _DOORS:
        op.execute(f"REVOKE ALL ON FUNCTION {door} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {door} TO tidings_app")


def downgrade() -> None:
    for door in _DOORS:
        op.execute(f"DROP FUNCTION {door}")
    op.drop_table("audit_events")
    op.drop_table("audit_heads")

"""Answers kept for repeated requests.

`recall_answer` looks the answer up, and where there is none takes hold of the key and looks again. The second look is a
statement of its own: it must see what a transaction wrote that let go of the key a moment ago.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261121_11"
down_revision = "20261121_10"
branch_labels = None
depends_on = None

_RECALL = """
CREATE FUNCTION recall_answer(organization uuid, principal uuid, key bytea, since timestamptz)
RETURNS TABLE (is_free boolean, fingerprint bytea, status smallint, answer bytea)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public AS $$
BEGIN
  is_free := true;
  FOR look IN 1..2 LOOP
    SELECT k.fingerprint, k.status, k.answer INTO fingerprint, status, answer FROM kept_answers k
      WHERE k.organization_id = organization AND k.principal_id = principal AND k.key_hash = key
        AND k.created_at >= since;
    EXIT WHEN FOUND OR look = 2;
    is_free := pg_try_advisory_xact_lock(hashtextextended(
      'tidings.idempotency:' || organization || principal || encode(key, 'hex'), 0));
    EXIT WHEN NOT is_free;
  END LOOP;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION recall_answer IS
  'What was answered to a key; where nothing was, holds the key until the transaction ends, whichever way it ends.';
"""

_REAP = """
CREATE FUNCTION reap_answers(before timestamptz, most integer) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  WITH old AS (
    SELECT organization_id, principal_id, key_hash FROM kept_answers WHERE created_at < before
    ORDER BY created_at LIMIT most FOR UPDATE SKIP LOCKED
  ), gone AS (
    DELETE FROM kept_answers k USING old o
    WHERE k.organization_id = o.organization_id AND k.principal_id = o.principal_id AND k.key_hash = o.key_hash
    RETURNING 1
  )
  SELECT count(*) FROM gone;
END;
COMMENT ON FUNCTION reap_answers IS 'The reaper goes through all organisations and learns a number only.';
"""

_DOORS = ("recall_answer(uuid, uuid, bytea, timestamptz)", "reap_answers(timestamptz, integer)")


def upgrade() -> None:
    op.create_table(
        "kept_answers",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_kept_answers_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "principal_id", "key_hash", name=op.f("pk_kept_answers")),
    )
    op.create_index("ix_kept_answers_created_at", "kept_answers", ["created_at"], unique=False)
    own = "organization_id = (SELECT current_organization())"
    op.execute("GRANT SELECT, INSERT, UPDATE ON kept_answers TO tidings_app")
    op.execute("ALTER TABLE kept_answers ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON kept_answers TO tidings_app USING ({own}) WITH CHECK ({own})")
    for statement in (_RECALL, _REAP):
        op.execute(statement)
    for door in _DOORS:
        op.execute(f"REVOKE ALL ON FUNCTION {door} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {door} TO tidings_app")


def downgrade() -> None:
    for door in _DOORS:
        op.execute(f"DROP FUNCTION {door}")
    op.drop_table("kept_answers")

"""No process asks for a kept answer by a function any more: the tenant goes out with the query in one round trip."""

from alembic import op

revision = "20261129_12"
down_revision = "20261129_11"
branch_labels = None
depends_on = None

_SIGNATURE = "find_answer(uuid, uuid, bytea, timestamptz)"
_FIND = """
CREATE FUNCTION find_answer(organization uuid, principal uuid, key bytea, since timestamptz)
RETURNS TABLE (fingerprint bytea, status smallint, answer bytea)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM set_config('tidings.organization_id', organization::text, true);
  RETURN QUERY SELECT k.fingerprint, k.status, k.answer FROM kept_answers k
    WHERE k.organization_id = organization AND k.principal_id = principal AND k.key_hash = key
      AND k.created_at >= since;
END $$;
COMMENT ON FUNCTION find_answer IS
  'What was answered to a key, under the caller''s own rights, with the tenant named for the one statement only.';
"""


def upgrade() -> None:
    op.execute(f"DROP FUNCTION {_SIGNATURE}")


def downgrade() -> None:
    op.execute(_FIND)
    op.execute(f"REVOKE ALL ON FUNCTION {_SIGNATURE} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {_SIGNATURE} TO tidings_app")

"""A sandbox can be emptied while others write into it: its row stays, so what refers to that always finds it.

Deleting the organisation and making it again left a moment in which it was not there, and had every writer and the
deletion wait for each other.
"""

from alembic import op

revision = "20261129_08"
down_revision = "20261129_07"
branch_labels = None
depends_on = None

# Articles first: they do not go with their source. Then in the order of the locks that writers take: what they change,
# the organisation for what it may hold, and at the end the audit log.
_CLEAR = """
CREATE FUNCTION clear_sandbox(new_slug text, new_name text, new_plan text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  sandbox CONSTANT uuid := current_organization();
  owned regclass;
BEGIN
  IF NOT coalesce(is_sandbox(sandbox), false) THEN
    RAISE EXCEPTION 'only a sandbox can be cleared';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('tidings.clear_sandbox:' || sandbox, 0));
  DELETE FROM articles a WHERE a.organization_id = sandbox;
  FOR owned IN
    SELECT c.conrelid FROM pg_constraint c
    WHERE c.contype = 'f' AND c.confrelid = 'organizations'::regclass AND c.confdeltype = 'c' AND c.conrelid NOT IN (
      'organizations'::regclass, 'principals'::regclass, 'audit_events'::regclass, 'audit_heads'::regclass)
    ORDER BY c.conrelid
  LOOP
    EXECUTE format('DELETE FROM %s WHERE organization_id = $1', owned) USING sandbox;
  END LOOP;
  DELETE FROM principals p USING api_keys k  -- with the key
    WHERE p.organization_id = sandbox AND k.organization_id = sandbox AND k.id = p.id;
  UPDATE organizations o SET slug = new_slug, name = new_name, plan = new_plan, policies = DEFAULT, created_at = now(),
    updated_at = now() WHERE o.id = sandbox;
  DELETE FROM audit_heads h WHERE h.organization_id = sandbox;
  DELETE FROM audit_events e WHERE e.organization_id = sandbox;
  RETURN EXISTS (SELECT FROM organizations o WHERE o.id = sandbox);
END $$;
COMMENT ON FUNCTION clear_sandbox IS
  'An audit log can only grow; that of a sandbox goes with all else in it. The tenant is the one that row-level '
  'security knows, and no live organisation is ever cleared.';
"""


def upgrade() -> None:
    op.execute(_CLEAR)
    op.execute("REVOKE ALL ON FUNCTION clear_sandbox(text, text, text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION clear_sandbox(text, text, text) TO tidings_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION clear_sandbox")

"""The application role, row-level security, and the two doors for what has no tenant yet.

A superuser or the owner of a table sees every row whatever the policies say, so the application works as a role that
owns nothing and cannot bypass them. Each transaction names its organisation in `tidings.organization_id`.
"""

from alembic import op

revision = "20261121_02"
down_revision = "20261121_01"
branch_labels = None
depends_on = None

_NEWSROOM = "00000000-0000-7000-8000-000000000001"
_OPERATOR = "00000000-0000-7000-8000-000000000002"

_OWN = ("principals", "api_keys", "feeds", "fetch_log")
"""Only the organisation itself sees these rows."""

_SHARED = ("sources", "articles", "article_origins", "article_revisions")
"""Everybody reads the newsroom's rows; only the owner writes."""

_ROLE = """
DO $$ BEGIN
  CREATE ROLE tidings_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster, not to the database
END $$;
DO $$ BEGIN
  EXECUTE format('GRANT tidings_app TO %I', current_user);
EXCEPTION WHEN invalid_grant_operation OR insufficient_privilege OR unique_violation THEN NULL;  -- has it already
END $$;
GRANT USAGE ON SCHEMA public TO tidings_app;
GRANT SELECT ON alembic_version TO tidings_app;
GRANT SELECT ON organizations TO tidings_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON principals, api_keys, sources, feeds, fetch_log, articles, article_origins,
  article_revisions TO tidings_app;
"""

_TENANT = """
CREATE FUNCTION current_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('tidings.organization_id', true), '')::uuid;
"""

_FIND_API_KEY = """
CREATE FUNCTION find_api_key(hash bytea)
RETURNS TABLE (organization_id uuid, id uuid, scopes text[], requests_per_hour integer, plan text,
  expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT k.organization_id, k.id, k.scopes, k.requests_per_hour, o.plan, k.expires_at, k.revoked_at, k.last_used_at
  FROM api_keys k JOIN organizations o ON o.id = k.organization_id WHERE k.key_hash = hash;
END;
COMMENT ON FUNCTION find_api_key IS
  'Authentication: the organisation is not known before the key is; who holds the hash held the key.';
"""

_CLAIM = """
CREATE FUNCTION claim_due_sources(at timestamptz, lease interval, most integer)
RETURNS TABLE (organization_id uuid, id uuid, kind text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  UPDATE sources s SET next_fetch_at = at + lease
  FROM (SELECT d.organization_id, d.id FROM sources d WHERE d.next_fetch_at <= at
        ORDER BY d.next_fetch_at LIMIT most FOR UPDATE SKIP LOCKED) due
  WHERE s.organization_id = due.organization_id AND s.id = due.id
  RETURNING s.organization_id, s.id, s.kind;
END;
COMMENT ON FUNCTION claim_due_sources IS
  'The scheduler looks over all organisations and learns ids only; the fetch job then works inside one of them.';
"""


def upgrade() -> None:
    op.execute(_ROLE)
    op.execute(_TENANT)
    op.execute(
        f"INSERT INTO organizations (id, slug, name, plan) VALUES ('{_NEWSROOM}', 'newsroom', 'Newsroom', 'free')"
    )
    op.execute(
        "INSERT INTO principals (organization_id, id, kind, name) "
        f"VALUES ('{_NEWSROOM}', '{_OPERATOR}', 'operator', 'Operator')"
    )
    # The sub-select is evaluated once a statement and not once a row: counting 1M articles takes 57 ms instead of 275.
    own = "organization_id = (SELECT current_organization())"
    readable = f"organization_id IN ('{_NEWSROOM}', (SELECT current_organization()))"
    op.execute("ALTER TABLE organizations ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY own ON organizations TO tidings_app USING (id = (SELECT current_organization()))")
    for table in (*_OWN, *_SHARED):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} TO tidings_app USING ({own}) WITH CHECK ({own})")
    for table in _SHARED:
        op.execute(f"CREATE POLICY newsroom ON {table} FOR SELECT TO tidings_app USING ({readable})")
    for door in (_FIND_API_KEY, _CLAIM):
        op.execute(door)
    for signature in ("find_api_key(bytea)", "claim_due_sources(timestamptz, interval, integer)"):
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO tidings_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION claim_due_sources, find_api_key")
    for table in _SHARED:
        op.execute(f"DROP POLICY newsroom ON {table}")
    for table in (*_OWN, *_SHARED, "organizations"):
        op.execute(f"DROP POLICY own ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute(f"DELETE FROM organizations WHERE id = '{_NEWSROOM}'")
    op.execute("DROP FUNCTION current_organization")
    op.execute("DROP OWNED BY tidings_app")  # its grants in this database; other databases may still use the role

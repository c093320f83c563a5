"""Statements that refuse: the server itself leaves out whatever was sent behind one, the COMMIT above all.

So a statement that decides need not be waited for. `claim_answer` and `require_storage` take the places of
`recall_answer` and of a look at the plan. The former stays for processes that still call it.
"""

from alembic import op

revision = "20261129_11"
down_revision = "20261129_10"
branch_labels = None
depends_on = None

_REFUSE = """
CREATE FUNCTION refuse(reason text, detail text DEFAULT '') RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'TD001', MESSAGE = reason, DETAIL = detail;
END $$;
COMMENT ON FUNCTION refuse IS 'Ends the transaction for a reason that the application knows: no fault of anybody.';
"""

_CLAIM = """
CREATE FUNCTION claim_answer(organization uuid, principal uuid, key bytea, since timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public AS $$
DECLARE
  is_free boolean := pg_try_advisory_xact_lock(hashtextextended(
    'tidings.idempotency:' || organization || principal || encode(key, 'hex'), 0));
BEGIN
  -- a statement of its own: it must see what a transaction wrote that let go of the key a moment ago
  PERFORM FROM kept_answers k
    WHERE k.organization_id = organization AND k.principal_id = principal AND k.key_hash = key
      AND k.created_at >= since;
  IF FOUND THEN
    PERFORM refuse('answer_kept');
  ELSIF NOT is_free THEN
    PERFORM refuse('key_held');
  END IF;
END $$;
COMMENT ON FUNCTION claim_answer IS
  'Holds a key until the transaction ends, whichever way; refuses where its answer is kept or somebody else holds it.';
"""

_STORAGE = """
CREATE FUNCTION require_storage(organization uuid, most jsonb, otherwise text, since timestamptz, now timestamptz)
RETURNS void LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public AS $$
DECLARE
  plan_name text;
  used bigint;
  measured timestamptz;
  allowed bigint;
BEGIN
  SELECT o.plan, m.bytes, m.measured_at INTO plan_name, used, measured
    FROM organizations o LEFT JOIN storage_measures m ON m.organization_id = o.id WHERE o.id = organization;
  IF plan_name IS NULL OR NOT most ? plan_name THEN
    plan_name := otherwise;
  END IF;
  allowed := (most ->> plan_name)::bigint;
  IF allowed IS NULL THEN
    RETURN;
  END IF;
  IF measured IS NULL OR measured <= since THEN
    used := stored_bytes();
    INSERT INTO storage_measures (organization_id, bytes, measured_at) VALUES (organization, used, now)
      ON CONFLICT (organization_id) DO UPDATE SET bytes = excluded.bytes, measured_at = excluded.measured_at;
  END IF;
  IF used >= allowed THEN
    PERFORM refuse('storage', plan_name);
  END IF;
END $$;
COMMENT ON FUNCTION require_storage IS
  'Refuses where the plan allows no more texts: `most` has the bytes by plan, and a measure since `since` is believed.';
"""

_DOORS = (
    "refuse(text, text)",
    "claim_answer(uuid, uuid, bytea, timestamptz)",
    "require_storage(uuid, jsonb, text, timestamptz, timestamptz)",
)


def upgrade() -> None:
    for statement in (_REFUSE, _CLAIM, _STORAGE):
        op.execute(statement)
    for door in _DOORS:
        op.execute(f"REVOKE ALL ON FUNCTION {door} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {door} TO tidings_app")


def downgrade() -> None:
    for door in reversed(_DOORS):
        op.execute(f"DROP FUNCTION {door}")

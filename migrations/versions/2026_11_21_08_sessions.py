"""Sessions and signing keys, and the doors of log-in: what must be found before it is known who asks."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_08"
down_revision = "20261121_07"
branch_labels = None
depends_on = None

_FIND_ACCOUNT = """
CREATE FUNCTION find_account(address text)
RETURNS TABLE (id uuid, name text, personal_organization_id uuid, password_hash text, suspended_at timestamptz,
  erase_after timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT a.id, a.name, a.personal_organization_id, p.hash, a.suspended_at, a.erase_after
  FROM accounts a LEFT JOIN account_passwords p ON p.account_id = a.id WHERE lower(a.email) = address;
END;
COMMENT ON FUNCTION find_account IS
  'Log-in: who somebody is, is known only after the password has been compared.';
"""

_FIND_SESSION = """
CREATE FUNCTION find_session(session uuid, organization uuid)
RETURNS TABLE (account_id uuid, personal_organization_id uuid, expires_at timestamptz, ended_at timestamptz,
  account_suspended_at timestamptz, organization_id uuid, role text, plan text, organization_suspended_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT s.account_id, a.personal_organization_id, s.expires_at, s.ended_at, a.suspended_at,
    m.organization_id, m.role, o.plan, o.suspended_at
  FROM sessions s JOIN accounts a ON a.id = s.account_id
  LEFT JOIN memberships m ON m.account_id = s.account_id
    AND m.organization_id = coalesce(organization, s.acting_for, a.personal_organization_id)
  LEFT JOIN organizations o ON o.id = m.organization_id
  WHERE s.id = session;
END;
COMMENT ON FUNCTION find_session IS
  'Authentication: who names a session holds a token that was signed or hashed here; its person is known afterwards.';
"""

_ACCOUNTS_TO_ERASE = """
CREATE FUNCTION accounts_to_erase(at timestamptz, most integer)
RETURNS TABLE (id uuid, personal_organization_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT a.id, a.personal_organization_id FROM accounts a WHERE a.erase_after <= at ORDER BY a.erase_after LIMIT most;
END;
COMMENT ON FUNCTION accounts_to_erase IS
  'The job that erases learns ids only; it then works as the person whose account it is.';
"""

_LIST_ACCOUNTS = """
CREATE FUNCTION instance_accounts(address text, before_time timestamptz, before_id uuid, most integer)
RETURNS TABLE (id uuid, email text, name text, personal_organization_id uuid, created_at timestamptz,
  last_login_at timestamptz, suspended_at timestamptz, erase_after timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT a.id, a.email, a.name, a.personal_organization_id, a.created_at, a.last_login_at, a.suspended_at, a.erase_after
  FROM accounts a
  WHERE current_organization() = '00000000-0000-7000-8000-000000000001' AND current_account() IS NULL
    AND (address IS NULL OR lower(a.email) = address)
    AND (before_time IS NULL OR (a.created_at, a.id) < (before_time, before_id))
  ORDER BY a.created_at DESC, a.id DESC LIMIT most;
END;
COMMENT ON FUNCTION instance_accounts IS
  'The operator of the instance looks over all accounts; it acts for the newsroom and is no person.';
"""

_PURGE_SESSIONS = """
CREATE FUNCTION purge_sessions(before timestamptz, most integer) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  WITH gone AS (
    DELETE FROM sessions WHERE id IN (
      SELECT s.id FROM sessions s WHERE s.expires_at < before ORDER BY s.expires_at LIMIT most FOR UPDATE SKIP LOCKED
    ) RETURNING 1
  ) SELECT count(*)::integer FROM gone;
END;
COMMENT ON FUNCTION purge_sessions IS 'Housekeeping over all accounts; it gives back a number only.';
"""

_DOORS = (_FIND_ACCOUNT, _FIND_SESSION, _ACCOUNTS_TO_ERASE, _LIST_ACCOUNTS, _PURGE_SESSIONS)
_SIGNATURES = (
    "find_account(text)",
    "find_session(uuid, uuid)",
    "accounts_to_erase(timestamptz, integer)",
    "instance_accounts(text, timestamptz, uuid, integer)",
    "purge_sessions(timestamptz, integer)",
)
_REASONS = "'logged_out', 'ended', 'refresh_reuse', 'password_changed', 'suspended', 'deleted'"


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("acting_for", sa.Uuid(), nullable=True),
        sa.Column("refresh_hash", sa.LargeBinary(), nullable=True),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=True),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("octet_length(refresh_hash) = 32", name=op.f("ck_sessions_refresh_hash")),
        sa.CheckConstraint("octet_length(previous_hash) = 32", name=op.f("ck_sessions_previous_hash")),
        sa.CheckConstraint(f"end_reason IN ({_REASONS})", name=op.f("ck_sessions_end_reason")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["acting_for"], ["organizations.id"], name=op.f("fk_sessions_acting_for"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_account_id_created_at", "sessions", ["account_id", "created_at", "id"], unique=False)
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"], unique=False)
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("signs_from", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(public_key) = 32", name=op.f("ck_signing_keys_public_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO tidings_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON signing_keys TO tidings_app")
    op.execute("ALTER TABLE sessions ENABLE ROW LEVEL SECURITY")
    own = "account_id = (SELECT current_account())"
    op.execute(f"CREATE POLICY own ON sessions TO tidings_app USING ({own}) WITH CHECK ({own})")
    for door in _DOORS:
        op.execute(door)
    for signature in _SIGNATURES:
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO tidings_app")


def downgrade() -> None:
    for signature in _SIGNATURES:
        op.execute(f"DROP FUNCTION {signature}")
    op.drop_table("signing_keys")
    op.drop_table("sessions")

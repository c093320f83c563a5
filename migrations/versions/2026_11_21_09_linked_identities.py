"""Identities at Google, GitHub and Reddit, the tokens of those that are polled, and the states of log-ins under way."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_09"
down_revision = "20261121_08"
branch_labels = None
depends_on = None

_FIND_IDENTITY = """
CREATE FUNCTION find_identity(of_provider text, of_subject text)
RETURNS TABLE (id uuid, account_id uuid, name text, personal_organization_id uuid, suspended_at timestamptz,
  erase_after timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT i.id, i.account_id, a.name, a.personal_organization_id, a.suspended_at, a.erase_after
  FROM linked_identities i JOIN accounts a ON a.id = i.account_id
  WHERE i.provider = of_provider AND i.subject = of_subject;
END;
COMMENT ON FUNCTION find_identity IS
  'Log-in by a provider: whose account it is, is known only after the provider has said who comes.';
"""

_TAKE_STATE = """
CREATE FUNCTION take_oauth_state(hash bytea, of_provider text, of_intent text, of_session uuid, at timestamptz)
RETURNS TABLE (redirect_uri text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  UPDATE oauth_states s SET used_at = at
  WHERE s.state_hash = hash AND s.provider = of_provider AND s.intent = of_intent AND s.used_at IS NULL
    AND s.expires_at > at AND s.account_id IS NOT DISTINCT FROM current_account()
    AND s.session_id IS NOT DISTINCT FROM of_session
  RETURNING s.redirect_uri;
END;
COMMENT ON FUNCTION take_oauth_state IS
  'A state is good once, for the purpose and the person that it was made for; who names it holds it.';
"""

_GIVE_STATE_BACK = """
CREATE FUNCTION give_oauth_state_back(hash bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  UPDATE oauth_states SET used_at = NULL WHERE state_hash = hash AND account_id IS NOT DISTINCT FROM current_account();
END;
COMMENT ON FUNCTION give_oauth_state_back IS
  'The provider did not answer, so nothing came of it and the same request may be repeated.';
"""

_PURGE_STATES = """
CREATE FUNCTION purge_oauth_states(before timestamptz, most integer) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  WITH gone AS (
    DELETE FROM oauth_states WHERE state_hash IN (
      SELECT s.state_hash FROM oauth_states s WHERE s.expires_at < before ORDER BY s.expires_at LIMIT most
      FOR UPDATE SKIP LOCKED
    ) RETURNING 1
  ) SELECT count(*)::integer FROM gone;
END;
COMMENT ON FUNCTION purge_oauth_states IS 'Housekeeping over everybody''s log-ins; it gives back a number only.';
"""

_DOORS = (_FIND_IDENTITY, _TAKE_STATE, _GIVE_STATE_BACK, _PURGE_STATES)
_SIGNATURES = (
    "find_identity(text, text)",
    "take_oauth_state(bytea, text, text, uuid, timestamptz)",
    "give_oauth_state_back(bytea)",
    "purge_oauth_states(timestamptz, integer)",
)
_PROVIDERS = "provider IN ('google', 'github', 'reddit')"


def upgrade() -> None:
    op.create_table(
        "linked_identities",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_PROVIDERS, name=op.f("ck_linked_identities_provider")),
        sa.CheckConstraint("state IN ('active', 'revoked')", name=op.f("ck_linked_identities_state")),
        sa.CheckConstraint("length(subject) BETWEEN 1 AND 255", name=op.f("ck_linked_identities_subject")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_linked_identities_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_linked_identities")),
    )
    op.create_index("uq_linked_identities_provider_subject", "linked_identities", ["provider", "subject"], unique=True)
    op.create_table(
        "identity_tokens",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("identity_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_access", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_refresh", sa.LargeBinary(), nullable=False),
        sa.Column("access_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_identity_tokens_organization_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "identity_id"],
            ["linked_identities.account_id", "linked_identities.id"],
            name=op.f("fk_identity_tokens_account_id_identity_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "identity_id", name=op.f("pk_identity_tokens")),
    )
    op.create_index(
        "ix_identity_tokens_account_id_identity_id", "identity_tokens", ["account_id", "identity_id"], unique=False
    )
    op.create_table(
        "oauth_states",
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(state_hash) = 32", name=op.f("ck_oauth_states_state_hash")),
        sa.CheckConstraint(_PROVIDERS, name=op.f("ck_oauth_states_provider")),
        sa.CheckConstraint("(intent = 'link') = (account_id IS NOT NULL)", name=op.f("ck_oauth_states_intent")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_oauth_states_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_oauth_states")),
    )
    op.create_index("ix_oauth_states_expires_at", "oauth_states", ["expires_at"], unique=False)
    op.create_index("ix_oauth_states_account_id", "oauth_states", ["account_id"], unique=False)
    _guard()


def _guard() -> None:
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON linked_identities, identity_tokens TO tidings_app")
    op.execute("GRANT INSERT ON oauth_states TO tidings_app")
    own_account = "account_id = (SELECT current_account())"
    own_organization = "organization_id = (SELECT current_organization())"
    nobody_else = "account_id IS NOT DISTINCT FROM (SELECT current_account())"
    for table, own in (
        ("linked_identities", own_account),
        ("identity_tokens", own_organization),
        ("oauth_states", nobody_else),
    ):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} TO tidings_app USING ({own}) WITH CHECK ({own})")
    for door in _DOORS:
        op.execute(door)
    for signature in _SIGNATURES:
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO tidings_app")


def downgrade() -> None:
    for signature in _SIGNATURES:
        op.execute(f"DROP FUNCTION {signature}")
    for table in ("oauth_states", "identity_tokens", "linked_identities"):
        op.drop_table(table)

"""People: accounts, passwords and memberships; organisations of more than one kind.

A second setting of each transaction, `tidings.account_id`, names the person that acts. What belongs to a person and to
no organisation is guarded by it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_07"
down_revision = "20261121_06"
branch_labels = None
depends_on = None

_NEWSROOM = "00000000-0000-7000-8000-000000000001"
_ANONYMOUS = "00000000-0000-7000-8000-000000000003"

_PERSON = """
CREATE FUNCTION current_account() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('tidings.account_id', true), '')::uuid;
"""

_MY_ORGANIZATIONS = """
CREATE FUNCTION my_organizations() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT organization_id FROM memberships WHERE account_id = current_account();
END;
COMMENT ON FUNCTION my_organizations IS
  'The organisations of the person that acts: a policy that looked into memberships itself would ask for itself again.';
"""

_FELLOWS = """
CREATE FUNCTION fellow_members() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT account_id FROM memberships WHERE organization_id = current_organization();
END;
COMMENT ON FUNCTION fellow_members IS 'The accounts that the present organisation may know: those of its members.';
"""

_FUNCTIONS = ("my_organizations()", "fellow_members()")


def upgrade() -> None:
    op.add_column("organizations", sa.Column("kind", sa.Text(), server_default="shared", nullable=False))
    op.add_column(
        "organizations",
        sa.Column(
            "policies", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
    )
    op.add_column(
        "organizations",
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.add_column("organizations", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(f"UPDATE organizations SET kind = 'newsroom' WHERE id = '{_NEWSROOM}'")
    op.create_check_constraint(
        op.f("ck_organizations_kind"), "organizations", "kind IN ('newsroom', 'personal', 'shared')"
    )
    op.drop_constraint(op.f("ck_principals_kind"), "principals", type_="check")
    op.create_check_constraint(
        op.f("ck_principals_kind"), "principals", "kind IN ('api_key', 'operator', 'user', 'anonymous')"
    )
    op.execute(
        "INSERT INTO principals (organization_id, id, kind, name) "
        f"VALUES ('{_NEWSROOM}', '{_ANONYMOUS}', 'anonymous', 'Anonymous')"
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("personal_organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erase_after", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(email) <= 254", name=op.f("ck_accounts_email")),
        sa.ForeignKeyConstraint(
            ["personal_organization_id"], ["organizations.id"], name=op.f("fk_accounts_personal_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
    )
    op.create_index("uq_accounts_email", "accounts", [sa.text("lower(email)")], unique=True)
    op.create_index(
        "ix_accounts_erase_after", "accounts", ["erase_after"], postgresql_where=sa.text("erase_after IS NOT NULL")
    )
    op.create_table(
        "account_passwords",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_passwords_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_passwords")),
    )
    op.create_table(
        "memberships",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('viewer', 'editor', 'admin', 'owner')", name=op.f("ck_memberships_role")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_memberships_organization_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_memberships_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "account_id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_account_id", "memberships", ["account_id"], unique=False)
    _guard()


def _guard() -> None:
    op.execute(_PERSON)
    op.execute(_MY_ORGANIZATIONS)
    op.execute(_FELLOWS)
    for signature in _FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO tidings_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON accounts, account_passwords, memberships TO tidings_app")
    op.execute("GRANT INSERT, UPDATE, DELETE ON organizations TO tidings_app")
    for table in ("accounts", "account_passwords", "memberships"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    own_organization = "organization_id = (SELECT current_organization())"
    own_account = "account_id = (SELECT current_account())"
    op.execute(
        "CREATE POLICY mine ON organizations FOR SELECT TO tidings_app USING (id IN (SELECT my_organizations()))"
    )
    op.execute("CREATE POLICY own ON accounts TO tidings_app USING (id = (SELECT current_account()))")
    op.execute("CREATE POLICY fellows ON accounts FOR SELECT TO tidings_app USING (id IN (SELECT fellow_members()))")
    op.execute(f"CREATE POLICY own ON account_passwords TO tidings_app USING ({own_account})")
    op.execute(f"CREATE POLICY own ON memberships TO tidings_app USING ({own_organization})")
    op.execute(f"CREATE POLICY mine ON memberships FOR SELECT TO tidings_app USING ({own_account})")


def downgrade() -> None:
    op.execute("DROP POLICY mine ON organizations")
    op.execute("DROP POLICY fellows ON accounts")
    op.execute("DROP FUNCTION my_organizations, fellow_members")
    op.drop_table("memberships")
    op.drop_table("account_passwords")
    op.drop_table("accounts")
    op.execute("REVOKE INSERT, UPDATE, DELETE ON organizations FROM tidings_app")
    op.execute("DROP FUNCTION current_account")
    op.execute("DELETE FROM principals WHERE kind IN ('user', 'anonymous')")
    op.drop_constraint(op.f("ck_principals_kind"), "principals", type_="check")
    op.create_check_constraint(op.f("ck_principals_kind"), "principals", "kind IN ('api_key', 'operator')")
    op.execute("DELETE FROM organizations WHERE kind = 'personal'")  # with all that they own
    op.drop_constraint(op.f("ck_organizations_kind"), "organizations", type_="check")
    for column in ("suspended_at", "updated_at", "policies", "kind"):
        op.drop_column("organizations", column)

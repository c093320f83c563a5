"""A door for the day since which elements are recorded: nothing was used before that anybody could know of."""

from alembic import op

revision = "20261129_05"
down_revision = "20261129_04"
branch_labels = None
depends_on = None

_BEGAN = """
CREATE FUNCTION element_usage_began() RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT min(e.day) FROM element_usage_daily e;
END;
COMMENT ON FUNCTION element_usage_began IS
  'The operator learns how far back the record goes, lest what is not recorded pass for what nobody uses.';
"""
_DOOR = "element_usage_began()"


def upgrade() -> None:
    op.execute(_BEGAN)
    op.execute(f"REVOKE ALL ON FUNCTION {_DOOR} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {_DOOR} TO tidings_app")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {_DOOR}")

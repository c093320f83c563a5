"""The empty sandbox has an empty newsroom: what the scenario `empty` shows is an instance that has nothing yet."""

from alembic import op

revision = "20261129_06"
down_revision = "20261129_05"
branch_labels = None
depends_on = None

_NEWSROOM = "00000000-0000-7000-8000-000000000001"
_SANDBOX_NEWSROOM = "00000000-0000-8000-8000-00000000000f"
_EMPTY_SANDBOX = "00000000-0000-8000-8000-00000000000e"

_CURRENT = """
CREATE OR REPLACE FUNCTION current_newsroom() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN NOT coalesce(is_sandbox(current_organization()), false) THEN '{newsroom}'::uuid{empty}
  ELSE '{sandbox}'::uuid END
"""


def _current(empty: str) -> str:
    return _CURRENT.format(newsroom=_NEWSROOM, sandbox=_SANDBOX_NEWSROOM, empty=empty)


def upgrade() -> None:
    op.execute(_current(f" WHEN current_organization() = '{_EMPTY_SANDBOX}' THEN '{_EMPTY_SANDBOX}'::uuid"))


def downgrade() -> None:
    op.execute(_current(""))

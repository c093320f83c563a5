"""Articles go with their source: an organisation whose feeds had brought any could not be deleted, nor its owner."""

from alembic import op

revision = "20261129_09"
down_revision = "20261129_08"
branch_labels = None
depends_on = None

_TABLES = ("articles", "article_origins")
_COLUMNS = ["organization_id", "source_id"]


def _refer(ondelete: str | None) -> None:
    for table in _TABLES:
        name = op.f(f"fk_{table}_organization_id_source_id")
        op.drop_constraint(name, table, type_="foreignkey")
        op.create_foreign_key(name, table, "sources", _COLUMNS, ["organization_id", "id"], ondelete=ondelete)


def upgrade() -> None:
    _refer("CASCADE")


def downgrade() -> None:
    _refer(None)

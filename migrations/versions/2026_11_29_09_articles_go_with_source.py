"""Articles go with their source: an organisation whose feeds had brought any could not be deleted, nor its owner.

The rows that are there were held to the same reference before, so it is changed without looking at them; that is done
afterwards, while others read and write.
"""

from alembic import op

revision = "20261129_09"
down_revision = "20261129_08"
branch_labels = None
depends_on = None

_TABLES = ("articles", "article_origins")
_COLUMNS = ["organization_id", "source_id"]


def _refer(ondelete: str | None) -> None:
    names = {table: op.f(f"fk_{table}_organization_id_source_id") for table in _TABLES}
    for table, name in names.items():
        op.execute("SET LOCAL lock_timeout = '5s'")  # those who read would queue behind us while we queue
        op.drop_constraint(name, table, type_="foreignkey")
        op.create_foreign_key(
            name,
            table,
            "sources",
            _COLUMNS,
            ["organization_id", "id"],
            ondelete=ondelete,
            postgresql_not_valid=True,
        )
    with op.get_context().autocommit_block():
        for table, name in names.items():
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def upgrade() -> None:
    _refer("CASCADE")


def downgrade() -> None:
    _refer(None)

"""Conformance: how many of the answers that were looked at are as documented, by day and operation."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_04"
down_revision = "20261129_03"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conformance_daily",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("checked", sa.BigInteger(), nullable=False),
        sa.Column("drifted", sa.BigInteger(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("last_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_drift_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_drift_status", sa.Integer(), nullable=True),
        sa.Column("last_drift_place", sa.Text(), nullable=True),
        sa.Column("last_drift_pointer", sa.Text(), nullable=True),
        sa.Column("last_drift_keyword", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("day", "version", "operation", name=op.f("pk_conformance_daily")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON conformance_daily TO tidings_app")


def downgrade() -> None:
    op.drop_table("conformance_daily")

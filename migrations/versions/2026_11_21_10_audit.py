"""The audit log."""

revision = "20261121_10"
down_revision = "20261121_09"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled with the feature."""


def downgrade() -> None:
    """Filled with the feature."""

"""Answers kept for repeated requests."""

revision = "20261121_11"
down_revision = "20261121_10"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled with the feature."""


def downgrade() -> None:
    """Filled with the feature."""

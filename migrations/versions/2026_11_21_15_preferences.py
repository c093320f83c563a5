"""Preferences and search history."""

revision = "20261121_15"
down_revision = "20261121_14"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled with the feature."""


def downgrade() -> None:
    """Filled with the feature."""

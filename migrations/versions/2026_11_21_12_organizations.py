"""Invitations, usage and billing events."""

revision = "20261121_12"
down_revision = "20261121_11"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled with the feature."""


def downgrade() -> None:
    """Filled with the feature."""

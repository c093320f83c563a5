"""Reading lists."""

revision = "20261121_13"
down_revision = "20261121_12"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled with the feature."""


def downgrade() -> None:
    """Filled with the feature."""

"""Articles, rendered."""

revision = "20261121_06"
down_revision = "20261121_05"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled with the feature."""


def downgrade() -> None:
    """Filled with the feature."""

"""Notes on articles."""

revision = "20261121_14"
down_revision = "20261121_13"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled with the feature."""


def downgrade() -> None:
    """Filled with the feature."""

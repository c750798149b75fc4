"""Whose numbers an experiment has: those of others that it compares, or of a file."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is stored was computed here."""
    op.add_column("experiment", sa.Column("source", sa.Text))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("experiment", "source")

"""Which experiments are listed: a picture that a page made unasked is not."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is stored is listed."""
    op.add_column("experiment", sa.Column("listed", sa.SmallInteger, nullable=False, server_default="1"))


def downgrade() -> None:
    """List everything again."""
    op.drop_column("experiment", "listed")

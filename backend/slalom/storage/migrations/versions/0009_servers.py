"""Which servers share the store, and how often an experiment was taken up again."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column; nothing was taken up again before."""
    op.create_table(
        "server",
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("beat", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_server"),
    )
    op.add_column("experiment", sa.Column("resumed", sa.SmallInteger, nullable=False, server_default="0"))


def downgrade() -> None:
    """Forget both."""
    op.drop_column("experiment", "resumed")
    op.drop_table("server")

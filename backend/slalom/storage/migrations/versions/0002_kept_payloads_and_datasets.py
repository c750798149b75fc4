"""Payloads kept of an experiment by step, and the data that users brought."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables; released migrations are never edited."""
    op.create_table(
        "keep",
        sa.Column("experiment", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("step", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("experiment", "kind", "step", name="pk_keep"),
        sa.ForeignKeyConstraint(["experiment"], ["experiment.id"], name="fk_keep_experiment", ondelete="CASCADE"),
    )
    op.create_table(
        "dataset",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dataset"),
    )


def downgrade() -> None:
    """Remove both tables."""
    op.drop_table("dataset")
    op.drop_table("keep")

"""Experiments, and the chunks that their workers append."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables; released migrations are never edited."""
    op.create_table(
        "experiment",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("wanted", sa.String(8), nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("steps_done", sa.BigInteger, nullable=False),
        sa.Column("heartbeat", sa.Double, nullable=False),
        sa.Column("deleted", sa.Double),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("worker", sa.Text),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("outcomes", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_experiment"),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'paused', 'done', 'cancelled', 'failed', 'interrupted')",
            name=op.f("ck_experiment_status"),
        ),
        sa.CheckConstraint("wanted IN ('run', 'pause', 'cancel')", name=op.f("ck_experiment_wanted")),
    )
    op.create_index("ix_experiment_status", "experiment", ["status"])
    op.create_table(
        "chunk",
        sa.Column("experiment", sa.String(16), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("experiment", "seq", name="pk_chunk"),
        sa.ForeignKeyConstraint(["experiment"], ["experiment.id"], name="fk_chunk_experiment", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Remove both tables."""
    op.drop_table("chunk")
    op.drop_table("experiment")

"""What every experiment and dataset takes, the bounds of the store, and outcomes in a table of their own."""

import json
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables, move the outcomes and measure what is there; released migrations are never edited."""
    op.add_column("dataset", sa.Column("client", sa.Text, nullable=False, server_default=""))
    for table, name in (("experiment", "bytes"), ("experiment", "room"), ("dataset", "bytes")):
        op.add_column(table, sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
    op.create_table(
        "outcome",
        sa.Column("experiment", sa.String(16), nullable=False),
        sa.Column("runs", sa.BigInteger, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("outcomes", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("experiment", name="pk_outcome"),
        sa.ForeignKeyConstraint(["experiment"], ["experiment.id"], name="fk_outcome_experiment", ondelete="CASCADE"),
    )
    op.create_table(
        "bound",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_bound"),
    )
    _move_outcomes()
    op.drop_column("experiment", "outcomes")
    _measure()
    op.create_index("ix_experiment_deleted", "experiment", ["deleted"])
    op.create_index("ix_experiment_client", "experiment", ["client", "room"])
    op.create_index("ix_dataset_client", "dataset", ["client", "bytes"])


def downgrade() -> None:
    """Put the outcomes back and forget the rest."""
    op.add_column("experiment", sa.Column("outcomes", sa.Text))
    op.execute(
        "UPDATE experiment SET outcomes = (SELECT outcomes FROM outcome WHERE outcome.experiment = experiment.id)"
    )
    for table, names in (("experiment", ("deleted", "client")), ("dataset", ("client",))):
        for name in names:
            op.drop_index(f"ix_{table}_{name}", table)
    for table, name in (("experiment", "bytes"), ("experiment", "room"), ("dataset", "bytes"), ("dataset", "client")):
        op.drop_column(table, name)
    op.drop_table("bound")
    op.drop_table("outcome")


def _move_outcomes() -> None:
    """Move the outcomes one by one: all of them together may not fit into memory."""
    connection = op.get_bind()
    ids = connection.scalars(sa.text("SELECT id FROM experiment WHERE outcomes IS NOT NULL")).all()
    for id in ids:
        text = connection.scalar(sa.text("SELECT outcomes FROM experiment WHERE id = :id"), {"id": id})
        kinds = [one.get("kind") if isinstance(one, dict) else None for one in json.loads(text)]
        counts = json.dumps(Counter(kind for kind in kinds if kind))
        connection.execute(
            sa.text("INSERT INTO outcome VALUES (:id, :runs, :counts, :text)"),
            {"id": id, "runs": len(kinds), "counts": counts, "text": text},
        )


def _measure() -> None:
    """Note what every experiment and dataset takes: its payloads, and what each takes besides."""
    for table in ("chunk", "keep"):
        op.execute(
            f"UPDATE experiment SET bytes = bytes + coalesce((SELECT sum(length(payload) + 256) "
            f"FROM {table} WHERE {table}.experiment = experiment.id), 0)"
        )
    op.execute("UPDATE experiment SET bytes = bytes + length(spec) + 256")
    op.execute(
        "UPDATE experiment SET bytes = bytes + coalesce((SELECT length(outcomes) + 256 "
        "FROM outcome WHERE outcome.experiment = experiment.id), 0)"
    )
    op.execute("UPDATE experiment SET room = bytes")
    op.execute("UPDATE dataset SET bytes = length(text) + 256")

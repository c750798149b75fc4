"""What a class is asked, offers and competes for."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _of_a_room(
        "poll",
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("round", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed', 'revealed')", name=op.f("ck_poll_state")),
    )
    op.create_table(
        "vote",
        sa.Column("poll", sa.String(16), nullable=False),
        sa.Column("round", sa.SmallInteger, nullable=False),
        sa.Column("visitor", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("poll", "round", "visitor", name="pk_vote"),
        sa.ForeignKeyConstraint(["poll"], ["poll.id"], name="fk_vote_poll", ondelete="CASCADE"),
    )
    _of_a_room(
        "offer",
        sa.Column("visitor", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text),
        sa.Column("experiment", sa.String(32)),
        sa.Column("created", sa.String(32), nullable=False),
    )
    _of_a_room(
        "challenge",
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
    )
    op.create_table(
        "submission",
        sa.Column("challenge", sa.String(16), nullable=False),
        sa.Column("visitor", sa.String(64), nullable=False),
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("steps", sa.BigInteger, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("hidden", sa.SmallInteger, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("challenge", "visitor", name="pk_submission"),
        sa.ForeignKeyConstraint(["challenge"], ["challenge.id"], name="fk_submission_challenge", ondelete="CASCADE"),
    )


def _of_a_room(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("room", sa.String(16), nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["room"], ["room.id"], name=f"fk_{name}_room", ondelete="CASCADE"),
    )
    op.create_index(f"ix_{name}_room", name, ["room"])


def downgrade() -> None:
    """Forget them."""
    for table in ("submission", "challenge", "offer", "vote", "poll"):
        op.drop_table(table)

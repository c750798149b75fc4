"""Rooms and who is in them, what is shared, and the key with which a server signs."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what is stored belongs to whom it belonged, and is shared with nobody."""
    for table in ("experiment", "dataset"):
        op.add_column(table, sa.Column("shared", sa.SmallInteger, nullable=False, server_default="0"))
    op.create_table(
        "room",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("open", sa.SmallInteger, nullable=False),
        sa.Column("ended", sa.String(32)),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("stage", sa.Text),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_room"),
    )
    op.create_table(
        "member",
        sa.Column("room", sa.String(16), nullable=False),
        sa.Column("visitor", sa.String(64), nullable=False),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("joined", sa.String(32), nullable=False),
        sa.Column("nickname", sa.Text),
        sa.PrimaryKeyConstraint("room", "visitor", name="pk_member"),
        sa.ForeignKeyConstraint(["room"], ["room.id"], name="fk_member_room", ondelete="CASCADE"),
        sa.CheckConstraint("role IN ('teacher', 'student')", name=op.f("ck_member_role")),
    )
    op.create_table(
        "signing",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_signing"),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("signing")
    op.drop_table("member")
    op.drop_table("room")
    for table in ("experiment", "dataset"):
        op.drop_column(table, "shared")

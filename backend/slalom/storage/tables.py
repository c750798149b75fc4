"""The tables of a store, as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

STATUSES = ("queued", "running", "paused", "done", "cancelled", "failed", "interrupted")
TERMINAL = STATUSES[3:]
"""What never changes again."""

metadata: MetaData = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

experiment: Table = Table(
    "experiment",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("wanted", String(8), nullable=False),
    Column("created", String(32), nullable=False),
    Column("steps_done", BigInteger, nullable=False),
    Column("heartbeat", Double, nullable=False),
    Column("deleted", Double),
    Column("owner", Text, nullable=False),
    Column("worker", Text),
    Column("client", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("parent", Text),
    Column("error", Text),
    Column("bytes", BigInteger, nullable=False, server_default="0"),
    Column("room", BigInteger, nullable=False, server_default="0"),
    Column("listed", SmallInteger, nullable=False, server_default="1"),
    Column("source", Text),
    Column("shared", SmallInteger, nullable=False, server_default="0"),
    Column("resumed", SmallInteger, nullable=False, server_default="0"),
    CheckConstraint(f"status IN {STATUSES}", name="status"),
    CheckConstraint("wanted IN ('run', 'pause', 'cancel')", name="wanted"),
    Index(None, "status"),
    Index(None, "deleted"),
    # Holds all that a sum of rooms reads: rows with long specs are not touched.
    Index(None, "client", "room"),
)

outcome: Table = Table(
    "outcome",
    metadata,
    Column("experiment", String(16), ForeignKey("experiment.id", ondelete="CASCADE"), primary_key=True),
    Column("runs", BigInteger, nullable=False),
    Column("counts", Text, nullable=False),
    Column("outcomes", Text, nullable=False),
)
"""What came of the runs, in a table of its own: of thousands of runs it is megabytes, which a list never reads."""

chunk: Table = Table(
    "chunk",
    metadata,
    Column("experiment", String(16), ForeignKey("experiment.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("payload", LargeBinary, nullable=False),
    Column("events", Text, nullable=False),
)

keep: Table = Table(
    "keep",
    metadata,
    Column("experiment", String(16), ForeignKey("experiment.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("step", BigInteger, primary_key=True, autoincrement=False),
    Column("payload", LargeBinary, nullable=False),
)

dataset: Table = Table(
    "dataset",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("about", Text, nullable=False),
    Column("created", String(32), nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("client", Text, nullable=False, server_default=""),
    Column("bytes", BigInteger, nullable=False, server_default="0"),
    Column("reading", Text),
    Column("source", String(32)),
    Column("shared", SmallInteger, nullable=False, server_default="0"),
    Index(None, "client", "bytes"),
    Index(None, "source"),
)

bound: Table = Table(
    "bound",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""What may be stored, by the names of the settings: for the workers, who have no settings."""

room: Table = Table(
    "room",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("code", String(8), nullable=False),
    Column("open", SmallInteger, nullable=False),
    Column("ended", String(32)),
    Column("created", String(32), nullable=False),
    Column("stage", Text),
    Column("revision", BigInteger, nullable=False, server_default="0"),
)
"""A lecture hall: whoever has its code may come in as long as it is open."""

member: Table = Table(
    "member",
    metadata,
    Column("room", String(16), ForeignKey("room.id", ondelete="CASCADE"), primary_key=True),
    Column("visitor", String(64), primary_key=True),
    Column("role", String(8), nullable=False),
    Column("joined", String(32), nullable=False),
    Column("nickname", Text),
    CheckConstraint("role IN ('teacher', 'student')", name="role"),
)
"""Who is in a room: a digest of a secret that only their browser has, and no name but one that they chose."""

poll: Table = Table(
    "poll",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("room", String(16), ForeignKey("room.id", ondelete="CASCADE"), nullable=False),
    Column("asked", Text, nullable=False),
    Column("round", SmallInteger, nullable=False),
    Column("state", String(8), nullable=False),
    Column("created", String(32), nullable=False),
    CheckConstraint("state IN ('open', 'closed', 'revealed')", name="state"),
    Index(None, "room"),
)

vote: Table = Table(
    "vote",
    metadata,
    Column("poll", String(16), ForeignKey("poll.id", ondelete="CASCADE"), primary_key=True),
    Column("round", SmallInteger, primary_key=True, autoincrement=False),
    Column("visitor", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
"""One vote of each visitor in each round, the last one."""

offer: Table = Table(
    "offer",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("room", String(16), ForeignKey("room.id", ondelete="CASCADE"), nullable=False),
    Column("visitor", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text),
    Column("experiment", String(32)),
    Column("created", String(32), nullable=False),
    Index(None, "room"),
)

challenge: Table = Table(
    "challenge",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("room", String(16), ForeignKey("room.id", ondelete="CASCADE"), nullable=False),
    Column("asked", Text, nullable=False),
    Column("created", String(32), nullable=False),
    Index(None, "room"),
)

submission: Table = Table(
    "submission",
    metadata,
    Column("challenge", String(16), ForeignKey("challenge.id", ondelete="CASCADE"), primary_key=True),
    Column("visitor", String(64), primary_key=True),
    Column("id", String(16), nullable=False),
    Column("steps", BigInteger, nullable=False),
    Column("words", Text, nullable=False),
    Column("hidden", SmallInteger, nullable=False),
    Column("created", String(32), nullable=False),
)
"""The best of what each visitor submitted."""

server: Table = Table(
    "server",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("beat", Double, nullable=False),
)
"""The servers that share the store, each with its last sign of life: a Unix time, to be compared for change only."""

signing: Table = Table(
    "signing",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("key", LargeBinary, nullable=False),
)
"""The key with which a server signs what it gives to browsers, so that it stays valid over a restart."""

"""What a class is asked, and its votes: one of each visitor and round, however often it arrives."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from slalom.errors import Conflict, NotFound

from .connection import Database, iso, new_id, put
from .tables import poll, vote


class PollRecord(NamedTuple):
    """A question as it is stored."""

    id: str
    room: str
    asked: str
    """What is asked, JSON."""
    round: int
    """1, or after the class talked 2."""
    state: str
    """``open`` to votes, ``closed``, or ``revealed``."""
    created: str
    """UTC, ISO 8601."""


POLL_FIELDS = [poll.c[name] for name in PollRecord._fields]


class Polls:
    """The polls of one installation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, room: str, asked: str) -> PollRecord:
        """Store a question, which is open in its first round, and return it."""
        with self._database.write() as connection:
            id = new_id(connection.execute(select(func.max(poll.c.id))).scalar())
            values = {"id": id, "room": room, "asked": asked, "round": 1, "state": "open", "created": iso(time.time())}
            connection.execute(insert(poll).values(values))
        return PollRecord(**values)

    def get(self, room: str, id: str) -> PollRecord:
        """Return a question of a room; raises :class:`NotFound`."""
        with self._database.read() as connection:
            return _found(connection, room, id)

    def move(self, room: str, id: str, state: str, round: int, moves: dict[Any, Any]) -> PollRecord:
        """Let a poll be in another state and round, if ``moves`` has the way, and return it.

        What is already so stays. Raises :class:`Conflict` where there is no such way, :class:`NotFound`.
        """
        with self._database.write() as connection:
            now = _found(connection, room, id, changing=True)
            if (now.state, now.round) == (state, round):
                return now
            if (state, round) not in moves[now.state, now.round]:
                ways = [f"{to} in round {in_round}" for to, in_round in moves[now.state, now.round]]
                sentence = f"The poll is {now.state} in round {now.round} and cannot become {state} in round {round}."
                raise Conflict(f"{sentence} It can become: {', '.join(ways)}." if ways else sentence)
            connection.execute(update(poll).where(poll.c.id == id).values(state=state, round=round))
        return now._replace(state=state, round=round)

    def vote(self, room: str, id: str, round: int, visitor: str, value: str) -> None:
        """Count a visitor's vote, JSON, in place of the one before it.

        Raises :class:`Conflict` where that round is not open: nothing is counted after it was closed.
        """
        with self._database.write() as connection:
            now = _found(connection, room, id, changing=True)
            if (now.state, now.round) != ("open", round):
                state = f"is {now.state} in round {now.round}"
                raise Conflict(f"The poll {state}, so that a vote in round {round} is not counted.")
            put(connection, vote, {"poll": id, "round": round, "visitor": visitor}, {"value": value})

    def votes(self, id: str, round: int) -> list[str]:
        """Return the votes of a round, JSON, in the order of chance."""
        query = select(vote.c.value).where(vote.c.poll == id, vote.c.round == round).order_by(vote.c.visitor)
        with self._database.read() as connection:
            return [*connection.execute(query).scalars()]

    def vote_of(self, id: str, round: int, visitor: str) -> str | None:
        """Return what a visitor voted in a round, JSON; None where they have not."""
        mine = (vote.c.poll == id, vote.c.round == round, vote.c.visitor == visitor)
        with self._database.read() as connection:
            return connection.execute(select(vote.c.value).where(*mine)).scalar()


def _found(connection: Connection, room: str, id: str, changing: bool = False) -> PollRecord:
    query = select(*POLL_FIELDS).where(poll.c.id == id, poll.c.room == room)
    row = connection.execute(query.with_for_update() if changing else query).one_or_none()
    if row is None:
        raise NotFound("poll", id, f"There is no poll {id[:40]!r} in this room. Ask for the one on the stage.")
    return PollRecord(*row)

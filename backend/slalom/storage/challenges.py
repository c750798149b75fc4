"""Challenges of a room, and the best of what each visitor submitted."""

from __future__ import annotations

import time
from typing import NamedTuple

from sqlalchemy import func, insert, select, update

from slalom.errors import NotFound

from .connection import Database, iso, new_id, put
from .tables import challenge, member, submission


class ChallengeRecord(NamedTuple):
    """A challenge as it is stored."""

    id: str
    asked: str
    """What is to be reached on which problem, JSON."""
    created: str
    """UTC, ISO 8601."""


class Submission(NamedTuple):
    """The best that a visitor submitted."""

    id: str
    visitor: str
    steps: int
    words: str
    """Its settings, in words."""
    hidden: bool
    created: str
    """UTC, ISO 8601."""
    nickname: str | None


class Challenges:
    """The challenges of the rooms of one installation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, room: str, asked: str) -> ChallengeRecord:
        """Store a challenge and return it."""
        with self._database.write() as connection:
            id = new_id(connection.execute(select(func.max(challenge.c.id))).scalar())
            found = ChallengeRecord(id, asked, iso(time.time()))
            connection.execute(insert(challenge).values(room=room, **found._asdict()))
        return found

    def list(self, room: str) -> list[ChallengeRecord]:
        """Return the challenges of a room, newest first."""
        query = select(challenge.c.id, challenge.c.asked, challenge.c.created).where(challenge.c.room == room)
        with self._database.read() as connection:
            return [ChallengeRecord(*row) for row in connection.execute(query.order_by(challenge.c.id.desc()))]

    def get(self, room: str, id: str) -> ChallengeRecord:
        """Return a challenge; raises :class:`NotFound`."""
        found = next((one for one in self.list(room) if one.id == id), None)
        if found is None:
            sentence = f"There is no challenge {id[:40]!r}. They are listed at GET /api/room/challenges."
            raise NotFound("challenge", id, sentence)
        return found

    def submit(self, id: str, visitor: str, steps: int, words: str) -> None:
        """Keep a submission, unless the visitor has one that needs no more steps."""
        mine = (submission.c.challenge == id, submission.c.visitor == visitor)
        with self._database.write() as connection:
            connection.execute(select(challenge.c.id).where(challenge.c.id == id).with_for_update())  # One at a time.
            best = connection.execute(select(submission.c.steps).where(*mine)).scalar()
            if best is not None and best <= steps:
                return
            values = {"steps": steps, "words": words, "created": iso(time.time())}
            new = {"id": new_id(connection.execute(select(func.max(submission.c.id))).scalar()), "hidden": 0}
            put(connection, submission, {"challenge": id, "visitor": visitor}, values, new)

    def board(self, id: str, room: str) -> list[Submission]:
        """Return the submissions of a challenge, the fewest steps first, and of equal ones the earliest."""
        known = [submission.c[name] for name in Submission._fields[:-1]]
        whose = (member.c.room == room) & (member.c.visitor == submission.c.visitor)
        query = select(*known, member.c.nickname).outerjoin(member, whose).where(submission.c.challenge == id)
        query = query.order_by(submission.c.steps, submission.c.created, submission.c.id)
        with self._database.read() as connection:
            return [Submission(*row)._replace(hidden=bool(row.hidden)) for row in connection.execute(query)]

    def hide(self, id: str, submitted: str, hidden: bool) -> None:
        """Take a submission off the board, or put it back; raises :class:`NotFound`."""
        which = (submission.c.challenge == id, submission.c.id == submitted)
        with self._database.write() as connection:
            changed = connection.execute(update(submission).where(*which).values(hidden=int(hidden))).rowcount
        if not changed:
            raise NotFound("submission", submitted, f"There is no submission {submitted[:40]!r} of this challenge.")

"""Rooms: their codes, who is in them, what stands on the stage, and the key that signs what browsers keep."""

from __future__ import annotations

import secrets
import time
from typing import NamedTuple

from sqlalchemy import func, insert, select, update

from slalom.errors import NotFound

from .connection import Database, iso, new_id
from .tables import member, room, signing

KEY_BYTES = 32
"""Bytes of a key that signs."""
TICKETS = "tickets"
"""What the signing key of a store is for."""


class RoomRecord(NamedTuple):
    """A room as it is stored."""

    id: str
    code: str
    """What newcomers type to come in."""
    open: bool
    """Whether newcomers may come in."""
    ended: str | None
    """When it ended: UTC, ISO 8601."""
    created: str
    stage: str | None
    """What everybody looks at, JSON; None as long as nothing was shown."""
    revision: int
    """How often the stage has changed."""


class Member(NamedTuple):
    """Somebody in a room."""

    role: str
    """``teacher`` or ``student``."""
    nickname: str | None = None


ROOM_FIELDS = [room.c[name] for name in RoomRecord._fields]


class Rooms:
    """The rooms of one installation, and who is in them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self) -> RoomRecord | None:
        """Return the newest room that has not ended, if there is one."""
        query = select(*ROOM_FIELDS).where(room.c.ended.is_(None)).order_by(room.c.id.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _record(row)

    def create(self, code: str) -> RoomRecord:
        """Open a room with a code, and return it."""
        with self._database.write() as connection:
            id = new_id(connection.execute(select(func.max(room.c.id))).scalar())
            values = {"id": id, "code": code, "open": 1, "created": iso(time.time()), "revision": 0}
            row = connection.execute(insert(room).values(values).returning(*ROOM_FIELDS)).one()
        return _record(row)

    def set_code(self, id: str, code: str) -> RoomRecord:
        """Give a room another code; raises :class:`NotFound`."""
        return self._change(id, code=code)

    def set_open(self, id: str, open: bool) -> RoomRecord:
        """Let newcomers into a room, or not; raises :class:`NotFound`."""
        return self._change(id, open=int(open))

    def set_stage(self, id: str, stage: str, revision: int) -> RoomRecord:
        """Store what stands on the stage, JSON, and its revision; raises :class:`NotFound`."""
        return self._change(id, stage=stage, revision=revision)

    def end(self, id: str) -> RoomRecord:
        """End a room; raises :class:`NotFound`."""
        return self._change(id, open=0, ended=func.coalesce(room.c.ended, iso(time.time())))

    def members(self, id: str) -> dict[str, Member]:
        """Return who is in a room, by visitor."""
        query = select(member.c.visitor, member.c.role, member.c.nickname).where(member.c.room == id)
        with self._database.read() as connection:
            return {visitor: Member(role, nickname) for visitor, role, nickname in connection.execute(query)}

    def join(self, id: str, visitor: str, role: str) -> None:
        """Make a visitor a member of a room, or give a member another role."""
        mine = (member.c.room == id, member.c.visitor == visitor)
        with self._database.write() as connection:
            if connection.execute(update(member).where(*mine).values(role=role)).rowcount == 0:
                values = {"room": id, "visitor": visitor, "role": role, "joined": iso(time.time())}
                connection.execute(insert(member).values(values))

    def set_nickname(self, id: str, visitor: str, nickname: str | None) -> None:
        """Let a member be called something, or nothing; raises :class:`NotFound` for who is none."""
        mine = (member.c.room == id, member.c.visitor == visitor)
        with self._database.write() as connection:
            if connection.execute(update(member).where(*mine).values(nickname=nickname)).rowcount == 0:
                raise NotFound("member", visitor, "You are not in this room. Join it with its code first.")

    def signing_key(self) -> bytes:
        """Return the key that signs what browsers keep; made once for a store."""
        query = select(signing.c.key).where(signing.c.name == TICKETS)
        with self._database.read() as connection:
            known = connection.execute(query).scalar()
        if known is not None:
            return known
        with self._database.write() as connection:
            known = connection.execute(query).scalar()
            if known is None:
                known = secrets.token_bytes(KEY_BYTES)
                connection.execute(insert(signing).values(name=TICKETS, key=known))
        return known

    def _change(self, id: str, **values: object) -> RoomRecord:
        with self._database.write() as connection:
            row = connection.execute(
                update(room).where(room.c.id == id).values(values).returning(*ROOM_FIELDS)
            ).one_or_none()
        if row is None:
            raise NotFound("room", id, "There is no such room. Start one with slalom serve --class.")
        return _record(row)


def _record(row: tuple) -> RoomRecord:
    found = RoomRecord(*row)
    return found._replace(open=bool(found.open))

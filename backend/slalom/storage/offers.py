"""What students offer to be shown to all: at most one open offer of each."""

from __future__ import annotations

import time
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select

from slalom.errors import NotFound

from .connection import Database, iso, new_id
from .tables import member, offer


class OfferRecord(NamedTuple):
    """Something that a student would show."""

    id: str
    visitor: str
    name: str
    state: str | None
    """The set-up, as a share link carries it."""
    experiment: str | None
    created: str
    """UTC, ISO 8601."""
    nickname: str | None

    def told(self) -> dict[str, str | None]:
        """Return the offer as it is told: of whom, only the nickname."""
        about = self._asdict()
        del about["visitor"]
        return about


class Offers:
    """The open offers of the rooms of one installation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, room: str, visitor: str, name: str, state: str | None, experiment: str | None) -> str:
        """Store an offer in place of the visitor's former one, and return its id."""
        with self._database.write() as connection:
            connection.execute(delete(offer).where(offer.c.room == room, offer.c.visitor == visitor))
            id = new_id(connection.execute(select(func.max(offer.c.id))).scalar())
            values = {"id": id, "room": room, "visitor": visitor, "name": name, "state": state}
            connection.execute(insert(offer).values(values | {"experiment": experiment, "created": iso(time.time())}))
        return id

    def list(self, room: str) -> list[OfferRecord]:
        """Return the open offers of a room, oldest first."""
        known = [offer.c[name] for name in OfferRecord._fields[:-1]]
        whose = (member.c.room == offer.c.room) & (member.c.visitor == offer.c.visitor)
        query = select(*known, member.c.nickname).outerjoin(member, whose).where(offer.c.room == room)
        with self._database.read() as connection:
            return [OfferRecord(*row) for row in connection.execute(query.order_by(offer.c.id))]

    def get(self, room: str, id: str) -> OfferRecord:
        """Return an open offer; raises :class:`NotFound`."""
        found = next((one for one in self.list(room) if one.id == id), None)
        if found is None:
            raise NotFound("offer", id, f"There is no offer {id[:40]!r}: it was shown, or taken back.")
        return found

    def remove(self, id: str) -> None:
        """Let an offer be no longer open."""
        with self._database.write() as connection:
            connection.execute(delete(offer).where(offer.c.id == id))

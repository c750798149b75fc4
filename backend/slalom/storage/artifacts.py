"""What is kept of an experiment besides chunks: states of a run to go on from, planes to draw it in, findings."""

from __future__ import annotations

from sqlalchemy import delete, func, insert, select, update

from slalom.errors import Conflict, NotFound

from .connection import Database
from .purge import Purge
from .quota import ROOM_COLUMNS, ROW, Quota
from .tables import experiment, keep


class Artifacts:
    """Payloads of experiments, by their kind and the entry that they belong to."""

    def __init__(self, database: Database, quota: Quota, purge: Purge) -> None:
        self._database, self._quota, self._purge = database, quota, purge

    def keep(self, id: str, step: int, kind: str, payload: bytes) -> None:
        """Keep a payload of an experiment: what ``kind`` of thing, at which entry; one that was there is replaced.

        Raises :class:`Conflict` where the experiment is gone, :class:`NoRoom` where the store has no room for it, and
        :class:`StoreFull` where the disk is full.
        """
        self._purge.making_room(lambda: self._keep(id, step, kind, payload))

    def _keep(self, id: str, step: int, kind: str, payload: bytes) -> None:
        place = (keep.c.experiment == id, keep.c.kind == kind, keep.c.step == step)
        with self._database.write() as connection:
            before = connection.execute(select(func.length(keep.c.payload)).where(*place)).scalar()
            size = len(payload) + ROW - (0 if before is None else before + ROW)
            grows = update(experiment).where(experiment.c.id == id).values(bytes=experiment.c.bytes + size)
            now = connection.execute(grows.returning(*ROOM_COLUMNS)).one_or_none()
            if now is None:
                raise Conflict(f"The experiment {id} is gone; nothing of it can be kept.")
            self._quota.grown(connection, id, size, now)
            connection.execute(delete(keep).where(*place))
            connection.execute(insert(keep).values(experiment=id, kind=kind, step=step, payload=payload))

    def steps(self, id: str, kind: str, after: int = -1) -> list[int]:
        """Return the entries beyond ``after`` at which this kind of thing is kept, in order."""
        query = select(keep.c.step).where(keep.c.experiment == id, keep.c.kind == kind, keep.c.step > after)
        with self._database.read() as connection:
            return [*connection.execute(query.order_by(keep.c.step)).scalars()]

    def load(self, id: str, kind: str, step: int) -> bytes:
        """Return what is kept of an experiment at an entry, or raise :class:`NotFound`."""
        query = select(keep.c.payload).where(keep.c.experiment == id, keep.c.kind == kind, keep.c.step == step)
        with self._database.read() as connection:
            payload = connection.execute(query).scalar()
        if payload is None:
            sentence = f"The experiment {id} keeps no {kind} of entry {step}. Ask for another entry."
            raise NotFound("experiment", id, sentence)
        return payload

    def last(self, id: str, kind: str, upto: int | None = None) -> tuple[int, bytes] | None:
        """Return the last entry (not beyond ``upto``) at which this kind of thing is kept, and the thing; or None."""
        query = select(keep.c.step, keep.c.payload).where(keep.c.experiment == id, keep.c.kind == kind)
        if upto is not None:
            query = query.where(keep.c.step <= upto)
        with self._database.read() as connection:
            row = connection.execute(query.order_by(keep.c.step.desc()).limit(1)).one_or_none()
        return None if row is None else (row[0], row[1])

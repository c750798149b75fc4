"""What is kept besides chunks: states of a run to go on from, planes to draw it in, and the data that users brought."""

from __future__ import annotations

import json
import time
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select, update

from slalom.errors import Conflict, NotFound, SpecError

from .connection import iso, new_id
from .purge import Purging
from .quota import ROOM_COLUMNS, ROW
from .schema import dataset, experiment, keep

DATASET = "d"
"""What the id of a dataset begins with."""


class StoredDataset(NamedTuple):
    """Data that a user brought, without its text."""

    id: str
    name: str
    kind: str
    about: str
    """What was found in it, JSON."""
    created: str
    """UTC, ISO 8601."""


DATASET_FIELDS = [dataset.c[name] for name in StoredDataset._fields]


class Keeping(Purging):
    """The part of a store that keeps payloads by step, and data by id."""

    # Payloads of an experiment

    def keep(self, id: str, step: int, kind: str, payload: bytes) -> None:
        """Keep a payload of an experiment: what ``kind`` of thing, at which entry; one that was there is replaced.

        Raises :class:`Conflict` where the experiment is gone, :class:`NoRoom` where the store has no room for it, and
        :class:`StoreFull` where the disk is full.
        """
        self._making_room(lambda: self._keep(id, step, kind, payload))

    def _keep(self, id: str, step: int, kind: str, payload: bytes) -> None:
        place = (keep.c.experiment == id, keep.c.kind == kind, keep.c.step == step)
        with self._write() as connection:
            before = connection.execute(select(func.length(keep.c.payload)).where(*place)).scalar()
            size = len(payload) + ROW - (0 if before is None else before + ROW)
            grows = update(experiment).where(experiment.c.id == id).values(bytes=experiment.c.bytes + size)
            now = connection.execute(grows.returning(*ROOM_COLUMNS)).one_or_none()
            if now is None:
                raise Conflict(f"The experiment {id} is gone; nothing of it can be kept.")
            self._grown(connection, id, size, now)
            connection.execute(delete(keep).where(*place))
            connection.execute(insert(keep).values(experiment=id, kind=kind, step=step, payload=payload))

    def kept(self, id: str, kind: str, after: int = -1) -> list[int]:
        """Return the entries beyond ``after`` at which this kind of thing is kept, in order."""
        query = select(keep.c.step).where(keep.c.experiment == id, keep.c.kind == kind, keep.c.step > after)
        with self._read() as connection:
            return [*connection.execute(query.order_by(keep.c.step)).scalars()]

    def load(self, id: str, kind: str, step: int) -> bytes:
        """Return what is kept of an experiment at an entry, or raise :class:`NotFound`."""
        query = select(keep.c.payload).where(keep.c.experiment == id, keep.c.kind == kind, keep.c.step == step)
        with self._read() as connection:
            payload = connection.execute(query).scalar()
        if payload is None:
            sentence = f"The experiment {id} keeps no {kind} of entry {step}. Ask for another entry."
            raise NotFound("experiment", id, sentence)
        return payload

    def last_kept(self, id: str, kind: str, upto: int | None = None) -> tuple[int, bytes] | None:
        """Return the last entry (not beyond ``upto``) at which this kind of thing is kept, and the thing; or None."""
        query = select(keep.c.step, keep.c.payload).where(keep.c.experiment == id, keep.c.kind == kind)
        if upto is not None:
            query = query.where(keep.c.step <= upto)
        with self._read() as connection:
            row = connection.execute(query.order_by(keep.c.step.desc()).limit(1)).one_or_none()
        return None if row is None else (row[0], row[1])

    # Data that users brought

    def add_dataset(self, name: str, kind: str, about: str, text: bytes, client: str = "") -> str:
        """Store data that a user brought and return its id; ``about`` is JSON.

        Raises :class:`LimitExceeded` where there are too many, and :class:`NoRoom` where there is no room for it.
        """
        return self._making_room(lambda: self._add_dataset(name, kind, about, text, client))

    def _add_dataset(self, name: str, kind: str, about: str, text: bytes, client: str) -> str:
        now, size = time.time(), len(text) + ROW
        with self._write() as connection:
            self._admit_dataset(connection, client, size)
            newest = connection.execute(select(func.max(dataset.c.id))).scalar()
            id = DATASET + new_id(newest and newest.removeprefix(DATASET))
            values = {"id": id, "name": name, "kind": kind, "about": about, "created": iso(now), "text": text}
            values |= {"client": client, "bytes": size}
            connection.execute(insert(dataset).values(values))
        return id

    def dataset(self, id: str) -> StoredDataset:
        """Return a dataset without its text, or raise :class:`NotFound`."""
        with self._read() as connection:
            row = connection.execute(select(*DATASET_FIELDS).where(dataset.c.id == id)).one_or_none()
        if row is None:
            raise NotFound("dataset", id)
        return StoredDataset(*row)

    def datasets(self) -> list[StoredDataset]:
        """Return every dataset, newest first."""
        with self._read() as connection:
            return [
                StoredDataset(*row) for row in connection.execute(select(*DATASET_FIELDS).order_by(dataset.c.id.desc()))
            ]

    def delete_dataset(self, id: str) -> None:
        """Remove a dataset for good.

        Raises :class:`NotFound` where there is none, and :class:`Conflict` where an experiment that is not deleted
        uses it.
        """
        found = experiment.c.deleted.is_(None) & experiment.c.spec.contains(id, autoescape=True)
        users = select(experiment.c.id, experiment.c.name, experiment.c.spec).where(found)
        with self._write() as connection:
            for user, name, spec in connection.execute(users.order_by(experiment.c.id.desc())):
                if id == used_dataset(spec):
                    raise Conflict(
                        f"The dataset {id} is used by the experiment {user} ({name}). Delete that first, or keep both."
                    )
            if connection.execute(delete(dataset).where(dataset.c.id == id)).rowcount == 0:
                raise NotFound("dataset", id)

    def text_of(self, id: str) -> bytes:
        """Return the text of a user's file, or raise :class:`SpecError`: what a problem's ``data.id`` refers to."""
        with self._read() as connection:
            found = connection.execute(select(dataset.c.text).where(dataset.c.id == id)).scalar()
        if found is None:
            raise SpecError(f"There is no dataset {id[:40]!r}; upload it with POST /api/datasets.", NO_SUCH_DATASET)
        return found


NO_SUCH_DATASET = ("problem", "data", "id")
"""Where a spec says which file of a user it means."""


def used_dataset(spec: str) -> str | None:
    """Return the id of the user's file that a spec, as JSON, refers to.

    >>> used_dataset('{"problem": {"kind": "network", "data": {"kind": "csv", "id": "d1"}}}')
    'd1'
    >>> used_dataset('{"problem": {"kind": "bowl"}}')
    """
    place: Any = json.loads(spec)
    for name in NO_SUCH_DATASET:
        place = place.get(name) if isinstance(place, dict) else None
    return place

"""The data that users brought, and which experiments use it."""

from __future__ import annotations

import json
import time
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select

from slalom.errors import Conflict, NotFound, SpecError

from .connection import Database, iso, new_id
from .purge import Purge
from .quota import ROW, Quota
from .schema import dataset, experiment

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


class StoredDatasets:
    """Uploaded files, by id."""

    def __init__(self, database: Database, quota: Quota, purge: Purge) -> None:
        self._database, self._quota, self._purge = database, quota, purge

    def add(self, name: str, kind: str, about: str, text: bytes, client: str = "") -> str:
        """Store data that a user brought and return its id; ``about`` is JSON.

        Raises :class:`LimitExceeded` where there are too many, and :class:`NoRoom` where there is no room for it.
        """
        return self._purge.making_room(lambda: self._add(name, kind, about, text, client))

    def _add(self, name: str, kind: str, about: str, text: bytes, client: str) -> str:
        now, size = time.time(), len(text) + ROW
        with self._database.write() as connection:
            self._quota.admit_dataset(connection, client, size)
            newest = connection.execute(select(func.max(dataset.c.id))).scalar()
            id = DATASET + new_id(newest and newest.removeprefix(DATASET))
            values = {"id": id, "name": name, "kind": kind, "about": about, "created": iso(now), "text": text}
            values |= {"client": client, "bytes": size}
            connection.execute(insert(dataset).values(values))
        return id

    def get(self, id: str) -> StoredDataset:
        """Return a dataset without its text, or raise :class:`NotFound`."""
        with self._database.read() as connection:
            row = connection.execute(select(*DATASET_FIELDS).where(dataset.c.id == id)).one_or_none()
        if row is None:
            raise NotFound("dataset", id)
        return StoredDataset(*row)

    def list(self) -> list[StoredDataset]:
        """Return every dataset, newest first."""
        with self._database.read() as connection:
            return [
                StoredDataset(*row) for row in connection.execute(select(*DATASET_FIELDS).order_by(dataset.c.id.desc()))
            ]

    def delete(self, id: str) -> None:
        """Remove a dataset for good.

        Raises :class:`NotFound` where there is none, and :class:`Conflict` where an experiment that is not deleted
        uses it.
        """
        found = experiment.c.deleted.is_(None) & experiment.c.spec.contains(id, autoescape=True)
        users = select(experiment.c.id, experiment.c.name, experiment.c.spec).where(found)
        with self._database.write() as connection:
            for user, name, spec in connection.execute(users.order_by(experiment.c.id.desc())):
                if id == used_dataset(spec):
                    raise Conflict(
                        f"The dataset {id} is used by the experiment {user} ({name}). Delete that first, or keep both."
                    )
            if connection.execute(delete(dataset).where(dataset.c.id == id)).rowcount == 0:
                raise NotFound("dataset", id)

    def text(self, id: str) -> bytes:
        """Return the text of a user's file, or raise :class:`SpecError`: what a problem's ``data.id`` refers to."""
        with self._database.read() as connection:
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

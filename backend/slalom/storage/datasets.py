"""The data that users brought, and which experiments use it."""

from __future__ import annotations

import json
import time
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from slalom.catalogue.datasets.base import UserFile
from slalom.errors import Conflict, NotFound, SpecError

from .connection import Database, Holder, holder_of, iso, new_id, visible
from .purge import Purge
from .quota import ROW, Quota
from .tables import dataset, experiment

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
    client: str
    """Whose it is."""
    shared: bool
    """Whether everybody who may come in may use it."""
    source: str | None
    """The dataset whose file this is another reading of."""
    reading: str | None = None
    """How a table is read, JSON; None for names, and in lists."""


DATASET_FIELDS = [dataset.c[name] for name in StoredDataset._fields]
LISTED_FIELDS = DATASET_FIELDS[:-1]


class StoredDatasets:
    """Uploaded files, by id."""

    def __init__(self, database: Database, quota: Quota, purge: Purge) -> None:
        self._database, self._quota, self._purge = database, quota, purge

    def add(self, name: str, kind: str, about: str, text: bytes, client: str = "", reading: str | None = None) -> str:
        """Store data that a user brought and return its id; ``about`` and ``reading`` are JSON.

        Raises :class:`LimitExceeded` where there are too many, and :class:`NoRoom` where there is no room for it.
        """
        values = {"name": name, "kind": kind, "about": about, "text": text, "client": client, "reading": reading}
        return self._purge.making_room(lambda: self._add(values))

    def add_reading(
        self, of: StoredDataset, about: str, reading: str, client: str = "", seen_by: str | None = None
    ) -> tuple[str, bool]:
        """Store another reading of a dataset's file; return its id, and whether it was not there before.

        Raises what :meth:`add` does. ``seen_by``: only a reading that is this client's own or shared was there before.
        """
        source = of.source or of.id
        same = select(dataset.c.id).where((dataset.c.source == source) | (dataset.c.id == source))
        same = same.where(*visible(dataset, seen_by))
        with self._database.read() as connection:
            known = connection.execute(same.where(dataset.c.reading == reading).order_by(dataset.c.id)).scalar()
        if known is not None:
            return known, False
        values = {"name": of.name, "kind": of.kind, "about": about, "text": b"", "client": client}
        values |= {"reading": reading, "source": source}
        return self._purge.making_room(lambda: self._add(values)), True

    def _add(self, values: dict[str, Any]) -> str:
        now = time.time()
        size = len(values["text"]) + len(values["reading"] or "") + ROW
        with self._database.write() as connection:
            self._quota.admit_dataset(connection, values["client"], size)
            source = values.get("source")
            if source and not connection.execute(select(func.count()).where(dataset.c.id == source)).scalar():
                raise NotFound("dataset", source)
            newest = connection.execute(select(func.max(dataset.c.id))).scalar()
            id = DATASET + new_id(newest and newest.removeprefix(DATASET))
            connection.execute(insert(dataset).values(values | {"id": id, "created": iso(now), "bytes": size}))
        return id

    def get(self, id: str) -> StoredDataset:
        """Return a dataset without its text, or raise :class:`NotFound`."""
        with self._database.read() as connection:
            row = connection.execute(select(*DATASET_FIELDS).where(dataset.c.id == id)).one_or_none()
        if row is None:
            raise NotFound("dataset", id)
        return StoredDataset(*row)

    def holder(self, id: str) -> Holder | None:
        """Return whose a dataset is, None where there is none."""
        with self._database.read() as connection:
            return holder_of(connection, dataset, id)

    def list(self, seen_by: str | None = None) -> list[StoredDataset]:
        """Return every dataset, newest first; ``seen_by``: only that client's own and what is shared."""
        query = select(*LISTED_FIELDS).where(*visible(dataset, seen_by)).order_by(dataset.c.id.desc())
        with self._database.read() as connection:
            return [StoredDataset(*row) for row in connection.execute(query)]

    def share(self, id: str, shared: bool) -> None:
        """Let everybody who may come in use a dataset, or not; raises :class:`NotFound`."""
        with self._database.write() as connection:
            if connection.execute(update(dataset).where(dataset.c.id == id).values(shared=int(shared))).rowcount == 0:
                raise NotFound("dataset", id)

    def delete(self, id: str) -> None:
        """Remove a dataset for good.

        Raises :class:`NotFound` where there is none, and :class:`Conflict` where an experiment that is not deleted
        uses it.
        """
        found = experiment.c.deleted.is_(None) & experiment.c.spec.contains(id, autoescape=True)
        owner = select(dataset.c.client).where(dataset.c.id == id).scalar_subquery()
        others = (experiment.c.client != owner).label("others")
        users = select(experiment.c.id, experiment.c.name, experiment.c.spec, others).where(found)
        with self._database.write() as connection:
            for user, name, spec, others in connection.execute(users.order_by(experiment.c.id.desc())):
                if id == used_dataset(spec):
                    which = user if others else f"{user} ({name})"
                    raise Conflict(
                        f"The dataset {id} is used by the experiment {which}. Delete that first, or keep both."
                    )
            self._hand_over(connection, id)
            if connection.execute(delete(dataset).where(dataset.c.id == id)).rowcount == 0:
                raise NotFound("dataset", id)

    def _hand_over(self, connection: Connection, id: str) -> None:
        """Give the file of a dataset to the oldest other reading of it, if there is one."""
        heir = connection.execute(select(func.min(dataset.c.id)).where(dataset.c.source == id)).scalar()
        if heir is None:
            return
        text = connection.execute(select(dataset.c.text).where(dataset.c.id == id)).scalar_one()
        connection.execute(update(dataset).where(dataset.c.source == id).values(source=heir))
        given = {"source": None, "text": text, "bytes": dataset.c.bytes + len(text)}
        connection.execute(update(dataset).where(dataset.c.id == heir).values(given))

    def file(self, id: str, seen_by: str | None = None) -> UserFile:
        """Return a user's file and how it is read; :class:`SpecError` where a problem's ``data.id`` is of nothing.

        ``seen_by``: nothing but that client's own and what is shared.
        """
        whose = dataset.alias("whose")
        query = (
            select(whose.c.text, dataset.c.reading)
            .join(whose, whose.c.id == func.coalesce(dataset.c.source, dataset.c.id))
            .where(dataset.c.id == id, *visible(dataset, seen_by))
        )
        with self._database.read() as connection:
            found = connection.execute(query).one_or_none()
        if found is None:
            raise SpecError(f"There is no dataset {id[:40]!r}; upload it with POST /api/datasets.", NO_SUCH_DATASET)
        return UserFile(*found)


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

"""What is kept of every experiment: its spec, its state, and who is responsible for it.

queued ──> running <──> paused        A worker claims it; the user pauses and resumes it.
  │  <────────┤  <─────────┤          Its process is lost, and another goes on: see servers.py.
  └───────────┴────────────┴──> done, cancelled, failed, interrupted      and there it stays.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, insert, or_, select, update

from slalom.errors import Conflict, NotFound

from .clock import surely_ago
from .connection import Database, Holder, holder_of, iso, new_id, visible
from .purge import ENDING, FOR_GOOD, KEPT_AFTER_DELETE, Purge
from .quota import ALIVE, ROW, Quota
from .records import AT_WORK, LISTED, RECORD, STATE, ExperimentRecord, ExperimentState, counted, mentions
from .tables import STATUSES, TERMINAL, experiment, outcome

PAGE_BYTES = 4 * 2**20
"""Bytes of specs in one page of a list: what would be longer ends sooner."""


class Experiments:
    """The experiments of one installation, without what they streamed."""

    def __init__(self, database: Database, quota: Quota, purge: Purge) -> None:
        self._database, self._quota, self._purge = database, quota, purge

    # One experiment

    def create(
        self,
        *,
        kind: str,
        name: str,
        spec: str,
        owner: str,
        client: str = "",
        parent: str | None = None,
        source: str | None = None,
        room: int = 0,
        listed: bool = True,
        running: bool = False,
    ) -> ExperimentRecord:
        """Store a new experiment as ``queued`` and return it; ``room`` bytes are set aside for what it will append.

        One that is ``running`` needs no worker: who creates it appends to it and finishes it.

        One that is not ``listed`` goes after an hour, unless it is restored.

        Raises :class:`LimitExceeded` where too many wait, and :class:`NoRoom` where there is no room for it.
        """
        values = {"kind": kind, "name": name, "spec": spec, "owner": owner, "client": client, "parent": parent}
        values |= {"source": source}
        values |= {
            "status": "running" if running else "queued",
            "wanted": "run",
            "steps_done": 0,
            "bytes": len(spec.encode()) + ROW,
        }
        values |= {"room": values["bytes"] + room, "listed": int(listed)}
        return self._purge.making_room(lambda: self._create(values))

    def _create(self, values: dict[str, Any]) -> ExperimentRecord:
        now = time.time()
        with self._database.write() as connection:
            self._quota.admit_to_queue(connection, values["client"])
            self._quota.admit_experiment(connection, values["client"], values["room"])
            newest = connection.execute(select(func.max(experiment.c.id))).scalar()
            values = values | {"id": new_id(newest), "heartbeat": now, "created": iso(now)}
            connection.execute(insert(experiment).values(values))
            row = connection.execute(select(*RECORD).where(experiment.c.id == values["id"])).one()
        return ExperimentRecord(*row)

    def get(self, id: str) -> ExperimentRecord:
        """Return an experiment that is not deleted, or raise :class:`NotFound`."""
        query = select(*RECORD).where(experiment.c.id == id, experiment.c.deleted.is_(None))
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("experiment", id)
        return ExperimentRecord(*row)

    def holder(self, id: str) -> Holder | None:
        """Return whose an experiment is, also where it is deleted; None where there is none."""
        with self._database.read() as connection:
            return holder_of(connection, experiment, id)

    def list(
        self,
        after: str | None = None,
        limit: int = 50,
        search: str = "",
        *,
        seen_by: str | None = None,
        client: str | None = None,
        shared: bool = False,
    ) -> tuple[list[ExperimentRecord], str | None]:
        """Return at most ``limit`` experiments, newest first, and what to give as ``after`` to see the next ones.

        A page has fewer where specs are long; outcomes of many runs are left out.

        Every word of ``search`` must be part of the name, or begin a kind (of the problem, its data, a rule, a
        schedule) or the label of a run; upper and lower case of Latin letters are the same.

        ``seen_by``: only that client's own and what is shared; ``client``: only its own; ``shared``: only shared ones.
        """
        wanted = [experiment.c.deleted.is_(None), experiment.c.listed == 1, *map(mentions, search.split())]
        wanted += visible(experiment, seen_by)
        wanted += [] if client is None else [experiment.c.client == client]
        wanted += [experiment.c.shared == 1] if shared else []
        query = select(*LISTED).where(*wanted).order_by(experiment.c.id.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(experiment.c.id < after)
        found: list[ExperimentRecord] = []
        length = 0
        with self._database.read() as connection:
            for record in map(ExperimentRecord._make, connection.execute(query)):
                length += len(record.spec)
                if len(found) == limit or (found and length > PAGE_BYTES):
                    return found, found[-1].id
                found.append(record)
        return found, None

    def rename(self, id: str, name: str) -> ExperimentRecord:
        """Give an experiment another name, or raise :class:`NotFound`."""
        return self._change(id, experiment.c.deleted.is_(None), name=name)

    def share(self, id: str, shared: bool) -> ExperimentRecord:
        """Let everybody who may come in read an experiment, or not; raises :class:`NotFound`."""
        return self._change(id, experiment.c.deleted.is_(None), shared=int(shared))

    def restore(self, id: str) -> ExperimentRecord:
        """List what was not listed or was deleted within the last hour, or raise :class:`NotFound`."""
        recent = or_(experiment.c.deleted.is_(None), experiment.c.deleted > surely_ago(KEPT_AFTER_DELETE))
        return self._change(id, recent, deleted=None, listed=1)

    # What the user wants

    def delete(self, id: str, for_good: bool = False) -> None:
        """Cancel and hide an experiment, or raise :class:`NotFound`; it goes at the next purge after an hour.

        ``for_good``: at the next one, also where it was hidden before; it cannot be restored.
        """
        hidden = update(experiment).where(experiment.c.id == id)
        if not for_good:
            hidden = hidden.where(experiment.c.deleted.is_(None))
        hidden = hidden.values(deleted=FOR_GOOD if for_good else time.time(), **ENDING)
        with self._database.write() as connection:
            if connection.execute(hidden).rowcount == 0:
                raise NotFound("experiment", id)

    def want(self, id: str, wanted: str) -> ExperimentRecord:
        """Ask an experiment to ``run``, ``pause`` or ``cancel``, and return it.

        What is still queued is cancelled at once; asking again for what is already so changes nothing.
        Raises :class:`Conflict` where it has ended or is being cancelled, :class:`NotFound` where there is none.
        """
        _one_of("wanted", wanted, ("run", "pause", "cancel"))
        status, room = experiment.c.status, experiment.c.room
        if wanted == "cancel":
            room = case((status == "queued", experiment.c.bytes), else_=room)
        becomes = {
            "cancel": case((status == "queued", "cancelled"), else_=status),
            "pause": case((status == "running", "paused"), else_=status),
            "run": case((status == "paused", "running"), else_=status),
        }[wanted]
        change = update(experiment).where(experiment.c.id == id, experiment.c.deleted.is_(None), ALIVE)
        if wanted != "cancel":
            change = change.where(experiment.c.wanted != "cancel")
        with self._database.write() as connection:
            change = change.values(wanted=wanted, status=becomes, room=room)
            row = connection.execute(change.returning(*RECORD)).one_or_none()
        return ExperimentRecord(*row) if row is not None else self._refused(id, wanted)

    def _refused(self, id: str, wanted: str) -> ExperimentRecord:
        record = self.get(id)
        if wanted == "cancel":
            return record
        verb = {"run": "resumed", "pause": "paused"}[wanted]
        state = f"is {record.status}" if record.status in TERMINAL else "is being cancelled"
        raise Conflict(f"The experiment {id} {state} and cannot be {verb}. Start it again to see it run.")

    # What its worker does

    def claim(self, id: str, owner: str) -> bool:
        """Take a queued experiment to run it, as the process ``owner``; False where another one was faster or it ended.

        The record's ``worker`` is set to ``owner``; its ``owner`` stays the server that is responsible for it. Asking
        again, because the answer was lost, changes nothing.
        """
        status = case((experiment.c.wanted == "pause", "paused"), else_="running")
        free = or_(experiment.c.status == "queued", and_(AT_WORK, experiment.c.worker == owner))
        change = update(experiment).where(experiment.c.id == id, free)
        with self._database.write() as connection:
            return connection.execute(change.values(status=status, worker=owner, heartbeat=time.time())).rowcount == 1

    def beat(self, id: str, **mine: str) -> str:
        """Give a sign of life and return what is wanted: ``run``, ``pause`` or ``cancel``.

        It is ``cancel`` as soon as the experiment has ended, or is not ``mine`` any more: see :meth:`finish`.
        """
        change = update(experiment).where(experiment.c.id == id, AT_WORK, *_belongs(mine))
        with self._database.write() as connection:
            change = change.values(heartbeat=time.time()).returning(experiment.c.wanted)
            return connection.execute(change).scalar() or "cancel"

    def finish(self, id: str, status: str, outcomes: str | None = None, error: str | None = None, **mine: str) -> bool:
        """End an experiment, as one of :data:`TERMINAL`; False where it had ended before.

        ``mine`` is the ``worker`` or the ``owner`` that speaks, if anybody does: False where it is another's by now.
        """
        _one_of("status", status, TERMINAL)
        size = experiment.c.bytes + (0 if outcomes is None else len(outcomes) + ROW)
        change = update(experiment).where(experiment.c.id == id, ALIVE, *_belongs(mine))
        with self._database.write() as connection:
            ended = connection.execute(change.values(status=status, error=error, bytes=size, room=size)).rowcount == 1
            if ended and outcomes is not None:
                connection.execute(insert(outcome).values(experiment=id, outcomes=outcomes, **counted(outcomes)))
        return ended

    # What the supervisor needs

    def states(self, ids: Iterable[str]) -> dict[str, ExperimentState]:
        """Return the state of every one of these experiments that exists, the deleted ones included."""
        query = select(experiment.c.id, *STATE).where(experiment.c.id.in_([*ids]))
        with self._database.read() as connection:
            return {id: ExperimentState(*row) for id, *row in connection.execute(query)}

    def queued(self, owner: str | None = None, limit: int = 100) -> list[str]:
        """Return the ids of what waits for a worker; only those of one server if given.

        Clients take turns: first come those of whom nothing runs, and of each client the oldest.
        """
        same = experiment.alias()
        running = select(func.count()).where(same.c.client == experiment.c.client, same.c.status == "running")
        rank = func.row_number().over(partition_by=experiment.c.client, order_by=experiment.c.id)
        turn = running.correlate(experiment).scalar_subquery() + rank
        query = select(experiment.c.id).where(experiment.c.status == "queued").order_by(turn, experiment.c.id)
        if owner is not None:
            query = query.where(experiment.c.owner == owner)
        query = query.limit(limit)
        with self._database.read() as connection:
            return [*connection.execute(query).scalars()]

    def count(self, client: str | None = None, statuses: Iterable[str] = STATUSES[:3]) -> int:
        """Return how many experiments are queued, running or paused (or as given), of one client or altogether."""
        query = select(func.count()).where(experiment.c.status.in_([*statuses]))
        if client is not None:
            query = query.where(experiment.c.client == client)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def _change(self, id: str, condition: Any, **values: object) -> ExperimentRecord:
        change = update(experiment).where(experiment.c.id == id, condition).values(values).returning(*RECORD)
        with self._database.write() as connection:
            row = connection.execute(change).one_or_none()
        if row is None:
            raise NotFound("experiment", id)
        return ExperimentRecord(*row)


def _belongs(mine: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """Return the conditions that an experiment still has its ``worker`` or its ``owner``."""
    return [experiment.c[name] == value for name, value in mine.items()]


def _one_of(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{what} must be one of {', '.join(allowed)}, not {value!r}.")

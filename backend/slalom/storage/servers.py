"""The servers that share a store, and what becomes of the experiments of one that is gone.

What a worker of it was computing goes on elsewhere, from what is stored: see :mod:`slalom.engine.resumption`. What no
worker computes, such as a loop that somebody's own program sends, goes on as if nothing had happened.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, and_, case, delete, func, or_, select, update

from .connection import Database, put
from .quota import ALIVE
from .records import AT_WORK
from .tables import experiment, server

MOST_RESUMED = 3
"""Times that an experiment is taken up again after its process was lost: it may be what ends them."""

COMPUTED = and_(AT_WORK, experiment.c.worker.is_not(None))
"""The condition that a worker of this installation has an experiment."""
ELSEWHERE = and_(AT_WORK, experiment.c.worker.is_(None))
"""The condition that somebody else writes an experiment."""
ENDED = {"room": experiment.c.bytes}
"""What is changed about an experiment that ends."""


class Servers:
    """The servers of a store; each is named by its owner's identity, as the experiments that it answers for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, owner: str) -> None:
        """Give a sign of life for a server, and for what it has queued or paused, where no worker does."""
        now = time.time()
        waiting = update(experiment).where(experiment.c.owner == owner, experiment.c.status.in_(("queued", "paused")))
        with self._database.write() as connection:
            put(connection, server, {"owner": owner}, {"beat": now})
            connection.execute(waiting.values(heartbeat=now))

    def beats(self) -> dict[str, float]:
        """Return every server with a number that changes whenever it gives a sign of life.

        Of one that never said that it lives, but has experiments that have not ended, it is the sum of their signs.
        """
        sums = select(experiment.c.owner, func.sum(experiment.c.heartbeat)).where(ALIVE).group_by(experiment.c.owner)
        with self._database.read() as connection:
            unsaid = {owner: beats for owner, beats in connection.execute(sums)}
            return unsaid | {owner: beat for owner, beat in connection.execute(select(server))}

    def leave(self, owner: str) -> None:
        """Forget a server that ends; what it has queued waits for the next one."""
        with self._database.write() as connection:
            connection.execute(delete(server).where(server.c.owner == owner))

    def computed(self, owner: str) -> list[str]:
        """Return the ids of what workers of a server are running, or hold paused."""
        query = select(experiment.c.id).where(experiment.c.owner == owner, COMPUTED).order_by(experiment.c.id)
        with self._database.read() as connection:
            return [*connection.execute(query).scalars()]

    def inherit(self, owner: str, heir: str, *, lost: bool = True) -> bool:
        """Give everything of a server to another one, and forget the first; False where the heir is no server.

        ``lost``: its processes ended without being asked to, which counts (see :meth:`resume`).
        """
        more = case((COMPUTED, experiment.c.resumed + int(lost)), else_=experiment.c.resumed)
        with self._database.write() as connection:
            if connection.execute(select(server.c.owner).where(server.c.owner == heir)).one_or_none() is None:
                return False
            _give(connection, owner, heir, resumed=more)
        return True

    def interrupt(self, owner: str, heir: str | None = None, spared: Collection[str] = ()) -> list[str]:
        """End as ``interrupted`` what a server's workers were computing, but not what is ``spared``; return which.

        The rest is given to ``heir``, if there is one.
        """
        lost = and_(experiment.c.owner == owner, COMPUTED, experiment.c.id.not_in([*spared]))
        with self._database.write() as connection:
            ended = connection.execute(select(experiment.c.id, experiment.c.steps_done).where(lost)).all()
            for id, steps in ended:
                reason = f"The server stopped at step {steps}. Start it again; everything streamed so far is kept."
                change = update(experiment).where(experiment.c.id == id)
                connection.execute(change.values(status="interrupted", error=reason, **ENDED))
            if heir is not None:
                _give(connection, owner, heir)
        return [id for id, _ in ended]

    def resume(self, id: str, owner: str, because: str, *, lost: bool = True) -> bool:
        """Queue again what a worker of a server was computing; it goes on from what is stored. False where none was.

        What is being cancelled is ``cancelled`` instead. What was ``lost`` more than :data:`MOST_RESUMED` times is
        ``failed``, ``because`` of what ended its process.
        """
        mine = and_(experiment.c.id == id, experiment.c.owner == owner, COMPUTED)
        asked = select(experiment.c.wanted, experiment.c.steps_done, experiment.c.resumed).where(mine)
        with self._database.write() as connection:
            found = connection.execute(asked).one_or_none()
            if found is None:
                return False
            times = found.resumed + int(lost)
            change = update(experiment).where(mine).values(resumed=times)
            if found.wanted == "cancel":
                change = change.values(status="cancelled", **ENDED)
            elif times > MOST_RESUMED:
                change = change.values(status="failed", error=_too_often(because, found.steps_done), **ENDED)
            else:
                change = change.values(status="queued", worker=None, heartbeat=time.time())
            return connection.execute(change).rowcount == 1

    def elsewhere(self) -> dict[str, float]:
        """Return what somebody else writes, with a number for each that changes with every sign of life."""
        query = select(experiment.c.id, experiment.c.heartbeat).where(ELSEWHERE)
        with self._database.read() as connection:
            return {id: beat for id, beat in connection.execute(query)}

    def interrupt_silent(self, beats: Mapping[str, float], reason: str) -> int:
        """End as ``interrupted`` what somebody else writes and has given no sign since those; return how many.

        No process of this installation computes it: nobody else would notice.
        """
        silent = [and_(experiment.c.id == id, experiment.c.heartbeat == beat) for id, beat in beats.items()]
        change = update(experiment).where(ELSEWHERE, or_(*silent))
        with self._database.write() as connection:
            return connection.execute(change.values(status="interrupted", error=reason, **ENDED)).rowcount


def _give(connection: Connection, owner: str, heir: str, **values: Any) -> None:
    """Give what a server has and has not ended to another one, counting its silence from now on, and forget it."""
    given = update(experiment).where(experiment.c.owner == owner, ALIVE)
    connection.execute(given.values(owner=heir, heartbeat=time.time(), **values))
    connection.execute(delete(server).where(server.c.owner == owner))


def _too_often(because: str, steps: int) -> str:
    return (
        f"{because} at step {steps}, after it had been taken up again {MOST_RESUMED} times. Perhaps it needs more "
        "memory than there is: make it smaller, or start it again. Everything streamed so far is kept."
    )

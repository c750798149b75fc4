"""Who waits for a process: everybody takes turns, and nobody's many requests keep others from waiting, too."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from slalom.errors import Busy


class Asker(NamedTuple):
    """Who asks: a visitor, and which of their connections."""

    client: Hashable = ""
    """Empty where the server itself does."""
    connection: Hashable = ""


@dataclass(eq=False)
class Turn:
    """One request that waits; ``given`` becomes its process, or says why there is none."""

    asker: Asker
    long: bool
    given: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class FairQueue:
    """At most so many turns, dealt out to clients in rotation, and to the connections of each in rotation.

    No client has more than ``each`` of them, where that is given.
    """

    def __init__(self, places: int, each: int | None = None) -> None:
        self._places, self._each = places, each
        self._clients: dict[Hashable, dict[Hashable, deque[Turn]]] = {}
        """Whose turn comes next stands first."""

    def __len__(self) -> int:
        return sum(map(len, self._queues()))

    def _queues(self) -> Iterator[deque[Turn]]:
        return (queue for queues in self._clients.values() for queue in queues.values())

    def join(self, asker: Asker, long: bool) -> Turn:
        """Wait behind the other requests of the same connection.

        Where all places are taken, the newest request of whoever has most of them goes away with :class:`Busy`, if
        that is somebody else who would still have as many as this one. Else raises :class:`Busy`, as where all places
        of one client are taken.
        """
        mine = sum(map(len, self._clients.get(asker.client, {}).values()))
        if self._each is not None and asker.client and mine >= self._each:
            raise Busy(f"{mine} simulations of yours wait already. Wait for one of them, or stop one, before the next.")
        if len(self) >= self._places:
            self._make_room(asker)
        turn = Turn(asker, long)
        self._clients.setdefault(asker.client, {}).setdefault(asker.connection, deque()).append(turn)
        return turn

    def place(self, turn: Turn) -> int:
        """Return when it is somebody's turn if nobody else comes or leaves: 1 is next, 0 waits no longer."""
        asker, queues = turn.asker, self._clients.get(turn.asker.client, {})
        if turn not in queues.get(asker.connection, ()):
            return 0
        own = queues[asker.connection].index(turn)
        mine = own + _before({key: len(queue) for key, queue in queues.items()}, asker.connection, own)
        totals = {client: sum(map(len, queues.values())) for client, queues in self._clients.items()}
        return 1 + mine + _before(totals, asker.client, mine)

    def leave(self, turn: Turn) -> None:
        """Give up a place, if it has not been given up already."""
        queues = self._clients.get(turn.asker.client, {})
        if turn in queues.get(turn.asker.connection, ()):
            queues[turn.asker.connection].remove(turn)
            self._forget(turn.asker)

    def next(self, long: bool) -> Turn | None:
        """Return whose turn it is, None where nobody's; unless ``long``, long ones wait on."""
        for client, queues in self._clients.items():
            for connection, queue in queues.items():
                turn = next((turn for turn in queue if long or not turn.long), None)
                if turn is not None:
                    queue.remove(turn)
                    queues[connection] = queues.pop(connection)
                    self._clients[client] = self._clients.pop(client)
                    self._forget(turn.asker)
                    return turn
        return None

    def refuse(self, reason: str) -> None:
        """Send everybody away."""
        for queue in [*self._queues()]:
            for turn in [*queue]:
                self._send_away(turn, reason)

    def _make_room(self, asker: Asker) -> None:
        reason = f"{len(self)} simulations wait already. Try again in a few seconds."
        client, queues = _most(self._clients, lambda queues: sum(map(len, queues.values())))
        mine = self._clients.get(asker.client, {})
        if client == asker.client:
            has, wants = max(map(len, queues.values())), len(mine.get(asker.connection, ()))
        else:
            has, wants = sum(map(len, queues.values())), sum(map(len, mine.values()))
        if has <= wants + 1:
            raise Busy(reason)
        _, queue = _most(queues, len)
        self._send_away(queue[-1], reason)

    def _send_away(self, turn: Turn, reason: str) -> None:
        self.leave(turn)
        if not turn.given.done():
            turn.given.set_exception(Busy(reason))

    def _forget(self, asker: Asker) -> None:
        """Forget who waits no longer, so that who comes back is the last."""
        queues = self._clients[asker.client]
        if not queues[asker.connection]:
            del queues[asker.connection]
        if not queues:
            del self._clients[asker.client]


def _most(holders: dict[Hashable, Any], size: Callable[[Any], int]) -> tuple[Hashable, Any]:
    """Return who has most, of several the last to be served."""
    return max(reversed(holders.items()), key=lambda item: size(item[1]))


def _before(counts: dict[Hashable, int], holder: Hashable, served: int) -> int:
    """Return how many turns of others come before a holder's turn number ``served``, counted from 0, in rotation."""
    others, ahead = 0, True
    for key, count in counts.items():
        if key == holder:
            ahead = False
        else:
            others += min(count, served + ahead)
    return others

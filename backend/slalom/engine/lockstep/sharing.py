"""Work that processes of other workers do: tiles of maps, and some runs of an experiment. They read the same store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol


class Walkers(Protocol):
    """Processes that go through an experiment together, each with some of its runs."""

    runs: Sequence[Sequence[int]]
    """Which runs each of them has."""

    def walk(self, n: int) -> list[Any]:
        """Let each of them make n updates; return what each returns.

        Raises ProcessLost where one of them died: with it went where its runs had come to.
        """
        ...


class WorkSharing(Protocol):
    """Has work done by other processes, for an experiment that may be paused and cancelled meanwhile.

    ``entry`` names what they call, from the store's URL, the spec as JSON (``given``), and what is their part of it.
    """

    def tiles(self, entry: str, given: str, todo: Sequence[int]) -> Iterator[tuple[int, Any]]:
        """Yield the place in ``todo`` and the result of every tile, as they are done, in about their order."""
        ...

    def walkers(self, entry: str, given: str, order: Sequence[int]) -> Walkers:
        """Return as many processes as there is room for; the runs are dealt out among them in this ``order``.

        What ``entry`` returns is called with every number of updates that is asked for.
        """
        ...

"""The runner: what every kind of experiment is, once it is computed. Frames on the way, and a result at the end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.experiments.outcome import Outcome

from .descent import Descent, Tick
from .lockstep.groups import Checkpoint
from .lockstep.sharing import WorkSharing

Alive = Callable[[], object]
"""Called every now and then while something is computed; raises :class:`slalom.unexpected.Cancelled` where nobody
waits for it any more, and may wait while it is paused."""


def unwatched() -> None:
    """Let a computation go on to its end."""


class Result(NamedTuple):
    """What came of an experiment."""

    outcomes: list[Outcome] | None
    """Of every run; None where they are in the frames."""
    findings: dict[str, Any] | None = None
    """What a kind of experiment finds besides, as JSON carries it."""


class Runner(Protocol):
    """An experiment on its way."""

    @property
    def outcomes(self) -> list[Outcome] | None:
        """What came of every run so far; None where that is in the frames."""
        ...

    def frames(self, alive: Alive = unwatched, known: Collection[int] = ()) -> Iterator[Tick]:
        """Yield what every stretch of work brought; to be iterated over once.

        Of the runs ``known`` something is stored already: what is known as a whole may be left out.
        """
        ...

    def result(self, alive: Alive = unwatched) -> Result:
        """Return what came of it, after the last frame."""
        ...


class ComparisonRunner:
    """Runs side by side; those of a fork begin at a checkpoint of another run."""

    def __init__(
        self,
        spec: AnyExperiment,
        uploads: Uploads = no_uploads,
        share: WorkSharing | None = None,
        origin: Sequence[Checkpoint] | None = None,
    ) -> None:
        """``origin`` has one checkpoint for every lane of a fork; ``uploads`` finds users' files.

        ``share`` has networks trained elsewhere; what is made of that is made here, for all runs together.
        """
        self.descent: Descent = Descent(spec, origin=origin, uploads=uploads, share=share)

    @property
    def outcomes(self) -> list[Outcome]:
        """What came of every run so far."""
        return self.descent.outcomes

    def frames(self, alive: Alive = unwatched, known: Collection[int] = ()) -> Iterator[Tick]:
        """Yield the ticks of the descent."""
        return iter(self.descent)

    def result(self, alive: Alive = unwatched) -> Result:
        """Return the outcomes."""
        return Result(self.outcomes)

"""What the loop is given: runs that are ready to go, whatever they minimise, and what is told and kept on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from .groups import Checkpoint, Group
from .observations import Observations, TrainingSummary


class Event(NamedTuple):
    """Something worth telling while it happens."""

    run: int
    kind: str
    """As in ``diagnosis.detector.EVENTS``; of networks also device, data, plane and timing."""
    step: int
    sentence: str
    value: float | None = None
    """Of a plane the explained share; of a timing the seconds per update of one run."""


class Artifact(NamedTuple):
    """Something to be stored with an experiment: the state of all its runs at an entry, or a plane."""

    step: int
    payload: bytes
    kind: str = "state"


class RecordedTick(NamedTuple):
    """A tick of R runs."""

    seen: Observations
    columns: np.ndarray
    """What is stored: shape (columns, R, n), in the dtype of the runs."""
    ends: np.ndarray
    """The last entry of every run that has ended, shape (R,), and something later for the others."""
    events: Sequence[Event] = ()
    kept: Sequence[Artifact] = ()


class Stepper(Protocol):
    """A group of runs in lock step, on its way."""

    def walk(self, n: int) -> Any:
        """Make n updates; return what its recorder wants to know of them."""
        ...

    def advance(self, n: int) -> None:
        """Make n updates and look at nothing."""
        ...

    def snapshot(self, run: int) -> Checkpoint:
        """Return all that run number ``run`` of the group needs to go on from here."""
        ...


class Recorder(Protocol):
    """What turns walks into records."""

    names: tuple[str, ...]

    def take(self, first: int, ends: np.ndarray, walks: Sequence[Sequence[Any]]) -> RecordedTick:
        """Return the record of a tick that begins with entry ``first``.

        ``walks`` has the successive walks of every group; ``ends`` is as in the record before.
        """
        ...


class Setup(NamedTuple):
    """Runs that are ready to go."""

    groups: list[Group]
    steppers: Sequence[Stepper]
    recorder: Recorder
    numbers: int
    """Numbers recorded of one entry of all runs."""
    least: int = 4
    """Updates to begin a tick with, before anything is known of how long they take."""
    opening: Sequence[Event] = ()
    """What is told before the first entry."""
    closing: Callable[[], Sequence[Event]] = tuple
    """What is told after the last one."""
    training: Callable[[], Sequence[TrainingSummary] | None] = lambda: None
    """Returns the summaries of all runs as networks; None where there are none."""

"""What the loop is given: runs that are ready to go, whatever they minimise, and what is told and kept on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from .groups import Checkpoint, Group
from .observations import Observations, TrainingSummary


class Event(NamedTuple):
    """Something worth telling while it happens."""

    run: int
    kind: str
    """As in ``diagnosis.detector.EVENTS``; of networks also device, data, plane and timing; resumed of one lost."""
    step: int
    sentence: str
    value: float | None = None
    """Of a plane the explained share; of a timing the seconds per update of one run."""


class Artifact(NamedTuple):
    """Something to be stored with an experiment: the state of all its runs at an entry, or a plane."""

    step: int
    payload: bytes
    kind: str = "state"


@dataclass(slots=True)
class StepStatistics:
    """What happened at n successive entries of E runs, before the update that follows each; arrays of shape (n, E)."""

    loss: np.ndarray
    lr: np.ndarray
    """Learning rate of the update that follows, float64."""


_Steps = TypeVar("_Steps", bound=StepStatistics)
_Made = TypeVar("_Made", bound=StepStatistics, covariant=True)
_Taken = TypeVar("_Taken", bound=StepStatistics, contravariant=True)


def joined_steps(parts: Sequence[_Steps]) -> _Steps:
    """Return successive statistics of the same runs as one."""
    if len(parts) == 1:
        return parts[0]
    columns = ([getattr(part, field.name) for part in parts] for field in fields(parts[0]))
    return type(parts[0])(*map(_joined, columns))


def _joined(pieces: list[Any]) -> Any:
    if isinstance(pieces[0], np.ndarray):
        return np.concatenate(pieces)
    return None if pieces[0] is None else [one for piece in pieces for one in piece]


class RecordedTick(NamedTuple):
    """A tick of R runs."""

    seen: Observations
    columns: np.ndarray
    """What is stored: shape (columns, R, n), in the dtype of the runs."""
    ends: np.ndarray
    """The last entry of every run that has ended, shape (R,), and something later for the others."""
    events: Sequence[Event] = ()
    kept: Sequence[Artifact] = ()


class Stepper(Protocol[_Made]):
    """A group of runs in lock step, on its way."""

    stretch: int
    """Updates between two signs of life, at most."""

    def walk(self, n: int) -> _Made:
        """Make n updates; return what its recorder wants to know of them."""
        ...

    def advance(self, n: int) -> None:
        """Make n updates and look at nothing."""
        ...

    def snapshot(self, run: int) -> Checkpoint:
        """Return all that run number ``run`` of the group needs to go on from here."""
        ...


class Recorder(Protocol[_Taken]):
    """What turns walks into records."""

    names: tuple[str, ...]

    def take(self, first: int, ends: np.ndarray, walks: Sequence[Sequence[_Taken]]) -> RecordedTick:
        """Return the record of a tick that begins with entry ``first``.

        ``walks`` has the successive walks of every group; ``ends`` is as in the record before.
        """
        ...


class Setup(NamedTuple, Generic[_Steps]):
    """Runs that are ready to go."""

    groups: list[Group]
    walk: Callable[[int], Sequence[_Steps]]
    """Makes so many updates, and returns what its recorder wants to know of every group."""
    recorder: Recorder[_Steps]
    numbers: int
    """Numbers recorded of one entry of all runs."""
    least: int = 4
    """Updates to begin a tick with, before anything is known of how long they take."""
    longer: int = 1
    """Times as long as others that its ticks are."""
    opening: Sequence[Event] = ()
    """What is told before the first entry."""
    closing: Callable[[], Sequence[Event]] = tuple
    """What is told after the last one."""
    training: Callable[[], Sequence[TrainingSummary | None] | None] = lambda: None
    """Returns the summaries of all runs as networks; None where there are none."""

    def record(self, first: int, ends: np.ndarray, batches: Iterable[int]) -> RecordedTick:
        """Make updates, so many at a time, and return the record of these entries, the first of which is ``first``."""
        walks: list[list[_Steps]] = [[] for _ in self.groups]
        for n in batches:
            for steps, parts in zip(self.walk(n), walks, strict=True):
                parts.append(steps)
        return self.recorder.take(first, ends, walks)

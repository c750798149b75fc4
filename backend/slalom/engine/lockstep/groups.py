"""Which runs can be stepped together, and how their settings become columns.

Runs in lock step share the problem, the kind of rule, every setting that is not a float, which floats are exactly 0
(0 · inf is nan, so such a term is left out for all or for none), whether they are disturbed, and how many examples of
what order an update looks at. Networks may differ in their initial parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.averaging import NoAveraging
from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.optimizers import Optimizer, TorchClass
from slalom.catalogue.problems.base import Problem
from slalom.catalogue.problems.negative import descended
from slalom.catalogue.problems.networks import INITIAL

from .averages import Average
from .gradient_transform import GradientTransform


class Checkpoint(NamedTuple):
    """Everything a run needs to go on from an entry as if it had never stopped."""

    step: int
    """Updates made: the place in the schedule."""
    params: np.ndarray
    """Shape (dim,), in the dtype of the run."""
    rule: str
    """What the rule whose memory this is has in common with those that can go on with it."""
    state: Any
    """What the rule remembers, arrays of shape (dim, 1) or (1,); None at the beginning."""
    schedule: Any = None
    """The schedule that was followed."""
    schedule_state: Any = None
    """What a plateau schedule remembers."""
    drawn: int | None = None
    """The place in the noise and in the order of batches, where it is another one than in the schedule."""
    average: Average | None = None
    """The average of its parameters, where it keeps one."""
    lr: float | None = None
    """The learning rate that its schedule began with; None in states that do not tell it."""

    @property
    def place(self) -> int:
        """The place in the noise and in the order of batches."""
        return self.step if self.drawn is None else self.drawn


Origin = Sequence[Checkpoint | None]
"""For every lane, the entry that it goes on from; None where it starts afresh."""


class Group(NamedTuple):
    """Runs in lock step."""

    members: np.ndarray
    """Their positions among the lanes, shape (E,)."""
    problem: Problem
    optimizer: Optimizer
    """Float settings that differ are float64 columns of shape (E,)."""
    start: np.ndarray
    """Shape (dim, E)."""
    disturbance: GradientTransform
    state: Any
    """What the rule remembers from before, None for a fresh start."""
    average: Average | None = None
    """The average of the parameters before they start, ``values`` (dim, E); None where none is kept."""

    @property
    def descended(self) -> Problem:
        """What its runs go down: the problem, or minus the problem."""
        return descended(self.problem, self.optimizer.maximize)

    @property
    def sign(self) -> float:
        """What losses are multiplied by to be those of what its runs go down."""
        return -1.0 if self.optimizer.maximize else 1.0


Begin = Callable[[Lane], Any]
"""Returns where a run begins, shape (dim,)."""


def lock_step(
    lanes: Sequence[Lane],
    origin: Origin,
    begin: Begin = lambda lane: lane.start,
    runs: Sequence[int] | None = None,
) -> list[Group]:
    """Return the groups the lanes fall into, or those of some ``runs``, each in the order of the lanes."""
    found: dict[Hashable, list[int]] = {}
    problems: dict[int, str] = {}
    for i in range(len(lanes)) if runs is None else sorted(runs):
        found.setdefault(_key(lanes[i], origin[i], problems), []).append(i)
    return [_group(np.array(members), lanes, origin, begin) for members in found.values()]


def resumes(lane: Lane, snapshot: Checkpoint | None) -> bool:
    """Return whether a run goes on with what its parent's rule remembered: where the kind of rule is the same."""
    return snapshot is not None and snapshot.state is not None and snapshot.rule == lane.run.optimizer.memory_kind


def ready(
    rule: Optimizer, shapes: Sequence[tuple[int, ...]], seeds: Sequence[int], wanted: int, rows: bool = False
) -> Optimizer:
    """Return a rule as it is stepped, for runs of some seeds whose parameters are tensors of some shapes.

    Slalom's own know neither, nor how many updates are ``wanted``: one more is made than there are entries to lead to.
    ``rows``: whether a run is a row of its arrays, (E, D), or a column, (dim, E).
    """
    if not isinstance(rule, TorchClass):
        return rule
    from .torch_rule import TorchRule  # Not above: other surfaces need no torch.

    return TorchRule.ready(rule, shapes, seeds, wanted, rows)


def _key(lane: Lane, snapshot: Checkpoint | None, problems: dict[int, str]) -> Hashable:
    if id(lane.problem) not in problems:
        problems[id(lane.problem)] = lane.problem.model_dump_json(exclude=set(INITIAL))
    run, rule = lane.run, lane.run.optimizer
    settings = tuple(value == 0 if isinstance(value, float) else (name, value) for name, value in rule if name != "lr")
    disturbed = (bool(run.noise), run.clip_norm is None, run.clip_value is None, bool(run.l1))
    remembered = None
    if snapshot is not None and resumes(lane, snapshot):
        remembered = tuple(value for value in snapshot.state if isinstance(value, int))
    return (
        problems[id(lane.problem)],
        rule.kind,
        settings,
        disturbed,
        remembered,
        run.batch_size,
        run.batches,
        run.layer_lr is None,
        run.averaging,
        None if (average := _average(lane, snapshot)) is None else average.seen,
    )


def _average(lane: Lane, snapshot: Checkpoint | None) -> Average | None:
    """Return the average that a run begins with: that of its parent where it is of the same kind and settings."""
    averaging = lane.run.averaging
    before = None if snapshot is None else snapshot.average
    if before is not None and before.averaging == averaging:
        return before
    return None if isinstance(averaging, NoAveraging) else Average(averaging, 0, None)


def _group(members: np.ndarray, lanes: Sequence[Lane], origin: Origin, begin: Begin) -> Group:
    chosen = [lanes[i] for i in members]
    runs = [lane.run for lane in chosen]
    first = runs[0].optimizer
    settings = {name: _column([getattr(run.optimizer, name) for run in runs]) for name, _ in first}
    snapshots = [origin[i] for i in members]
    kept = [
        run.optimizer.resumed(snapshot.state)
        for run, snapshot in zip(runs, snapshots, strict=True)
        if snapshot is not None and resumes(chosen[0], snapshot)
    ]
    points = [
        begin(lane) if snapshot is None else snapshot.params for lane, snapshot in zip(chosen, snapshots, strict=True)
    ]
    return Group(
        members,
        chosen[0].problem,
        type(first).model_construct(**settings),
        np.array(points, np.float64).T,
        GradientTransform(
            _present([run.noise for run in runs]),
            _present([run.clip_norm for run in runs]),
            _present([run.clip_value for run in runs]),
            _present([run.l1 for run in runs]),
        ),
        type(kept[0])(*(_column(values) for values in zip(*kept, strict=True))) if kept else None,
        _joined([_average(lane, snapshot) for lane, snapshot in zip(chosen, snapshots, strict=True)]),
    )


def _joined(averages: Sequence[Average | None]) -> Average | None:
    """Return the averages of runs that were shown as many entries as one."""
    first, *_ = averages
    if first is None or first.values is None:
        return first
    return first._replace(values=np.stack([one.values for one in averages if one is not None], axis=1))


def _column(values: Sequence[Any]) -> Any:
    """Return what runs have in one field: the value itself where all agree, else a column, (E,) or (dim, E)."""
    if isinstance(values[0], np.ndarray):
        return np.concatenate(values, axis=-1)
    return values[0] if all(value == values[0] for value in values) else np.array(values)


def _present(values: Sequence[float | None]) -> np.ndarray | None:
    return np.array(values, np.float64) if values[0] else None

"""States of networks <-> bytes: parameters and what the rules remember, of all runs, from which any entry is replayed.

A state is named arrays (see :mod:`slalom.wire.arrays`). Its header lists the groups of runs; each says which runs they
are, how far along they are, and in which array, or as which number, every part of their memory is found. Parts that
are one and the same array are stored once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from pydantic import TypeAdapter

from slalom.catalogue.averaging import KeptAveraging
from slalom.catalogue.optimizers import OPTIMIZERS, Optimizer, TorchClass
from slalom.catalogue.schedules import AnySchedule, PlateauState
from slalom.wire.arrays import pack_arrays, unpack_arrays

from .averages import Average
from .groups import Checkpoint

SCHEDULE: TypeAdapter[AnySchedule] = TypeAdapter(AnySchedule)
AVERAGING: TypeAdapter[KeptAveraging] = TypeAdapter(KeptAveraging)
OPTIMIZERS_BY_KIND: dict[str, type[Optimizer]] = {
    rule.model_fields["kind"].default: rule for rule in (*OPTIMIZERS, TorchClass)
}


PER_RUN = ("steps", "drawn", "schedules", "plateaus", "rates")
"""What the header of a group lists for every run."""


class StatePart(NamedTuple):
    """The state of one group at an entry."""

    members: list[int]
    """Places of its E runs among the lanes."""
    rule: str
    params: Any
    """Shape (E, D), NumPy."""
    state: Any
    """What the rule remembers: its NamedTuple of arrays (E, D) or (E, 1), and numbers that all runs share."""
    steps: list[int]
    """For every run: updates made, its place in the schedule."""
    drawn: list[int]
    """For every run: its place in the noise and in the order of batches."""
    schedules: list[str]
    """For every run: the schedule it follows, as JSON."""
    plateaus: list[PlateauState | None]
    """For every run: what a plateau schedule remembers."""
    average: Average | None = None
    """The average of the parameters, ``values`` (E, D); None where none is kept."""
    rates: list[float | None] | None = None
    """For every run: the learning rate that its schedule began with."""


def pack_checkpoints(parts: Sequence[StatePart]) -> bytes:
    """Return the state of all groups as bytes."""
    arrays: dict[str, np.ndarray] = {}
    groups = []
    for place, part in enumerate(parts):
        arrays[f"{place}.params"] = part.params
        seen: dict[int, str] = {}
        state = {name: _field(f"{place}.{name}", value, arrays, seen) for name, value in _fields(part.state)}
        plateaus = [one and [number.item() for number in one] for one in part.plateaus]
        average = None if part.average is None else _average(f"{place}.average", part.average, arrays)
        changed = {"params": f"{place}.params", "state": state, "plateaus": plateaus, "average": average}
        groups.append(part._asdict() | changed)
    return pack_arrays({"groups": groups}, arrays)


def unpack_checkpoints(payload: bytes) -> list[Checkpoint]:
    """Return the state of every run, in the order of the experiment; arrays have shape (D, 1) or (1,)."""
    header, arrays = unpack_arrays(payload)
    found: dict[int, Checkpoint] = {}
    for group in header["groups"]:
        kind, params = OPTIMIZERS_BY_KIND[group["rule"]], arrays[group["params"]]
        schedules = {text: SCHEDULE.validate_json(text) for text in set(group["schedules"])}
        rates = group.get("rates") or [None] * len(group["members"])
        for i, run in enumerate(group["members"]):
            plateau = group["plateaus"][i]
            found[run] = Checkpoint(
                step=group["steps"][i],
                params=params[i],
                rule=group["rule"],
                state=kind.State(**{name: _of_run(value, i, arrays) for name, value in group["state"].items()}),  # type: ignore[attr-defined]
                schedule=schedules[group["schedules"][i]],
                schedule_state=None if plateau is None else PlateauState(*map(np.asarray, _numbers(plateau))),
                drawn=group["drawn"][i],
                average=_average_of_run(group.get("average"), i, arrays),
                lr=rates[i],
            )
    return [found[run] for run in sorted(found)]


def join_checkpoints(states: Sequence[bytes], places: Sequence[Sequence[int | None]]) -> bytes:
    """Return the states of several experiments at one entry as that of one.

    ``places`` has for each of them the number that every run gets there, None for one that is left out.
    """
    arrays: dict[str, np.ndarray] = {}
    groups: list[dict[str, Any]] = []
    for payload, numbers in zip(states, places, strict=True):
        header, found = unpack_arrays(payload)
        for group in header["groups"]:
            rows = [i for i, run in enumerate(group["members"]) if numbers[run] is not None]
            if not rows:
                continue
            average = group.get("average")
            parts = (group["params"], average and average["values"], *group["state"].values())
            held = [name for name in parts if name in found]
            names = {name: f"{len(groups)}.{name}" for name in held}
            arrays |= {names[name]: found[name][rows] for name in names}
            each = {field: [group[field][i] for i in rows] for field in PER_RUN if group.get(field)}
            state = {name: names.get(value, value) for name, value in group["state"].items()}
            members = [numbers[group["members"][i]] for i in rows]
            joined = group | each | {"members": members, "params": names[group["params"]], "state": state}
            groups.append(joined | {"average": average and average | {"values": names.get(average["values"])}})
    return pack_arrays({"groups": groups}, arrays)


def _average(name: str, average: Average, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return how the header speaks of an average, whose values are noted."""
    if average.values is not None:
        arrays[name] = average.values
    values = None if average.values is None else name
    return {"averaging": average.averaging.model_dump_json(), "seen": average.seen, "values": values}


def _average_of_run(average: dict[str, Any] | None, run: int, arrays: dict[str, np.ndarray]) -> Average | None:
    if average is None:
        return None
    values = None if average["values"] is None else arrays[average["values"]][run]
    return Average(AVERAGING.validate_json(average["averaging"]), average["seen"], values)


def _fields(state: Any) -> list[tuple[str, Any]]:
    return list(zip(state._fields, state, strict=True))


def _field(name: str, value: Any, arrays: dict[str, np.ndarray], seen: dict[int, str]) -> Any:
    """Return how the header speaks of a part of a state: a number, or the name of an array, which is noted."""
    if not getattr(value, "ndim", 0):
        return float(value) if isinstance(value, float) else value
    if id(value) not in seen:
        seen[id(value)] = name
        arrays[name] = np.asarray(value)
    return seen[id(value)]


def _of_run(value: Any, run: int, arrays: dict[str, np.ndarray]) -> Any:
    if not isinstance(value, str):
        return value
    row = arrays[value][run]
    return row if row.shape == (1,) else row[:, None]


def _numbers(plateau: list[Any]) -> list[Any]:
    return [float(number) if isinstance(number, str) else number for number in plateau]

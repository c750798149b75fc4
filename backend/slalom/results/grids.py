"""A grid of runs over several fields: what came of each, and every entry of each, as arrays with an axis per field."""

from __future__ import annotations

import html
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from slalom.catalogue.experiments import AnyStored
from slalom.catalogue.experiments.comparison import Comparison, Vary
from slalom.errors import SpecError

from .provenance import Provenance
from .runs import RunResult, SimulationResult
from .spec import Spec, as_sent, read_spec
from .style import Theme
from .table import TableLibrary, as_frame

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Axes = Mapping[str, Any]
"""Varied fields by their dotted paths; each is a list or an array of values, or a range as Vary has it."""


def grid_spec(spec: Spec, axes: Axes) -> Comparison:
    """Return a comparison whose runs take every combination of values; raises SpecError where they do not fit."""
    if not axes:
        raise SpecError('No field varies. Give axes, such as {"run.optimizer.lr": [0.1, 0.2]}.', ("vary",))
    found = read_spec(spec)
    if isinstance(found, Comparison):
        found = read_spec(as_sent(spec) | {"vary": [_axis(field, values) for field, values in axes.items()]})
    return _comparison(found)


def _axis(field: str, values: Any) -> dict[str, Any]:
    if isinstance(values, Vary):
        values = as_sent(values)
    if isinstance(values, Mapping):
        return {name: value for name, value in values.items() if value is not None} | {"field": field}
    return {"field": field, "values": values.tolist() if isinstance(values, np.ndarray) else as_sent(list(values))}


def _comparison(spec: AnyStored) -> Comparison:
    """Return a spec whose runs are a grid; raises SpecError where it is of another kind."""
    if not isinstance(spec, Comparison):
        raise SpecError(f"A {spec.noun} has no grid. Give a comparison.", ("kind",))
    return spec


class GridResult:
    """Runs over a grid: ``grid[i, j]`` has the i-th value of the first field and the j-th of the second.

    Arrays have the shape (a, b, c), one axis for every varied field, as ``grid.axes`` names them. Where several runs
    are listed they are the first axis, "run"; where they are repeated with several seeds those are the last, "seed".
    """

    def __init__(self, result: SimulationResult) -> None:
        self.result: SimulationResult = result
        """The same runs in one row."""
        spec = _comparison(result.spec)
        self.axes: dict[str, list[Any]] = {"run": list(range(len(spec.runs)))} if len(spec.runs) > 1 else {}
        """The values along every axis, by the field that varies."""
        self.axes |= {vary.field: spec.values(axis) for axis, vary in enumerate(spec.vary)}
        if spec.seeds > 1:
            self.axes["seed"] = [(spec.seed + i) % 2**32 for i in range(spec.seeds)]

    @property
    def spec(self) -> Comparison:
        """What was computed, with every axis."""
        return _comparison(self.result.spec)

    @property
    def provenance(self) -> Provenance:
        """How it was computed."""
        return self.result.provenance

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values there are along every axis."""
        return tuple(map(len, self.axes.values()))

    @property
    def kinds(self) -> np.ndarray:
        """The kind of outcome of every run in a word, of the grid's shape; empty where there is none."""
        return self._each(lambda run: run.outcome.kind if run.outcome else "", object)

    @property
    def steps(self) -> np.ndarray:
        """When every run converged or diverged, of the grid's shape; NaN for others."""
        return self._each(lambda run: math.nan if not run.outcome or run.outcome.step is None else run.outcome.step)

    @property
    def final(self) -> np.ndarray:
        """The last loss of every run, of the grid's shape."""
        return self._each(lambda run: run.loss[-1] if len(run.loss) else math.nan)

    @property
    def loss(self) -> np.ndarray:
        """The loss of every entry, shape (a, b, c, entries): NaN after the end of a run that is shorter than others."""
        return self.column("loss")

    def column(self, name: str) -> np.ndarray:
        """Return a recorded column of every run, shape (a, b, c, entries), NaN after the end of shorter ones."""
        return self._padded([run.columns[name] for run in self.result])

    @property
    def params(self) -> np.ndarray:
        """Recorded parameters, shape (a, b, c, entries, dim), NaN after the end of shorter runs."""
        return self._padded([run.params for run in self.result])

    def __getitem__(self, place: tuple[int, ...] | int) -> RunResult:
        places = np.arange(len(self.result)).reshape(self.shape)[place]
        if places.ndim:
            raise IndexError(
                f"A run has {len(self.shape)} places, one for each of {', '.join(self.axes)}: give them all."
            )
        return self.result[int(places)]

    def __len__(self) -> int:
        return len(self.result)

    def __repr__(self) -> str:
        return f"<{self.spec.title}: {' × '.join(map(str, self.shape))}, {self._counted()}>"

    def table(self) -> dict[str, np.ndarray]:
        """Return one row for every run: its place along every axis, how it ended and when, and its last loss."""
        along = np.meshgrid(*(_as_column(values) for values in self.axes.values()), indexing="ij")
        found = dict(zip(self.axes, (values.ravel() for values in along), strict=True))
        return found | {"kind": self.kinds.ravel(), "step": self.steps.ravel(), "final": self.final.ravel()}

    def frame(self, library: TableLibrary | None = None) -> Any:
        """Return ``table()`` as a DataFrame of pandas or polars, whichever is installed."""
        return as_frame(self.table(), library)

    def figure(self, theme: Theme = "light") -> Figure:
        """Return a Plotly figure of outcomes in the colours of a map: the first axis across, the second upwards.

        There is a picture for every value of a third axis. Of one axis, the losses of its runs.
        """
        from .grid_figure import figure_of_grid

        return self.result.figure(theme=theme) if len(self.axes) == 1 else figure_of_grid(self, theme)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(field)}</td><td>{len(values):,}</td></tr>" for field, values in self.axes.items()
        )
        head = (
            f"<caption>{html.escape(self.spec.title)}: {self._counted()}</caption><tr><th>axis</th><th>values</th></tr>"
        )
        return f"<table>{head}{rows}</table>"

    def _counted(self) -> str:
        counts = Counter(self.kinds.ravel().tolist()).most_common()
        return ", ".join(f"{count:,} {kind or 'not judged'}" for kind, count in counts)

    def _each(self, read: Any, dtype: Any = float) -> np.ndarray:
        found = np.empty(len(self.result), dtype)
        found[:] = [read(run) for run in self.result]
        return found.reshape(self.shape)

    def _padded(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        longest = max(map(len, parts))
        found = np.full((len(parts), longest, *parts[0].shape[1:]), np.nan, parts[0].dtype)
        for row, part in zip(found, parts, strict=True):
            row[: len(part)] = part
        return found.reshape(*self.shape, longest, *parts[0].shape[1:])


def _as_column(values: Sequence[Any]) -> np.ndarray:
    """Return values of any type as an array, shape (n,)."""
    if all(isinstance(value, int | float) for value in values):
        return np.array(values)
    found = np.empty(len(values), object)
    found[:] = values
    return found

"""The runs of a simulation: every column as an array, what came of each run, and both as figures and tables."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments import AnyStored
from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.experiments.paths import told_value
from slalom.wire.frames import Block, as_list, steps_of

from .exported import EXPORTED
from .findings import RangeResult
from .floats import with_floats
from .provenance import Provenance
from .style import Theme
from .table import TableLibrary, as_frame

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from .figures import FigureName

RATE_FIELD = "run.optimizer.lr"
"""What a run's own name tells."""


class RunResult(Mapping[str, Any]):
    """One run: ``run["loss"]`` is a column, shape (entries,), and so is every name of ``run.columns``.

    Entry k is the state after k updates (k·every, where only such were kept). ``run["params"]`` has the shape
    (entries, dim), dim 0 where parameters are not recorded. Infinities and NaN are floats.
    """

    def __init__(
        self,
        lane: Lane,
        label: str,
        columns: dict[str, np.ndarray],
        params: np.ndarray,
        outcome: Outcome | None,
        steps: np.ndarray | None = None,
    ) -> None:
        self.label: str = label
        """Its own, or what tells it from the others."""
        self.index: int = lane.index
        """Which of the listed runs it is."""
        self.value: Any = lane.value
        """The varied value, None where nothing varies."""
        self.seed: int = lane.seed
        self.columns: dict[str, np.ndarray] = columns
        """Every recorded column by its name, shape (entries,)."""
        self.params: np.ndarray = params
        """The parameters of every entry, shape (entries, dim)."""
        self.outcome: Outcome | None = outcome
        """What came of it; None where that is not known yet."""
        self.steps: np.ndarray | None = steps
        """Which entries these are, shape (entries,), where the stored trace was thinned out; None where it is whole."""

    @property
    def loss(self) -> np.ndarray:
        """The loss of every entry, shape (entries,)."""
        return self.columns["loss"]

    @property
    def lr(self) -> np.ndarray:
        """The learning rate that leads from every entry to the next, shape (entries,)."""
        return self.columns["lr"]

    @property
    def diverged(self) -> bool:
        """Whether its outcome says so."""
        return self.outcome is not None and self.outcome.kind == "diverged"

    def __getitem__(self, name: str) -> Any:
        if name in self.columns:
            return self.columns[name]
        if name == "outcome":
            return None if self.outcome is None else with_floats(self.outcome.model_dump(mode="json"))
        if name in _ABOUT:
            return getattr(self, name)
        raise KeyError(f"{name!r}: a run has {', '.join(self)}")

    def __iter__(self) -> Iterator[str]:
        return iter((*self.columns, *_ABOUT, "outcome"))

    def __len__(self) -> int:
        return len(self.columns) + len(_ABOUT) + 1

    def __repr__(self) -> str:
        return f"<run {self.label!r}: {len(self.loss)} entries, {_told(self)}>"


_ABOUT = ("params", "label", "index", "value", "seed")


class SimulationResult(Sequence[RunResult]):
    """All runs of an experiment; ``result[0]`` is the first one."""

    def __init__(
        self,
        spec: AnyStored,
        runs: Sequence[RunResult],
        provenance: Provenance,
        every: int = 1,
        findings: RangeResult | None = None,
    ) -> None:
        self.spec: AnyStored = spec
        """What was computed."""
        self.runs: tuple[RunResult, ...] = tuple(runs)
        """Every run, in the order of the spec."""
        self.provenance: Provenance = provenance
        """How it was computed, so that it can be again."""
        self.every: int = every
        """Updates from one kept entry to the next."""
        self.findings: RangeResult | None = findings
        """What a range test found; None for other kinds."""

    @overload
    def __getitem__(self, place: int) -> RunResult: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[RunResult]: ...
    def __getitem__(self, place: int | slice) -> RunResult | Sequence[RunResult]:
        return self.runs[place]

    def __len__(self) -> int:
        return len(self.runs)

    def __repr__(self) -> str:
        return f"<{self.spec.title}: {', '.join(_told(run) for run in self.runs[:8])}>"

    def step(self, run: int = 0) -> np.ndarray:
        """Return the number of updates before every entry of a run, shape (entries,)."""
        own = self.runs[run].steps
        return np.arange(len(self.runs[run].loss)) * self.every if own is None else own

    def blocks(self) -> Iterator[Block]:
        """Yield the entries of every run, all of them at once, as they are stored and streamed."""
        for i, run in enumerate(self.runs):
            data = np.stack([*run.columns.values()])[:, None]
            if run.steps is None:
                yield Block(0, (i,), tuple(run.columns), data, self.every)
            else:
                steps = run.steps.astype(data.dtype)[None, None]
                yield Block(0, (i,), ("step", *run.columns), np.concatenate([steps, data]), 0)

    def frame(self, library: TableLibrary | None = None) -> Any:
        """Return one row for every run and entry as a DataFrame of pandas or polars, whichever is installed.

        Columns: ``run``, ``label``, ``step``, the recorded ones, and ``p0``, ``p1``, ... Raises SlalomError where
        neither is there.
        """
        return as_frame(self.table(), library)

    def table(self) -> dict[str, np.ndarray]:
        """Return the columns of ``frame()`` as arrays, shape (rows,)."""
        sizes = [len(run.loss) for run in self.runs]
        found = {
            "run": np.repeat(np.arange(len(self.runs)), sizes),
            "label": np.repeat(np.array([run.label for run in self.runs], object), sizes),
            "step": np.concatenate([self.step(i) for i in range(len(self.runs))]),
        }
        for name in self.runs[0].columns:
            found[name] = np.concatenate([run.columns[name] for run in self.runs])
        for i in range(self.runs[0].params.shape[1]):
            found[f"p{i}"] = np.concatenate([run.params[:, i] for run in self.runs])
        return found

    def figure(self, of: FigureName = "loss", theme: Theme = "light", log: bool | None = None) -> Figure:
        """Return a Plotly figure with the page's axes, colours and marks of divergence.

        ``of``: a column such as "loss" or "grad_norm"; "share", the learning rate divided by the stability limit; or
        "path", the way over a surface of two variables. ``log`` is decided by the column if not given. Raises
        SlalomError where there is no such picture of these runs.
        """
        from .figures import figure_of

        return figure_of(self, of, theme, log)

    def to_json(self, name: str = "") -> str:
        """Return a file that ``Client.import_file`` and the page's *Import* take, with every bit of every number."""
        runs = [self._written(run) for run in self.runs]
        return json.dumps(self.exported(name) | {"runs": runs}, allow_nan=False)

    def exported(self, name: str = "") -> dict[str, Any]:
        """Return what a file has besides the numbers: its version, a name, the spec and what came of every run."""
        outcomes = [None if run.outcome is None else run.outcome.model_dump(mode="json") for run in self.runs]
        known = outcomes if all(outcomes) else None
        return {"slalom": EXPORTED, "name": name or self.spec.title, "spec": self.provenance.spec, "outcomes": known}

    def save(self, path: str | Path, name: str = "") -> None:
        """Write ``to_json()`` to a file."""
        Path(path).write_text(self.to_json(name), encoding="utf-8")

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(run.label)}</td><td>{html.escape(_told(run))}</td><td>{_last(run)}</td>"
            f"<td style='text-align:left'>{html.escape(run.outcome.because if run.outcome else '')}</td></tr>"
            for run in self.runs
        )
        head = "<tr><th>run</th><th>outcome</th><th>last loss</th><th>because</th></tr>"
        return f"<table><caption>{html.escape(self.spec.title)}</caption>{head}{rows}</table>"

    @staticmethod
    def _written(run: RunResult) -> dict[str, Any]:
        found = {name: as_list(values) for name, values in run.columns.items()}
        found |= {} if run.steps is None else {"step": run.steps.tolist()}
        return found | ({"params": as_list(run.params)} if run.params.shape[1] else {})


class Recorded(NamedTuple):
    """The columns of one run, and its parameters."""

    columns: dict[str, np.ndarray]
    params: np.ndarray
    steps: np.ndarray | None = None
    """Which entries these are, where some in between are left out."""


def recorded_runs(spec: AnyStored, blocks: Iterable[Block], every: int = 1) -> list[Recorded]:
    """Return the columns of every run of blocks that follow on each other, each ``every``-th entry of them."""
    names = spec.recorded_columns
    order: tuple[tuple[str, ...], list[int]] = ((), [])
    parts: list[list[np.ndarray]] = [[] for _ in range(spec.lane_count)]
    steps: list[list[np.ndarray]] = [[] for _ in range(spec.lane_count)]
    thin = False
    for block in blocks:
        if block.columns != order[0]:
            order = block.columns, [block.columns.index(name) for name in names]
        some = slice(-block.step % every if block.stride else 0, None, every)
        data, entries, thin = block.data[order[1], :, some], steps_of(block)[:, some], thin or block.stride == 0
        for place, run in enumerate(block.runs):
            parts[run].append(data[:, place])
            steps[run].append(entries[place])
    empty, none = np.empty((len(names), 0), spec.dtype), np.empty(0, int)
    found = [_divided(names, np.concatenate([empty, *some], axis=1)) for some in parts]
    return (
        [one._replace(steps=np.concatenate([none, *of])) for one, of in zip(found, steps, strict=True)]
        if thin
        else found
    )


def _divided(names: Sequence[str], data: np.ndarray) -> Recorded:
    rows = dict(zip(names, data, strict=True))
    parameters = [rows.pop(name) for name in names if name[0] == "p" and name[1:].isdigit()]
    return Recorded(rows, np.stack(parameters, axis=1) if parameters else np.empty((data.shape[1], 0), data.dtype))


def answered(spec: AnyStored, run: Mapping[str, Any]) -> Recorded:
    """Return the columns of one run as the API answers them."""
    parameters = np.array(run.get("params") or [], spec.dtype)
    n = len(run["loss"])
    columns = {name: np.array(run[name], spec.dtype) for name in spec.recorded_columns if name in run}
    steps = np.array(run["step"], int) if "step" in run else None
    return Recorded(columns, parameters.reshape(n, -1) if n else np.empty((0, 0), spec.dtype), steps)


def simulation(
    spec: AnyStored,
    recorded: Sequence[Recorded],
    outcomes: Sequence[Outcome | None],
    provenance: Provenance,
    every: int = 1,
    findings: Mapping[str, Any] | None = None,
) -> SimulationResult:
    """Return the result of an experiment from what was recorded of its runs and what came of them."""
    lanes = spec.lanes()
    runs = [
        RunResult(lane, label, one.columns, one.params, outcome, one.steps)
        for lane, label, one, outcome in zip(lanes, labels_of(spec, lanes), recorded, outcomes, strict=True)
    ]
    climbs = [(run.lr, run.loss) for run in runs]
    found = None if findings is None else RangeResult(with_floats(findings), provenance, climbs)
    return SimulationResult(spec, runs, provenance, every, found)


def labels_of(spec: AnyStored, lanes: Sequence[Lane]) -> list[str]:
    """Return what every run is called: its label, or its rule and rate, and what varies besides."""
    varied = spec.varied_runs(len(lanes)) or []
    beside = [one.label for one in varied] or [""] * len(lanes)
    own = [_own_label(spec, lane) for lane in lanes]
    return [", ".join(filter(None, both)) for both in zip(own, beside, strict=True)]


def _own_label(spec: AnyStored, lane: Lane) -> str:
    """Return what a run is called: its label, or its rule and rate, and those settings of its rule that vary."""
    rule, settings = lane.run.optimizer, []
    if isinstance(spec, Comparison):
        values = zip(spec.vary, spec.values_of(lane), strict=True)
        told = [(vary.field, value) for vary, value in values if vary.field.startswith("run.optimizer.")]
        settings = [told_value(field, value) for field, value in told if field != RATE_FIELD or lane.run.label]
    return ", ".join([lane.run.label or f"{rule.usual_name}, lr {number(rule.lr)}", *settings])


def _told(run: RunResult) -> str:
    if run.outcome is None:
        return "not judged"
    return run.outcome.kind + (f" at step {run.outcome.step:,}" if run.outcome.step is not None else "")


def _last(run: RunResult) -> str:
    return number(float(run.loss[-1]), 4) if len(run.loss) else ""

"""The map of trainability: two fields that take many values each, and of every pair only what became of its run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self, get_args

import numpy as np
from pydantic import Field, model_validator

from slalom.catalogue.base.choice import Array
from slalom.catalogue.optimizers.base import Optimizer
from slalom.catalogue.problems import AnyProblem
from slalom.catalogue.schedules import Plateau
from slalom.errors import SpecError
from slalom.settings import Count

from .base import ExperimentSpec, Lane, Size
from .comparison import Comparison, Vary
from .outcome import OutcomeKind
from .paths import field_words, replaced, takes_whole_numbers
from .run import Run, check_run

CELL_KINDS: tuple[str, ...] = get_args(OutcomeKind)
"""What the column ``kind`` counts."""
CELL_COLUMNS = ("kind", "step", "loss", "mean", "growth", "minimum")
"""What is kept of every cell, NaN where undefined.

kind     position in KINDS
step     when it converged or diverged, as in an outcome
loss     the last loss
mean     mean loss over all entries, divided by the size of the first
growth   factor of the loss per update: over the last 50 updates, or until it diverged
minimum  which of the known minima was reached, or the nearest stationary point
"""
COARSEST = 8
"""The first picture has every 8th cell in both directions; then every 4th, 2nd, and all."""
TOGETHER = 256
"""Networks that are computed together: beyond that more of them are hardly faster, and the picture comes in lumps."""
MAP_FIELDS = r"run\.optimizer\.\w+|run\.start\.\d+|run\.layer_lr\.\d+|run\.batch_size|problem\.init_scale"
"""What can vary in a map: float settings of the rule, the start, and of networks also what shapes their training."""


class CellColumns(NamedTuple):
    """Some cells of a map, everything that varies as columns: a million runs without a million objects."""

    optimizer: Optimizer
    """Settings that vary are float64 columns, (E,)."""
    lr: np.ndarray
    """The rule's learning rate, (E,)."""
    start: np.ndarray
    """Shape (dim, E)."""


class Map(ExperimentSpec):
    """Many runs that differ in two fields: a cell says how its run ended, and how fast.

    Cell ``y * width + x`` has the x-th value of the first field and the y-th of the second.
    """

    offers: ClassVar[tuple[str, ...]] = ("map", "cell")
    keeps: ClassVar[str] = "only how its runs ended"
    at_once: ClassVar[bool] = False

    kind: Literal["map"] = "map"
    run: Run = Run.model_construct()
    """The descent that every cell makes."""
    vary: Annotated[list[Vary], Field(min_length=2, max_length=2, fail_fast=True)]
    """The two fields: across, then upwards."""
    steps: Count = 200
    """Updates of every run."""

    @property
    def shape(self) -> tuple[int, int]:
        """Cells across and upwards."""
        return len(self.vary[0]), len(self.vary[1])

    @property
    def lane_count(self) -> int:
        """How many cells there are."""
        return len(self.vary[0]) * len(self.vary[1])

    @property
    def runs(self) -> list[Run]:
        """The run that varies: a list of one."""
        return [self.run]

    @property
    def together(self) -> int:
        """How many runs are in memory at a time: those of a tile."""
        return min(self.lane_count, TOGETHER)

    def sizes(self) -> list[Size]:
        """Return how much there is of all that is limited."""
        steps = self.lane_count * self.steps
        return [
            Size("steps", self.steps, "The number of steps"),
            Size("map_cells", self.lane_count, "The number of cells"),
            Size("map_run_steps", steps, "The number of steps of all cells together"),
        ]

    @property
    def expected_bytes(self) -> int:
        """How many bytes its cells take in the store."""
        return self.lane_count * 8 * (len(CELL_COLUMNS) + 1)

    @property
    def _rules(self) -> str:
        return f"{self._names}: {' × '.join(field_words(vary.field) for vary in self.vary)}"

    def lanes(self) -> list[Lane]:
        """Return runs that stand for all, one for every batch size: cells are computed as columns."""
        sizes = [self.values(i) for i, vary in enumerate(self.vary) if vary.field == "run.batch_size"]
        runs = [self.run.model_copy(update={"batch_size": size}) for size in sizes[0]] if sizes else [self.run]
        return [Lane(self.problem, run, self.seed, 0, None) for run in runs]

    def place(self, lane: Lane, field: str) -> tuple[str | int, ...]:
        """Return where the spec says what a run has in a field."""
        varied = [i for i, vary in enumerate(self.vary) if vary.field == f"run.{field}"]
        return ("vary", varied[0], "values") if varied else ("run", field)

    def values(self, axis: int) -> list[Any]:
        """Return the values of the first or the second field; those of a range are rounded where it counts things."""
        vary = self.vary[axis]
        whole = vary.values is None and takes_whole_numbers(self.problem, self.run, vary.field)
        return [round(value) for value in vary.points()] if whole else vary.points()

    def check_varied(self) -> None:
        """Raise SpecError where a value does not fit its field; of a range the ends say it for what lies between."""
        for axis, vary in enumerate(self.vary):
            values = self.values(axis)
            for value in values if vary.values is not None else (values[0], values[-1]):
                problem, run = replaced(self.problem, self.run, vary.field, value, axis)
                check_run(problem, run, ("vary", axis), self.steps)

    def levels(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the cells level by level, each only once: how far apart they are, and which they are, (n,).

        >>> spec = {"problem": {"kind": "bowl"}, "vary": [
        ...     {"field": "run.optimizer.lr", "values": [0.1] * 3}, {"field": "run.start.0", "values": [1.0, 2.0]}]}
        >>> [(apart, cells.tolist()) for apart, cells in Map.model_validate(spec).levels()]
        [(8, [0]), (2, [2]), (1, [1, 3, 4, 5])]
        """
        width, height = self.shape
        y, x = np.divmod(np.arange(width * height), width)
        apart, seen = COARSEST, np.zeros(width * height, bool)
        while apart:
            chosen = (x % apart == 0) & (y % apart == 0) & ~seen
            seen |= chosen
            if chosen.any():
                yield apart, np.flatnonzero(chosen)
            apart //= 2

    def columns(self, cells: np.ndarray) -> CellColumns:
        """Return some cells of a map on a surface, (E,), as columns."""
        varied = self._varied(cells)
        rule = self.run.optimizer
        settings: dict[str, Any] = {name: varied.get(f"run.optimizer.{name}", value) for name, value in rule}
        start = np.repeat(np.array(Lane(self.problem, self.run, 0, 0, None).start)[:, None], len(cells), axis=1)
        for field, values in varied.items():
            if field.startswith("run.start."):
                start[int(field.rpartition(".")[2])] = values
        lr = np.broadcast_to(np.asarray(settings["lr"], float), cells.shape)
        return CellColumns(type(rule).model_construct(**settings), lr, start)

    def groups(self, cells: np.ndarray) -> list[np.ndarray]:
        """Return the positions of cells that can be stepped together: which settings are exactly 0 is the same."""
        rule = [field for field in (vary.field for vary in self.vary) if field.startswith("run.optimizer.")]
        varied = self._varied(cells)
        keys = [varied[field] == 0 for field in rule if field != "run.optimizer.lr"]
        code = sum((key.astype(int) << i for i, key in enumerate(keys)), np.zeros(len(cells), int))
        return [np.flatnonzero(code == one) for one in np.unique(code)]

    def runs_of(self, cells: Iterable[int]) -> Iterator[tuple[AnyProblem, Run]]:
        """Yield the problem and the run of some cells."""
        width, _ = self.shape
        values = self.values(0), self.values(1)
        for cell in cells:
            problem, run = self.problem, self.run
            for vary, known, place in zip(self.vary, values, (cell % width, cell // width), strict=True):
                problem, run = replaced(problem, run, vary.field, known[place])
            yield problem, run

    def alone(self, cell: int) -> Comparison:
        """Return the run of a cell as an experiment of its own."""
        ((problem, run),) = self.runs_of((cell,))
        fields = {"problem": problem, "runs": [run], "steps": self.steps, "seed": self.seed}
        return Comparison.model_validate(fields | {"dtype": self.dtype, "device": self.device})

    def border(self) -> list[tuple[float, float]]:
        """Return the theoretical border of stability, points (x, y): the rule's own limit at the best known minimum.

        Empty where it is not known: no learning rate varies, no minimum is known, the rule has no theory or divides by
        a preconditioner of its own, or the gradient is clipped.
        """
        fields = [vary.field for vary in self.vary]
        rule = self.run.optimizer
        if "run.optimizer.lr" not in fields or self.problem.is_network or not self.problem.minima:
            return []
        if rule.is_preconditioned or not rule.has_theory or self.run.clip_norm or self.run.clip_value:
            return []
        across = fields[0] == "run.optimizer.lr"
        other = np.array(self.values(1 if across else 0), float)
        limits = self._limits(fields[1 if across else 0], other)
        return [(a, b) if across else (b, a) for a, b in zip(limits.tolist(), other.tolist(), strict=True)]

    def _limits(self, field: str, other: np.ndarray) -> np.ndarray:
        rule = self.run.optimizer
        name = field.removeprefix("run.optimizer.")
        if name != field:
            given: dict[str, Any] = {**dict(rule), name: other}
            rule = type(rule).model_construct(**given)
        best = np.array(self.problem.minima[0].point)
        curvature = np.linalg.eigvalsh(self.problem.functions(np).hessian(best[:, None])[..., 0])[-1]
        parts: list[Array] = []
        for i in range(len(other)):  # A setting of exactly 0 makes another rule: one by one.
            one: dict[str, Any] = {
                key: value[i : i + 1] if isinstance(value, np.ndarray) else value for key, value in rule
            }
            single = type(rule).model_construct(**one)
            parts.append(single.limit(np.full(1, curvature) + single.coupled_decay))
        return np.concatenate(parts)

    def _varied(self, cells: np.ndarray) -> dict[str, np.ndarray]:
        width, _ = self.shape
        places = (cells % width, cells // width)
        return {vary.field: np.array(self.values(i), float)[places[i]] for i, vary in enumerate(self.vary)}

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        check_run(self.problem, self.run, ("run",), self.steps)
        if isinstance(self.run.schedule, Plateau):
            raise SpecError(
                "A map cannot follow a plateau schedule: its rates depend on every run's own losses. Choose another.",
                ("run", "schedule", "kind"),
            )
        if self.vary[0].field == self.vary[1].field:
            raise SpecError(f"Both axes vary {self.vary[0].field}. Choose two different fields.", ("vary", 1, "field"))
        for axis in range(2):
            self._check_field(axis)
        return self

    def _check_field(self, axis: int) -> None:
        vary, fields = self.vary[axis], type(self.run.optimizer).model_fields
        name = vary.field.rpartition(".")[2]
        unknown = vary.field.startswith("run.optimizer.") and (
            name not in fields or fields[name].annotation is not float
        )
        if unknown or not re.fullmatch(MAP_FIELDS, vary.field):
            floats = [key for key, info in fields.items() if info.annotation is float]
            raise SpecError(
                f"A map cannot vary {vary.field!r}. Choose one of run.optimizer.{{{', '.join(floats)}}}, run.start.0, "
                "run.start.1, and for networks run.layer_lr.0, run.layer_lr.1, run.batch_size, problem.init_scale.",
                ("vary", axis, "field"),
            )

"""What a view looks at: an experiment of the store, its data, its network, and the snapshots of its runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from slalom.catalogue.cost import VIEW_SECONDS, output_seconds
from slalom.catalogue.datasets.base import Examples
from slalom.catalogue.experiments import SPEC
from slalom.catalogue.problems.architecture import Architecture
from slalom.engine.lockstep.checkpoints import unpack_checkpoints
from slalom.engine.lockstep.groups import Checkpoint
from slalom.engine.network.model import Net
from slalom.errors import NotFound, SpecError
from slalom.storage.store import Store

MOST_VIEW_NUMBERS = 2**24
"""Parameters in memory at a time: 64 MB in float32."""
ROWS = 2**21
"""Parameters of an ensemble that is evaluated at a time: few enough for a cache."""
FRAME_POINTS = 2**14
"""Points of all runs at all entries: each is read on its own."""
FEWEST_FRAMES = 2

ViewResult = tuple[dict[str, Any], dict[str, np.ndarray]]
"""What a view returns: the fields of its header, and its arrays."""


class ViewRequest(NamedTuple):
    """What is asked for; the same names as the query of GET /api/experiments/{id}/views/{kind}."""

    id: str
    kind: str
    run: int = 0
    after: int = -1
    """Only entries beyond this one."""
    frames: int = 60
    """At most so many entries."""
    parameter: int = 0
    """The parameter to look at closely."""
    directions: str = "path"
    """Of the plane: "path" or "random"."""
    seed: int = 0
    """Draws the random directions."""


class Frames(NamedTuple):
    """One run at some entries."""

    steps: list[int]
    params: np.ndarray
    """Shape (S, D), all of them finite."""
    kept: list[Checkpoint]
    """What is kept of the run at each of them, the memory of its rule included."""


class ViewSource:
    """An experiment with a network, looked at as a :class:`ViewRequest` says."""

    def __init__(self, store: Store, wish: ViewRequest) -> None:
        """Read the experiment; raises NotFound where it has no network, and SpecError where it has no such run."""
        self.store: Store = store
        self.wish: ViewRequest = wish
        self.record = store.experiments.get(wish.id)
        self.spec = SPEC.validate_json(self.record.spec)
        problem: Any = self.spec.problem
        if not problem.is_network:
            raise NotFound("view", wish.kind, _NO_NETWORK.format(id=wish.id, kind=problem.kind))
        runs = self.spec.lane_count
        if not 0 <= wish.run < runs:
            raise SpecError(f"There is no run {wish.run}; the runs are 0 to {runs - 1}.", ("run",))
        self.problem = problem
        self.lane = self.spec.lanes()[wish.run]
        self.examples: Examples = problem.examples(store.datasets.file)
        self.blueprint: Architecture = problem.blueprint(self.examples)
        self.dtype = getattr(torch, self.spec.dtype)
        self.net: Net = Net(self.blueprint, self.dtype)
        self.per_example: float = output_seconds(self.blueprint, self.spec.dtype)
        """Seconds that the outputs for one example take."""

    def every_run(self) -> tuple[list[int], np.ndarray]:
        """Return some entries and where all runs were at them, (S, R, D); not finite where a run has ended."""
        runs = self.spec.lane_count
        most = max(FEWEST_FRAMES, min(MOST_VIEW_NUMBERS // (self.blueprint.dimension * runs), FRAME_POINTS // runs))
        steps = thinned(self._kept(), min(self.wish.frames, most))
        points = [np.stack([one.params for one in self._load(step)]) for step in steps]
        shape = (len(steps), runs, self.blueprint.dimension)
        return steps, np.array(points, self.spec.dtype).reshape(shape)

    def one_run(self, cost: float = 0) -> Frames:
        """Return the chosen run at some of the entries where it is finite; a frame takes ``cost`` seconds."""
        steps = self._kept()
        steps = steps[: self._finite_until(steps)]
        most = min(int(VIEW_SECONDS / max(cost, 1e-9)), MOST_VIEW_NUMBERS // self.blueprint.dimension)
        steps = thinned(steps, min(self.wish.frames, max(FEWEST_FRAMES, most)))
        kept = [self._load(step)[self.wish.run] for step in steps]
        params = np.array([one.params for one in kept], self.spec.dtype)
        return Frames(steps, params.reshape(len(steps), self.blueprint.dimension), kept)

    def last_point(self) -> tuple[int, np.ndarray] | None:
        """Return the last entry at which the chosen run is kept and finite, and its parameters (D,)."""
        steps = self.store.artifacts.steps(self.wish.id, "state")
        steps = steps[: self._finite_until(steps)]
        return (steps[-1], self._load(steps[-1])[self.wish.run].params) if steps else None

    def outputs(self, params: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """Return the outputs of networks (S, D) for inputs (n, F), or (S, n, F) where they differ: (S, n, outputs)."""
        if len(params) == 0:
            return np.empty((0, inputs.shape[-2], self.blueprint.widths[-1]))
        nothing = torch.zeros(inputs.shape[:-1], dtype=torch.int64)
        if self.examples.task == "numbers":
            nothing = torch.zeros((*inputs.shape[:-1], self.blueprint.widths[-1]))
        batch = self.net.batch(self._inputs(inputs), nothing)
        found = self.net.outputs(self._tensor(params), batch)
        return found.transpose(1, 2).double().numpy()

    def losses(self, params: np.ndarray, inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return the losses of networks (N, D) on examples, (N,), float64."""
        batch = self.net.batch(self._inputs(inputs), torch.from_numpy(np.array(targets)))
        rows = max(1, ROWS // self.blueprint.dimension)
        parts = [
            self.net.losses(self._tensor(params[i : i + rows]), batch).double().numpy()
            for i in range(0, len(params), rows)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def sample(self, most: int) -> tuple[np.ndarray, np.ndarray]:
        """Return at most so many training examples, chosen at random, always the same ones: inputs and targets."""
        chosen = some(len(self.examples.inputs), most)
        return self.examples.inputs[chosen], self.examples.targets[chosen]

    def raw(self, inputs: np.ndarray) -> np.ndarray:
        """Return inputs (n, features) in the units they came in."""
        return inputs * self.examples.scale + self.examples.mean

    def scaled(self, raw: np.ndarray) -> np.ndarray:
        """Return inputs (n, features) as the network sees them."""
        return (raw - self.examples.mean) / self.examples.scale

    def _kept(self) -> list[int]:
        return self.store.artifacts.steps(self.wish.id, "state", self.wish.after)

    def _load(self, step: int) -> Sequence[Checkpoint]:
        return unpack_checkpoints(self.store.artifacts.load(self.wish.id, "state", step))

    def _finite_until(self, steps: list[int]) -> int:
        """Return at how many of the entries, from the first on, the chosen run is finite: it never comes back."""
        low, high = 0, len(steps)
        middle = high - 1
        while low < high:
            if np.isfinite(self._load(steps[middle])[self.wish.run].params).all():
                low = middle + 1
            else:
                high = middle
            middle = (low + high) // 2
        return low

    def _tensor(self, params: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(params)).to(self.dtype)

    def _inputs(self, inputs: np.ndarray) -> torch.Tensor:
        found = torch.from_numpy(np.array(inputs))
        return found if found.dtype == torch.int64 else found.to(self.dtype)


_NO_NETWORK = (
    "The experiment {id} minimises a {kind}, which is no network: there are no snapshots of its parameters to look at. "
    "Its path is in the trace."
)


def thinned(steps: list[int], most: int) -> list[int]:
    """Return at most so many of the entries, evenly chosen, the first and the last among them.

    >>> thinned([0, 1, 2, 4, 8, 16], 3), thinned([0, 1, 2], 1)
    ([0, 2, 16], [2])
    """
    if len(steps) <= most:
        return steps
    places = np.linspace(0, len(steps) - 1, most).astype(int) if most > 1 else [-1]
    return [steps[i] for i in places]


def some(n: int, most: int) -> np.ndarray:
    """Return the places of at most so many of n things: chosen at random, always the same ones, in order."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.Generator(np.random.Philox(0)).permutation(n)[:most])


def box(points: np.ndarray, padding: float = 0.1) -> list[list[float]]:
    """Return the (low, high) of every column of points (n, columns), wider by a share on both sides.

    A column whose values are all the same gets half a unit on both sides.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    margin = np.where(high > low, padding * (high - low), 0.5)
    return [[float(a), float(b)] for a, b in zip(low - margin, high + margin, strict=True)]

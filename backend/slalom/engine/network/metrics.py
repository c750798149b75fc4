"""What is measured of a network now and then: losses, accuracies, curvature, and how good a batch's gradient is."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from slalom.catalogue.datasets.base import Examples
from slalom.engine.lockstep.groups import Group

from .arrays import as_array, dot, length_of
from .lanczos import COLD, CurvatureEstimate, estimate_curvature
from .measurement_plan import EARLY, MeasurementPlan, first_products, is_due
from .model import Batch, Net

INDEFINITE = 0.01
"""A negative eigenvalue counts where it is more than this share of the largest: closer to 0 an estimate is not sure."""


class TensorData:
    """Training and validation data as tensors on a device."""

    def __init__(self, examples: Examples, net: Net) -> None:
        self._net = net
        self.inputs, self.targets = self._tensors(examples.inputs, examples.targets)
        self.checks = self._tensors(examples.check_inputs, examples.check_targets)
        self.count, self.check_count = len(examples.inputs), len(examples.check_inputs)
        self._samples: dict[tuple[bool, int], Batch | None] = {}
        self.begun: dict[bytes, CurvatureEstimate] = {}
        """The curvature where groups of runs begin, by a digest of where that is; empty once all have looked."""
        self.waiting = 0
        """How many groups have not looked at their curvature yet."""

    def sample(self, most: int, check: bool = False) -> Batch | None:
        """Return at most so many training (or validation) examples, always the same; None where there are none."""
        if (check, most) not in self._samples:
            self._samples[check, most] = self.some(most, check)
        return self._samples[check, most]

    def some(self, most: int, check: bool = False) -> Batch | None:
        """Return at most so many examples, evenly spaced, as ``sample`` does, and do not keep them."""
        inputs, targets = self.checks if check else (self.inputs, self.targets)
        count = min(most, len(inputs))
        if not count:
            return None
        chosen = torch.linspace(0, len(inputs) - 1, count, dtype=torch.float64).long().to(inputs.device)
        return self._net.batch(inputs[chosen], targets[chosen])

    def _tensors(self, inputs: np.ndarray, targets: np.ndarray) -> tuple[Tensor, Tensor]:
        found = []
        for values in (inputs, targets):
            tensor = torch.from_numpy(values.copy()).to(self._net.device)
            found.append(tensor.to(self._net.dtype) if tensor.is_floating_point() else tensor)
        return found[0], found[1]


class UpdateContext(NamedTuple):
    """The last update of a stretch, of E runs; tensors of shape (E, D) unless said."""

    before: Tensor
    """Parameters one entry earlier; at the start the same."""
    point: Tensor
    """Parameters at the entry."""
    loss: Tensor
    """Losses there on the examples of the update that follows, (E,)."""
    slope: Tensor
    """Their gradients."""
    scale: Callable[[], Tensor]
    """Returns the rule's preconditioner after the update that follows."""
    average: Tensor | None = None
    """Averaged parameters at the entry; None where none are kept."""


class Metrics(NamedTuple):
    """What was measured of E runs at an entry; arrays of shape (E,), the last value where it was not their turn."""

    entry: int
    columns: dict[str, np.ndarray]
    grad: np.ndarray
    """|∇| of the full loss."""
    low: np.ndarray
    """Smallest Hessian eigenvalue, 0 where that cannot be told from 0."""
    curvature: np.ndarray
    """Sharpness as the rule feels it."""
    curved: bool
    """Whether the curvature is of this entry."""
    point: Tensor
    """Parameters, (E, D)."""
    moved: np.ndarray
    """|θ - θ₀| / |θ₀|."""


class MetricsRecorder:
    """Looks at one group of runs; remembers what it saw last."""

    def __init__(self, net: Net, material: TensorData, group: Group, course: MeasurementPlan) -> None:
        self._net, self._material, self._group = net, material, group
        self._course = course
        material.waiting += 1
        run = len(group.members)
        names = ("sharpness", "limit", "train_loss", "val_loss", "train_accuracy", "val_accuracy", "cosine", "snr")
        self._seen = {name: np.full(run, np.nan) for name in names}
        self._grad = np.full(run, np.nan)
        self._low, self._curvature = np.full(run, np.nan), np.full(run, np.nan)
        self._directions: Any = None
        self._first: Tensor | None = None

    def look(self, entry: int, moment: UpdateContext, whole: bool) -> Metrics:
        """Return what there is to see at an entry; ``whole`` says that updates look at all examples."""
        if self._first is None:
            self._first = moment.point
        self._examine(entry, moment, whole)
        apart = self._course.pace.sharpness
        curved = apart is not None and self._earns(entry, apart)
        if curved:
            self._curve(moment)
        columns = self._seen | self._ratios(entry, moment)
        moved = _numbers(length_of(moment.point - self._first) / length_of(self._first))
        return Metrics(entry, columns, self._grad, self._low, self._curvature, curved, moment.point, moved)

    def _earns(self, entry: int, apart: int) -> bool:
        """Tell whether the sharpness is measured: at the last entry only where there was time enough to earn it."""
        last = self._course.last
        return is_due(entry, apart, last) and (entry < last or entry * EARLY >= apart or entry == 0)

    def _examine(self, entry: int, moment: UpdateContext, whole: bool) -> None:
        """Measure losses and accuracies, at the last entry on more examples, units, and the full gradient."""
        seen, material, point = self._course.seen, self._material, moment.point
        batch, check = material.sample(seen.losses), material.sample(seen.losses, check=True)
        assert batch is not None
        exam = self._net.exam(point, batch, slopes=not whole)
        train, examples = (exam.losses, exam.right), batch
        if entry == self._course.last:
            more, check = material.some(seen.last), material.some(seen.last, check=True)
            assert more is not None
            train = train if more.size == batch.size else self._net.score(point, more)
            examples = more
        scores = {"train": train} if check is None else {"train": train, "val": self._net.score(point, check)}
        if moment.average is not None:
            self._seen |= self._of_average(moment.average, {"average_loss": examples, "average_val_loss": check})
        for name, (loss, share) in scores.items():
            self._seen |= {f"{name}_loss": _numbers(loss), f"{name}_accuracy": _numbers(share)}
        self._seen |= {f"saturated{i}": _numbers(share) for i, share in enumerate(exam.idle)}
        self._compare(moment.slope, moment.slope if exam.slope is None else exam.slope)

    def _of_average(self, average: Tensor, batches: dict[str, Batch | None]) -> dict[str, np.ndarray]:
        """Return the losses of averaged parameters on batches, as far as there are examples."""
        losses = {name: self._net.score(average, batch)[0] for name, batch in batches.items() if batch is not None}
        return {name: _numbers(loss) for name, loss in losses.items()}

    def _compare(self, slope: Tensor, whole: Tensor) -> None:
        """Compare the gradient of the update with that of all training examples, both (E, D)."""
        full, seen = whole.double(), slope.double()
        self._grad = _numbers(length_of(full))
        if whole is slope:
            self._seen |= {"cosine": self._grad * 0 + 1, "snr": self._grad * 0 + np.inf}
            return
        along = _numbers(dot(as_array(full), as_array(seen)))
        self._seen |= {
            "cosine": along / (self._grad * _numbers(length_of(seen))),
            "snr": self._grad / _numbers(length_of(seen - full)),
        }

    def _curve(self, moment: UpdateContext) -> None:
        rule, point = self._group.optimizer, moment.point
        batch = self._material.sample(self._course.seen.curved)
        assert batch is not None
        scale = moment.scale() if rule.is_preconditioned else None
        decay = torch.as_tensor(rule.coupled_decay, dtype=torch.float64, device=point.device).reshape(-1, 1)
        if self._directions is not None:
            found = estimate_curvature(self._net, point, batch, self._directions, decay, scale, maximize=rule.maximize)
        else:
            steps, plain = self._products(batch), self._begin(point, batch)
            plain = plain.turned if rule.maximize else plain
            found = estimate_curvature(
                self._net, point, batch, None, decay, scale, steps, plain, maximize=rule.maximize
            )
        self._directions = found.start
        high, low = _numbers(found.sharpness), _numbers(found.low)
        self._low = np.where(low < -INDEFINITE * abs(high), low, np.where(np.isnan(low), np.nan, 0.0))
        self._curvature = _numbers(found.scaled)
        self._seen |= {"sharpness": high, "limit": self._group.optimizer.limit(self._curvature)}

    def _begin(self, point: Tensor, batch: Batch) -> CurvatureEstimate:
        """Return the curvature at the start, without a preconditioner and decay.

        This look takes longest, and runs that are compared begin alike: there is one for those that do.
        """
        rows, of = _different(point)
        material, begun, apart = self._material, self._material.begun, point[rows]
        key = sha256(apart.cpu().numpy().tobytes()).digest()
        if key not in begun:
            begun[key] = estimate_curvature(self._net, apart, batch, steps=self._products(batch))
        found = begun[key]
        material.waiting -= 1
        if not material.waiting:
            begun.clear()
        start = found.start[0][of], found.start[1][of]
        return CurvatureEstimate(found.low[of], found.sharpness[of], found.scaled[of], start)

    def _products(self, batch: Batch) -> int:
        """Return how many products the first look makes."""
        dtype = str(self._net.dtype).removeprefix("torch.")
        return first_products(self._net.blueprint, dtype, batch.size, COLD)

    def _ratios(self, entry: int, moment: UpdateContext) -> dict[str, np.ndarray]:
        """Return |step| / |weights| of every layer, of the update that led here."""
        layers = self._net.blueprint.layers
        if not entry:
            return {f"ratio{i}": np.full(len(moment.point), np.nan) for i in range(len(layers))}
        step, before = moment.point - moment.before, moment.before
        parts = [slice(layer.start, layer.stop) for layer in layers]
        return {f"ratio{i}": _numbers(length_of(step[:, s]) / length_of(before[:, s])) for i, s in enumerate(parts)}


def _different(points: Tensor) -> tuple[list[int], list[int]]:
    """Return the rows where a point (E, D) is met first, and for every run which of these is its own."""
    rows: list[int] = []
    places: dict[bytes, int] = {}
    of = []
    for row, point in enumerate(points.cpu().numpy()):
        key = point.tobytes()
        if key not in places:
            places[key] = len(rows)
            rows.append(row)
        of.append(places[key])
    return rows, of


def _numbers(values: Tensor) -> np.ndarray:
    return values.detach().to("cpu", torch.float64).numpy()

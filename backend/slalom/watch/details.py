"""Details of updates, measured now and then: how long they are, layer by layer, how they turn, the noise, the moments.

A look spans two successive updates: so many gradients and steps it takes to see noise, and whether a step turns back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from slalom.catalogue.optimizers import Optimizer
from slalom.engine.network.parameter_plane import Path, Plane

from .parameters import FIRST_MOMENTS, SECOND_MOMENTS, WatchedParameters, dense, norms, real, real_memory
from .rules import preconditioner, rates_of, rules_of

PLANE_REVISED = 4
"""The plane is revised when a loop is so many times as long as at the last revision."""


class LoopDetails:
    """What was measured of the updates of one loop, by column."""

    def __init__(self, optimizer: torch.optim.Optimizer, parameters: WatchedParameters) -> None:
        self._optimizer, self._parameters = optimizer, parameters
        self.held: dict[str, float] = {}
        """The last value of every column."""
        self._stage = 0
        """Updates of the present look that were made; a look is on while ``_points`` has something."""
        self._points: list[Tensor] = []
        self._gradients: list[Tensor] = []
        self._copied: list[Tensor] = []
        self._origin: np.ndarray | None = None
        self._path, self._plane, self._revision = Path(), None, 0

    @property
    def is_on(self) -> bool:
        """Whether a look goes on, and the next update is a part of it."""
        return bool(self._points)

    def before_update(self, step: int) -> None:
        """Look at the parameters and the gradient, before an update."""
        if not self._points:
            self._points = [self._parameters.point()]
            self._place(step)
        self._gradients.append(self._parameters.gradient())
        if self._parameters.is_small and self._stage == 0:
            self._copied = self._parameters.copy()

    def after_update(self) -> None:
        """Look at them after it; a second update ends the look."""
        self._stage += 1
        self._points.append(self._parameters.point())
        if self._stage == 1:
            self._lengths()
            self._moments(rules_of(self._optimizer), rates_of(self._optimizer))
            return
        one, two = (after - before for before, after in zip(self._points, self._points[1:], strict=False))
        found = {"turn": float(one @ two)}
        apart = self._gradients[1] - self._gradients[0]
        found["grad_noise"] = self._parameters.stretch * float(torch.linalg.vector_norm(apart)) / math.sqrt(2)
        self.held = {**self.held, **found}
        self._stage, self._points, self._gradients, self._copied = 0, [], [], []

    def _place(self, step: int) -> None:
        """Note where the parameters are, on the plane of the time."""
        point = self._points[0].numpy()[None].astype(np.float32)
        if not np.isfinite(point).all():
            return
        self._origin = point if self._origin is None else self._origin
        self._path.add(step, point)
        if self._plane is None or step >= self._revision:
            self._revision, self._plane = max(1, PLANE_REVISED * step), self._path.plane()
        xy, off = _seen(self._plane, point)
        self.held = {**self.held, "plane_x": xy[0], "plane_y": xy[1], "off_plane": off}

    def moved(self) -> float:
        """Return how far the parameters are from where they began, as a share of the length they began with."""
        if self._origin is None:
            return math.nan
        length = float(np.linalg.norm(self._origin))
        away = float(np.linalg.norm(self._parameters.point().numpy() - self._origin[0]))
        return away / length if length else math.nan

    def _lengths(self) -> None:
        """Measure how long the parameters and the update are, altogether and layer by layer."""
        parameters = self._parameters
        now = norms([p.detach() for p in parameters.tensors]).cpu().double() ** 2
        found = {"weight_norm": math.sqrt(float(now.sum()))}
        if self._copied:
            with torch.no_grad():
                for before, now_at in zip(self._copied, parameters.tensors, strict=True):
                    before -= now_at
            moved = norms(self._copied).cpu().double() ** 2
            found["step_norm"] = math.sqrt(float(moved.sum()))
        else:
            moved = None
            step = self._points[-1] - self._points[-2]
            found["step_norm"] = parameters.stretch * float(torch.linalg.vector_norm(step))
        for number, layer in enumerate(parameters.layers):
            found[f"weight{number}"] = math.sqrt(float(now[layer.members].sum()))
            if moved is not None:
                found[f"update{number}"] = math.sqrt(float(moved[layer.members].sum()))
        self.held = {**self.held, **found}

    def _moments(self, rules: list[Optimizer], rates: Sequence[float]) -> None:
        """Measure what the rule remembers, and what it multiplies a gradient by, on the sample."""
        found: dict[str, float] = {}
        first, second = (self._remembered(names) for names in (FIRST_MOMENTS, SECOND_MOMENTS))
        if first is not None:
            found["moment1"] = self._parameters.stretch * float(torch.linalg.vector_norm(first))
        if second is not None:
            found["moment2"] = math.sqrt(max(0.0, float(second.mean())))
        steps = self._parameters.sample(lambda place: self._multiplier(place, rules, rates))
        if len(steps):
            found["effective_step"] = float(steps.median())
        self.held = {**self.held, **found}

    def _remembered(self, names: tuple[str, ...]) -> Tensor | None:
        held = [self._memory(place) for place in range(len(self._parameters.tensors))]
        name = next((name for name in names if any(isinstance(one.get(name), Tensor) for one in held)), None)
        return None if name is None else self._parameters.sample(lambda place: held[place].get(name))

    def _multiplier(self, place: int, rules: list[Optimizer], rates: Sequence[float]) -> Tensor:
        """Return what the gradient of every coordinate of a tensor is multiplied by."""
        group, tensor = self._parameters.group[place], self._parameters.tensors[place]
        rule, memory = rules[group], self._memory(place)
        divisor = preconditioner(rule, memory)
        if divisor is None:
            return torch.full_like(real(tensor), rates[group], dtype=torch.float32)
        beta = getattr(rule, "beta1", None)
        share = 1.0 if beta is None else 1 - beta ** int(memory.get("step", 1))
        return rates[group] * share / dense(divisor)

    def _memory(self, place: int) -> Mapping[str, Any]:
        return real_memory(self._optimizer.state.get(self._parameters.tensors[place], {}))


def _seen(plane: Plane, point: np.ndarray) -> tuple[tuple[float, float], float]:
    xy, off = plane.coordinates(point)
    return (float(xy[0, 0]), float(xy[0, 1])), float(off[0])

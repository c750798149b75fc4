"""A quasi-Newton method that learns the curvature from its own steps: L-BFGS."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from slalom.catalogue.base.choice import Array, Module

from .base import Closure
from .layout import ByRun
from .line_search import Trial, inner_product, strong_wolfe

CURVED = 1e-10
"""A step along which the gradient grows by no more, as a product of both, teaches nothing."""


@dataclass
class _Memory:
    """What one run remembers; vectors have shape (n,)."""

    direction: Array
    gradient: Array
    length: float
    loss: float
    scale: float
    """Inverse curvature that is taken for granted at first."""
    iterations: int
    steps: list[Array] = field(default_factory=list)
    changes: list[Array] = field(default_factory=list)
    """Of the gradient, along each step."""
    inverses: list[float] = field(default_factory=list)
    """1 over the product of each step with its change."""


class Lbfgs(ByRun):
    """Newton's method without a Hessian: the curvature is learnt from how the gradient changed along the last steps.

        d = -B g            B the inverse Hessian that the last steps stand for (two loops over s and y)
        x ← x + t d         t = η, the first time η min(1, 1/Σ|g|), or what the line search finds
        s = t d,  y = change of g

    One step of a run is one call of ``optimizer.step(closure)``: up to ``max_iter`` such iterations, on the same
    mini-batch and with the same noise, with at most ``max_eval`` gradients. It ends sooner where the largest component
    of the gradient is below ``tolerance_grad``, or step or loss change by less than ``tolerance_change``. No stability
    limit is known: the length of a step follows what was learnt.
    """

    kind: Literal["lbfgs"] = "lbfgs"
    lr: float = Field(1.0, ge=0)
    """Share η of the full step; with a line search the length that is tried first."""
    max_iter: int = Field(20, ge=1, le=1000)
    """Iterations of a step, at most."""
    max_eval: int | None = Field(None, ge=1, le=1000)
    """Gradients of a step, at most; 5/4 of max_iter if not given."""
    tolerance_grad: float = Field(1e-7, ge=0)
    """Largest component of a gradient that counts as 0."""
    tolerance_change: float = Field(1e-9, ge=0)
    """Change of loss or parameters that counts as none."""
    history_size: int = Field(100, ge=1, le=1000)
    """Steps that are remembered."""
    line_search_fn: Literal["strong_wolfe"] | None = None
    """Search along every direction for a step that lowers the loss enough and leaves little slope."""

    title = "L-BFGS"
    torch_class = "torch.optim.LBFGS"
    torch_maximizes = False
    source = "Liu & Nocedal 1989, doi:10.1007/BF01589116; torch.optim.LBFGS"
    operations = 30
    scale_free = True
    uses_closure = True
    by_run = True

    class State(NamedTuple):
        """The last direction and gradient; of every run the last length, loss, scale, how many iterations were made and
        how many are remembered; and these, one after the other: (history_size · dim, E).
        """

        direction: Array
        gradient: Array
        length: Array
        loss: Array
        scale: Array
        iterations: Array
        kept: Array
        steps: Array
        changes: Array

    @property
    def torch_resumed(self) -> str:
        names = '("old_dirs", "old_stps", "ro")'
        kept = f"held.update({{name: held.get(name, [])[-{self.history_size}:] for name in {names}}})"
        return f'{kept}; held.pop("al", None)'

    @property
    def evaluations(self) -> int:
        """Gradients of a step, at most, beside the first."""
        return self.max_iter * 5 // 4 if self.max_eval is None else self.max_eval

    def init(self, p: Array, xp: Module) -> State:
        zero, none = xp.zeros_like(p), xp.zeros_like(p[:, :1] if self._shape else p[0], dtype=xp.float64)
        history = xp.concatenate([zero] * self.history_size, axis=1 if self._shape else 0)
        return self.State(zero, zero, none, none, none, none, none, history, history)

    def resumed(self, state: State) -> State:
        size = len(state.direction)
        kept, most = int(np.max(state.kept)), self.history_size
        first = max(0, kept - most)
        histories = []
        for past in state[-2:]:
            room = np.zeros((most * size, past.shape[1]), past.dtype)
            room[: (kept - first) * size] = past[first * size : kept * size]
            histories.append(room)
        return state._replace(kept=state.kept - first, steps=histories[0], changes=histories[1])

    def step(
        self, p: Array, g: Array, state: State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, State]:
        """Make one iteration along the gradient that is given, without a line search."""
        once = self.model_copy(update={"max_iter": 1, "max_eval": 1, "line_search_fn": None})
        return once.step_by(p, lambda point: (0 * p[0] if self._shape is None else 0 * p[:, 0], g), state, lr, xp)

    def step_by(self, p: Array, closure: Closure, state: State, lr: Array, xp: Module) -> tuple[Array, State]:
        x = self.rows(p, xp)
        points, new = x + 0, x + 0
        vectors = [self.rows(values, xp) for values in (*state[:2], *state[7:])]
        memories = [self._recalled(state, [rows[run] for rows in vectors], run) for run in range(len(x))]
        going = {run: self._descend(points[run] + 0, lr, memory, run) for run, memory in enumerate(memories)}
        for run, descent in going.items():
            points[run] = next(descent)
        while going:
            losses, gradients = closure(self.back(points))
            gradients = self.rows(gradients, xp)
            for run, descent in list(going.items()):
                try:
                    points[run] = descent.send((float(losses[run]), gradients[run] + 0))
                except StopIteration as end:
                    new[run] = end.value
                    del going[run]
        return self.back(new), self._kept(memories, state, x, xp)

    def memory(self, state: Any, t: int) -> list[Any]:
        return []

    def _of_run(self, value: Array, run: int) -> float:
        return value if isinstance(value, float) else float(value.reshape(-1)[run])

    def _descend(self, x: Array, lr: Array, memory: _Memory, run: int) -> Generator[Array, tuple[float, Array], Array]:
        """Make the iterations of one run, and return where they end."""
        rate, flat, still = (self._of_run(v, run) for v in (lr, self.tolerance_grad, self.tolerance_change))
        loss, gradient = yield x
        made = 1
        if float(abs(gradient).max()) <= flat:
            return x
        for iteration in range(1, self.max_iter + 1):
            direction = self._direction(memory, gradient)
            memory.gradient, memory.loss, memory.direction = gradient, loss, direction
            first = memory.iterations == 1
            memory.length = min(1.0, 1 / float(abs(gradient).sum())) * rate if first else rate
            slope = inner_product(gradient, direction)
            if slope > -still:
                break
            if self.line_search_fn is not None:
                start = Trial(0.0, loss, gradient, slope)
                most = self.evaluations - made
                found, used = yield from strong_wolfe(x, direction, start, memory.length, still, most)
                memory.length, loss, gradient = found.t, found.loss, found.gradient
                x, made = x + memory.length * direction, made + used
            else:
                x = x + memory.length * direction
                if iteration < self.max_iter:
                    loss, gradient = yield x
                    made += 1
            if iteration == self.max_iter or made >= self.evaluations or float(abs(gradient).max()) <= flat:
                break
            if float(abs(direction * memory.length).max()) <= still or abs(loss - memory.loss) < still:
                break
        return x

    def _direction(self, memory: _Memory, gradient: Array) -> Array:
        """Learn from the last step, and return where the next one goes."""
        memory.iterations += 1
        if memory.iterations == 1:
            memory.scale = 1.0
            return -gradient
        change, step = gradient - memory.gradient, memory.direction * memory.length
        curved = inner_product(change, step)
        if curved > CURVED:
            memory.steps = [*memory.steps, step][-self.history_size :]
            memory.changes = [*memory.changes, change][-self.history_size :]
            memory.inverses = [*memory.inverses, 1 / curved][-self.history_size :]
            size = inner_product(change, change)
            memory.scale = curved / size if size else math.inf
        pairs = list(zip(memory.steps, memory.changes, memory.inverses, strict=True))
        d, shares = -gradient, list[float]()
        for s, y, inverse in reversed(pairs):
            shares.append(inner_product(s, d) * inverse)
            d = d - shares[-1] * y
        d = d * memory.scale
        for s, y, inverse in pairs:
            d = d + (shares.pop() - inner_product(y, d) * inverse) * s
        return d

    def _recalled(self, state: State, vectors: list[Array], run: int) -> _Memory:
        """Return what a run remembers; ``vectors`` are its direction, gradient, steps and changes."""
        direction, gradient, *histories = vectors
        size = len(direction)
        length, loss, scale, iterations, kept = (self._of_run(value, run) for value in state[2:7])
        pasts = [[past[i * size : (i + 1) * size] for i in range(int(kept))] for past in histories]
        inverses = [1 / inner_product(y, s) for s, y in zip(*pasts, strict=True)]
        return _Memory(direction, gradient, length, loss, scale, int(iterations), pasts[0], pasts[1], inverses)

    def _kept(self, memories: list[_Memory], state: State, x: Array, xp: Module) -> State:
        """Return what runs remember as arrays."""
        vectors = [xp.stack([getattr(one, name) for one in memories]) for name in ("direction", "gradient")]
        numbers = []
        for name, like in zip(("length", "loss", "scale", "iterations"), state[2:6], strict=True):
            numbers.append(_filled(like, [getattr(one, name) for one in memories], xp))
        numbers.append(_filled(state.kept, [len(one.steps) for one in memories], xp))
        pasts = []
        for name in ("steps", "changes"):
            past = xp.zeros_like(self.rows(state.steps, xp))
            for run, one in enumerate(memories):
                for i, vector in enumerate(getattr(one, name)):
                    past[run, i * x.shape[1] : (i + 1) * x.shape[1]] = vector
            pasts.append(self.back(past))
        return self.State(*map(self.back, vectors), *numbers, *pasts)


def _filled(like: Array, values: list[float], xp: Module) -> Array:
    """Return a column like another, with the number of every run."""
    found = xp.zeros_like(like)
    for run, value in enumerate(values):
        found[run] = value
    return found


__all__ = ["Lbfgs"]

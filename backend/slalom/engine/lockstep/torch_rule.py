"""Rules of installed packages at work: every run has an object of the class, and its parameters as tensors of its own.

Their updates are no arithmetic on arrays that Slalom knows, so they are made run by run. What the rest of the engine
holds as the state of a group is those objects, (E,) or (E, 1), which updates change; a run that goes on from another
one has a copy.
"""

from __future__ import annotations

import inspect
import random
import warnings
from collections import namedtuple
from collections.abc import Callable, Sequence
from copy import copy, deepcopy
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import numpy as np
import torch
from pydantic import PrivateAttr
from torch import Tensor
from torch.nn import Parameter

from slalom.catalogue.base.choice import Array, Module
from slalom.catalogue.base.number_format import shown
from slalom.catalogue.optimizers.base import Closure
from slalom.catalogue.optimizers.torch_class import TorchClass, check_installed
from slalom.errors import SpecError

Shapes = Sequence[tuple[int, ...]]
Evaluate = Callable[[Tensor], tuple[float, Tensor]]
"""Returns the loss and the gradient, (D,), at other parameters, (D,)."""

NAMES_SHOWN = 8
"""Names that an error suggests, at most."""


class TorchRule(TorchClass):
    """A class of PyTorch for runs of some seeds, whose parameters are tensors of some shapes."""

    _shapes: Shapes = PrivateAttr(())
    _seeds: Sequence[int] = PrivateAttr(())
    _rows: bool = PrivateAttr(False)
    """Whether a run is a row, (E, D), as of networks, or a column, (dim, E)."""
    _wanted: int = PrivateAttr(1)
    """Updates that lead to entries which are wanted; what comes after them may fail."""
    _made: int = PrivateAttr(0)

    @classmethod
    def ready(cls, rule: TorchClass, shapes: Shapes, seeds: Sequence[int], wanted: int, rows: bool) -> TorchRule:
        """Return a rule that can be stepped, ``wanted`` times or more."""
        torch.set_num_threads(1)
        found = cls.model_construct(**dict(rule))
        found._shapes, found._seeds, found._wanted, found._rows = shapes, seeds, wanted, rows
        return found

    def init(self, p: Array, xp: Module) -> TorchClass.State:
        runs = np.empty((len(self._seeds), 1) if self._rows else len(self._seeds), object)
        for i, (values, seed) in enumerate(zip(self._by_run(p), self._seeds, strict=True)):
            runs.flat[i] = TorchRun(self, _number(self.lr, i), values, self._shapes, seed)
        return self.State(runs)

    def step(
        self, p: Array, g: Array, state: TorchClass.State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, TorchClass.State]:
        each, last = zip(state.runs.flat, self._by_run(p), self._by_run(g), strict=True), self._is_last()
        found = [run.step(point, slope, _number(lr, i), last) for i, (run, point, slope) in enumerate(each)]
        return self._whole(found, p), state

    def step_by(
        self, p: Array, closure: Closure, state: TorchClass.State, lr: Array, xp: Module
    ) -> tuple[Array, TorchClass.State]:
        points, last = self._by_run(p), self._is_last()

        def evaluated(run: int, values: Tensor) -> tuple[float, Tensor]:
            there = [values if i == run else point for i, point in enumerate(points)]
            losses, gradients = closure(self._whole(there, p))
            return _number(losses, run), self._by_run(gradients)[run]

        found = []
        for i, (run, values) in enumerate(zip(state.runs.flat, points, strict=True)):
            _, slope = evaluated(i, values)
            found.append(run.step(values, slope, _number(lr, i), last, lambda there, i=i: evaluated(i, there)))
        return self._whole(found, p), state

    def told(self, state: TorchClass.State) -> Any:
        """Return what the object of one run remembers of its only tensor."""
        (run,) = state.runs.flat
        return run.told()

    def _is_last(self) -> bool:
        """Return whether the update that is about to be made leads to no entry that is wanted."""
        self._made += 1
        return self._made > self._wanted

    def _by_run(self, values: Array) -> list[Tensor]:
        """Return the numbers of every run, (D,)."""
        if isinstance(values, Tensor):
            return list(values if self._rows else values.T)
        return list(torch.from_numpy(np.ascontiguousarray(values if self._rows else values.T)))

    def _whole(self, rows: Sequence[Tensor], like: Array) -> Array:
        """Return the numbers of all runs as an array like another."""
        whole = torch.stack(list(rows))
        if isinstance(like, Tensor):
            return whole if self._rows else whole.T
        return whole.numpy() if self._rows else np.ascontiguousarray(whole.numpy().T)


class TorchRun:
    """One run: its parameters as tensors, and an object of the class on them."""

    def __init__(self, rule: TorchClass, lr: float, values: Tensor, shapes: Shapes, seed: int) -> None:
        """``values`` are those of all parameters, (D,), which are tensors of these shapes."""
        sizes = [int(np.prod(shape)) for shape in shapes]
        self._parameters = [
            Parameter(part.clone().view(shape)) for part, shape in zip(values.split(sizes), shapes, strict=True)
        ]
        self._optimizer = optimizer_on(self._parameters, rule, lr)
        self._rule, self._seed, self._made = rule, seed, 0

    def step(
        self, values: Tensor, slope: Tensor, lr: float, last: bool = False, evaluate: Evaluate | None = None
    ) -> Tensor:
        """Return the parameters, (D,), after an update from ``values`` at which the gradient is ``slope``.

        Raises SpecError where the class raises though both are finite. Where they are not, there are no parameters, nor
        where nobody wants them, because the update comes after the ``last`` one.
        """
        self._put(values)
        self._feel(slope)
        for group in self._optimizer.param_groups:
            group["lr"] = lr
        _draw_from(self._seed, self._made)
        self._made += 1
        try:
            with torch.enable_grad(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                given: list[Any] = [] if evaluate is None else [self._closure(evaluate)]
                self._optimizer.step(*given)
        except Exception as error:
            if not last and bool(values.isfinite().all()) and bool(slope.isfinite().all()):
                raise SpecError(
                    f"The class {self._rule.path} failed at update {self._made:,}: {_said(error)}. Choose other "
                    "options, or another class.",
                    ("path",),
                ) from error
            return torch.full_like(values, torch.nan)
        return self._values

    def again(self, rule: TorchClass) -> TorchRun:
        """Return a copy that goes on, with the options of ``rule``, as after ``load_state_dict``.

        Raises SpecError where what the object remembers cannot be copied.
        """
        memo: dict[int, Any] = {}
        found, old = copy(self), self._optimizer
        new = memo[id(old)] = object.__new__(type(old))
        try:
            found._parameters = deepcopy(self._parameters, memo)
            new.__dict__.update(deepcopy(vars(old), memo))
        except Exception as error:
            raise SpecError(
                f"A run of {rule.path} cannot go on from an entry, since its memory cannot be copied: {_said(error)}. "
                "Begin a run of its own.",
                ("path",),
            ) from error
        found._optimizer = new
        if rule.options != self._rule.options:
            fresh = optimizer_on(found._parameters, rule, rule.lr)
            for group, other in zip(new.param_groups, fresh.param_groups, strict=True):
                group.update({name: value for name, value in other.items() if name != "params"})
        found._rule = rule
        return found

    def told(self) -> Any:
        """Return what is remembered of the first tensor, as arrays of its shape and 1, or numbers, by name."""
        held = self._optimizer.state.get(self._parameters[0], {})
        shape = self._parameters[0].shape
        found: dict[str, Any] = {}
        for name, value in held.items():
            number = isinstance(value, int | float) or (isinstance(value, Tensor) and value.numel() == 1)
            if isinstance(value, Tensor) and value.shape == shape:
                found[name] = value.detach().numpy().copy()[:, None]
            elif number:
                found[name] = float(value)
        return namedtuple("Memory", found.keys(), rename=True)(**found)

    @property
    def _values(self) -> Tensor:
        return torch.cat([one.detach().reshape(-1) for one in self._parameters])

    @torch.no_grad()
    def _put(self, values: Tensor) -> None:
        for one, part in zip(self._parameters, self._parts(values), strict=True):
            one.copy_(part)

    def _feel(self, slope: Tensor) -> None:
        for one, part in zip(self._parameters, self._parts(slope), strict=True):
            one.grad = part.clone()

    def _parts(self, values: Tensor) -> list[Tensor]:
        parts = values.split([one.numel() for one in self._parameters])
        return [part.view_as(one) for part, one in zip(parts, self._parameters, strict=True)]

    def _closure(self, evaluate: Evaluate) -> Callable[[], Tensor]:
        def closure() -> Tensor:
            loss, slope = evaluate(self._values)
            self._feel(slope)
            return slope.new_tensor(loss)

        return closure


def optimizer_on(parameters: list[Parameter], rule: TorchClass, lr: float) -> torch.optim.Optimizer:
    """Return an object of the class on some parameters.

    Raises SpecError where there is no such class, or the options or the parameters do not suit it.
    """
    kind = optimizer_class(rule.path)
    known = inspect.signature(kind).parameters
    names = ", ".join(name for name, one in known.items() if one.kind not in _GATHERED and name not in ("params", "lr"))
    advice = f"Its options are {names}." if names else "It has no options."
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = kind(parameters, lr=lr, **rule.options)  # type: ignore[call-arg]
    except Exception as error:
        given = ", ".join(f"{name}={shown(value)}" for name, value in {"lr": lr, **rule.options}.items())
        raise SpecError(
            f"The class {rule.path} does not take {given} here: {_said(error)}. {advice}", ("options",)
        ) from error
    if unknown := [name for name in rule.options if name not in known and name not in made.defaults]:
        raise SpecError(f"The class {rule.path} has no option {unknown[0]}. {advice}", ("options",))
    asked = inspect.signature(kind.step).parameters.get("closure")
    if asked is not None and asked.default is inspect.Parameter.empty and not rule.closure:
        raise SpecError(
            f"The class {rule.path} asks for losses and gradients within a step. Set closure to true.", ("closure",)
        )
    return made


_GATHERED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def optimizer_class(path: str) -> type[torch.optim.Optimizer]:
    """Return the class at an import path, which is imported if an installed package that requires PyTorch has it.

    Raises SpecError where there is none, or it is no class of ``torch.optim.Optimizer``.
    """
    check_installed(path)
    module_path, _, name = path.rpartition(".")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = import_module(module_path)
    except Exception as error:
        raise SpecError(
            f"The module {module_path} cannot be imported: {_said(error)}. Check the path.", ("path",)
        ) from error
    found = getattr(module, name, None)
    if isinstance(found, type) and issubclass(found, torch.optim.Optimizer) and found is not torch.optim.Optimizer:
        return found
    advice = _suggested(module, name)
    if found is None:
        raise SpecError(f"There is no {name} in {module_path}. {advice}", ("path",))
    raise SpecError(f"The class {path} is no optimizer of PyTorch. {advice}", ("path",))


def _suggested(module: Any, name: str) -> str:
    kinds = [
        one
        for one, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, torch.optim.Optimizer) and not one.startswith("_")
    ]
    if not kinds:
        return "It has no optimizers; check the path."
    near = get_close_matches(name, kinds, NAMES_SHOWN, 0.4) or sorted(kinds)[:NAMES_SHOWN]
    return f"Optimizers there are: {', '.join(near)}."


def _said(error: Exception) -> str:
    """Return what an error says, in one line."""
    text = " ".join(str(error).split()).rstrip(".")
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__


def _number(value: Array, run: int) -> float:
    """Return the number of a run: of a column its own, of what all share that."""
    return float(value) if np.ndim(value) == 0 else float(value.reshape(-1)[run])


def _draw_from(seed: int, made: int) -> None:
    """Let what is drawn at random in an update follow from a run's seed and how many updates were made."""
    torch.default_generator.manual_seed((seed << 32) + made)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all((seed << 32) + made)
    random.seed((seed << 32) + made)
    np.random.seed((seed + made * 0x9E3779B9) % 2**32)

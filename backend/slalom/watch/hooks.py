"""Hooks of a watched loop: what fails in one breaks nothing, what it takes is counted, and copies do not have it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from time import perf_counter
from typing import Any, Protocol, Self

import torch

from slalom.engine.lockstep.asides import is_aside

from .budget import TimeBudget


class HookOwner(Protocol):
    """Who is told of what happens."""

    on: bool
    budget: TimeBudget

    def give_up(self, error: Exception) -> None:
        """Stop, since something within has failed."""
        ...


class WatchHook:
    """A hook of a model or an optimizer. Copies of those, and what is stored of them, do nothing in its place.

    It has no attributes that a snapshot of the model would put back.
    """

    __slots__ = ("_method", "_owner")

    def __init__(self, owner: HookOwner, method: Callable[..., Any]) -> None:
        self._owner, self._method = owner, method

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Call the method, unless the watch is over, the call is an aside, or it is only compiled."""
        owner = self._owner
        if not owner.on or is_aside() or torch.compiler.is_dynamo_compiling():
            return
        began = perf_counter()
        try:
            self._method(*args, **kwargs)
        except Exception as error:
            owner.give_up(error)
        owner.budget.own += perf_counter() - began

    def __reduce__(self) -> tuple[Any, ...]:
        """Do nothing in a copy."""
        return _nothing_to_do, ()


def _nothing_to_do() -> Callable[..., None]:
    return _do_nothing


def _do_nothing(*args: Any, **kwargs: Any) -> None:
    """Do nothing."""


def _left_alone(call: Callable[..., Any]) -> Any:
    """Return a call that a compiler leaves out of what it compiles."""
    return torch.compiler.disable(call)


class OptimizerTap:
    """What is called before and after every update of one optimizer.

    Its two hooks are never removed: an optimizer that calls its hooks cannot bear that one goes meanwhile.
    """

    __slots__ = ("__weakref__", "_after", "_before", "_hears_ends")

    def __init__(self) -> None:
        self._before: tuple[WatchHook, ...] = ()
        self._after: tuple[WatchHook, ...] = ()
        self._hears_ends = False

    @classmethod
    def of(cls, optimizer: torch.optim.Optimizer) -> Self:
        """Return that of an optimizer."""
        known = _taps.get(optimizer)
        tap = None if known is None else known()
        if tap is None:
            tap = cls()
            optimizer.register_step_pre_hook(_left_alone(tap.before))
            _taps[optimizer] = weakref.ref(tap)
        return tap

    def call_before(self, hook: WatchHook) -> None:
        """Call a hook before updates from now on."""
        self._before += (hook,)

    def call_after(self, optimizer: torch.optim.Optimizer, hook: WatchHook) -> None:
        """Call a hook after updates from now on; not while it is called after one."""
        if not self._hears_ends:
            self._hears_ends = True
            optimizer.register_step_post_hook(_left_alone(self.after))
        self._after += (hook,)

    def forget(self, *hooks: WatchHook | None) -> None:
        """Call some hooks no more."""
        self._before = tuple(one for one in self._before if one not in hooks)
        self._after = tuple(one for one in self._after if one not in hooks)

    def before(self, optimizer: torch.optim.Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call what is to be called before an update."""
        for hook in self._before:
            hook(optimizer, args, kwargs)

    def after(self, optimizer: torch.optim.Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call what is to be called after it."""
        for hook in self._after:
            hook(optimizer, args, kwargs)


_taps: weakref.WeakKeyDictionary[torch.optim.Optimizer, Any] = weakref.WeakKeyDictionary()
"""By optimizer a reference to its tap, which its hooks keep alive."""

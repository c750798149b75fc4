"""Hooks of a watched loop: what fails in one breaks nothing, what it takes is counted, and copies do not have it."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any, Protocol

from .budget import TimeBudget


class HookOwner(Protocol):
    """Who is told of what happens."""

    on: bool
    busy: bool
    budget: TimeBudget

    def give_up(self, error: Exception) -> None:
        """Stop, since something within has failed."""
        ...


class WatchHook:
    """A hook of a model or an optimizer. Copies of those, and what is stored of them, do nothing in its place."""

    def __init__(self, owner: HookOwner, method: Callable[..., Any]) -> None:
        self._owner, self._method = owner, method

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Call the method, unless the watch is over, or calls the model itself."""
        owner = self._owner
        if not owner.on or owner.busy:
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

"""The watch of a training loop of one's own, in PyTorch: three lines, and Slalom tells what happens in it and why.

    watch = slalom.watch(model, optimizer)
    for inputs, targets in loader:
        ...                                  # forward, backward, optimizer.step(), as before
        watch.step(loss)

What is recorded goes to a dashboard that runs, or to a file that ``slalom open`` shows. A loop is never broken or held
up by it: measuring has a share of the time, and memory does not grow.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import torch

    from .inert import InertWatch
    from .loop import WatchedLoop


def watch(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    *,
    to: str | Path | None = None,
    name: str = "",
    detail: Literal["full", "light"] = "full",
    closure: Callable[[], torch.Tensor] | None = None,
    loss: Callable[..., torch.Tensor] | None = None,
    sample: tuple[Any, Any] | None = None,
    scaler: Any = None,
    full_batch: bool = False,
    steps: int | None = None,
    token: str | None = None,
    quiet: bool = False,
) -> WatchedLoop | InertWatch:
    """Watch the loop that trains a model with an optimizer; return the watch, whose ``step(loss)`` each round calls.

    ``to``: the address of a dashboard, such as ``http://127.0.0.1:8000``, whose ``token`` may be needed, or the name of
    a file. Without it, the dashboard of this machine if one answers, else a new file in the present folder.

    ``closure`` returns the loss of a sample that stays the same, with its graph; or ``loss(model(inputs), targets)`` is
    that of a ``sample`` (inputs, targets). On it the sharpness is measured; without one it is not. Where ``loss`` is a
    module, what it computes is looked at too when a number is no longer finite.

    ``detail``: "full", or "light" for norms of gradients alone. ``scaler``: the ``GradScaler`` of the loop, if it has
    one. ``full_batch``: whether every update sees all examples, so that a loss that rises is no noise. ``steps``: how
    many updates are expected.

    In distributed training only the process of rank 0 is watched; elsewhere what is returned does nothing. Raises
    SlalomError where ``to`` is a dashboard that does not take it, and OSError where the file cannot be made.
    """
    from slalom.engine.lockstep.process_state import process_as_it_was

    with process_as_it_was(with_torch=True):  # Packages that are imported may draw random numbers.
        from .begin import begin_watch

        return begin_watch(
            model,
            optimizer,
            to=to,
            name=name,
            detail=detail,
            closure=closure,
            loss=loss,
            sample=sample,
            scaler=scaler,
            full_batch=full_batch,
            steps=steps,
            token=token,
            quiet=quiet,
        )


class _Callable(ModuleType):
    """This module, as ``slalom.watch(...)`` calls it: its name in the package is that of the function, too."""

    def __call__(self, *args: Any, **kwargs: Any) -> WatchedLoop | InertWatch:
        return watch(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable

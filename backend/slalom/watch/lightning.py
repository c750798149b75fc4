"""A callback of Lightning that watches the loop of its Trainer: ``pip install slalom[lightning]``.

trainer = Trainer(callbacks=[LightningWatch(sample=(inputs, targets), loss=nn.functional.cross_entropy)])
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn

from . import watch
from .hooks import WatchHook
from .inert import InertWatch
from .loop import WatchedLoop


class LightningWatch(Callback):
    """Watches the training loop of a Trainer, and its first optimizer if it has several."""

    def __init__(self, **options: Any) -> None:
        """``options`` are those of :func:`slalom.watch`, besides the model, the optimizer and the scaler."""
        self.options = options
        self.watch: WatchedLoop | InertWatch = InertWatch()
        """The watch of the present fit."""
        self._backward: list[Tensor] = []
        """Losses of a loop that optimizes by itself, since one of its optimizers has made an update."""
        self._by_hand = False
        """Whether losses are heard of there."""
        self._hooks: list[Any] = []

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin to watch."""
        steps = trainer.estimated_stepping_batches
        known = {"steps": int(steps)} if 0 < steps < float("inf") else {}
        scaler = getattr(trainer.precision_plugin, "scaler", None)
        given: dict[str, Any] = known | {"scaler": scaler} | self.options
        self.watch = watch(_called(pl_module), trainer.optimizers[0], **given)
        self._forget()
        if not pl_module.automatic_optimization and isinstance(self.watch, WatchedLoop):
            for i, optimizer in enumerate(trainer.optimizers):
                hook = WatchHook(self.watch, self._after_another if i else self._after_update)
                self._hooks.append(optimizer.register_step_post_hook(hook))

    def on_before_backward(self, trainer: Trainer, pl_module: LightningModule, loss: Tensor) -> None:
        """Note a loss of a module that optimizes by itself: which update it belongs to is not known yet."""
        if self._hooks:
            self._by_hand = True
            self._backward.append(loss.detach())

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Tell the loss of a batch: Lightning has divided it by the batches of an update.

        A module that optimizes by itself may make none in a batch, or several: those have their own losses.
        """
        if self._by_hand:
            return
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if isinstance(loss, Tensor):
            self.watch.step(loss * trainer.accumulate_grad_batches)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """End the recording."""
        self._forget()
        self.watch.close()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """End the recording of a loop that was broken off."""
        self._forget()
        self.watch.close()

    def _after_update(self, *_: Any) -> None:
        """Tell the loss of an update: the mean of those whose gradients have come together in it."""
        backward, self._backward = self._backward, []
        if backward:
            self.watch.step(torch.stack([loss.reshape(()) for loss in backward]).mean())

    def _after_another(self, *_: Any) -> None:
        """Leave out the losses of another optimizer."""
        self._backward = []

    def _forget(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks, self._backward, self._by_hand = [], [], False


def _called(module: LightningModule) -> nn.Module:
    """Return what a training step calls: the only part that has parameters, whatever the step calls it by."""
    own = next(module.parameters(recurse=False), None)
    parts = [child for child in module.children() if next(child.parameters(), None) is not None]
    return parts[0] if own is None and len(parts) == 1 else module

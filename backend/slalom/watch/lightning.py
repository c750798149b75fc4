"""A callback of Lightning that watches the loop of its Trainer: ``pip install slalom[lightning]``.

trainer = Trainer(callbacks=[LightningWatch(sample=(inputs, targets), loss=nn.functional.cross_entropy)])
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from torch import nn

from . import watch
from .inert import InertWatch
from .loop import WatchedLoop


class LightningWatch(Callback):
    """Watches the training loop of a Trainer, and its first optimizer if it has several."""

    def __init__(self, **options: Any) -> None:
        """``options`` are those of :func:`slalom.watch`, besides the model, the optimizer and the scaler."""
        self.options = options
        self.watch: WatchedLoop | InertWatch = InertWatch()
        """The watch of the present fit."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin to watch."""
        steps = trainer.estimated_stepping_batches
        known = {"steps": int(steps)} if 0 < steps < float("inf") else {}
        scaler = getattr(trainer.precision_plugin, "scaler", None)
        given: dict[str, Any] = known | {"scaler": scaler} | self.options
        self.watch = watch(_called(pl_module), trainer.optimizers[0], **given)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Tell the loss of a batch: Lightning has divided it by the batches of an update."""
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if isinstance(loss, torch.Tensor):
            self.watch.step(loss * trainer.accumulate_grad_batches)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """End the recording."""
        self.watch.close()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """End the recording of a loop that was broken off."""
        self.watch.close()


def _called(module: LightningModule) -> nn.Module:
    """Return what a training step calls: the only part that has parameters, whatever the step calls it by."""
    own = next(module.parameters(recurse=False), None)
    parts = [child for child in module.children() if next(child.parameters(), None) is not None]
    return parts[0] if own is None and len(parts) == 1 else module

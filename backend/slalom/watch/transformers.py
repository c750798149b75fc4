"""A callback of Hugging Face's Trainer that watches its loop: ``pip install slalom[transformers]``.

trainer = Trainer(model, arguments, train_dataset=data, callbacks=[TransformersWatch()])
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from . import watch
from .inert import InertWatch
from .loop import WatchedLoop


class TransformersWatch(TrainerCallback):
    """Watches the training loop of a Trainer whose model computes its own loss."""

    def __init__(self, **options: Any) -> None:
        """``options`` are those of :func:`slalom.watch`, besides the model, the optimizer and the scaler."""
        self.options = options
        self.watch: WatchedLoop | InertWatch = InertWatch()
        """The watch of the present training."""
        self._accumulated = 1
        self._hook: Any = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Begin to watch; a training that was broken off has ended."""
        self._end()
        model, optimizer = kwargs["model"], kwargs["optimizer"]
        given: dict[str, Any] = {"scaler": getattr(optimizer, "scaler", None), "steps": state.max_steps} | self.options
        self.watch = watch(model, getattr(optimizer, "optimizer", optimizer), **given)
        self._accumulated = args.gradient_accumulation_steps
        self._hook = model.register_forward_hook(self._after_forward, with_kwargs=True)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """End the recording."""
        self._end()

    def _end(self) -> None:
        if self._hook is not None:
            self._hook.remove()
            self._hook = None
        self.watch.close()

    def _after_forward(self, module: nn.Module, args: Any, kwargs: dict[str, Any], made: Any) -> None:
        """Tell the loss of a batch, which is among what the model returns."""
        parts = made if isinstance(made, Mapping) else {"loss": made[0]} if isinstance(made, tuple) and made else {}
        loss: Any = parts.get("loss", getattr(made, "loss", None))
        if not torch.is_grad_enabled() or not isinstance(loss, Tensor) or loss.numel() != 1:
            return
        # Of a sum over all batches of an update each has a part; else each has a mean of its own.
        share = self._accumulated if kwargs.get("num_items_in_batch") is not None else 1
        self.watch.step(loss if share == 1 else loss * share)

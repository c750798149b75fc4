"""Learning rates of layers: as torch.optim has them with one group of parameters per layer, each with its own rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from slalom.catalogue.experiment import Lane

from .network import Net
from .rates import Plan, Rates


class LayerRates:
    """The rates of every parameter of E runs, update by update: the schedule acts on every layer's own rate."""

    def __init__(self, lanes: Sequence[Lane], plans: Sequence[Plan], net: Net) -> None:
        layers = net.blueprint.layers
        self._net, self._runs = net, len(lanes)
        self._sizes = torch.tensor([layer.stop - layer.start for layer in layers], device=net.device)
        self._rates = Rates(
            [plan._replace(lr=lr) for lane, plan in zip(lanes, plans, strict=True) for lr in lane.run.layer_lr or ()]
        )

    def take(self, n: int) -> Iterator[Tensor]:
        """Yield the rates of the next n updates, float64, (E, D)."""
        for row in self._rates.take(n):
            rates = torch.from_numpy(row.reshape(self._runs, -1)).to(self._net.device)
            yield rates.repeat_interleave(self._sizes, dim=1)


def highest(lane: Lane, plan: Plan) -> Plan:
    """Return the plan that is recorded of a run: where layers have their own rates, that of the highest."""
    return plan if lane.run.layer_lr is None else plan._replace(lr=max(lane.run.layer_lr))

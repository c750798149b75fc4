"""Learning rates of layers: as torch.optim has them with one group of parameters per layer, each with its own rate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from slalom.catalogue.experiment import Lane

from .rates import Plan, Rates


class LayerRates:
    """The rates of all layers of E runs, update by update: the schedule acts on every layer's own rate."""

    def __init__(self, lanes: Sequence[Lane], plans: Sequence[Plan]) -> None:
        self._runs = len(lanes)
        self._rates = Rates(
            [plan._replace(lr=lr) for lane, plan in zip(lanes, plans, strict=True) for lr in lane.run.layer_lr or ()]
        )

    def take(self, n: int) -> np.ndarray:
        """Return the rates of the next n updates, float64, (n, E, layers)."""
        return self._rates.take(n).reshape(n, self._runs, -1)


def highest(lane: Lane, plan: Plan) -> Plan:
    """Return the plan that is recorded of a run: where layers have their own rates, that of the highest."""
    return plan if lane.run.layer_lr is None else plan._replace(lr=max(lane.run.layer_lr))

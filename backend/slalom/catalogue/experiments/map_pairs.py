"""Pairs of fields that are worth a map, with the ranges to begin with: what is offered for a problem and a rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from slalom.catalogue.optimizers import OPTIMIZERS

_OF_RULES: tuple[tuple[str, str, float, float, dict[str, list[Any]]], ...] = (
    ("momentum", "momentum", 0, 0.99, {"nesterov": [False]}),
    ("Nesterov's momentum", "momentum", 0.01, 0.99, {"nesterov": [True]}),
    ("β1", "beta1", 0, 0.99, {}),
    ("weight decay", "weight_decay", 0, 10, {}),
)
"""Settings of rules beside the learning rate: title, name, range, and the settings that go with it."""


class MapPair(NamedTuple):
    """Two fields to map, for problems of the right kind and rules with the right settings."""

    title: str
    across: dict[str, Any]
    """The ``field``, ``from``, ``to`` and ``scale`` of a spec's ``vary``; an end of None is that of the domain."""
    up: dict[str, Any]
    network: bool
    """Whether it is a pair for networks; else it is one for surfaces and regressions."""
    dimension: int | None = None
    """How many variables the problem must have; None: any number."""
    optimizer: dict[str, list[Any]] | None = None
    """The values that settings of the rule may have, by their names; None: any."""


def map_pairs() -> Iterator[MapPair]:
    """Yield every pair that is worth a map, the most telling of a problem first."""
    surface_lr = _axis("run.optimizer.lr", 0.001, 1, "log")
    network_lr = _axis("run.optimizer.lr", 0.01, 100, "log")
    layers = [network_lr | {"field": f"run.layer_lr.{layer}"} for layer in (0, 1)]
    one_by_one = [kind.model_fields["kind"].default for kind in OPTIMIZERS if not kind.uses_closure]
    needs: dict[str, list[Any]] = {"kind": one_by_one}
    yield MapPair("learning rate of the first × second layer", *layers, network=True, optimizer=needs)
    for network, lr in ((False, surface_lr), (True, network_lr)):
        for title, setting, low, high, needs in _OF_RULES:
            kinds = [kind.model_fields["kind"].default for kind in OPTIMIZERS if setting in kind.model_fields]
            up = _axis(f"run.optimizer.{setting}", low, high)
            yield MapPair(f"learning rate × {title}", lr, up, network, optimizer={"kind": kinds, **needs})
    yield MapPair("learning rate × initial scale", network_lr, _axis("problem.init_scale", 0.1, 10, "log"), True)
    yield MapPair("learning rate × batch size", network_lr, _axis("run.batch_size", 1, 16, "log"), True)
    starts = [_axis(f"run.start.{coordinate}", None, None) for coordinate in (0, 1)]
    yield MapPair("start × start: basins", *starts, network=False, dimension=2)


def _axis(field: str, low: float | None, high: float | None, scale: str = "linear") -> dict[str, Any]:
    return {"field": field, "from": low, "to": high, "scale": scale}

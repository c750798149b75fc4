"""Slalom: see optimization happen.

>>> import slalom
>>> slalom.Comparison(problem=slalom.Parabola(), runs=[slalom.Run(optimizer=slalom.Sgd(lr=1.05))]).steps
100
"""

# The public names come from __getattr__, which a type checker does not run.
# pyright: reportUnsupportedDunderAll=false

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""NumPy's products of matrices are small: a second thread costs more than it brings. Read when NumPy is imported."""

__version__ = "0.1.0"

_NAMES = {
    "Adam": "catalogue.optimizers",
    "Client": "client",
    "Comparison": "catalogue.experiments.comparison",
    "Descent": "engine.descent",
    "Outcome": "catalogue.experiments.outcome",
    "Parabola": "catalogue.problems.surfaces",
    "RangeTest": "catalogue.experiments.range_test",
    "Run": "catalogue.experiments.run",
    "Settings": "settings",
    "Sgd": "catalogue.optimizers",
    "SlalomError": "errors",
    "Vary": "catalogue.experiments.comparison",
    "watch": "watch",
}
"""Where the public names live; each is imported when it is first used, so that importing slalom costs nothing."""

__all__ = [
    "Adam",
    "Client",
    "Comparison",
    "Descent",
    "Outcome",
    "Parabola",
    "RangeTest",
    "Run",
    "Settings",
    "Sgd",
    "SlalomError",
    "Vary",
    "__version__",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'slalom' has no attribute {name!r}")
    return getattr(import_module(f"slalom.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)

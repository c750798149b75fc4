"""Slalom: see optimization happen.

>>> import slalom
>>> spec = slalom.Comparison(problem=slalom.Parabola(), runs=[slalom.Run(optimizer=slalom.Sgd(lr=1.05))])
>>> slalom.simulate(spec)[0].outcome.kind
'diverged'

Here are all rules, schedules, problems and data sets of the catalogue, what computes them with and without a server,
and what looks at a loop of one's own.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # isort: off
    from slalom.catalogue.averaging import (
        Ema as Ema,
        NoAveraging as NoAveraging,
        Swa as Swa,
    )
    from slalom.catalogue.datasets import (
        Blobs as Blobs,
        Chebyshev as Chebyshev,
        Circles as Circles,
        Csv as Csv,
        Digits as Digits,
        Moons as Moons,
        Names as Names,
        Spirals as Spirals,
        Xor as Xor,
    )
    from slalom.catalogue.experiments.comparison import (
        Comparison as Comparison,
        Vary as Vary,
    )
    from slalom.catalogue.experiments.map import (
        Map as Map,
    )
    from slalom.catalogue.experiments.outcome import (
        Outcome as Outcome,
    )
    from slalom.catalogue.experiments.range_test import (
        RangeTest as RangeTest,
    )
    from slalom.catalogue.experiments.run import (
        Run as Run,
    )
    from slalom.catalogue.optimizers import (
        Adadelta as Adadelta,
        Adafactor as Adafactor,
        Adagrad as Adagrad,
        Adam as Adam,
        Adamax as Adamax,
        Adamw as Adamw,
        Asgd as Asgd,
        Lbfgs as Lbfgs,
        Lion as Lion,
        Muon as Muon,
        Nadam as Nadam,
        Newton as Newton,
        Radam as Radam,
        Rmsprop as Rmsprop,
        Rprop as Rprop,
        Sgd as Sgd,
        SignSgd as SignSgd,
        TorchClass as TorchClass,
    )
    from slalom.catalogue.problems import (
        Character as Character,
        Network as Network,
        Quadratic as Quadratic,
        Regression as Regression,
    )
    from slalom.catalogue.problems.surfaces import (
        AbsoluteValue as AbsoluteValue,
        Ackley as Ackley,
        Beale as Beale,
        Booth as Booth,
        Bowl as Bowl,
        DoubleWell as DoubleWell,
        FormulaSurface as FormulaSurface,
        GoldsteinPrice as GoldsteinPrice,
        Griewank as Griewank,
        Himmelblau as Himmelblau,
        Levy as Levy,
        Matyas as Matyas,
        MonkeySaddle as MonkeySaddle,
        Parabola as Parabola,
        PlateauSurface as PlateauSurface,
        Quartic as Quartic,
        Rastrigin as Rastrigin,
        Rosenbrock as Rosenbrock,
        Saddle as Saddle,
        SineBowl as SineBowl,
        SixHumpCamel as SixHumpCamel,
        StyblinskiTang as StyblinskiTang,
        ThreeHumpCamel as ThreeHumpCamel,
        TiltedDoubleWell as TiltedDoubleWell,
    )
    from slalom.catalogue.schedules import (
        Chained as Chained,
        Constant as Constant,
        Cosine as Cosine,
        CosineRestarts as CosineRestarts,
        Cyclic as Cyclic,
        Exponential as Exponential,
        InverseTime as InverseTime,
        Lambda as Lambda,
        Linear as Linear,
        Multiplicative as Multiplicative,
        Multistep as Multistep,
        OneCycle as OneCycle,
        Plateau as Plateau,
        Polynomial as Polynomial,
        Ramp as Ramp,
        Sequential as Sequential,
        Step as Step,
        WarmupStableDecay as WarmupStableDecay,
    )
    from slalom.client import (
        AsyncClient as AsyncClient,
        Client as Client,
        ClientError as ClientError,
    )
    from slalom.engine.descent import (
        Descent as Descent,
    )
    from slalom.errors import (
        SlalomError as SlalomError,
    )
    from slalom.figures import (
        save_figure as save_figure,
    )
    from slalom.finder import (
        find_lr as find_lr,
    )
    from slalom.local import (
        grid as grid,
        run as run,
        simulate as simulate,
    )
    from slalom.results import (
        GridResult as GridResult,
        MapResult as MapResult,
        Provenance as Provenance,
        RangeResult as RangeResult,
        RunResult as RunResult,
        SimulationResult as SimulationResult,
        SweepResult as SweepResult,
    )
    from slalom.settings import (
        Settings as Settings,
    )
    from slalom.watch import (
        watch as watch,
    )
    from slalom.widget import (
        Widget as Widget,
    )

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""NumPy's products of matrices are small: a second thread costs more than it brings. Read when NumPy is imported."""

__version__ = "0.1.0"

_HOMES = {
    "catalogue.averaging": "Ema NoAveraging Swa",
    "catalogue.datasets": "Blobs Chebyshev Circles Csv Digits Moons Names Spirals Xor",
    "catalogue.experiments.comparison": "Comparison Vary",
    "catalogue.experiments.map": "Map",
    "catalogue.experiments.outcome": "Outcome",
    "catalogue.experiments.range_test": "RangeTest",
    "catalogue.experiments.run": "Run",
    "catalogue.optimizers": (
        "Adadelta Adafactor Adagrad Adam Adamax Adamw Asgd Lbfgs Lion Muon Nadam Newton Radam Rmsprop Rprop Sgd "
        "SignSgd TorchClass"
    ),
    "catalogue.problems": "Character Network Quadratic Regression",
    "catalogue.problems.surfaces": (
        "AbsoluteValue Ackley Beale Booth Bowl DoubleWell FormulaSurface GoldsteinPrice Griewank Himmelblau "
        "Levy Matyas MonkeySaddle Parabola PlateauSurface Quartic Rastrigin Rosenbrock Saddle SineBowl "
        "SixHumpCamel StyblinskiTang ThreeHumpCamel TiltedDoubleWell"
    ),
    "catalogue.schedules": (
        "Chained Constant Cosine CosineRestarts Cyclic Exponential InverseTime Lambda Linear Multiplicative "
        "Multistep OneCycle Plateau Polynomial Ramp Sequential Step WarmupStableDecay"
    ),
    "client": "AsyncClient Client ClientError",
    "engine.descent": "Descent",
    "errors": "SlalomError",
    "figures": "save_figure",
    "finder": "find_lr",
    "local": "grid run simulate",
    "results": "GridResult MapResult Provenance RangeResult RunResult SimulationResult SweepResult",
    "settings": "Settings",
    "watch": "watch",
    "widget": "Widget",
}
"""Where the public names live; each is imported when it is first used, so that importing slalom costs nothing."""
_BESIDE = {
    "torch": "PyTorch, which is not installed. Try: pip install torch.",
    "anywidget": "anywidget, which is not installed. Try: pip install slalom[notebook].",
    "slalom.watch": "the whole package, and slalom-client is a part of it. Try: pip install slalom.",
    "slalom.widget": "the whole package, and slalom-client is a part of it. Try: pip install slalom[notebook].",
}
"""What some names need that may not be there, by the module that is missing."""
_NAMES = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'slalom' has no attribute {name!r}")
    import random

    drawn = random.getstate()  # A package that is imported may draw random numbers of the program's.
    try:
        return getattr(import_module(f"slalom.{_NAMES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name not in _BESIDE:
            raise
        raise ImportError(f"slalom.{name} needs {_BESIDE[error.name]}") from None
    finally:
        random.setstate(drawn)


def __dir__() -> list[str]:
    return sorted([*_NAMES, "__version__"])

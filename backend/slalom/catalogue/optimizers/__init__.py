"""Update rules: how a gradient becomes a step. This page is the table of contents.

To add one, write a subclass of ``Optimizer`` in the file of its family and list it here; the form, the help, the saved
runs and the tests follow from that.
"""

from __future__ import annotations

from typing import Annotated, get_args

from slalom.catalogue.base.plugins import Kinds

from .adam import Adam, Adamax, Adamw, Nadam, Radam
from .adaptive import Adadelta, Adagrad, Rmsprop
from .averaging import Asgd
from .base import Optimizer, is_zero, like
from .lbfgs import Lbfgs
from .matrices import Adafactor, Muon
from .momentum import Newton, Sgd
from .sign import Lion, Rprop, SignSgd
from .torch_class import TorchClass

_Own = (
    Sgd
    | Adam
    | Adamw
    | Rmsprop
    | Adagrad
    | Adadelta
    | Adamax
    | Nadam
    | Radam
    | Rprop
    | SignSgd
    | Lion
    | Asgd
    | Adafactor
    | Muon
    | Lbfgs
    | Newton
)
"""Slalom's rules, in the order of the menu."""

OPTIMIZERS: Kinds[Optimizer] = Kinds("slalom.optimizers", Optimizer, get_args(_Own), unlisted=(TorchClass,))
"""Every rule that is computed here, in the order of the menu; classes of PyTorch are imported."""

AnyOptimizer = Annotated[_Own | TorchClass, OPTIMIZERS]
"""One of the rules, told apart by ``kind``."""

__all__ = [
    "OPTIMIZERS",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "Adamax",
    "Adamw",
    "AnyOptimizer",
    "Asgd",
    "Lbfgs",
    "Lion",
    "Muon",
    "Nadam",
    "Newton",
    "Optimizer",
    "Radam",
    "Rmsprop",
    "Rprop",
    "Sgd",
    "SignSgd",
    "TorchClass",
    "is_zero",
    "like",
]

"""Whether the classes of PyTorch that an experiment names can be imported, constructed, and make a step."""

from __future__ import annotations

import torch

from slalom.catalogue.datasets.base import Uploads
from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.optimizers import TorchClass
from slalom.catalogue.problems.networks import Learned
from slalom.errors import SpecError

from .torch_rule import Shapes, TorchRule


def try_classes(spec: AnyExperiment, uploads: Uploads) -> None:
    """Let every class of PyTorch that an experiment names make one step on parameters like those of its runs.

    Raises SpecError, with its place in the spec, where one is not there, does not take its options, or fails.
    """
    lanes = spec.imported
    shapes = _shapes(spec, uploads) if lanes else ()
    for lane in lanes:
        try:
            _try(lane, shapes, getattr(torch, spec.dtype))
        except SpecError as error:
            raise SpecError(str(error), (*spec.place(lane, "optimizer"), *error.loc)) from error


def _try(lane: Lane, shapes: Shapes, dtype: torch.dtype) -> None:
    rule = lane.run.optimizer
    assert isinstance(rule, TorchClass)
    ready = TorchRule.ready(rule, shapes, [lane.seed], 1, rows=True)
    p = torch.ones((1, sum(torch.Size(shape).numel() for shape in shapes)), dtype=dtype)
    closure = (lambda point: (point.sum(1), torch.ones_like(point))) if rule.closure else None
    ready.update(p, torch.ones_like(p), ready.init(p, torch), rule.lr, torch, closure=closure)


def _shapes(spec: AnyExperiment, uploads: Uploads) -> Shapes:
    """Return the shapes of the tensors that the parameters of a run are; on a surface that is one vector."""
    problem = spec.problem
    if isinstance(problem, Learned):
        return [one.shape for one in problem.blueprint(problem.examples(uploads)).tensors]
    return [(len(problem.start),)]

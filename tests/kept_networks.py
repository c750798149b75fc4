"""Networks trained by hand, a few full-batch updates, and kept in a store as a worker would: what views look at."""

from typing import NamedTuple

import numpy as np
import torch
from plain_torch import LOSSES, character, network, tensors

from slalom.catalogue.experiments.comparison import Comparison
from slalom.engine.lockstep.checkpoints import StatePart, pack_checkpoints
from slalom.engine.network.initialization import initial_parameters
from slalom.engine.network.model import Net

MOONS = {"kind": "network", "data": {"kind": "moons", "n": 80}, "hidden": [5]}
DIGITS = {"kind": "network", "data": {"kind": "digits"}, "hidden": [6]}
LINE = {"kind": "network", "data": {"kind": "chebyshev"}, "hidden": [], "activation": "none"}
NAMES = {"kind": "character", "context": 2, "embedding": 3, "hidden": [4]}
ADAM = {"kind": "adam", "lr": 0.05}
CONSTANT = '{"kind":"constant"}'


class Trained(NamedTuple):
    """One experiment in a store, and all that was kept of it."""

    id: str
    spec: Comparison
    points: np.ndarray
    """Shape (steps + 1, R, D)."""


def train(store, problem, optimizer=ADAM, *, runs=1, steps=12, lose=None, already=0, **fields):
    """Store an experiment of some equal runs but for their first point, keep every entry, and return it.

    ``lose`` is (run, entry) from which on a run is nan; ``already`` are updates of its schedule made by a parent.
    """
    spec = Comparison.model_validate(
        {"problem": problem, "runs": [{"optimizer": optimizer, **fields}] * runs, "steps": steps, "dtype": "float64"}
    )
    examples = spec.problem.examples(store.datasets.file)
    plan = spec.problem.blueprint(examples)
    net, rule = Net(plan, torch.float64), spec.runs[0].optimizer
    batch = net.batch(torch.tensor(examples.inputs[:300]), torch.tensor(examples.targets[:300]))
    p = torch.from_numpy(np.stack([initial_parameters(plan, seed, "float64") for seed in range(runs)]))
    state, points = rule.init(p, torch), []
    id = empty(store, spec)
    for step in range(steps + 1):
        if lose is not None and step >= lose[1]:
            p[lose[0]] = torch.nan
        points.append(p.numpy().copy())
        store.artifacts.keep(id, step, "state", packed(rule.kind, points[-1], state, already + step, spec))
        lr = float(spec.runs[0].schedule.rates(rule.lr, already + step, already + step + 1, already + steps)[0])
        p, state = rule.step(p, net.slope(p, batch)[1], state, lr, torch)
    return Trained(id, spec, np.array(points))


def keep_points(store, problem, points):
    """Store an experiment whose runs have been at given points (S, R, D), and return its id."""
    runs = points.shape[1]
    spec = Comparison.model_validate(
        {"problem": problem, "runs": [{}] * runs, "steps": len(points), "dtype": "float64"}
    )
    id = empty(store, spec)
    for step, place in enumerate(points):
        state = spec.runs[0].optimizer.init(torch.zeros(place.shape), torch)
        store.artifacts.keep(id, step, "state", packed("sgd", place, state, step, spec))
    return id


def empty(store, spec):
    """Store an experiment of which nothing is kept, and return its id."""
    text = spec if isinstance(spec, str) else spec.model_dump_json(by_alias=True)
    id = store.experiments.create(kind="comparison", name="by hand", spec=text, owner="test:1:0").id
    assert store.experiments.claim(id, "test")
    return id


def packed(rule, points, state, step, spec):
    state = type(state)(*(part.numpy() if isinstance(part, torch.Tensor) else part for part in state))
    runs, schedule = len(points), spec.runs[0].schedule.model_dump_json()
    return pack_checkpoints(
        [
            StatePart(
                list(range(runs)), rule, points, state, [step] * runs, [step] * runs, [schedule] * runs, [None] * runs
            )
        ]
    )


def module(spec, point, examples=None):
    """Return the same network in PyTorch, and the loss and the data as it wants them."""
    examples = spec.problem.examples() if examples is None else examples
    plan = spec.problem.blueprint(examples)
    if plan.symbols:
        net = character(plan.symbols, plan.context, plan.embedding, plan.widths[1:-1])
    else:
        net = network(plan.widths, plan.activation)
    net = net.double()
    torch.nn.utils.vector_to_parameters(torch.from_numpy(np.array(point)), net.parameters())
    return net, plan.loss, examples


def loss_of(spec, point):
    net, loss, examples = module(spec, point)
    with torch.no_grad():
        inputs, targets = tensors(examples, loss, torch.float64)
        return LOSSES[loss](net(inputs), targets).item()


def outputs_of(spec, point, inputs, examples=None):
    net, _, _ = module(spec, point, examples)
    with torch.no_grad():
        return net(torch.from_numpy(np.array(inputs))).numpy()

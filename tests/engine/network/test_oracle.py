"""Networks, step by step, against what one writes in PyTorch: nn.Module, torch.optim, and nothing in between."""

from __future__ import annotations

from itertools import product

import numpy as np
import plain_torch
import pytest
import torch

STEPS = 250
DTYPES = {"float64": torch.float64, "float32": torch.float32}
TOLERANCE = {"float64": 1e-9, "float32": 1e-4}
RULES = {
    "sgd": {"kind": "sgd", "lr": 0.05},
    "momentum": {"kind": "sgd", "lr": 0.02, "momentum": 0.9},
    "adam": {"kind": "adam", "lr": 1e-3},
    "rmsprop": {"kind": "rmsprop", "lr": 3e-4},
}
"""At rates where rounding stays rounding: RMSprop at 1e-3 makes 1e-4 of the last bit of one weight in torch itself."""
BATCHES = {
    "full": {},
    "shuffled": {"batch_size": 16, "batches": "shuffled"},
    "drawn": {"batch_size": 32, "batches": "drawn"},
}
MOONS = {"kind": "moons", "n": 300, "seed": 1}
CHARACTER = {"kind": "character", "hidden": [60]}


def module(lane, examples):
    """Return the run's network as PyTorch would begin it, in single precision."""
    problem = lane.problem
    seed = lane.seed if problem.init_seed is None else problem.init_seed
    widths = problem.blueprint(examples).widths
    if problem.kind == "character":
        net = plain_torch.character(len(examples.classes), problem.context, problem.embedding, widths[1:-1], seed=seed)
    else:
        net = plain_torch.network(widths, problem.activation, seed=seed)
    return plain_torch.scaled(net, problem.init_scale)


class Peer:
    """One run of a spec, done again in plain PyTorch."""

    def __init__(self, spec, lane, steps=None):
        examples, dtype = lane.problem.examples(), DTYPES[spec.dtype]
        self.loss = lane.problem.blueprint(examples).loss
        self.inputs, self.targets = plain_torch.tensors(examples, self.loss, dtype)
        self.net, run = module(lane, examples).to(dtype), lane.run
        settings = run.optimizer.model_dump(mode="json")
        chosen = {name: settings[name] for name in run.optimizer.model_fields_set}
        self.walk = plain_torch.descend(
            self.net,
            self.loss,
            (self.inputs, self.targets),
            plain_torch.rule(self.net.parameters(), **{"lr": settings["lr"], **chosen}),
            plain_torch.batches(run.batches, len(self.inputs), run.batch_size, lane.seed),
            spec.steps if steps is None else steps,
            clip=run.clip_norm,
        )

    def gradient(self, batch=slice(None)):
        """The gradient where the run stands now, as one vector."""
        value = plain_torch.LOSSES[self.loss](self.net(self.inputs[batch]), self.targets[batch])
        return torch.cat([g.flatten() for g in torch.autograd.grad(value, list(self.net.parameters()))])

    def vector(self):
        """The parameters as one vector."""
        return torch.cat([p.detach().flatten() for p in self.net.parameters()])


def agree(spec_of, traces_of, problem, *runs, **rest):
    """Hold every run of a spec to its peer: the loss and the gradient's norm of every step."""
    from slalom.engine.descent import Descent

    spec = spec_of(problem, *runs, **{"steps": STEPS, **rest})
    tolerance = TOLERANCE[spec.dtype]
    for lane, trace in zip(spec.lanes(), traces_of(Descent(spec)), strict=True):
        walk = Peer(spec, lane).walk
        np.testing.assert_allclose(trace["loss"], walk.losses, rtol=tolerance, err_msg=f"{lane.run}")
        np.testing.assert_allclose(trace["grad_norm"], walk.norms, rtol=30 * tolerance, atol=tolerance)


def run(rule, batches, **rest):
    return {"optimizer": RULES[rule], **BATCHES[batches], **rest}


LAYERS = list(product(("tanh", "relu"), ("softmax", "logistic", "mse")))


@pytest.mark.parametrize(("activation", "loss"), LAYERS)
def test_every_rule_is_what_torch_makes_of_it(spec_of, traces_of, activation, loss):
    problem = {"kind": "network", "data": MOONS, "hidden": [16, 8], "activation": activation, "loss": loss}
    turn = LAYERS.index((activation, loss))
    ways = [list(BATCHES)[(turn + i) % 3] for i in range(len(RULES))]
    runs = [run(rule, batches) for rule, batches in zip(RULES, ways, strict=True)]
    agree(spec_of, traces_of, problem, *runs, dtype="float64")


@pytest.mark.parametrize(("activation", "loss"), LAYERS[::2])
def test_in_single_precision_too(spec_of, traces_of, activation, loss):
    problem = {"kind": "network", "data": MOONS, "hidden": [16, 8], "activation": activation, "loss": loss}
    runs = [run("sgd", "full"), run("momentum", "shuffled"), run("adam", "drawn"), run("rmsprop", "shuffled")]
    agree(spec_of, traces_of, problem, *runs, dtype="float32")


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_the_character_model_is_what_torch_makes_of_it(spec_of, traces_of, dtype):
    runs = [run("sgd", "shuffled"), run("momentum", "drawn"), run("adam", "drawn"), run("rmsprop", "shuffled")]
    agree(spec_of, traces_of, CHARACTER, *runs, dtype=dtype)


@pytest.mark.parametrize(
    "problem",
    [
        {"kind": "network", "data": {"kind": "digits"}, "hidden": [32]},
        {"kind": "network", "data": {"kind": "chebyshev"}, "hidden": [50, 50]},
        {"kind": "network", "data": {"kind": "spirals"}, "hidden": [], "activation": "none"},
        {"kind": "network", "data": {"kind": "blobs", "scaling": "standard"}, "hidden": [8], "init_scale": 2.0},
    ],
    ids=["digits", "a curve", "a linear model", "twice the initial parameters"],
)
def test_other_data_and_shapes(spec_of, traces_of, problem):
    agree(spec_of, traces_of, problem, run("momentum", "full"), run("adam", "full"), dtype="float64", steps=200)


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_rates_and_seeds_side_by_side_do_not_mix(spec_of, traces_of, dtype):
    runs = [{"optimizer": {**RULES["momentum"], "lr": lr}, **BATCHES["shuffled"]} for lr in (0.005, 0.02)]
    agree(spec_of, traces_of, {"kind": "network", "data": MOONS}, *runs, dtype=dtype, seeds=2, seed=3)


def test_the_parameters_may_have_a_seed_of_their_own(spec_of, traces_of):
    problem = {"kind": "network", "data": MOONS, "init_seed": 7}
    agree(spec_of, traces_of, problem, run("sgd", "drawn"), dtype="float64", seeds=3, steps=100)


def test_clipping_weight_decay_and_nesterov(spec_of, traces_of):
    nesterov = {**RULES["momentum"], "nesterov": True, "weight_decay": 0.01}
    runs = [
        {"optimizer": nesterov, **BATCHES["shuffled"]},
        run("sgd", "drawn", clip_norm=0.05),
        run("adam", "shuffled", clip_norm=0.05),
    ]
    agree(spec_of, traces_of, {"kind": "network", "data": MOONS}, *runs, dtype="float64")


def measured(descend, spec_of, problem, given, **rest):
    """Return a run's trace and its peer after the same updates."""
    spec = spec_of(problem, given, dtype="float64", **rest)
    return descend(problem, given, dtype="float64", **rest)[0], Peer(spec, spec.lanes()[0], spec.steps)


def test_what_is_measured_at_the_end_is_true(descend, spec_of):
    problem = {"kind": "network", "data": MOONS, "hidden": [12]}
    trace, peer = measured(descend, spec_of, problem, run("momentum", "shuffled"), steps=300)
    examples = spec_of(problem, 0.1).problem.examples()
    with torch.no_grad():
        seen = peer.net(peer.inputs)
        unseen = peer.net(torch.from_numpy(np.array(examples.check_inputs)))
        hidden = peer.net[:2](peer.inputs).abs()
    wanted = torch.from_numpy(np.array(examples.check_targets))
    assert trace["train_loss"][-1] == pytest.approx(float(plain_torch.LOSSES["softmax"](seen, peer.targets)), rel=1e-9)
    assert trace["val_loss"][-1] == pytest.approx(float(plain_torch.LOSSES["softmax"](unseen, wanted)), rel=1e-9)
    assert trace["train_accuracy"][-1] == pytest.approx(float((seen.argmax(1) == peer.targets).double().mean()))
    assert trace["val_accuracy"][-1] == pytest.approx(float((unseen.argmax(1) == wanted).double().mean()))
    assert trace["saturated0"][-1] == pytest.approx(float((hidden > 0.97).double().mean()), abs=1e-6)


def test_the_last_step_is_measured_layer_by_layer(descend, spec_of):
    problem = {"kind": "network", "data": MOONS, "hidden": [12]}
    trace, peer = measured(descend, spec_of, problem, run("sgd", "full"), steps=50)
    spec = spec_of(problem, run("sgd", "full"), dtype="float64", steps=50)
    step = peer.vector() - Peer(spec, spec.lanes()[0], 49).vector()
    assert trace["step_norm"][-1] == pytest.approx(float(step.norm()), rel=1e-9)
    split = 2 * 12 + 12
    ratios = [float(step[part].norm() / peer.vector()[part].norm()) for part in (slice(split), slice(split, None))]
    assert [trace["ratio0"][-1], trace["ratio1"][-1]] == pytest.approx(ratios, rel=0.01)


def test_the_first_batch_is_compared_with_all_the_data(descend, spec_of):
    problem = {"kind": "network", "data": MOONS}
    spec = spec_of(problem, run("sgd", "drawn"), dtype="float64", steps=1)
    (trace,) = descend(problem, run("sgd", "drawn"), dtype="float64", steps=1)
    start = Peer(spec, spec.lanes()[0], 0)
    batch = next(plain_torch.batches("drawn", 300, 32, 0))
    some, all_of_it = start.gradient(batch), start.gradient()
    assert trace["cosine"][0] == pytest.approx(float(torch.cosine_similarity(some, all_of_it, 0)), rel=1e-9)
    assert trace["snr"][0] == pytest.approx(float(all_of_it.norm() / (some - all_of_it).norm()), rel=1e-9)


@pytest.mark.parametrize("loss", ["softmax", "mse"])
def test_sharpness_is_the_largest_eigenvalue_of_the_hessian(descend, spec_of, loss):
    problem = {"kind": "network", "data": MOONS, "hidden": [6], "loss": loss}
    spec = spec_of(problem, run("sgd", "full"), dtype="float64", steps=1)
    (trace,) = descend(problem, run("sgd", "full"), dtype="float64", steps=1)
    peer = Peer(spec, spec.lanes()[0], 0)
    names = [name for name, _ in peer.net.named_parameters()]
    shapes = [p.shape for p in peer.net.parameters()]

    def value(vector):
        parts = vector.split([shape.numel() for shape in shapes])
        named = {name: part.view(shape) for name, part, shape in zip(names, parts, shapes, strict=True)}
        return plain_torch.LOSSES[loss](torch.func.functional_call(peer.net, named, peer.inputs), peer.targets)

    hessian = torch.autograd.functional.hessian(value, peer.vector())
    assert trace["sharpness"][0] == pytest.approx(float(torch.linalg.eigvalsh(hessian)[-1]), rel=0.01)
    assert trace["limit"][0] == pytest.approx(2 / trace["sharpness"][0], rel=1e-6)

"""A run as a PyTorch program: executed, it has the losses of the run."""

import contextlib
import io
import math

import numpy as np
import pytest

from slalom.catalogue.datasets import DATASETS
from slalom.catalogue.datasets.base import UserFile
from slalom.catalogue.experiments import SPEC
from slalom.catalogue.formula.vocabulary import FUNCTIONS
from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.schedules import SCHEDULES
from slalom.catalogue.script.program import program
from slalom.catalogue.script.stretch import Ancestor
from slalom.engine.descent import Descent
from slalom.engine.replay import replay
from slalom.errors import SpecError

TABLE = b"a,b,y\n" + b"".join(b"%d,%d,%d\n" % (i, i * i % 7, 3 * i - i % 5) for i in range(24))


def kinds(classes):
    return [one.model_fields["kind"].default for one in classes]


def spec(problem, optimizer=None, steps=40, dtype="float64", seed=3, **run):
    optimizer = {"kind": "sgd", "lr": 1e-4} if optimizer is None else optimizer
    problem = {"kind": problem} if isinstance(problem, str) else problem
    rest = {"steps": steps, "dtype": dtype, "seed": seed}
    return SPEC.validate_python({"problem": problem, "runs": [{"optimizer": optimizer, **run}], **rest})


def network(data="moons", **more):
    return {"kind": "network", "data": {"kind": data} if isinstance(data, str) else data, "hidden": [6, 5], **more}


def printed(text):
    """Return the losses of a program, executed in a namespace of its own."""
    names = {"__name__": "program"}
    exec(compile(text, "program.py", "exec"), names)
    with contextlib.redirect_stdout(io.StringIO()):
        return np.array(names["main"]())


def trained(chosen, lane=0, column="loss"):
    """Return the losses of a run as the engine computes them."""
    descent = Descent(chosen, uploads=lambda _: UserFile(TABLE))
    blocks = [block for tick in descent for block in tick.blocks if lane in block.runs]
    place = chosen.recorded_columns.index(column)
    return np.concatenate([block.data[place, block.runs.index(lane)] for block in blocks]).astype(float)


@pytest.fixture
def agrees():
    def check(chosen, tolerance=1e-6, lane=0):
        found, expected = printed(program(chosen, lane, lambda _: UserFile(TABLE))), trained(chosen, lane)
        assert len(found) == len(expected)
        np.testing.assert_array_equal(np.isfinite(found), np.isfinite(expected))
        number = expected[np.isfinite(expected)]
        error = abs(found[: len(number)] - number)
        np.testing.assert_array_less(error, tolerance * np.maximum.accumulate(abs(number)) + 1e-300)
        return found

    return check


RULES = [(kind, problem) for kind in kinds(OPTIMIZERS) for problem in ("rosenbrock", "network")]
RULES.remove(("newton", "network"))


@pytest.mark.parametrize(("kind", "problem"), RULES)
def test_every_optimizer(agrees, kind, problem):
    problem = network() if problem == "network" else problem
    lr = {"sgd": 1e-3, "newton": 1.0, "adadelta": 1.0}.get(kind, 0.01)
    steps = 10 if kind == "lbfgs" else 40  # Of twenty iterations each, which magnify roundings.
    losses = agrees(spec(problem, {"kind": kind, "lr": lr}, steps=steps))
    assert losses[-1] != losses[0]


FIELDS = [
    {"kind": "sgd", "lr": 1e-3, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    {"kind": "sgd", "lr": 1e-3, "momentum": 0.9, "dampening": 0.5},
    {"kind": "adam", "lr": 0.02, "beta1": 0.8, "beta2": 0.95, "amsgrad": True, "weight_decay": 0.1},
    {"kind": "adamw", "lr": 0.02, "weight_decay": 0.3},
    {"kind": "rmsprop", "lr": 0.01, "centered": True, "momentum": 0.5, "weight_decay": 0.1},
    {"kind": "adagrad", "lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.5},
    {"kind": "adadelta", "lr": 2.0, "rho": 0.8, "eps": 1e-3},
    {"kind": "adamax", "lr": 0.02, "beta1": 0.5, "weight_decay": 0.1},
    {"kind": "nadam", "lr": 0.02, "momentum_decay": 0.1, "decoupled_weight_decay": True, "weight_decay": 0.1},
    {"kind": "radam", "lr": 0.02, "beta2": 0.9, "weight_decay": 0.1},
    {"kind": "rprop", "lr": 0.01, "eta1": 0.4, "eta2": 1.5, "step_size2": 0.1},
    {"kind": "sign_sgd", "lr": 0.01, "momentum": 0.5, "weight_decay": 0.1},
    {"kind": "lion", "lr": 0.01, "beta2": 0.9, "weight_decay": 0.2},
    {"kind": "asgd", "lr": 1e-3, "lambd": 0.3, "alpha": 0.5, "t0": 9.0, "weight_decay": 0.1},
    {"kind": "adafactor", "lr": 0.1, "beta2_decay": -0.5, "eps1": 1e-3, "eps2": 0.1, "d": 2.0, "weight_decay": 0.1},
    {"kind": "muon", "lr": 0.1, "adamw_lr": 0.02, "adamw_beta1": 0.5, "adamw_weight_decay": 0.3},
    {"kind": "lbfgs", "lr": 0.5, "max_iter": 5, "max_eval": 4, "history_size": 3, "tolerance_grad": 1e-3},
    {"kind": "lbfgs", "lr": 0.5, "max_iter": 2, "tolerance_change": 1e-6, "line_search_fn": "strong_wolfe"},
    {"kind": "torch", "path": "pytorch_optimizer.SOAP", "lr": 0.02, "options": {"betas": [0.9, 0.95]}},
]
CLASSES = [
    {"kind": "torch", "path": "pytorch_optimizer.Lamb", "lr": 0.01, "options": {"weight_decay": 0.1}},
    {"kind": "torch", "path": "pytorch_optimizer.ADOPT", "lr": 0.01, "maximize": True},
    {"kind": "torch", "path": "torch.optim.NAdam", "lr": 0.01, "options": {"betas": [0.8, 0.9]}},
    {"kind": "torch", "path": "torch.optim.LBFGS", "lr": 0.1, "options": {"max_iter": 2}, "closure": True},
]


@pytest.mark.parametrize("optimizer", FIELDS, ids=lambda one: one["kind"])
def test_every_setting_of_an_optimizer(agrees, optimizer):
    agrees(spec("rosenbrock", optimizer))


@pytest.mark.parametrize("optimizer", CLASSES, ids=lambda one: one["path"])
def test_a_class_of_a_package(agrees, optimizer):
    agrees(spec(network(), optimizer, steps=12, batch_size=16, schedule={"kind": "linear"}, noise=1e-3))


@pytest.mark.parametrize("kind", kinds(OPTIMIZERS))
def test_every_optimizer_climbs(agrees, kind):
    hills = {"kind": "formula", "text": "sin(x)*cos(y) - x^2/9"}
    steps = 10 if kind == "lbfgs" else 40
    losses = agrees(spec(hills, {"kind": kind, "lr": 0.1, "maximize": True}, noise=0.01, clip_norm=0.5, steps=steps))
    assert losses[-1] > losses[0] or kind in ("newton", "lbfgs")  # Whose steps may be long.


MATRICES = [
    {"kind": "adafactor", "lr": 0.1, "d": 2.0, "eps1": 1e-3, "weight_decay": 0.1},
    {"kind": "muon", "lr": 0.02, "momentum": 0.5, "nesterov": False, "adjust_lr_fn": "match_rms_adamw", "ns_steps": 3},
    {"kind": "muon", "lr": 0.02, "ns_coefficient1": 2.0, "ns_coefficient2": -1.5, "ns_coefficient3": 0.5},
]


@pytest.mark.parametrize("optimizer", MATRICES, ids=lambda one: one["kind"])
def test_rules_of_matrices_follow_schedules(agrees, optimizer):
    agrees(spec(network(), optimizer, schedule={"kind": "cosine", "warmup": 5}, batch_size=20))


def test_a_closure_sees_one_batch_and_one_noise(agrees):
    optimizer = {"kind": "lbfgs", "lr": 0.1, "max_iter": 3}
    agrees(spec(network(), optimizer, schedule={"kind": "cosine"}, batch_size=30, noise=0.01, clip_norm=0.5, steps=12))


def test_a_network_climbs(agrees):
    losses = agrees(spec(network(), {"kind": "lion", "lr": 0.01, "maximize": True}, batch_size=20))
    assert losses[-1] > 2 * losses[0]


@pytest.mark.parametrize("averaging", [{"kind": "swa", "start": 12}, {"kind": "ema", "decay": 0.9}], ids=str)
@pytest.mark.parametrize("problem", [{"kind": "rosenbrock"}, network()], ids=["surface", "network"])
def test_averages_of_the_parameters(problem, averaging):
    batch = {"batch_size": 30} if "data" in problem else {}
    chosen = spec(problem, {"kind": "adam", "lr": 0.05}, averaging=averaging, **batch)
    losses, averages = printed(program(chosen))
    np.testing.assert_allclose(losses, trained(chosen), rtol=1e-6)
    expected = trained(chosen, column="average_loss")
    measured = [0, *(i for i in range(1, 41) if expected[i] != expected[i - 1]), 40]
    assert len(measured) > 10
    np.testing.assert_allclose(averages[measured], expected[measured], rtol=1e-6)


def test_damped_newton(agrees):
    agrees(spec("rosenbrock", {"kind": "newton", "lr": 0.7, "damping": 3.0}))


@pytest.mark.parametrize("kind", kinds(SCHEDULES))
@pytest.mark.parametrize(("problem", "warmup"), [("bowl", 0), (network(), 7)], ids=["surface", "network"])
def test_every_schedule(agrees, kind, warmup, problem):
    batch = {} if problem == "bowl" else {"batch_size": 30}
    agrees(spec(problem, {"kind": "sgd", "lr": 0.1}, schedule={"kind": kind, "warmup": warmup}, **batch))


SCHEDULED = [
    {"kind": "constant", "factor": 0.3, "total_iters": 9},
    {"kind": "step", "step_size": 6, "gamma": 0.5},
    {"kind": "multistep", "milestones": [5, 9, 9], "gamma": 0.7},
    {"kind": "linear", "start_factor": 1.0, "end_factor": 0.2, "total_iters": None},
    {"kind": "polynomial", "total_iters": 30, "power": 2.5},
    {"kind": "cosine", "T_max": 9, "eta_min": 0.01},
    {"kind": "cosine_restarts", "T_0": 5, "T_mult": 2, "eta_min": 0.01},
    {"kind": "cosine_restarts", "T_0": 7},
    {"kind": "one_cycle", "max_lr": 0.15, "total_steps": 35, "anneal_strategy": "linear", "three_phase": True},
    {"kind": "cyclic", "step_size_up": 4, "step_size_down": 7, "mode": "triangular2"},
    {"kind": "cyclic", "base_lr": 0.01, "max_lr": 0.2, "step_size_up": 5, "mode": "exp_range", "gamma": 0.97},
    {"kind": "warmup_stable_decay", "warmup_share": 0.3, "decay_share": 0.4, "end_factor": 0.1},
    {"kind": "lambda", "lr_lambda": "where(t < 0.3n, max(t/n, 0.1), 0.9exp(-t/n))"},
    {"kind": "multiplicative", "lr_lambda": "1 - 1/(t + 2)^2"},
    {
        "kind": "sequential",
        "parts": [
            {"kind": "linear", "total_iters": 5},
            {"kind": "multiplicative", "lr_lambda": "0.9", "warmup": 3},
            {"kind": "multiplicative", "lr_lambda": "1.05 - t/n/10"},
            {"kind": "one_cycle"},
        ],
        "milestones": [6, 15, 25],
        "warmup": 4,
    },
    {"kind": "chained", "parts": [{"kind": "cosine", "warmup": 9}, {"kind": "exponential", "gamma": 0.99}]},
    {"kind": "plateau", "mode": "max", "factor": 0.5, "patience": 1, "every": 2},
    {"kind": "plateau", "factor": 0.3, "patience": 2, "every": 3, "cooldown": 1, "threshold": 0.2, "min_lr": 1e-3},
]


@pytest.mark.parametrize("schedule", SCHEDULED, ids=lambda one: one["kind"])
def test_every_setting_of_a_schedule(agrees, schedule):
    agrees(spec("bowl", {"kind": "sgd", "lr": 0.1}, schedule=schedule))


@pytest.mark.parametrize("kind", [kind for kind in kinds(PROBLEMS) if kind not in ("network", "character")])
def test_every_surface(agrees, kind):
    agrees(spec(kind, {"kind": "sgd", "lr": 1e-5}))


FORMULAS = [
    "exp(x*y) + min(x, 2, y) - max(x, 0.5)",
    "where(x > 0.3, x**2, -x) + abs(x - 3)**1.5",
    "-(x - 1)**2 / (2 + cos(pi*x)) - -x",
    "2**x - e**-x + sigmoid(x) + log1p(x**2) + sqrt(4) * x",
    "tanh(x)*atan(y) + sinh(y/3) - cosh(x/2) + expm1(-x) + tan(y/4) + log(5 + y)",
    "x - (y - (1 - x))",
    "x / (y / 2) + x**-2 + (-x)**3",
    "mod(5*x + 1, y + 2) + mod(-x, 0.3)",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_every_notation_of_a_formula(agrees, text):
    agrees(spec({"kind": "formula", "text": text}, {"kind": "sgd", "lr": 0.01}))


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in ("where", "min", "max")])
def test_every_function_of_a_formula(agrees, name):
    inner = "1.2 + x/9" if name == "acosh" else "x/9"
    arguments = {1: inner, 2: f"{inner}, 0.3"}[FUNCTIONS[name][0]]
    agrees(spec({"kind": "formula", "text": f"{name}({arguments}) + x**2"}, {"kind": "sgd", "lr": 0.01}))


@pytest.mark.parametrize("kind", [kind for kind in kinds(DATASETS) if kind != "names"])
def test_every_data_set(agrees, kind):
    data = {"kind": kind, "id": "d" + 12 * "0"} if kind == "csv" else kind
    agrees(spec(network(data), {"kind": "sgd", "lr": 0.1}, batch_size=8, steps=20))


@pytest.mark.parametrize("embedding", [2, 5])
def test_names(agrees, embedding):
    problem = {"kind": "character", "hidden": [9], "context": 2, "embedding": embedding, "init": "kaiming"}
    agrees(spec(problem, {"kind": "adam", "lr": 0.01}, batch_size=32, steps=15))


NETWORKS = [
    *({"init": init, "activation": activation} for init in ("naive", "xavier") for activation in ("tanh", "none")),
    {"init": "kaiming", "activation": "relu", "init_scale": 0.5},
    {"loss": "logistic", "init_seed": 12},
    {"loss": "mse", "activation": "relu"},
    {"hidden": []},
    *({"activation": activation} for activation in ("sigmoid", "gelu", "gelu_tanh", "sin")),
    {"activation": "leaky_relu", "negative_slope": 0.2, "init": "kaiming"},
    *({"activation": activation, "init": "xavier"} for activation in ("leaky_relu", "gelu", "sin")),
]


@pytest.mark.parametrize("settings", NETWORKS, ids=str)
def test_every_kind_of_network(agrees, settings):
    agrees(spec(network(**settings), {"kind": "sgd", "lr": 0.05, "momentum": 0.9}))


GIVEN = [round(math.sin(k), 3) for k in range(65)]
"""All parameters of a network 2-6-5-2."""
SMALL = network({"kind": "moons", "n": 120})
RUNS = [
    {"start": GIVEN},
    {"batch_size": 40, "batches": "drawn"},
    {"layer_lr": [0.1, 0.0, 0.3], "schedule": {"kind": "exponential", "gamma": 0.9}},
    {"noise": 0.1, "clip_norm": 0.3},
    {"clip_value": 0.01, "batch_size": 7},
    {"l1": 0.02, "clip_norm": 0.5, "noise": 0.01},
]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: " ".join(run))
def test_every_setting_of_a_run(agrees, run):
    agrees(spec(SMALL, {"kind": "sgd", "lr": 0.1}, **run))


def test_a_surface_with_noise_and_clipping(agrees):
    agrees(spec("bowl", {"kind": "sgd", "lr": 0.1}, noise=0.5, clip_norm=2.0, clip_value=1.5, start=[2, -1]))


@pytest.mark.parametrize("problem", ["rosenbrock", SMALL], ids=["surface", "network"])
def test_single_precision(agrees, problem):
    agrees(spec(problem, {"kind": "sgd", "lr": 1e-3}, dtype="float32", steps=10), tolerance=2e-6)


@pytest.mark.parametrize("problem", ["parabola", "regression"])
def test_a_run_that_blows_up_ends_where_its_losses_do(agrees, problem):
    losses = agrees(spec(problem, {"kind": "sgd", "lr": 40.0}, steps=400))
    assert not np.isfinite(losses[-1])


def test_a_run_among_many(agrees):
    chosen = spec("bowl", {"kind": "sgd", "lr": 0.1}).model_dump()
    chosen |= {"vary": [{"field": "run.optimizer.lr", "values": [0.01, 0.02]}], "seeds": 2}
    agrees(SPEC.validate_python(chosen), lane=3)


@pytest.mark.parametrize("lane", [-1, 1])
def test_a_run_that_is_not_there(lane):
    with pytest.raises(SpecError, match=r"There is no run -?1; the experiment has runs 0 to 0\."):
        program(spec("bowl"), lane)


# Runs that go on from others


def fork(parent, run, step, steps=25, **more):
    """Return the spec of a fork as the API makes it, and what it goes on from."""
    lane = parent.lanes()[run]
    fields = {"problem": lane.problem, "steps": steps, "seed": lane.seed, "dtype": parent.dtype, "runs": [more]}
    return SPEC.validate_python(fields), Ancestor(parent, run, step)


def continued(chain, chosen, column="loss"):
    """Return the losses of a run that goes on from others, as the engine computes them."""
    came = None
    for one in chain:
        came = replay(one.spec, one.run, one.step, origin=came and [came] * one.spec.lane_count)
    descent = Descent(chosen, origin=[came] * chosen.lane_count)
    place = chosen.recorded_columns.index(column)
    return np.concatenate([block.data[place, 0] for tick in descent for block in tick.blocks]).astype(float)


def other_settings(optimizer):
    """Return the same rule with other memory, as far as it has some."""
    changed = {
        "beta1": 0.8,
        "beta2": 0.95,
        "momentum": 0.5,
        "alpha": 0.9,
        "rho": 0.7,
        "eta2": 1.3,
        "momentum_decay": 0.1,
    }
    changed |= {"amsgrad": True, "centered": True, "history_size": 2, "adamw_beta1": 0.5, "weight_decay": 0.01}
    fields = next(rule for rule in OPTIMIZERS if rule.model_fields["kind"].default == optimizer["kind"]).model_fields
    return optimizer | {name: value for name, value in changed.items() if name in fields} | {"lr": optimizer["lr"] / 2}


@pytest.fixture
def goes_on():
    def check(chain, chosen):
        found, expected = printed(program(chosen, 0, ancestors=chain)), continued(chain, chosen)
        np.testing.assert_allclose(found, expected, rtol=1e-6)
        return found

    return check


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (kind, problem)
        for kind, problem in RULES
        if problem == "rosenbrock" or kind in ("adam", "adafactor", "muon", "lbfgs")
    ],
)
def test_every_rule_goes_on_with_what_it_remembers(goes_on, kind, problem):
    problem = SMALL if problem == "network" else problem
    lr = {"sgd": 1e-3, "asgd": 1e-4, "newton": 1.0, "adadelta": 1.0, "lbfgs": 0.1}.get(kind, 0.01)
    optimizer = {"kind": kind, "lr": lr} | ({"max_iter": 2} if kind == "lbfgs" else {})
    parent = spec(problem, optimizer, steps=30)
    chosen, before = fork(parent, 0, 12, 8, optimizer=other_settings(optimizer))
    again, between = fork(chosen, 0, 4, 6, optimizer=optimizer)
    goes_on([before, between], again)


RUNS = [
    ("bowl", {"noise": 0.3}, {"noise": 0.3}),
    ("bowl", {"noise": 0.3, "schedule": {"kind": "cosine"}}, {"noise": 0.1, "schedule": {"kind": "cosine"}}),
    ("bowl", {"schedule": {"kind": "step", "step_size": 9}}, {"schedule": {"kind": "cosine"}, "noise": 0.1}),
    ("rosenbrock", {"start": [0.5, 0.5], "clip_norm": 0.3}, {"clip_value": 0.1}),
    (SMALL, {"batch_size": 30}, {"batch_size": 30, "noise": 0.01}),
    (SMALL, {"batch_size": 300}, {"batch_size": 300}),
    (SMALL, {"batch_size": 30, "batches": "drawn"}, {"batch_size": 20, "batches": "drawn"}),
    (SMALL, {"batch_size": 30, "noise": 0.01, "l1": 0.01}, {}),
    (SMALL, {"layer_lr": [0.1, 0.2, 0.3]}, {"layer_lr": [0.3, 0.2, 0.1]}),
    *(
        (problem, {"schedule": one, **batch}, {"schedule": one, **batch})
        for one in ({"kind": "plateau", "patience": 1, "every": 3, "warmup": 2}, {"kind": "plateau", "patience": 0})
        for problem, batch in (("bowl", {}), (SMALL, {"batch_size": 30}))
    ),
]


@pytest.mark.parametrize(("problem", "first", "then"), RUNS)
def test_noise_batches_and_schedules_go_on(goes_on, problem, first, then):
    optimizer = {"kind": "sgd", "lr": 0.1, "momentum": 0.5}
    parent = spec(problem, optimizer, steps=30, **first)
    chosen, before = fork(parent, 0, 11, optimizer=optimizer, **then)
    again, between = fork(chosen, 0, 7, optimizer={"kind": "adam", "lr": 0.01}, **first)
    goes_on([before, between], again)


@pytest.mark.parametrize("start", [3, 20])
@pytest.mark.parametrize("problem", ["bowl", SMALL], ids=["surface", "network"])
def test_averages_go_on(problem, start):
    run = {"optimizer": {"kind": "sgd", "lr": 0.1}, "averaging": {"kind": "swa", "start": start}}
    parent = spec(problem, steps=30, **run)
    chosen, before = fork(parent, 0, 11, **run)
    _, averages = printed(program(chosen, ancestors=[before]))
    expected = continued([before], chosen, "average_loss")
    np.testing.assert_allclose(averages[[0, 25]], expected[[0, 25]], rtol=1e-6)


def test_a_fork_of_a_sweep_goes_on_from_one_of_its_runs(goes_on):
    sweep = spec("rosenbrock", {"kind": "adam", "lr": 0.1})
    vary = [{"field": "run.start.0", "values": [0.5, -1.0]}]
    sweep = SPEC.validate_python(sweep.model_dump(mode="json") | {"vary": vary, "seeds": 2})
    chosen, before = fork(sweep, 3, 10, optimizer={"kind": "adam", "lr": 0.01}, noise=0.1)
    assert chosen.seed == 4
    goes_on([before], chosen)

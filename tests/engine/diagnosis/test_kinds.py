"""What a run is called: every kind where it is easily mistaken for another one."""

from collections import deque

import numpy as np
import pytest
from diagnosing import diagnose, followed, rule, sgd, spec_of

from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.map import CELL_KINDS, Map
from slalom.engine.descent import Descent
from slalom.engine.map.surface_tiles import settle_surfaces

XOR = {"kind": "xor", "n": 200}
BLOBS = {"kind": "blobs", "noise": 0.1, "n": 200}
MOONS = {"kind": "moons", "n": 200}
CHEBYSHEV = {"kind": "chebyshev"}


def network(data, hidden, **settings):
    return {"kind": "network", "data": data, "hidden": hidden, **settings}


# Networks


@pytest.mark.parametrize(
    ("problem", "optimizer", "steps"),
    [
        (network(BLOBS, [16]), rule("adam", 0.5), 600),
        (network(BLOBS, [8]), rule("adam", 1.0), 600),
        (network(BLOBS, [8], activation="relu"), rule("adam", 0.3), 600),
    ],
)
def test_a_network_that_has_learnt_everything_has_converged_to_0(problem, optimizer, steps):
    found = diagnose(problem, optimizer, steps)
    assert found.loss[-1] <= 1e-6
    assert found.kind == "converged"
    near = np.flatnonzero(found.loss > 1e-6)
    assert found.step == near[-1] + 1
    assert not found.says("saddle|can fall on|does not curve down|may be a plateau")


@pytest.mark.parametrize(
    ("problem", "optimizer"),
    [
        (network(XOR, [5, 10, 5], activation="relu", loss="mse"), rule("adam", 1.0)),
        (network(MOONS, [8], activation="relu", loss="mse"), rule("adam", 3.0)),
        (network(CHEBYSHEV, [10, 10], activation="relu"), rule("adam", 1.0)),
        (network(CHEBYSHEV, [10], activation="relu"), rule("adam", 3.0)),
        (network(BLOBS, [4, 4], activation="relu"), rule("adam", 10.0)),
    ],
)
def test_a_network_whose_units_are_dead_has_learnt_nothing(problem, optimizer):
    found = diagnose(problem, optimizer, 500)
    assert found.kind == "stalled"
    assert found.says(r"units? .*(dead|silent)|(dead|silent) .*unit")
    assert found.says("mean|same (answer|output|guess)|how common|class frequencies")
    better = [followed(found, one) for one in found.advice if one["field"] == "run.optimizer.lr"]
    assert better
    assert better[0].loss[-1] < 0.9 * found.loss[-1]


@pytest.mark.parametrize(
    ("problem", "optimizer", "steps"),
    [
        (network({"kind": "digits"}, [31, 23], activation="relu"), sgd(0.9, momentum=0.9, nesterov=True), 300),
        (network(MOONS, [8], activation="relu"), rule("adam", 3.0), 400),
        (network(CHEBYSHEV, [8]), rule("rprop", 0.01), 2000),
    ],
)
def test_a_network_whose_loss_is_not_0_has_not_converged(problem, optimizer, steps):
    found = diagnose(problem, optimizer, steps)
    assert found.loss[-1] > 1e-3
    assert found.kind in ("stalled", "unfinished", "oscillating")


def test_the_level_of_chance_of_squared_errors_is_their_variance():
    found = diagnose(network(MOONS, [8], activation="relu", loss="mse"), rule("adam", 3.0), 400)
    assert found.loss[-1] == pytest.approx(0.25, rel=1e-3)
    assert not found.says("ln 2")
    assert found.says(r"0\.25")


def test_the_level_of_chance_of_cross_entropy_is_the_logarithm_of_the_classes():
    found = diagnose(network({"kind": "digits"}, [8]), sgd(1e-5), 250)
    assert found.kind == "stalled"
    assert found.says(r"ln 10 = 2\.3;")


def test_a_network_that_exploded_and_whose_outputs_are_constant_is_stuck():
    found = diagnose(network(CHEBYSHEV, [10, 10]), rule("adam", 5.0), 1000)
    assert found.outcome["exploded"] is not None
    assert found.loss[-1] < found.loss[0]
    assert found.kind == "stalled"
    assert found.says("mean|same (answer|output|guess)|constant")
    assert not found.says("must grow")


# Back after an explosion


BACK = {
    "near the minimum, with Adam": ("parabola", rule("adam", 0.1), 2000, {"start": [1e-3]}),
    "a first step without dampening": (
        {"kind": "quadratic", "eigenvalues": [35.1]},
        sgd(0.8, momentum=0.946, dampening=0.864),
        600,
        {},
    ),
    "the same, in two directions": (
        {"kind": "quadratic", "eigenvalues": [60.0, 20.0]},
        sgd(0.62, momentum=0.97, dampening=0.9),
        3000,
        {},
    ),
    "near the minimum, with Adam, in two directions": ("bowl", rule("adam", 0.05), 4000, {"start": [1e-3, 1e-4]}),
}


@pytest.mark.parametrize("name", BACK)
def test_a_run_that_exploded_and_came_back_is_what_it_is_at_its_end(name):
    problem, optimizer, steps, rest = BACK[name]
    found = diagnose(problem, optimizer, steps, **rest)
    exploded, loss = found.outcome["exploded"], found.loss
    assert exploded is not None
    assert loss[-1] < loss[0]
    assert found.kind in ("converged", "unfinished", "oscillating")
    assert found.says(rf"explo\w+ .*{exploded}")
    assert found.says("(came|come|is|been) back")
    assert not found.says("curvature changes within a step|ten times smaller")


def test_a_run_that_exploded_and_stayed_away_has_diverged():
    found = diagnose("parabola", sgd(1.05), 60)
    assert (found.kind, found.step) == ("diverged", 38)
    assert not found.says("came back")


NEAR_0 = [
    ("where(x>0,sqrt(x),-x)", sgd(0.1), 200, [0.0]),
    ("where(x>0,sqrt(x),-x)", sgd(0.02), 200, [0.0]),
    ("where(x>0,3*x,-x)", sgd(0.1), 100, [0.0]),
    ("bowl", rule("rmsprop", 0.03), 2000, [1e-4, 1e-4]),
]


@pytest.mark.parametrize(("problem", "optimizer", "steps", "start"), NEAR_0)
def test_a_loss_near_0_at_the_start_is_no_measure_of_an_explosion(problem, optimizer, steps, start):
    """Steps of one length bounce at one height, which is no explosion because the start happened to be lower."""
    found = diagnose(problem, optimizer, steps, start=start)
    assert found.loss.max() < 2
    assert found.kind == "oscillating"
    assert not found.says("1,000 times above|start of -?0")


# Falling without end, and rising


ENDLESS = [
    ("x^3", rule("rprop", 0.0038), 300),
    ("x", sgd(0.1), 60),
    ("-x^2", sgd(0.1), 60),
    ("x + y^2", rule("lion", 0.01), 200),
    ("-exp(x)", rule("adam", 0.1), 100),
    ("x^3 + y^2", rule("adam", 0.05), 300),
    ("x^2 - y", sgd(0.05, momentum=0.9), 100),
]


@pytest.mark.parametrize(("text", "optimizer", "steps"), ENDLESS)
def test_falling_without_end_is_no_matter_of_steps(text, optimizer, steps):
    found = diagnose(text, optimizer, steps)
    assert found.kind == "growing"
    assert found.says("without (end|bound)|no minimum")
    assert not found.says("more steps|steps more|try a (larger|smaller)|above the stability limit")
    assert not found.advised("steps")


RISING = [
    ("bowl", sgd(0.3), 60, {"schedule": {"kind": "constant", "warmup": 50}}),
    ("parabola", sgd(1.4), 54, {"schedule": {"kind": "constant", "warmup": 30}}),
    ("bowl", sgd(0.25), 76, {"schedule": {"kind": "constant", "warmup": 50}}),
]


@pytest.mark.parametrize(("problem", "optimizer", "steps", "rest"), RISING)
def test_what_rises_at_the_end_is_not_called_falling(problem, optimizer, steps, rest):
    found = diagnose(problem, optimizer, steps, **rest)
    assert found.loss[-1] > 10 * found.loss.min()
    assert found.loss[-1] < found.loss[0]
    assert found.kind == "growing"
    assert not found.says("falls by|steps more|million")
    assert found.says(f"limit {found.evidence['limit']:.3g}")


@pytest.mark.parametrize(("problem", "optimizer", "steps", "rest"), RISING)
def test_when_it_will_have_exploded_after_a_warmup_is_not_far_from_when_it_has(problem, optimizer, steps, rest):
    said = diagnose(problem, optimizer, steps, **rest).values.get("explodes_at")
    if said is not None:
        exploded = diagnose(problem, optimizer, steps + 100, **rest).outcome["exploded"]
        assert said == pytest.approx(exploded, rel=0.1, abs=2)


# The rate is 0, or has become 0


RATES_OF_0 = [
    ("parabola", sgd(0.0), 50, {}),
    ("parabola", sgd(0.0), 300, {}),
    ("bowl", rule("adam", 0.0), 30, {}),
    ("parabola", sgd(0.001), 500, {"schedule": {"kind": "polynomial", "total_iters": 400}}),
    ("parabola", sgd(0.001), 900, {"schedule": {"kind": "polynomial", "total_iters": 400}}),
    ("bowl", sgd(0.02), 100, {"schedule": {"kind": "cosine"}}),
    ("bowl", sgd(0.005, momentum=0.5), 50, {"schedule": {"kind": "polynomial", "total_iters": None, "power": 2.0}}),
    ("rosenbrock", rule("adam", 0.01), 300, {"schedule": {"kind": "linear", "end_factor": 0.0, "total_iters": 50}}),
]


@pytest.mark.parametrize(("problem", "optimizer", "steps", "rest"), RATES_OF_0)
def test_where_the_rate_is_0_nothing_else_is_the_reason(problem, optimizer, steps, rest):
    found = diagnose(problem, optimizer, steps, **rest)
    assert found.columns["lr"][-1] <= 1e-16
    assert found.kind in ("unfinished", "stalled")
    assert found.says("rate")
    assert not found.says("smaller|too small|steepest|level|steps more|more steps|plateau")
    assert found.says("schedule") == ("schedule" in rest)
    assert all(value > 0 for value in found.advised("run.optimizer.lr"))
    assert not found.advised("steps") or found.says("schedule stretched")


# Momentum that never settles


@pytest.mark.parametrize(
    ("problem", "lr", "steps"), [("parabola", 0.1, 100), ("bowl", 0.01, 300), ("bowl", 0.1, 57), ("booth", 0.02, 200)]
)
def test_momentum_1_swings_for_ever(problem, lr, steps):
    found = diagnose(problem, sgd(lr, momentum=1.0), steps)
    assert found.kind in ("unfinished", "oscillating")
    assert found.says("momentum (of )?1 .*(never|for ever|nothing)|without friction")
    assert not found.says("steps more|more steps|smaller learning rate")
    (memory,) = found.advised("run.optimizer.momentum")
    assert memory < 1
    assert followed(found, {"field": "run.optimizer.momentum", "value": memory}, steps=5000).kind == "converged"


@pytest.mark.parametrize(("lr", "momentum"), [(0.001, 1.5), (0.01, 1.2), (0.1, 1.5), (1e-5, 2.0)])
def test_nesterovs_momentum_above_1_grows_at_every_small_rate(lr, momentum):
    """The roots of z² - (1 + β)(1 - s) z + β (1 - s) are outside the unit circle where β (1 - s) > 1: for small s."""
    found = diagnose("parabola", sgd(lr, momentum=momentum, nesterov=True), 400)
    assert found.kind == "diverged"
    assert found.says("momentum .*(below|less than) 1|larger than 1|above 1")
    assert not found.says("curvature changes|smaller|never exceeded")
    (memory,) = found.advised("run.optimizer.momentum")
    assert memory < 1
    assert followed(found, {"field": "run.optimizer.momentum", "value": memory}).kind in ("converged", "unfinished")


# Weight decay


DECAYED = [
    ("booth", rule("adamw", 0.05, weight_decay=1.0), 200),
    ("booth", rule("adamw", 0.05, weight_decay=1.0), 2000),
    ("booth", rule("lion", 0.01, weight_decay=1.0), 1000),
    ("(x-3)^2 + (y+4)^2", rule("adamw", 0.02, weight_decay=0.5), 1500),
    ("booth", rule("muon", 0.1, adamw_lr=0.05, adamw_weight_decay=1.0, weight_decay=0.0), 200),
    ("(x-3)^2 + (y+4)^2", rule("adafactor", 0.05, weight_decay=1.0), 400),
]


@pytest.mark.parametrize(("problem", "optimizer", "steps"), DECAYED)
def test_weight_decay_that_balances_the_steps_is_the_reason(problem, optimizer, steps):
    """Steps of length η against a pull of η·w·|θ|: where w·|θ| is about 1 nothing moves, however long it runs."""
    name = "adamw_weight_decay" if optimizer["kind"] == "muon" else "weight_decay"
    found = diagnose(problem, optimizer, steps)
    assert found.kind in ("unfinished", "stalled", "oscillating")
    assert found.says("weight decay")
    assert found.says(f"weight decay {optimizer[name]:g} ")
    assert not found.says("steps more|more steps|plateau|level|too (small|short)")
    (decay,) = found.advised(f"run.optimizer.{name}")
    assert decay < optimizer[name]
    less = followed(found, {"field": f"run.optimizer.{name}", "value": decay})
    assert less.loss[-1] < found.loss[-1]


NOT_DECAYED = [
    ("bowl", rule("muon", 0.1), 10),
    ("matyas", rule("muon", 0.1, adamw_weight_decay=1.0), 100),
    ("booth", rule("muon", 0.1, adamw_lr=0.05, adamw_weight_decay=0.0, weight_decay=3.0), 60),
    ("(x-3)^2", rule("adamw", 0.3, weight_decay=0.03), 14),
    ("(x-3)^2", rule("adamw", 0.3, weight_decay=0.03), 29),
]


@pytest.mark.parametrize(("problem", "optimizer", "steps"), NOT_DECAYED)
def test_weight_decay_is_no_reason_where_steps_are_short_or_turn_back_for_another(problem, optimizer, steps):
    """Muon's weight decay is that of matrices, and a surface has none; a swing stands still where it turns back."""
    assert not diagnose(problem, optimizer, steps).says("weight decay .* pulls")


# Rules whose steps do not shrink with the gradient sit at their limit


HOVERING = [
    ("griewank", rule("rmsprop", 0.113), 1000),
    ("bowl", rule("rmsprop", 0.02), 2000),
    ("parabola", rule("adam", 0.1, beta1=0.0, beta2=0.9), 500),
]


@pytest.mark.parametrize(("problem", "optimizer", "steps"), HOVERING)
def test_a_rule_that_divides_by_the_gradient_hovers_at_its_limit_at_every_rate(problem, optimizer, steps):
    found = diagnose(problem, optimizer, steps)
    smaller = diagnose(problem, {**optimizer, "lr": optimizer["lr"] / 2}, 2 * steps)
    for one in (found, smaller):
        share = one.columns["lr"][-200:] / one.columns["limit"][-200:]
        assert np.median(share) == pytest.approx(1, abs=0.3)
    assert smaller.loss[-50:].mean() < found.loss[-50:].mean()
    assert found.kind == "oscillating"
    assert found.says("lower")
    assert not found.says("throws it back|would have held|neither settle nor leave|a little less converges")
    assert found.says("schedule|decay|shrink") or found.advised("run.schedule.kind")


# A spec is a spec


def test_the_helper_tells_formulas_from_surfaces():
    assert spec_of("bowl", sgd(0.1), 5)["problem"] == {"kind": "bowl"}
    assert spec_of("x", sgd(0.1), 5)["problem"] == {"kind": "formula", "text": "x"}


# A map calls its cells the same


SURFACES = [
    *(BACK[name] for name in BACK),
    *((problem, optimizer, steps, {"start": start}) for problem, optimizer, steps, start in NEAR_0),
    *((*case, {}) for case in (*ENDLESS, *DECAYED, *HOVERING)),
    *RISING,
    *RATES_OF_0,
    ("booth", sgd(0.02, momentum=1.0), 200, {}),
    ("parabola", sgd(0.1, momentum=1.5, nesterov=True), 400, {}),
]


@pytest.mark.parametrize(("problem", "optimizer", "steps", "rest"), SURFACES)
def test_the_map_calls_a_run_what_it_is_called_alone(problem, optimizer, steps, rest):
    spec = spec_of(problem, optimizer, steps, **rest)
    (lane,) = Comparison.model_validate(spec).lanes()
    run, place = spec.pop("runs")[0], (lane.run.start or lane.problem.start)[0]
    near = {"n": 2, "scale": "linear"}
    rates = {"field": "run.optimizer.lr", "from": optimizer["lr"], "to": optimizer["lr"] + 0.01} | near
    starts = {"field": "run.start.0", "from": place, "to": place + 0.1} | near
    chart = Map.model_validate(spec | {"run": run, "vary": [rates, starts]})
    found = settle_surfaces(chart, np.arange(4))
    for cell in range(4):
        descent = Descent(chart.alone(cell))
        deque(descent, maxlen=0)
        (outcome,) = descent.outcomes
        assert CELL_KINDS[int(found[0, cell])] == outcome.kind

"""What is advised is accepted, and does what was said when it is done: tried on random runs."""

import os
import re
from collections import Counter
from itertools import product

import numpy as np
import pytest
from diagnosing import changed, diagnose, diagnosis_of, followed, numbers_in, rule, sgd, spec_of
from promises import LONGEST, promises

from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.catalogue.problems import PROBLEMS

RUNS = int(os.environ.get("SLALOM_ADVISED_RUNS", "40"))
SHARE = 0.95
"""Of the promises are kept."""
SURFACES = [kind.model_fields["kind"].default for kind in PROBLEMS if not kind.is_network]
SURFACES = [kind for kind in SURFACES if kind not in ("formula", "quadratic", "regression")]
FORMULAS = (
    ("x^2 + 10*y^2", 2),
    ("x^2 - 10", 1),
    ("x^4 - 3*x^2 + x", 1),
    ("(x*y - 1)^2/2", 2),
    ("exp(-x^2 - y^2)", 2),
    ("cosh(x) + y^2", 2),
    ("log(1 + x^2 + 5*y^2)", 2),
    ("x*sin(x)", 1),
    ("abs(x) + y^2", 2),
    ("x^2 - y^2/2", 2),
    ("x + y^2", 2),
    ("sqrt(1 + x^2) + 3*y^2", 2),
    ("(x+y)^2", 2),
    ("x^3", 1),
    ("1/x + x", 1),
)
DATA = ({"kind": "moons", "n": 100}, {"kind": "xor", "n": 80}, {"kind": "blobs", "n": 90}, {"kind": "chebyshev"})
RULES = [kind.model_fields["kind"].default for kind in OPTIMIZERS if not kind.uses_closure]
"""L-BFGS takes up to twenty gradients a step: minutes of this test, for a rule without a limit to speak of."""
SCHEDULES = ("cosine", "exponential", "one_cycle", "linear", "step", "polynomial", "inverse_time")


def optimizer_of(random, kind=None):
    """Return a random optimizer; half of all are gradient descent, with or without momentum."""
    kind = kind or ("sgd" if random.random() < 0.5 else str(random.choice(RULES)))
    optimizer = {"kind": kind, "lr": float(f"{10 ** random.uniform(-6, 2):.3g}")}
    if kind == "sgd" and random.random() < 0.6:
        optimizer["momentum"] = float(random.choice([0.5, 0.9, 0.95, 0.99, 1.0]))
        if random.random() < 0.4:
            optimizer["nesterov"] = True
        elif random.random() < 0.2:
            optimizer["dampening"] = float(random.choice([0.2, 0.9]))
    if random.random() < 0.1 and kind not in ("rprop", "newton", "sign_sgd"):
        optimizer["weight_decay"] = float(random.choice([0.01, 0.3]))
    return optimizer


def problem_of(random):
    """Return a random problem that is no network, and where to start."""
    draw = random.random()
    if draw < 0.4:
        return {"kind": str(random.choice(SURFACES))}, None
    if draw < 0.6:
        eigenvalues = 10 ** random.uniform(-2, 2, random.integers(1, 6))
        return {"kind": "quadratic", "eigenvalues": eigenvalues.round(4).tolist()}, None
    if draw < 0.7:
        x = random.uniform(-3, 5, 12)
        y = 0.7 * x + random.normal(size=12)
        return {"kind": "regression", "x": x.round(2).tolist(), "y": y.round(2).tolist(), "scaling": "raw"}, None
    text, dimension = FORMULAS[random.integers(len(FORMULAS))]
    return {"kind": "formula", "text": text}, random.uniform(0.3, 3, dimension).round(2).tolist()


def random_spec(seed):
    """Return a spec of one run."""
    random = np.random.default_rng(seed)
    rest = {"steps": int(random.choice([20, 60, 200, 600]))}
    if seed % 15 == 14:
        rest["steps"] = min(rest["steps"], 200)
        data = DATA[random.integers(len(DATA))]
        problem = {"kind": "network", "data": data, "hidden": [int(random.integers(3, 9))]}
        problem["activation"] = str(random.choice(["tanh", "relu"]))
        if random.random() < 0.3:
            rest["batch_size"] = 16
        optimizer = optimizer_of(random, str(random.choice([kind for kind in RULES if kind != "newton"])))
    else:
        problem, start = problem_of(random)
        optimizer = optimizer_of(random)
        if start is not None:
            rest["start"] = start
        if random.random() < 0.05:
            rest["noise"] = 0.1
    if random.random() < 0.15:
        rest["schedule"] = {"kind": str(random.choice(SCHEDULES))}
        rest["schedule"]["warmup"] = int(random.choice([0, 0, 10]))
    return spec_of(problem, optimizer, **rest)


@pytest.fixture(scope="module")
def diagnoses():
    return [diagnosis_of(random_spec(seed)) for seed in range(RUNS)]


@pytest.fixture(scope="module")
def tried(diagnoses):
    return [promise for found in diagnoses for promise in promises(found)]


def report(tried):
    """Return the promises that were not kept, as a person wants to read them."""
    kept, made = Counter(), Counter()
    for promise in tried:
        made[promise.name] += 1
        kept[promise.name] += promise.kept
    lines = [f"{kept[name]} of {made[name]}: {name}" for name in sorted(made)]
    for promise in tried:
        if not promise.kept:
            found = promise.found
            run = {"problem": found.spec["problem"], "steps": found.spec["steps"], **found.spec["runs"][0]}
            lines.append(f"\n{promise.name}: {promise.what}\n  {run}\n  {found.kind}: {found.said}")
    return "\n".join(lines)


def test_nineteen_of_twenty_promises_are_kept(tried):
    kept = sum(promise.kept for promise in tried)
    assert kept >= SHARE * len(tried), f"{kept} of {len(tried)}\n{report(tried)}"


def test_there_is_something_to_try(diagnoses, tried):
    """A diagnosis that says nothing keeps all its promises."""
    made = Counter(promise.name for promise in tried)
    advised = sum(bool(found.advice) for found in diagnoses if found.kind in ("diverged", "growing", "unfinished"))
    of = sum(found.kind in ("diverged", "growing", "unfinished") for found in diagnoses)
    assert len(tried) >= 2 * RUNS / 3, made
    assert advised >= 0.6 * of, (advised, of)
    assert sum(made[name] for name in made if "stable" in name) >= RUNS / 10, made
    assert sum(made[name] for name in made if "more_steps" in name) >= RUNS / 15, made


def test_every_piece_of_advice_is_accepted_and_changes_something(diagnoses):
    for found in diagnoses:
        for advice in found.advice:
            new = changed(found.spec, advice["field"], advice["value"])
            Comparison.model_validate(new)
            assert new != found.spec, f"{advice} of {found.spec}"
            if advice["field"] == "run.optimizer.lr":
                assert advice["value"] > 0, f"{advice} of {found.spec}"


def test_every_rate_that_a_sentence_names_to_be_tried_is_one_that_can_be_clicked(diagnoses):
    named = 0
    for found in diagnoses:
        rates = found.advised("run.optimizer.lr")
        for one in re.findall(r"(?:[Tt]ry|[Ss]tart again with|[Ll]r) ([\d.e-]+\d)(?! steps)", found.because):
            named += 1
            assert any(abs(numbers_in(one)[0] / rate - 1) < 0.02 for rate in rates), f"{one} of {found.said}"
    assert named >= RUNS / 20


def test_a_safe_rate_is_not_contradicted(diagnoses):
    compared = 0
    for found in diagnoses:
        safe, rates = found.evidence["safe_lr"], found.advised("run.optimizer.lr")
        if found.kind in ("diverged", "growing") and isinstance(safe, float) and safe > 0 and rates:
            flew_off = found.says("a tenth of that limit|curvature changes within a step|momentum alone")
            assert flew_off or min(rates) == pytest.approx(safe, rel=0.02), f"{safe}: {found.said}"
            compared += not flew_off
    assert compared >= RUNS / 30


# Advice that did not help


def test_no_rate_that_is_said_to_arrive_is_negative_or_does_not():
    arrived = 0
    for steps, lr, momentum in product((20, 50, 120), (1e-4, 1e-3, 5e-3), (0.5, 0.9, 0.99)):
        found = diagnose("bowl", sgd(lr, momentum=momentum, nesterov=True), steps)
        assert all(value > 0 for name, value in found.values.items() if name.endswith("_lr")), found.values
        assert not found.says(r"lr [-−]")
        for arriving in [value for name, value in found.values.items() if name == "arriving_lr"]:
            end = followed(found, {"field": "run.optimizer.lr", "value": arriving * 1.005})
            assert end.kind == "converged", found.said
            arrived += 1
    assert arrived >= 5


COUNTED = [
    ("matyas", rule("lion", 0.005), 600, {}),
    ("matyas", rule("sign_sgd", 0.01), 300, {}),
    ("styblinski_tang", rule("nadam", 0.34), 60, {}),
    ({"kind": "bowl", "kappa": 100}, sgd(0.005, momentum=0.99), 400, {}),
    ({"kind": "bowl", "kappa": 100}, sgd(0.001, momentum=0.99), 400, {}),
    ("goldstein_price", sgd(3e-6), 4000, {"start": [-0.9, -0.5]}),
    ("rosenbrock", rule("adam", 0.01), 200, {}),
    ("parabola", sgd(0.01, momentum=0.9), 60, {}),
    ("parabola", sgd(0.001), 1000, {}),
    ("bowl", sgd(0.01), 50, {}),
    ("bowl", rule("newton", 0.05), 50, {}),
    ("booth", sgd(0.005, momentum=0.9), 40, {}),
    ("parabola", rule("adam", 0.01), 100, {}),
    ("bowl", rule("lion", 0.002), 400, {}),
]


@pytest.mark.parametrize(("problem", "optimizer", "steps", "rest"), COUNTED)
def test_a_number_of_steps_is_said_where_it_is_known(problem, optimizer, steps, rest):
    found = diagnose(problem, optimizer, steps, **rest)
    end = diagnosis_of(found.spec | {"steps": LONGEST})
    took = end.step - steps if end.kind == "converged" else None
    about = found.values.get("more_steps")
    if about is not None:
        assert took is not None
        assert about / 3 <= took <= 1.5 * about
    least = found.values.get("least_steps")
    if least is not None and took is not None:
        assert took >= 0.9 * least
    if took is not None and took > 10:
        assert not found.says("smaller (learning )?rate"), found.said


def test_gradient_descent_on_a_quadratic_is_told_how_long_it_takes():
    for problem, lr, steps in (("parabola", 0.001, 1000), ("bowl", 0.01, 50), ("booth", 0.001, 60)):
        found = diagnose(problem, sgd(lr), steps)
        took = diagnosis_of(found.spec | {"steps": 10_000}).step - steps
        assert found.values["more_steps"] == pytest.approx(took, rel=0.1)


def test_steps_of_one_length_are_counted_by_distance_over_rate():
    found = diagnose("matyas", rule("lion", 0.005), 600)
    took = diagnosis_of(found.spec | {"steps": LONGEST}).step - 600
    said = found.values.get("more_steps", found.values.get("least_steps"))
    assert said is not None
    assert said / 3 <= took <= 1.5 * said or said <= took


@pytest.mark.parametrize(
    ("problem", "optimizer", "steps", "start"),
    [
        ("plateau", sgd(226.0), 50, None),
        ("plateau", sgd(0.1), 50, None),
        ("exp(-x^2-y^2)", sgd(0.1), 50, None),
        ("exp(-x^2-y^2)", rule("adam", 0.01), 50, None),
        ("himmelblau", sgd(0.001), 3, None),
        ("1/(1+x^2)", sgd(0.1), 100, [1.0]),
    ],
)
def test_no_rate_is_said_to_arrive_where_there_is_nothing_to_arrive_at_or_the_ground_is_no_bowl(
    problem, optimizer, steps, start
):
    found = diagnose(problem, optimizer, steps, **({} if start is None else {"start": start}))
    for value in found.advised("run.optimizer.lr"):
        assert value < 100 * optimizer["lr"]
    if found.says("get there within"):
        arriving = found.values["arriving_lr"]
        assert followed(found, {"field": "run.optimizer.lr", "value": arriving * 1.005}).kind == "converged"


def test_a_vanished_gradient_is_not_answered_with_a_tenfold_rate():
    found = diagnose("plateau", sgd(745.0, momentum=0.894), 50)
    assert found.columns["grad_norm"][-1] == 0
    assert found.kind == "stalled"
    assert not found.advised("run.optimizer.lr")
    assert not found.says("200 steps")


def test_a_trained_network_is_not_advised_a_rate_that_undoes_it():
    problem = {"kind": "network", "data": {"kind": "digits"}, "hidden": [32]}
    found = diagnose(problem, sgd(0.1, momentum=0.9), 400)
    for value in found.advised("run.optimizer.lr"):
        again = followed(found, {"field": "run.optimizer.lr", "value": value})
        assert again.loss[-1] < found.loss[-1], f"{value}: {again.because}"


@pytest.mark.parametrize("seed", range(4))
def test_the_loss_of_a_network_halves_in_as_many_steps_as_said(seed):
    problem = {"kind": "network", "data": {"kind": "moons", "n": 200}, "hidden": [8]}
    found = diagnose(problem, sgd(0.1), 200, batch_size=16, seed=seed)
    halving = found.values.get("halving_steps")
    if halving is not None:
        end = diagnosis_of(found.spec | {"steps": int(200 + halving)})
        left = np.nanmean(end.columns["train_loss"][-1:]) / found.columns["train_loss"][-1]
        assert 0.3 <= left <= 0.7

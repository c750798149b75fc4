"""What is called converged, diverged, oscillating, stalled or unfinished, and the sentences that say why."""

import numpy as np
import pytest
from diagnosing import diagnose, numbers_in, rule, sgd


@pytest.mark.parametrize(
    ("lr", "dtype", "exploded", "nonfinite"),
    [(1.05, "float64", 38, 3709), (1.05, "float32", 38, 451), (1.01, "float64", 176, None), (1.5, "float64", 6, 510)],
)
def test_a_parabola_explodes_long_before_it_overflows(descend, lr, dtype, exploded, nonfinite):
    (run,) = descend("parabola", lr, steps=4000, dtype=dtype)
    outcome = run.outcome
    assert (outcome.kind, outcome.first_rise, outcome.step) == ("diverged", 1, exploded)
    assert (outcome.exploded, outcome.nonfinite) == (exploded, nonfinite)
    assert len(run["loss"]) == (4001 if nonfinite is None else nonfinite + 1)


def test_diverging_does_not_end_a_run(descend):
    diverging, other = descend("parabola", 1.05, 0.1, steps=500)
    assert diverging.outcome.kind == "diverged"
    assert len(diverging["loss"]) == len(other["loss"]) == 501


def test_a_run_that_overflows_ends_alone(descend):
    overflowing, other = descend("parabola", 1.5, 0.1, steps=600)
    assert len(overflowing["loss"]) == 511
    assert not np.isfinite(overflowing["loss"][-1])
    assert len(other["loss"]) == 601


def heavy_ball(descend, rule, lr, steps):
    problem = {"kind": "formula", "text": "x**2 + 100*y**2"}
    return descend(problem, rule("sgd", lr=lr, momentum=0.9, start=[-4, 1]), steps=steps)[0]


def test_a_heavy_ball_may_rise_64_fold_before_it_converges(descend, rule):
    run = heavy_ball(descend, rule, 0.0189, 4000)
    assert run["loss"].max() / run["loss"][0] == pytest.approx(64, rel=0.02)
    assert run.outcome.exploded is None
    assert run.outcome.kind == "converged"


@pytest.mark.parametrize(("lr", "exploded", "nonfinite"), [(0.0195, 10, None), (0.0191, None, 3451)])
def test_a_heavy_ball_above_its_limit_diverges(descend, rule, lr, exploded, nonfinite):
    run = heavy_ball(descend, rule, lr, 4000)
    assert run.outcome.kind == "diverged"
    assert exploded is None or run.outcome.exploded == exploded
    assert nonfinite is None or run.outcome.nonfinite == nonfinite
    assert run.outcome.evidence.limit == pytest.approx(0.019)
    assert "the heavy ball" in run.outcome.because


def test_bouncing_for_ever_is_oscillating(descend):
    (run,) = descend("parabola", 1.0, steps=500)
    assert run.outcome.kind == "oscillating"
    assert run.outcome.step is None
    assert "same loss 16" in run.outcome.because
    assert "exactly the stability limit 1" in run.outcome.because


def test_a_cycle_between_two_values_is_oscillating(descend, rule):
    (run,) = descend(
        {"kind": "formula", "text": "x**4 - 2*x**2 + 0.3*x"}, rule("sgd", lr=0.25, start=[-0.5]), steps=400
    )
    assert run.outcome.kind == "oscillating"
    low, high = sorted(run["loss"][-2:])
    assert f"between the losses −{-low:.3g} and −{-high:.3g}" in run.outcome.because


def test_converged_begins_where_it_holds_to_the_end(descend):
    (run,) = descend("parabola", 0.1, steps=100)
    holds = run["loss"] <= 16e-6
    assert run.outcome.kind == "converged"
    assert run.outcome.step == int(holds.argmax())
    assert "ηλ = 0.2" in run.outcome.because


def test_the_three_regimes_are_told_apart(descend):
    runs = descend("parabola", 0.25, 0.75, 1.05, steps=60)
    assert "without overshooting" in runs[0].outcome.because
    assert "zigzags" in runs[1].outcome.because
    assert "1.05 times the stability limit 1" in runs[2].outcome.because


def test_an_unknown_best_value_leaves_the_gradient_to_decide(descend):
    (run,) = descend({"kind": "formula", "text": "x**2 + 3*y**2 + 5"}, 0.1, steps=300)
    small = run["grad_norm"] <= 1e-6 * max(1, run["grad_norm"][0])
    assert run.outcome.kind == "converged"
    assert run.outcome.step == int(small.argmax())


@pytest.mark.parametrize("problem", ["saddle", {"kind": "formula", "text": "x**2 + y**4/4 - y**2/2"}])
def test_a_saddle_is_a_stall(descend, rule, problem):
    (run,) = descend(problem, rule("sgd", lr=0.1, start=[2, 0]), steps=400)
    assert run.outcome.kind == "stalled"
    assert "saddle" in run.outcome.because


def test_a_worse_minimum_is_a_stall(descend, rule):
    (run,) = descend("tilted_double_well", rule("sgd", lr=0.05, start=[2]), steps=400)
    assert run.outcome.kind == "stalled"
    assert "local minimum" in run.outcome.because
    assert "away at" in run.outcome.because


def test_a_loss_that_stands_still_is_a_stall(descend):
    short, long = (descend("parabola", 1e-14, steps=steps)[0] for steps in (150, 250))
    assert short.outcome.kind == "unfinished"
    assert long.outcome.kind == "stalled"
    assert "too small" in long.outcome.because


def test_a_rate_of_zero_says_so(descend):
    (run,) = descend("parabola", 0.0, steps=250)
    assert "learning rate is 0" in run.outcome.because


def test_weight_decay_that_holds_a_run_back_is_named(descend, rule):
    problem = {"kind": "formula", "text": "(x - 3)**2"}
    (run,) = descend(problem, rule("sgd", lr=0.1, weight_decay=1), steps=600)
    assert run.outcome.kind == "stalled"
    assert "Weight decay 1" in run.outcome.because


def test_unfinished_says_how_long_it_would_take(descend):
    (run,) = descend("parabola", 0.001, steps=1000)
    assert run.outcome.kind == "unfinished"
    estimate = int(run.outcome.because.split("about ")[1].split(" more steps")[0].replace(",", ""))
    (more,) = descend("parabola", 0.001, steps=5000)
    assert estimate == pytest.approx(more.outcome.step - 1000, rel=0.05)


@pytest.mark.parametrize("text", ["-x**2", "x**2 - y**2", "-x**2 + 0*y"])
def test_falling_for_ever_is_diverging(descend, text):
    (run,) = descend({"kind": "formula", "text": text}, 0.1, steps=300)
    assert run.outcome.kind == "diverged"
    assert run.outcome.exploded is None
    distance = np.linalg.norm(run.params, axis=1)
    far = int((distance > 1e6 * (1 + distance[0])).argmax())
    assert run.outcome.step == far + 1
    assert "without bound" in run.outcome.because


def test_a_start_without_a_loss_is_divergence_at_once(descend, rule):
    (run,) = descend({"kind": "formula", "text": "log(x)"}, rule("sgd", lr=0.1, start=[0]), steps=10)
    assert (run.outcome.kind, run.outcome.nonfinite, run.outcome.step) == ("diverged", 0, 0)
    assert len(run["loss"]) == 1
    assert run.outcome.because == "Log of zero at the start (x = 0). Choose another start."


def test_evidence_is_from_the_explosion(descend, rule):
    problem = {"kind": "formula", "text": "x**4"}
    (run,) = descend(problem, rule("sgd", lr=0.6, start=[1.5]), steps=20)
    k = run.outcome.exploded
    assert k is not None
    assert run.outcome.evidence.sharpness == pytest.approx(12 * run["p0"][k] ** 2, rel=1e-9)
    assert run.outcome.evidence.limit == pytest.approx(2 / run.outcome.evidence.sharpness)
    assert f"At step 0 the learning rate 0.6 was 8.1 times the stability limit {2 / 27:.3g}" in run.outcome.because


def test_rules_without_theory_have_no_limit(descend, rule):
    (run,) = descend("bowl", rule("lion", lr=0.01), steps=30)
    assert np.isnan(run["limit"]).all()
    evidence = run.outcome.evidence
    assert (evidence.limit, evidence.safe_lr, evidence.predicted_growth) == (None, None, None)
    assert evidence.sharpness == pytest.approx(12)


def test_where_the_ground_curves_down_the_limit_is_infinite(descend):
    (run,) = descend({"kind": "formula", "text": "-x**2"}, 0.1, steps=5)
    assert np.isposinf(run["limit"]).all()
    assert run.outcome.evidence.limit == np.inf
    assert run.outcome.model_dump(mode="json")["evidence"]["limit"] == "inf"


def test_measured_growth_is_the_median_of_the_last_ten_ratios(descend):
    (run,) = descend("rosenbrock", 0.001, steps=100)
    ratios = (run["loss"][1:] / run["loss"][:-1])[1:]
    assert run.outcome.evidence.measured_growth == np.median(ratios[-10:])


@pytest.mark.parametrize(
    ("settings", "growth"),
    [({"lr": 1.05}, 1.21), ({"lr": 0.3}, 0.16), ({"lr": 2.0, "momentum": 0.9}, ((2.1 + 0.81**0.5) / 2) ** 2)],
)
def test_growth_is_predicted_and_measured_alike(descend, rule, settings, growth):
    (run,) = descend("parabola", rule("sgd", **settings), steps=60)
    evidence = run.outcome.evidence
    assert evidence.measured_growth == pytest.approx(evidence.predicted_growth, rel=1e-6)
    assert evidence.predicted_growth == pytest.approx(growth)


def test_adams_burst_is_foretold_by_its_limit(descend, rule):
    (run,) = descend({"kind": "formula", "text": "x**2"}, rule("adam", lr=1.0, start=[-4]), steps=6000)
    assert (run["lr"] > run["limit"]).any()


def test_with_noise_the_starting_loss_is_a_mean(descend, rule):
    (run,) = descend("parabola", rule("sgd", lr=1.2, noise=1.0, start=[0]), steps=60)
    loss = run["loss"].astype(float)
    reference = loss[:20].mean()
    above = loss - reference > 1000 * max(abs(reference), 1e-8)
    pairs = np.flatnonzero(above[1:] & above[:-1])
    assert loss[0] == 0
    assert run.outcome.exploded == pairs[0] + 1


def test_a_noisy_run_is_told_why_it_does_not_settle(descend, rule):
    (run,) = descend("parabola", rule("sgd", lr=0.1, noise=1.0), steps=100)
    assert run.outcome.kind == "unfinished"
    assert "noise of 1 on its gradient" in run.outcome.because


def test_events_are_told_once_and_in_order(descend):
    run, calm = descend("parabola", 1.5, 0.1, steps=600)
    assert [(event.kind, event.step) for event in run.events] == [
        ("crossing", 0),
        ("first_rise", 1),
        ("exploded", 6),
        ("nonfinite", 510),
    ]
    assert [event.kind for event in calm.events] == ["converged"]
    assert all(event.sentence.startswith(f"Step {event.step}: ") for event in run.events)


def test_a_schedule_that_climbs_crosses_the_limit(descend, rule):
    climbing = rule("sgd", lr=2.0, schedule={"kind": "constant", "warmup": 100})
    (run,) = descend("parabola", climbing, steps=90)
    crossing = next(event for event in run.events if event.kind == "crossing")
    assert crossing.step == int((run["lr"] > 1.0).argmax())


def test_a_gradient_of_exactly_0_does_not_burst_out():
    found = diagnose("booth", rule("adam", 3.0, beta1=0.0), 300)
    assert found.columns["grad_norm"][-1] == 0
    assert found.evidence["lr"] > found.evidence["limit"]
    assert not found.says("burst")
    assert diagnose("booth", rule("adam", 3.0, beta1=0.0), 5000).loss[-1] == 0


def test_theory_is_asked_of_the_directions_that_a_run_begins_in():
    """All of booth's start lies along the steepest direction."""
    found = diagnose("booth", rule("newton", 1.0, damping=100.0), 100)
    assert found.says("Each step keeps 71.8 % of the remaining loss, as theory predicts")


@pytest.mark.parametrize("momentum", [0.8, 0.9, 0.95, 0.98])
@pytest.mark.parametrize("lr", [0.002, 0.03])
def test_theory_predicts_what_is_within_a_tenth_of_its_pace(momentum, lr):
    problem = {"kind": "quadratic", "eigenvalues": [1, 100]}
    found = diagnose(problem, sgd(lr, momentum=momentum), 3000)
    measured, predicted = (np.log(found.values[f"{name}_factor"]) for name in ("measured", "predicted"))
    assert found.says("as theory predicts") == bool(abs(measured / predicted - 1) <= 0.1)


@pytest.mark.parametrize("optimizer", [rule("adam", 1.0), rule("adagrad", 5.0), rule("rmsprop", 0.01, momentum=0.9)])
def test_a_pace_that_no_theory_knows_is_a_mean(optimizer):
    found = diagnose("booth", optimizer, 400)
    assert found.kind == "converged"
    over = "(Until then each step|Over the 20 steps before that, each)"
    assert found.says(f"{over} kept [^.]*(\\.\\d+ )?% of the remaining loss on average")


@pytest.mark.parametrize(("problem", "lr", "start"), [("5 - cos(x)", 2.5, 0.3), ("double_well", 0.27, 1.3)])
def test_where_a_jump_ends_on_flatter_ground_the_curvature_across_it_is_at_the_limit(problem, lr, start):
    found = diagnose(problem, sgd(lr), 300, start=[start])
    assert found.kind == "oscillating"
    assert found.evidence["lr"] < found.evidence["limit"]
    mean = numbers_in(found.because.split("across the jump the curvature is ")[1])[0]
    slopes = -np.diff(found.points[-3:, 0]) / lr
    assert mean == pytest.approx(np.diff(slopes)[0] / np.diff(found.points[-3:-1, 0])[0], rel=0.01)

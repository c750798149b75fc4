"""What is noted beside an outcome on surfaces: every case is provoked by a run, its numbers are computed here again."""

import cmath
import math

import numpy as np
import pytest

VALLEY = {"kind": "formula", "text": "x**2 + 100*y**2"}
WELLS = {"kind": "formula", "text": "x**4 - 2*x**2 + 0.3*x"}


def note_of(trace, kind):
    (found,) = [note for note in trace.outcome.notes if note.kind == kind]
    return found


def advised(note, field="run.optimizer.lr"):
    return next(advice.value for advice in note.advice if advice.field == field)


def kinds_of(trace):
    return [note.kind for note in trace.outcome.notes]


def valley(descend, rule, kind="sgd", *, steps, **settings):
    return descend(VALLEY, rule(kind, start=[-4, 1], **settings), steps=steps)[0]


def test_diverging_names_the_product_that_is_above_2_and_a_rate_that_holds(descend, rule):
    run = valley(descend, rule, lr=0.0105, steps=400)
    note = note_of(run, "diverged")
    assert note.formula == "ηλ = 0.0105 × 200 = 2.1 > 2"
    assert note.values["lr_over_limit"] == pytest.approx(0.0105 * 200 / 2)
    y = run["p1"].astype(float)
    assert f"lands {abs(y[11] / y[10]):.3g} times as far" in note.sentence
    assert f"grew {run['loss'][31] / run['loss'][30]:.3g}-fold" in note.sentence
    assert valley(descend, rule, lr=advised(note), steps=2000).outcome.kind == "converged"


def test_a_heavy_ball_that_diverges_is_measured_against_its_own_limit(descend, rule):
    note = note_of(valley(descend, rule, lr=0.0191, momentum=0.9, steps=400), "diverged")
    assert note.formula == f"ηλ = 0.0191 × 200 = 3.82 > {2 * 1.9:g}"
    assert advised(note) == pytest.approx(2 * 1.9 / 200 / 2)


@pytest.mark.parametrize("optimizer", [{"kind": "adam", "lr": 0.01}, {"kind": "sgd", "lr": 1e-170}])
def test_a_gradient_whose_square_is_no_number_any_more_has_an_outcome(descend, optimizer):
    problem = {"kind": "formula", "text": "exp(x*y)"}
    (run,) = descend(problem, {"optimizer": optimizer, "start": [20, 18]}, steps=60)
    assert run["grad_norm"][-1] > 1e155
    assert run.outcome.kind == "unfinished"


def test_too_small_a_rate_is_told_which_rate_arrives_in_time_and_it_does(descend):
    (run,) = descend("parabola", 0.001, steps=1000)
    note = note_of(run, "too_small")
    goal = 16e-6
    needed = math.log(goal / 16) / math.log((1 - 0.001 * 2) ** 2)
    assert note_of(run, "unfinished").values["more_steps"] == math.ceil(needed) - 1000
    assert 1 - 2 * note.values["arriving_lr"] == pytest.approx((goal / 16) ** (0.5 / 1000), rel=1e-6)
    assert (1 - 2 * note.values["halving_lr"]) == pytest.approx((1 - 0.002) ** 2, rel=1e-5)
    (arrived,) = descend("parabola", advised(note), steps=1000)
    assert arrived.outcome.kind == "converged"
    (half,) = descend("parabola", note.values["halving_lr"], steps=5000)
    assert half.outcome.step == pytest.approx(needed / 2, abs=1)
    (longer,) = descend("parabola", 0.001, steps=advised(note_of(run, "unfinished"), "steps"))
    assert longer.outcome.kind == "converged"


def test_a_rate_too_small_for_a_valley_is_offered_the_best_one(descend, rule):
    note = note_of(valley(descend, rule, lr=0.0001, steps=500), "too_small")
    assert advised(note) == pytest.approx(2 / 202, rel=5e-3)
    assert note.values["halving_lr"] == pytest.approx(0.0002, rel=1e-3)


def test_with_momentum_the_rate_is_rescaled_through_its_slow_root(descend, rule):
    (run,) = descend("parabola", rule("sgd", lr=1e-4, momentum=0.5), steps=1000)
    note = note_of(run, "too_small")
    (arrived,) = descend("parabola", rule("sgd", lr=advised(note), momentum=0.5), steps=1000)
    assert arrived.outcome.kind == "converged"
    assert arrived.outcome.step > 900


def test_on_ground_that_was_steeper_no_rate_is_advised_that_would_not_have_held_there(descend):
    (run,) = descend("rosenbrock", 0.0002, steps=2000)
    advice = [one.value for note in run.outcome.notes for one in note.advice if one.field == "run.optimizer.lr"]
    assert all(value <= 1 / run["sharpness"].max() for value in advice)


def test_adams_steps_are_as_long_as_its_rate_so_it_needs_at_least_distance_over_rate(descend, rule):
    (run,) = descend("parabola", rule("adam", lr=0.001), steps=500)
    note = note_of(run, "too_small")
    near = math.sqrt(16e-6)  # Where x² is a millionth of its start.
    least = (abs(run["p0"][-1]) - near) / 0.001
    assert note_of(run, "unfinished").values["least_steps"] == pytest.approx(least)
    (twice,) = descend("parabola", rule("adam", lr=note.values["halving_lr"]), steps=250)
    assert twice["loss"][-1] == pytest.approx(run["loss"][-1], rel=0.01)
    assert advised(note) == pytest.approx(note.values["halving_lr"])


def test_a_zigzag_names_the_condition_number_and_the_best_rate(descend, rule):
    run = valley(descend, rule, lr=0.0095, steps=200)
    note = note_of(run, "zigzag")
    assert note.formula == "1 < ηλ = 0.0095 × 200 = 1.9 < 2"
    assert note.values["condition"] == pytest.approx(100)
    assert note.values["best_lr"] == pytest.approx(2 / 202)
    assert note.values["best_factor"] == pytest.approx(99 / 101)
    assert note.values["across"] == pytest.approx(run["p1"][6] / run["p1"][5])
    assert note.values["along"] == pytest.approx(run["p0"][6] / run["p0"][5])
    assert note.values["measured_factor"] == pytest.approx((run["loss"][200] / run["loss"][180]) ** 0.05, rel=1e-3)
    assert note.values["predicted_factor"] == pytest.approx(note.values["measured_factor"], rel=1e-3)
    assert advised(note) == 0.0099


def test_a_zigzag_in_one_variable_is_offered_one_over_the_curvature(descend):
    (run,) = descend("parabola", 0.9, steps=20)
    note = note_of(run, "zigzag")
    assert advised(note) == 0.5
    assert "condition" not in note.values


def test_no_zigzag_below_1_and_none_above_2(descend):
    for run in descend("parabola", 0.45, 1.05, steps=10):
        assert "zigzag" not in kinds_of(run)


def test_a_long_valley_is_told_its_condition_and_offered_momentum(descend, rule):
    run = valley(descend, rule, lr=0.005, steps=200)
    note = note_of(run, "slow")
    assert note.formula == "κ = λmax / λmin = 200 / 2 = 100"
    more = valley(descend, rule, lr=0.005, steps=2000).outcome.step - 200
    assert note_of(run, "unfinished").values["more_steps"] == more
    faster = valley(descend, rule, lr=0.005, momentum=advised(note, "run.optimizer.momentum"), steps=2000)
    assert faster.outcome.step < 0.5 * (more + 200)


def test_a_saddle_says_how_long_leaving_takes(descend, rule):
    (run,) = descend("saddle", rule("sgd", lr=0.1, start=[2, 0]), steps=400)
    note = note_of(run, "saddle")
    assert (note.values["lowest_curvature"], note.values["highest_curvature"]) == pytest.approx((-1, 2))
    assert note.values["gradient"] == pytest.approx(run["grad_norm"][-1])
    assert note.values["leaving_steps"] == pytest.approx(math.log(1e4) / math.log(1.1))
    (beside,) = descend("saddle", rule("sgd", lr=0.1, start=[2, 1e-4]), steps=400)
    left = int((beside["loss"] < -0.2).argmax())
    assert note.values["leaving_steps"] == pytest.approx(left, rel=0.05)
    noisy = rule("sgd", lr=0.1, start=[2, 0], noise=advised(note, "run.noise"))
    assert descend("saddle", noisy, steps=400)[0]["loss"][-1] < -0.2


def test_a_worse_minimum_says_how_much_worse_how_far_and_which_rate_cannot_stay(descend, rule):
    (run,) = descend("tilted_double_well", rule("sgd", lr=0.05, start=[2]), steps=400)
    note = note_of(run, "minimum")
    x = run["p0"][-1]
    local, best = (min(np.roots([4, 0, -4, 0.3]).real, key=lambda r, p=p: abs(r - p)) for p in (x, -1))
    value = np.poly1d([1, 0, -2, 0.3, 0])
    assert note.values["above_best"] == pytest.approx(value(local) - value(best))
    assert note.values["distance"] == pytest.approx(local - best)
    assert note.values["lowest_curvature"] == pytest.approx(12 * local**2 - 4)
    assert note.values["escape_lr"] == pytest.approx(2 / (12 * local**2 - 4))
    near = [x + 1e-3]
    for share, stays in ((0.97, True), (1.03, False)):
        (end,) = descend(WELLS, rule("sgd", lr=share * note.values["escape_lr"], start=near), steps=400)
        assert (abs(end["p0"][-1] - local) < 1e-4) == stays


def test_a_plateau_says_what_a_step_gains(descend):
    (run,) = descend("parabola", 1e-14, steps=250)
    note = note_of(run, "plateau")
    assert note.values["gain_per_step"] == pytest.approx(1e-14 * 8**2)
    assert "too small" in note.sentence
    assert advised(note) == 0.5


def test_level_ground_is_called_level(descend, rule):
    (run,) = descend({"kind": "formula", "text": "tanh(x)**2"}, rule("sgd", lr=0.1, start=[40]), steps=300)
    assert run.outcome.kind in ("stalled", "converged")
    (flat,) = descend({"kind": "formula", "text": "1e-14*x"}, rule("sgd", lr=1.0, start=[1]), steps=300)
    assert "level" in " ".join(note.sentence for note in flat.outcome.notes) or flat.outcome.kind == "converged"


def test_a_noise_floor_is_measured_from_the_minimum_that_the_run_is_in(descend, rule):
    (run,) = descend("three_hump_camel", rule("sgd", lr=0.147, noise=0.1), steps=600)
    note = note_of(run, "noise_floor")
    assert "above a local minimum" in note.sentence
    assert 0 < note.values["measured_floor"] < 10 * note.values["predicted_floor"]


@pytest.mark.parametrize(("lr", "floor", "spread"), [(0.1, 0.0278, 0.1), (0.01, 0.00253, 0.25)])
def test_the_noise_floor_of_a_parabola_is_as_measured_and_as_by_theory(descend, rule, lr, floor, spread):
    (run,) = descend("parabola", rule("sgd", lr=lr, noise=1.0), steps=20_000)
    note = note_of(run, "noise_floor")
    assert note.values["predicted_floor"] == pytest.approx(lr / (2 * (2 - 2 * lr)))
    assert note.values["predicted_floor"] == pytest.approx(floor, rel=2e-3)
    assert note.values["measured_floor"] == pytest.approx(run["loss"][8192:].mean())
    assert note.values["measured_floor"] == pytest.approx(floor, rel=spread)
    assert advised(note) == pytest.approx(lr / 10)


def test_the_noise_floor_adds_up_over_directions_and_holds_with_momentum(descend, rule):
    problem = {"kind": "formula", "text": "x**2 + 10*y**2 + 3"}
    calm, ball = (
        descend(problem, rule("sgd", lr=lr, momentum=beta, noise=1.0, start=[1, 1]), steps=16_000)[0]
        for lr, beta in ((0.09, 0.0), (0.01, 0.8))
    )
    for run, lr, beta in ((calm, 0.09, 0.0), (ball, 0.01, 0.8)):
        note = note_of(run, "noise_floor")
        variances = [stationary_variance(lr, beta, curvature) for curvature in (2, 20)]
        assert note.values["predicted_floor"] == pytest.approx(variances[0] + 10 * variances[1], rel=1e-9)
        assert note.values["measured_floor"] == pytest.approx(note.values["predicted_floor"], rel=0.15)


def stationary_variance(lr, beta, curvature):
    """Solve S = A S Aᵀ + B Bᵀ of (p, v) ← A (p, v) + B ξ."""
    a = np.array([[1 - lr * curvature, -lr * beta], [curvature, beta]])
    b = np.array([[-lr], [1.0]])
    return np.linalg.solve(np.eye(4) - np.kron(a, a), (b @ b.T).ravel())[0]


def test_where_noise_has_no_theory_only_the_measured_floor_is_told(descend, rule):
    (run,) = descend("parabola", rule("adam", lr=0.1, noise=1.0), steps=2000)
    note = note_of(run, "noise_floor")
    assert "predicted_floor" not in note.values
    assert note.values["measured_floor"] == pytest.approx(run["loss"][512:].mean())


@pytest.mark.parametrize("nesterov", [False, True])
def test_ringing_momentum_has_the_period_and_the_decay_of_its_roots(descend, rule, nesterov):
    run = valley(descend, rule, lr=0.005, momentum=0.99, nesterov=nesterov, steps=600)
    note = note_of(run, "ringing")
    reach, beta = 0.005 * 2, 0.99
    b, c = ((1 + beta) * (1 - reach), beta * (1 - reach)) if nesterov else (1 + beta - reach, beta)
    z = (b + cmath.sqrt(b * b - 4 * c)) / 2
    period = 2 * math.pi / cmath.phase(z)
    assert note.values["period"] == pytest.approx(period)
    assert note.values["decay"] == pytest.approx(abs(z) ** period)
    steps = np.diff(run["p0"])
    there = [event.step for event in run.events if event.kind == "converged"]
    turns = np.flatnonzero(steps[1:] * steps[:-1] < 0) + 2
    turns = turns[turns <= min(there, default=600)]
    assert note.values["turns"] == len(turns)
    assert note.values["seen_period"] == pytest.approx(2 * (turns[-1] - turns[0]) / (len(turns) - 1))
    assert note.values["seen_period"] == pytest.approx(period, rel=0.02)
    x = abs(run["p0"])
    swing = round(period)
    assert x[2 * swing] / x[swing] == pytest.approx(note.values["decay"], rel=0.1)


def test_the_momentum_that_is_advised_does_not_ring_and_is_faster(descend, rule):
    run = valley(descend, rule, lr=0.005, momentum=0.9, steps=500)
    memory = advised(note_of(run, "ringing"), "run.optimizer.momentum")
    assert memory == pytest.approx((1 - math.sqrt(0.01)) ** 2, abs=1e-3)
    calmer = valley(descend, rule, lr=0.005, momentum=memory, steps=500)
    assert calmer.outcome.step < run.outcome.step


def test_momentum_that_does_not_ring_is_not_said_to(descend, rule):
    run = valley(descend, rule, lr=0.0001, momentum=0.5, steps=300)
    assert "ringing" not in kinds_of(run)


def test_adams_late_burst_says_when_from_what_and_to_what(descend, rule):
    run = valley(descend, rule, "adam", lr=0.1, steps=8000)
    note = note_of(run, "burst")
    loss, slope = run["loss"].astype(float), run["grad_norm"].astype(float)
    bound = 1e-6 * slope[0]
    onset = int(np.flatnonzero((slope > bound) & (np.minimum.accumulate(slope) < 1e-2 * bound))[0])
    lowest = int(slope[:onset].argmin())
    assert (note.values["onset"], note.values["floor"]) == (onset, loss[lowest])
    assert note.values["floor_step"] == lowest
    assert (note.values["peak"], note.values["peak_step"]) == (loss[onset:].max(), onset + loss[onset:].argmax())
    assert note.values["peak"] == pytest.approx(0.79, rel=0.01)
    assert onset == pytest.approx(7060, abs=10)
    crossing = int((run["lr"] > run["limit"]).argmax())
    assert note.values["over_limit"] == crossing
    assert note.values["limit_there"] == run["limit"][crossing]
    assert "burst out" in run.outcome.because


def test_both_cures_of_the_burst_that_are_advised_work(descend, rule):
    for cure in ({"schedule": {"kind": "cosine"}}, {"amsgrad": True}):
        run = valley(descend, rule, "adam", lr=0.1, steps=8000, **cure)
        assert run.outcome.kind == "converged"
        assert "burst" not in kinds_of(run)


@pytest.mark.parametrize("lr", [0.1, 0.3, 0.45])
def test_converged_says_how_much_a_step_left_and_theory_agrees(descend, lr):
    (run,) = descend("parabola", lr, steps=200)
    note = note_of(run, "converged")
    assert note.values["predicted_factor"] == pytest.approx((1 - 2 * lr) ** 2)
    assert note.values["measured_factor"] == pytest.approx((1 - 2 * lr) ** 2)
    assert note.values["step"] == run.outcome.step


def test_the_pace_of_a_valley_is_that_of_its_flattest_direction(descend, rule):
    note = note_of(valley(descend, rule, lr=0.005, steps=2000), "converged")
    assert note.formula == "ρ² = (1 − ηλ)² = (1 − 0.005 × 2)² = 0.98"
    assert note.values["measured_factor"] == pytest.approx(0.99**2, rel=1e-6)


def test_bouncing_exactly_at_the_limit_is_told_apart_from_bouncing_above_it(descend, rule):
    (bouncing,) = descend("parabola", 1.0, steps=100)
    assert note_of(bouncing, "oscillating").formula == "ηλ = 1 × 2 = 2"
    (cycle,) = descend(WELLS, rule("sgd", lr=0.25, start=[-0.5]), steps=400)
    note = note_of(cycle, "oscillating")
    assert note.formula.endswith(" > 2")
    assert [note.values["lower_loss"], note.values["upper_loss"]] == sorted(cycle["loss"][-2:].tolist())


@pytest.mark.parametrize(
    ("text", "start", "lr", "said"),
    [
        ("log(x) + x", [0.3], 0.5, "Log of a negative number at step 1 (x = −1.87)"),
        ("sqrt(x)", [0.25], 0.5, "Square root of a negative number at step 1 (x = −0.25)"),
        ("1/x + y", [0, 1], 0.1, "Division by zero at the start (x = 0, y = 1)"),
        ("exp(x**2)", [30], 0.1, "Exp of 900 is too large a number at the start (x = 30)"),
        ("x**0.5", [0.25], 0.5, "A negative number to the power 0.5 at step 1 (x = −0.25)"),
    ],
)
def test_leaving_the_formulas_domain_names_operation_step_and_point(descend, rule, text, start, lr, said):
    (run,) = descend({"kind": "formula", "text": text}, rule("sgd", lr=lr, start=start), steps=40)
    assert run.outcome.kind == "diverged"
    assert said in run.outcome.because
    assert said in note_of(run, "undefined").sentence


def test_a_corner_at_the_start_is_in_the_formulas_domain(descend, rule):
    text = "sqrt(abs(x))*0 + sqrt(x**2 + y**2)"
    (run,) = descend({"kind": "formula", "text": text}, rule("sgd", lr=0.1, start=[0, 0]), steps=40)
    assert "undefined" not in kinds_of(run)


def test_blowing_up_is_not_called_leaving_the_domain(descend, rule):
    (run,) = descend(WELLS, rule("sgd", lr=0.2, start=[2]), steps=40)
    assert kinds_of(run) == ["diverged"]


def test_notes_do_not_depend_on_how_a_run_is_cut_into_ticks(spec_of, traces_of, rule):
    from slalom.engine.descent import Descent

    runs = [rule("sgd", lr=0.005, momentum=0.99, start=[-4, 1]), rule("adam", lr=0.1, noise=0.1, start=[-4, 1])]
    spec = spec_of(VALLEY, *runs, 0.005, 0.011, steps=2500)
    whole, pieces = (traces_of(Descent(spec, paced=False, entries=n)) for n in (10_000, 7))
    assert [run.outcome for run in whole] == [run.outcome for run in pieces]


@pytest.mark.parametrize(("kind", "name"), [("sgd", "the heavy ball"), ("rmsprop", "RMSprop")])
def test_a_momentum_that_no_learning_rate_can_make_up_for_is_what_is_to_change(descend, rule, kind, name):
    because = descend("bowl", rule(kind, lr=0.1, momentum=1.2, noise=0.5), steps=1000)[0].outcome.because
    told = f"With a momentum above 1, {name} is stable at no learning rate, whatever the curvature: try one below 1."
    assert because.endswith(told)


def test_where_the_curvature_was_unknown_at_first_no_sentence_says_so_as_a_number(descend, rule):
    run = rule("sgd", lr=4.0, momentum=1.5, weight_decay=9.5, start=[0, 0], noise=0.5)
    for kind in ("ackley", "bowl"):
        for outcome in (one.outcome for one in descend(kind, run, steps=40, dtype="float32")):
            assert "nan" not in outcome.because


def test_where_it_is_infinitely_steep_another_start_is_advised(descend, rule):
    problem = {"kind": "formula", "text": "cos(1e160*x) + y"}
    because = descend(problem, rule("sgd", lr=0.1, start=[3, 1]), steps=20, dtype="float64")[0].outcome.because
    assert "At step 0 sharpness λ = ∞: no learning rate holds there. Try another start." in because

"""Reasons why a run does not get on: the first gradient alone, no first step, steps of one length, a saddle ahead."""

import numpy as np
import pytest
from diagnosing import diagnose, followed, numbers_in, rule, sgd
from promises import promises

# Dampening 1


@pytest.mark.parametrize("lr", [0.1, 0.3, 0.5, 1.5])
@pytest.mark.parametrize("steps", [60, 500])
@pytest.mark.parametrize("momentum", [0.5, 0.9, 1.0])
def test_with_dampening_1_only_the_first_gradient_acts(lr, steps, momentum):
    found = diagnose("parabola", sgd(lr, momentum=momentum, dampening=1), steps)
    assert found.says("no gradient but the first")
    assert not found.says("million|too small|more steps")
    assert "burst" not in found.note_kinds
    assert 0.0 in found.advised("run.optimizer.dampening")


def test_where_it_comes_to_rest_is_told_as_a_geometric_series():
    found = diagnose("parabola", sgd(0.1, momentum=0.9, dampening=1), 500)
    assert found.points[-1] == pytest.approx(-4 + 0.1 / (1 - 0.9) * 8)
    assert "η / (1 − β) = 0.1 / (1 − 0.9) = 1" in found.notes[0]["formula"]


def test_the_promise_of_a_smaller_dampening_is_kept():
    found = diagnose("bowl", sgd(0.05, momentum=0.9, dampening=1), 100)
    (advice,) = [one for one in found.advice if one["field"] == "run.optimizer.dampening"]
    assert advice["promise"] == "faster"
    assert followed(found, advice).loss[-1] < found.loss[-1]


# No step, or short ones


@pytest.mark.parametrize(("problem", "steps"), [("bowl", 300), ("parabola", 60), ("x^2 + 3*y^2", 250)])
def test_adadelta_without_eps_never_moves_and_is_told_why(problem, steps):
    found = diagnose(problem, rule("adadelta", 1.0, eps=0.0), steps)
    assert found.loss[-1] == found.loss[0]
    assert found.says("eps")
    assert not found.says("too small|more steps")
    (advice,) = found.advice
    assert followed(found, advice).loss[-1] < found.loss[-1]


@pytest.mark.parametrize(
    ("optimizer", "rest", "field"),
    [
        (rule("rprop", 0.1, step_size1=0.0, step_size2=1e-13), {}, "run.optimizer.step_size2"),
        (sgd(0.1), {"clip_norm": 1e-13}, "run.clip_norm"),
        (sgd(0.1), {"clip_value": 1e-13}, "run.clip_value"),
    ],
)
def test_steps_that_another_setting_keeps_short_are_not_blamed_on_the_rate(optimizer, rest, field):
    found = diagnose("bowl", optimizer, 300, **rest)
    assert found.kind == "stalled"
    assert not found.says("learning rate .* is too small")
    (advice,) = found.advice
    assert advice["field"] == field
    assert followed(found, advice).loss[-1] < found.loss[-1]


@pytest.mark.parametrize("optimizer", [rule("adam", 1e-13), rule("rmsprop", 1e-13), sgd(1e-13, momentum=0.5)])
def test_the_gain_of_a_step_is_that_of_the_rule(optimizer):
    found = diagnose("bowl", optimizer, 300)
    assert found.kind == "stalled"
    model = found.columns["grad_norm"][-1] * found.columns["step_norm"][-1]
    assert 0 < found.values["gain_per_step"] <= model * (1 + 1e-6)
    assert "η|g|²" not in found.notes[0]["formula"]


# Steps of one length


@pytest.mark.parametrize(
    ("problem", "optimizer"),
    [
        ("bowl", rule("lion", 0.05)),
        ("bowl", rule("sign_sgd", 0.05, momentum=0.9)),
        ("matyas", rule("lion", 0.2)),
    ],
)
def test_a_long_swing_is_told_as_one(problem, optimizer):
    found = diagnose(problem, optimizer, 400)
    assert found.says("to and fro")
    assert not found.says("not been falling|more steps")


def test_a_sign_rule_that_still_travels_is_not_said_to_swing():
    found = diagnose("bowl", rule("lion", 0.002), 400)
    assert not found.says("to and fro")


# A saddle ahead


@pytest.mark.parametrize("steps", [40, 400])
def test_the_way_to_a_degenerate_saddle_is_no_slope_without_end(steps):
    found = diagnose("monkey_saddle", sgd(0.05), steps, start=[1.0, 0.0])
    assert found.kind == "unfinished"
    assert found.says("ridge")
    assert not found.says("without end|Give it more steps")


@pytest.mark.parametrize(("text", "start"), [("x^3", [0.5]), ("(x - 3)^3", [3.4]), ("x^3 + y^2", [0.5, 1.0])])
def test_a_slope_that_ends_in_a_terrace_is_not_without_end(text, start):
    assert diagnose(text, sgd(0.05), 400, start=start).kind != "growing"


@pytest.mark.parametrize(
    ("text", "start"), [("x^3", [-0.5]), ("x", [1.0]), ("x + y^2", [1.0, 1.0]), ("-log(1 + x)", [1.0])]
)
def test_slopes_without_end_are_still_told(text, start):
    found = diagnose(text, sgd(0.01), 60, start=start)
    assert found.kind in ("growing", "diverged")


@pytest.mark.parametrize("problem", ["saddle", "x^2 - y^2/2"])
def test_noise_is_not_advised_to_newton_at_a_saddle(problem):
    found = diagnose(problem, rule("newton", 0.5), 100, start=[1.0, 0.3])
    assert found.kind == "stalled"
    assert not found.says("little noise")
    assert not found.advised("run.noise")


# Another basin


@pytest.mark.parametrize("start", [[50.0, 50.0], [4.0, 4.0], [2.75, 2.75]])
def test_no_count_of_steps_leads_over_a_hill(start):
    found = diagnose("styblinski_tang", rule("nadam", 0.01), 60, start=start)
    assert "least_steps" not in found.values


@pytest.mark.parametrize("clip", [{"clip_norm": 1e-3}, {"clip_value": 1e-3}, {"clip_norm": 1.0}])
def test_a_clipped_gradient_is_why_a_run_takes_long(clip):
    found = diagnose("parabola", sgd(0.1), 20, **clip)
    assert found.says("clipped to")
    (advice,) = found.advice
    assert followed(found, advice).loss[-1] < found.loss[-1] / 2


@pytest.mark.parametrize("problem", ["rosenbrock", "beale"])
def test_l_bfgs_that_stops_by_itself_says_so(problem):
    optimizer = rule("lbfgs", 1.0, tolerance_change=0.5, max_iter=3)
    found = diagnose(problem, optimizer, 30)
    assert found.kind == "unfinished"
    assert np.ptp(found.loss[-20:]) == 0
    assert found.says("takes no more steps")
    assert {advice["field"] for advice in found.advice} >= {"run.optimizer.tolerance_change"}


@pytest.mark.parametrize(("kappa", "steps"), [(100, 60), (100, 400), (1000, 150), (1000, 400)])
def test_momentum_takes_as_many_times_fewer_steps_as_is_said(kappa, steps):
    problem = {"kind": "quadratic", "eigenvalues": [1.0, float(kappa)]}
    found = diagnose(problem, sgd(1 / kappa), steps)
    (said,) = [note["sentence"] for note in found.notes if "times fewer" in note["sentence"]]
    plain, ball = (diagnose(problem, sgd(1 / kappa, momentum=m), 20_000).step for m in (0.0, 0.9))
    assert numbers_in(said.split("about ")[1])[0] == pytest.approx(plain / ball, rel=0.05)


def test_momentum_that_takes_hardly_fewer_steps_is_not_advised():
    problem = {"kind": "quadratic", "eigenvalues": [1.0, 30.0]}
    found = diagnose(problem, sgd(1 / 30), 150)
    plain, ball = (diagnose(problem, sgd(1 / 30, momentum=m), 2000).step for m in (0.0, 0.9))
    assert plain / ball < 1.5
    assert "slow" in found.note_kinds
    assert not found.says("times fewer")


# Corners

CORNERS = [
    ("abs(x)+y^2", 0.01, 200, [0.5, 2.0]),
    ("abs(x)+abs(y)+0.01*x^2", 0.01, 48, [0.505, 0.405]),
    ("max(x, -2*x)+y^2", 0.01, 48, [0.505, 0.405]),
    ("max(x, -2*x)", 0.01, 50, [0.505]),
    ("sqrt(x^2+y^2)", 0.01, 98, [1.0, 0.1]),
]


@pytest.mark.parametrize(("text", "lr", "steps", "start"), CORNERS)
def test_what_is_promised_before_a_corner_and_at_it_comes_true(text, lr, steps, start):
    found = diagnose(text, sgd(lr), steps, start=start)
    assert [promise.what for promise in promises(found) if not promise.kept] == []
    assert not any(advice["value"] >= 10 * lr for advice in found.advice if advice["field"] == "run.optimizer.lr")


@pytest.mark.parametrize("x", [0.5, 0.505])
def test_a_run_that_bounces_at_a_corner_while_the_rest_fades_is_told_of_the_corner(x):
    found = diagnose("abs(x)+y^2", sgd(0.01), 1000, start=[x, 2.0])
    assert found.says("corner of the surface")
    assert not found.says("exactly the limit")
    assert [promise.what for promise in promises(found) if not promise.kept] == []


# RAdam's first updates


@pytest.mark.parametrize(("text", "start"), [("x^2+100*y^2", [-4.0, 1.0]), ("x^4+y^2", [3.0, 3.0])])
def test_an_explosion_in_radams_first_updates_is_that_of_momentum_alone(text, start):
    found = diagnose(text, rule("radam", 0.1), 100, start=start)
    assert found.kind == "diverged"
    assert found.outcome["exploded"] <= 6
    assert found.says("RAdam's first 5 updates are momentum alone")
    sharpness = {"x^2+100*y^2": 200.0, "x^4+y^2": 12 * 9.0}[text]
    assert found.notes[0]["formula"].endswith("> 2")
    assert numbers_in(found.notes[0]["formula"])[1] == sharpness
    (advice,) = found.advice
    assert 0.2 / sharpness < advice["value"] <= 1 / sharpness
    assert followed(found, advice).outcome["exploded"] is None


@pytest.mark.parametrize(("beta2", "said"), [(0.999, "first 5 updates"), (0.5, "never divides")])
def test_radams_steps_are_not_as_long_as_its_rate_before_it_divides(beta2, said):
    found = diagnose("x^2+10*y^2", rule("radam", 1e-4, beta2=beta2), 5, start=[-4.0, 1.0])
    assert found.says(said)
    assert not found.says("as long as its learning rate")
    step = np.diff(found.points, axis=0)
    assert abs(step).max() > 10 * 1e-4 / 2
    assert not diagnose("x^2+10*y^2", rule("radam", 1e-4), 60, start=[-4.0, 1.0]).says("first 5 updates")

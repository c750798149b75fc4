"""Of runs that neither fall steadily nor rest it is said how far they move, whether they were lower, and why."""

import numpy as np
import pytest
from diagnosing import diagnose, followed, numbers_in, rule, sgd

MOVING = [
    ("booth", rule("adam", 0.3), 100, {}),
    ("booth", rule("rprop", 0.1, eta1=0.9, eta2=1.1), 60, {}),
    ("booth", rule("lion", 0.1), 200, {}),
    ("sqrt(abs(x))", sgd(0.1), 100, {}),
    ("5 - cos(x)", sgd(2.05), 60, {"start": [0.3]}),
    ("sin(x) + 0.1*x", sgd(8.0), 100, {"start": [3.0]}),
    ("log(1 + exp(x)) - 0.3*x", sgd(20.0), 100, {"start": [5.0]}),
    ("levy", sgd(0.5), 300, {"start": [4.0, 4.0]}),
]


@pytest.mark.parametrize(("problem", "optimizer", "steps", "rest"), MOVING)
def test_a_run_that_goes_up_and_down_is_told_between_which_losses(problem, optimizer, steps, rest):
    found = diagnose(problem, optimizer, steps, **rest)
    assert found.kind == "unfinished"
    said = found.because.split("moved between ")[1].split(". ")[0]
    lately = found.loss[-20:]
    assert numbers_in(said) == pytest.approx([lately.min(), lately.max()], rel=0.01)
    assert "measured_factor" not in found.values


@pytest.mark.parametrize(
    ("problem", "lr", "start"), [("sin(x) + 0.1*x", 8.0, 3.0), ("log(1 + exp(x)) - 0.3*x", 20.0, 5.0)]
)
def test_a_rate_above_the_lowest_limit_on_its_way_is_named(problem, lr, start):
    found = diagnose(problem, sgd(lr), 100, start=[start])
    (advice,) = found.advice
    lowest = np.where(found.columns["limit"] > 0, found.columns["limit"], np.inf).min()
    assert numbers_in(found.because.split("is above ")[1])[0] == pytest.approx(lowest, rel=0.01)
    assert advice["value"] == pytest.approx(lowest / 2, rel=0.01)
    assert followed(found, advice).kind not in ("diverged", "growing")


@pytest.mark.parametrize(
    ("problem", "optimizer", "steps", "start", "at"),
    [
        ("-1/x", sgd(0.5), 60, [3.0], 19),
        ("booth", rule("radam", 0.5), 200, [-8.0, -6.0], 0),
    ],
)
def test_a_run_that_was_lower_before_is_told_when(problem, optimizer, steps, start, at):
    found = diagnose(problem, optimizer, steps, start=start)
    assert int(np.argmin(found.loss)) == at
    assert f"It was lowest {f'at step {at}' if at else 'at the start'}:" in found.because


@pytest.mark.parametrize(
    ("problem", "optimizer", "steps", "start"),
    [
        ("100*x^2 + y^2", sgd(0.009), 40, [1.0, 10.0]),
        ("1e6*x^2 + 2e4*y^2", sgd(9e-7), 40, [1.0, 1.0]),
        ("exp(x) - x", sgd(0.05), 100, [5.0]),
        ("x^4/4 - x^2/2", sgd(0.1), 30, [1e-6]),
        ("log(1 + exp(x))", sgd(0.5), 60, [2.0]),
    ],
)
def test_the_pace_of_a_fall_is_that_of_the_last_steps(problem, optimizer, steps, start):
    found = diagnose(problem, optimizer, steps, start=start)
    pace = numbers_in(found.because.split("falls by ")[1])[0]
    assert pace == pytest.approx(found.loss[-2] - found.loss[-1], rel=0.15)


@pytest.mark.parametrize(
    ("problem", "optimizer", "steps"),
    [
        ("bowl", sgd(0.1, momentum=0.9, dampening=0.99), 100),
        ("bowl", sgd(0.1, momentum=0.999), 500),
    ],
)
def test_a_swing_has_no_pace(problem, optimizer, steps):
    found = diagnose(problem, optimizer, steps)
    assert found.kind == "unfinished"
    assert not found.says("lately (falls|shrinks)")
    assert "measured_factor" not in found.values


@pytest.mark.parametrize("lr", [0.1, 0.02])
def test_a_rule_that_swings_away_from_the_minimum_is_not_told_how_soon_it_is_there(lr):
    found = diagnose("booth", rule("lion", lr), int(9.3 / lr))
    assert found.loss[-1] > found.loss[-3] > 1e-3
    assert found.says("burst out")
    assert not found.says("at least|lately|falls")
    assert not {"least_steps", "measured_factor"} & found.values.keys()


def test_steps_far_shorter_than_the_rate_take_longer():
    found = diagnose("booth", rule("radam", 0.5), 200)
    way = abs(found.points[-1] - np.array([1.0, 3.0])).max()
    stride = abs(np.diff(found.points[-2:], axis=0)).max()
    assert stride < 0.25
    assert found.values["least_steps"] == pytest.approx(way / stride, rel=0.05)


def test_a_noisy_run_that_still_falls_is_not_held_by_its_noise():
    found = diagnose("rosenbrock", sgd(0.001), 1000, noise=0.5)
    assert found.loss[-1] < 0.3 * found.loss[500]
    assert found.says("in spite of noise of 0.5")
    assert "noise_floor" not in found.note_kinds


@pytest.mark.parametrize("seed", range(5))
def test_no_mean_is_below_the_minimum_that_it_is_said_to_be_above(seed):
    found = diagnose("quartic", rule("lion", 0.01), 300, noise=0.5, seed=seed)
    assert found.values.get("measured_floor", 1.0) > 0
    assert not found.says("been −")


@pytest.mark.parametrize("optimizer", [sgd(1e-30), rule("adam", 1e-30), rule("rmsprop", 1e-20)])
def test_a_run_whose_steps_are_too_short_to_be_seen_is_told_so(optimizer):
    found = diagnose("rosenbrock", optimizer, 100)
    assert found.points[-1].tolist() == found.points[0].tolist()
    assert found.says("its steps are too short to be seen. Try a larger rate")
    assert not found.says("Another start")


def test_a_rule_on_a_swing_far_above_where_it_was_is_not_told_to_go_on():
    found = diagnose("rosenbrock", rule("nadam", 2.0), 300)
    assert found.loss[-1] > found.loss[0]
    assert found.loss.min() < 0.01 * found.loss[-1]
    assert not found.says("Give it more steps|lately falls")
    assert found.says("swings to and fro")

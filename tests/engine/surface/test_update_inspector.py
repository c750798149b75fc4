"""Updates looked at closely: the numbers are those of the trace, and the rule's formula holds with them."""

import numpy as np
import pytest

from slalom.engine.descent import Descent
from slalom.engine.surface.update_inspector import inspect_updates
from slalom.errors import SpecError


@pytest.mark.parametrize("settings", [{}, {"noise": 0.3, "clip_norm": 4.0}], ids=["plain", "disturbed"])
@pytest.mark.parametrize("kind", ["sgd", "adam", "rmsprop", "newton", "lion"])
def test_points_losses_and_rates_are_those_of_the_trace(spec_of, rule, traces_of, kind, settings):
    spec = spec_of("rosenbrock", rule(kind, lr=0.001), rule(kind, lr=0.002, **settings), steps=40, seed=3)
    trace = traces_of(Descent(spec))[1]
    for update in inspect_updates(spec, 1, 25, 8):
        k = update["step"]
        assert [update["loss"], update["lr"]] == [trace["loss"][k], trace["lr"][k]]
        assert update["point"] == [trace["p0"][k], trace["p1"][k]]
        assert update["after"] == [trace["p0"][k + 1], trace["p1"][k + 1]]
        assert np.hypot(*update["gradient"]) == pytest.approx(trace["grad_norm"][k], rel=1e-15)


def test_adams_formula_holds_with_the_numbers(spec_of, rule):
    spec = spec_of("bowl", rule("adam", lr=0.1), steps=30)
    before = inspect_updates(spec, 0, 11, 1)[0]["state"]
    (update,) = inspect_updates(spec, 0, 12, 1)
    state, g = update["state"], np.array(update["seen"])
    m = 0.9 * np.array(before["m"]) + 0.1 * g
    v = 0.999 * np.array(before["v"]) + 0.001 * g**2
    assert state["m"] == pytest.approx(m, rel=1e-12)
    assert state["v"] == pytest.approx(v, rel=1e-12)
    assert state["power1"] == pytest.approx(0.9**13, rel=1e-12)
    step = -0.1 * (m / (1 - 0.9**13)) / (np.sqrt(v / (1 - 0.999**13)) + 1e-8)
    assert np.subtract(update["after"], update["point"]) == pytest.approx(step, rel=1e-9)


def test_the_gradient_that_the_rule_sees_is_clipped(spec_of, rule):
    spec = spec_of("bowl", rule("sgd", lr=0.01, clip_value=2.0), steps=5)
    (update,) = inspect_updates(spec, 0, 0, 1)
    assert update["gradient"] == [-4.2, pytest.approx(17.4)]
    assert update["seen"] == [-2, 2]


def test_a_run_that_leaves_the_finite_numbers_has_fewer_updates(spec_of, rule):
    spec = spec_of("parabola", rule("sgd", lr=1e10), steps=200)
    found = inspect_updates(spec, 0, 0, 64)
    assert 0 < len(found) < 64
    assert inspect_updates(spec, 0, 100, 4) == []


def test_the_last_entry_has_no_update(spec_of, rule):
    assert inspect_updates(spec_of("parabola", rule("sgd", lr=0.1), steps=5), 0, 5, 3) == []
    assert len(inspect_updates(spec_of("parabola", rule("sgd", lr=0.1), steps=5), 0, 4, 3)) == 1


@pytest.mark.parametrize(("run", "first"), [(1, 0), (-1, 0), (0, 6)])
def test_what_is_not_there_is_said(spec_of, rule, run, first):
    with pytest.raises(SpecError, match=r"has (entries|runs) 0 to"):
        inspect_updates(spec_of("parabola", rule("sgd", lr=0.1), steps=5), run, first, 1)

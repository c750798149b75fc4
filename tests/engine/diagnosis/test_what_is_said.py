"""What is said is what happened: no sentence against the entries, no advice that does nothing, no English in German."""

import ast
from functools import partial

import numpy as np
import pytest
from diagnosing import diagnose, followed, numbers_in, rule, sgd

from slalom.languages.python import sentences_in
from slalom.languages.sentences import Sentences, sentences

ZERO_SCHEDULES = [
    {"kind": "constant", "factor": 0, "total_iters": 50},
    {"kind": "lambda", "lr_lambda": "0*t"},
    {"kind": "step", "step_size": 1, "gamma": 0, "warmup": 0},
]


@pytest.mark.parametrize("schedule", ZERO_SCHEDULES[:2])
def test_a_schedule_that_is_0_all_along_is_blamed_and_not_the_rate(schedule):
    found = diagnose("bowl", sgd(0.1), 30, schedule=schedule)
    assert "The schedule keeps the learning rate at 0" in found.because
    (advice,) = found.advice
    assert advice["field"].startswith("run.schedule.")
    assert followed(found, advice).loss[-1] < found.loss[-1]


def test_a_schedule_that_was_not_0_has_run_out():
    found = diagnose("bowl", sgd(0.01), 30, schedule=ZERO_SCHEDULES[2])
    assert "The schedule has run out" in found.because


def test_no_constant_rate_is_advised_above_the_limit():
    found = diagnose("exp(x^2)", rule("newton", 15.1), 5, start=[3.0], schedule=ZERO_SCHEDULES[0])
    assert found.advice == []
    assert "a smaller rate" in found.because


def test_a_momentum_below_1_is_not_said_to_be_undamped_where_the_ground_curves_down():
    found = diagnose("x*exp(-x)", sgd(16.6, momentum=0.3, nesterov=True), 1, start=[-2.0])
    assert not found.says("never settles")
    assert found.advised("run.optimizer.momentum") == []


def test_a_momentum_of_1_still_is():
    assert diagnose("parabola", sgd(0.01, momentum=1.0), 20).says("it never settles")


@pytest.mark.parametrize(
    ("text", "optimizer", "start"),
    [
        ("sin(x)*sin(y)", rule("adamw", 1.8e-4, beta1=0.99, beta2=0.5), [np.pi / 2, np.pi / 2]),
        ("cos(x)", rule("adam", 1e-3), [1e-9]),
        ("x^4 - 2*x^2 + y^2", sgd(0.05), [1e-9, 0.5]),
    ],
)
def test_leaving_a_maximum_or_a_saddle_downhill_is_no_burst(text, optimizer, start):
    for steps in (50, 300, 1000):
        found = diagnose(text, optimizer, steps, start=start)
        assert found.loss[-1] < found.loss[0]
        assert "burst" not in found.note_kinds
        assert not found.says("burst out|rose again")


def test_a_loss_that_rises_at_its_end_is_not_said_to_fall():
    found = diagnose("where(x>0, x, -3*x)", rule("nadam", 0.0242), 50, start=[-1.0])
    assert (np.diff(found.loss[-4:]) > 0).all()
    assert not found.says("lately falls")


@pytest.mark.parametrize(
    ("problem", "optimizer", "steps", "start"),
    [
        ("(x-y)^2 + 1e-4*(x+y)^2", rule("rprop", 0.153), 5000, [1.0, 2.0]),
        ("x^2 + 4*y^2 + 3", rule("adam", 0.3), 600, [1.0, 2.0]),
    ],
)
def test_the_pace_where_no_minimum_is_known_is_that_of_the_gradient(problem, optimizer, steps, start):
    found = diagnose(problem, optimizer, steps, start=start)
    assert found.kind == "converged"
    assert found.step > 21
    window, kept = numbers_in(found.because.split("Over the ")[1].split(" of the gradient")[0])
    grads = found.columns["grad_norm"].astype(float)
    assert window == 20
    share = 100 * (grads[found.step] / grads[found.step - 20]) ** (1 / 20)
    assert kept == pytest.approx(100 - share if "took away" in found.because else share, rel=0.01)


def test_a_pace_that_is_none_over_its_last_steps_is_told_of_the_whole_run():
    found = diagnose("x^2 + 3", rule("rmsprop", 0.01, momentum=0.9), 800, start=[2.0])
    grads = found.columns["grad_norm"].astype(float)
    assert grads[found.step] > grads[found.step - 20]
    (kept,) = numbers_in(found.because.split("Until then each step kept ")[1].split(" of the gradient")[0])
    assert kept == pytest.approx(100 * (grads[found.step] / grads[0]) ** (1 / found.step), rel=0.01)


def test_the_pace_of_a_long_run_is_said_to_be_that_of_its_last_steps():
    found = diagnose("booth", rule("adam", 1.0), 400)
    window, kept = numbers_in(found.because.split("Over the ")[1].split(" of the remaining loss")[0])
    share = 100 * (found.loss[found.step] / found.loss[found.step - int(window)]) ** (1 / window)
    assert kept == pytest.approx(share, rel=0.01)


def test_a_balance_on_the_top_of_what_momentum_leaves_is_called_exact():
    found = diagnose("-log(x)-log(1-x)", sgd(0.0045, momentum=1.1, nesterov=True), 50, start=[0.5])
    assert found.evidence["predicted_growth"] > 1
    assert not found.says("% of the stability limit")
    assert found.says("the gradient is exactly 0")


def test_swings_of_another_direction_are_not_compared_with_theory():
    problem = {"kind": "regression", "x": [8.9, 1.01], "y": [14.9, 2.75], "scaling": "raw"}
    found = diagnose(problem, sgd(0.00843, momentum=0.99), 200)
    (note,) = [note for note in found.notes if note["kind"] == "ringing"]
    assert note["values"]["seen_period"] == pytest.approx(note["values"]["period"], rel=0.2)


def test_one_step_up_is_not_steady():
    found = diagnose("goldstein_price", rule("adamax", 3.52), 1)
    assert found.kind == "growing"
    assert "up from" in found.because
    assert "steadily" not in found.because


def test_a_network_that_stands_still_at_chance_is_not_given_more_steps():
    data = {"kind": "xor"}
    problem = {"kind": "network", "data": data, "hidden": [8, 8], "activation": "sigmoid", "init_scale": 0.01}
    found = diagnose(problem, rule("lbfgs", 0.583, line_search_fn="strong_wolfe"), 400)
    assert np.ptp(found.loss[-100:]) == 0
    assert found.note_kinds[0] == "chance"
    assert "more steps" not in found.because


GERMAN = [
    partial(diagnose, "x^4 - 2*x^2 + 0.5*x*y + y^2", rule("adagrad", 0.9, weight_decay=1.0), 5, start=[0.0, 0.0]),
    partial(diagnose, "levy", rule("lbfgs", 0.1), 200, dtype="float32"),
    partial(diagnose, "parabola", rule("rprop", 0.1, step_size2=0.01), 250),
    partial(diagnose, "x^2 + 1", rule("radam", 0.004, beta2=0.5), 1, start=[1.0]),
    partial(diagnose, "x^2 + y^2", sgd(1e-3, momentum=1.1, nesterov=True), 900, start=[1.0, 2.0]),
    partial(diagnose, "parabola", sgd(1.02), 40),
    partial(diagnose, "x^2 + 1000*y^2", rule("newton", 2.1, damping=0.1), 2, start=[1.0, 1.0]),
    partial(diagnose, "goldstein_price", rule("adamax", 3.52), 1),
    partial(diagnose, "bowl", sgd(0.1), 30, schedule=ZERO_SCHEDULES[0]),
    partial(diagnose, "booth", rule("adam", 1.0), 400),
    partial(diagnose, "x^2 + 4*y^2", rule("adam", 0.3), 600, start=[1.0, 2.0]),
]


@pytest.mark.parametrize("run", GERMAN, ids=[str(one.args[:2]) for one in GERMAN])
def test_what_is_said_of_unusual_settings_is_known_in_german_and_formulas_have_no_words(run):
    found = run()
    german = sentences("de")
    texts = {found.because, *(note["sentence"] for note in found.notes)}
    assert {text: left for text in texts if (left := german.reading(text).unread)} == {}
    formulas = [note["formula"] for note in found.notes]
    assert not [one for one in formulas if " from " in one or "step" in one]


def test_a_sentence_that_names_a_setting_is_a_sentence_and_a_name_alone_is_none():
    source = """
a = f"{rule} takes no more steps: a change is below tolerance_change"
b = "Choose an lr_from below 1."
c = "tolerance_change"
d = f"lr_from={low}"
e = "SELECT name FROM sqlite_master WHERE type = 'table'"
"""
    found = [text for _, text in sentences_in(ast.parse(source))]
    assert found == ["{rule} takes no more steps: a change is below tolerance_change", "Choose an lr_from below 1."]


def test_a_pattern_is_known_where_it_begins_a_sentence_too():
    known = Sentences({"with β = {beta} it falls": "mit β = {beta} fällt er"}, ".", ",")
    assert known.say("With β = 0.5 it falls.") == "Mit β = 0,5 fällt er."
    assert known.say("with β = 0.5 it falls.") == "mit β = 0,5 fällt er."

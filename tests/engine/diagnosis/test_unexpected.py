"""What is said can't fail what was computed: whatever explains a run may raise, and its numbers stand."""

import inspect
import json
import logging
import sys
from functools import partial
from importlib import import_module
from itertools import chain
from pkgutil import walk_packages

import numpy as np
import pytest
from traces import gather

from slalom import unexpected
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.map import CELL_COLUMNS, CELL_KINDS, Map
from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.experiments.range_test import RangeTest
from slalom.engine import diagnosis
from slalom.engine.descent import Descent
from slalom.engine.diagnosis import last_stretch
from slalom.engine.lockstep import observations
from slalom.engine.map import judge, network_tiles
from slalom.engine.map.surface_tiles import settle_surfaces
from slalom.engine.range_test import analysis, recommendation, suggestions, verification
from slalom.engine.range_test.analysis import RangeCurve
from slalom.engine.range_test.verification import hold
from slalom.unexpected import Cancelled, Judged, attempt

PARTS = [import_module(one.name) for one in walk_packages(diagnosis.__path__, f"{diagnosis.__name__}.")]
DIAGNOSIS = (*PARTS, judge, observations, suggestions)
COMPUTING = {
    *(observations.first_true, observations.joined, analysis.RangeCurve.see),
    *(last_stretch.first_needed, last_stretch.size, last_stretch.stretch),
}
"""What decides where runs end and what is measured of them, and gathers it."""


def functions_of(module):
    """Return the public functions of a module, and the public methods and properties of its classes."""
    own = [one for one in vars(module).values() if getattr(one, "__module__", "") == module.__name__]
    found = [one for one in own if inspect.isfunction(one)]
    for one in own:
        if inspect.isclass(one):
            parts = ((name, getattr(part, "fget", getattr(part, "func", part))) for name, part in vars(one).items())
            found += [part for name, part in parts if inspect.isfunction(part) and name[0] != "_"]
    return [one for one in found if one.__name__[0] not in "_<" and one not in COMPUTING]


FUNCTIONS = {
    f"{module.__name__.rpartition('.')[2]}.{one.__qualname__}": one
    for module in DIAGNOSIS
    for one in functions_of(module)
}


def of_modules(*names):
    return [name for name in FUNCTIONS if name.split(".")[0] in names]


def fails(*args, **kwargs):
    raise RuntimeError("broken on purpose")


@pytest.fixture(params=FUNCTIONS)
def broken(request, monkeypatch):
    """A public function of the diagnosis that raises, whoever holds it."""
    monkeypatch.setattr(FUNCTIONS[request.param], "__code__", fails.__code__)
    monkeypatch.setattr(unexpected, "_told", set())
    return request.param


def sgd(lr, **rest):
    return {"optimizer": {"kind": "sgd", "lr": lr}, **rest}


SURFACES = [
    ({"kind": "bowl"}, [sgd(lr) for lr in (0.02, 0.1, 0.16, 1 / 6, 0.17, 0.3)], 60),
    ({"kind": "tilted_double_well"}, [sgd(0.05, start=[2]), sgd(0.05, start=[2], noise=0.1)], 300),
    ({"kind": "saddle"}, [sgd(0.1, start=[2, 0])], 200),
    ({"kind": "formula", "text": "x - log(y)"}, [sgd(0.1), sgd(5.0)], 60),
    ({"kind": "parabola"}, [sgd(1e-14), {"optimizer": {"kind": "sgd", "lr": 0.01, "momentum": 0.99}}], 230),
]
NETWORK = {"kind": "network", "data": {"kind": "moons", "n": 40}, "hidden": [4]}


def traces(problem, runs, steps):
    descent = Descent(Comparison.model_validate({"problem": problem, "runs": runs, "steps": steps}))
    ticks = list(descent)
    blocks = [block for tick in ticks for block in tick.blocks]
    events = [event for tick in ticks for event in tick.events]
    whole = [np.array(gather(blocks, run)[1]).tobytes() for run in range(len(runs))]
    return whole, descent.outcomes, events


BEFORE, CALLED = {}, {}
"""Trajectories of experiments whose diagnosis is whole, and the functions that they call: no other can break them."""
CODES = {name: function.__code__ for name, function in FUNCTIONS.items()}


@pytest.fixture(scope="module", autouse=True)
def _before():
    for i, surface in enumerate(SURFACES):
        remember(i, lambda surface=surface: traces(*surface)[0])
    remember("network", lambda: traces(NETWORK, [sgd(0.1), sgd(1000.0)], 60)[0])
    remember("map", lambda: settle_surfaces(MAP, np.arange(12)))
    assert any(code in called for code in CODES.values() for called in CALLED.values())


def remember(name, compute):
    called = CALLED[name] = set()
    sys.setprofile(lambda frame, event, _: called.add(frame.f_code))
    try:
        BEFORE[name] = compute()
    finally:
        sys.setprofile(None)


def assert_stands(found, before):
    """Check that trajectories are as they would be, that every run has an outcome, and that all can be sent."""
    whole, made, events = found
    assert whole == before
    assert len(made) == len(whole)
    for outcome in made:
        Outcome.model_validate(outcome.model_dump())
        assert outcome.because
        json.dumps(outcome.model_dump(mode="json"), allow_nan=False)
    assert all(event.sentence for event in events)


def test_runs_stand_whatever_explains_them_fails(broken):
    for i, surface in enumerate(SURFACES):
        if CODES[broken] in CALLED[i]:
            assert_stands(traces(*surface), BEFORE[i])


@pytest.mark.parametrize(
    "broken",
    of_modules("network_history", "networks", "detector", "first_steps", "diagnose", "run_summary", "observations"),
    indirect=True,
)
def test_networks_stand_whatever_explains_them_fails(broken):
    if CODES[broken] in CALLED["network"]:
        assert_stands(traces(NETWORK, [sgd(0.1), sgd(1000.0)], 60), BEFORE["network"])


OUTCOME_MODULES = ("outcomes", "diverged", "converged", "growing", "stalled", "oscillating", "unfinished")
MAP = Map.model_validate(
    {
        "problem": {"kind": "formula", "text": "x**2 - y"},
        "run": sgd(0.1),
        "steps": 60,
        "vary": [
            {"field": "run.optimizer.lr", "from": 0.1, "to": 1.2, "n": 4},
            {"field": "run.optimizer.momentum", "from": 0, "to": 0.9, "n": 3},
        ],
    }
)


@pytest.mark.parametrize(
    "broken",
    of_modules("judge", "first_steps", "last_stretch", "theory", "run_summaries", *OUTCOME_MODULES, "observations"),
    indirect=True,
)
def test_a_map_has_the_last_loss_of_every_cell_whatever_judges_it_fails(broken):
    if CODES[broken] not in CALLED["map"]:
        return
    found, before = settle_surfaces(MAP, np.arange(12)), BEFORE["map"]
    loss, kind = CELL_COLUMNS.index("loss"), CELL_COLUMNS.index("kind")
    alive = before[kind] != CELL_KINDS.index("diverged")  # Those end where they explode, if anybody looks.
    np.testing.assert_array_equal(found[loss][alive], before[loss][alive])
    known = ~np.isnan(found[kind])
    np.testing.assert_array_equal(found[kind][known], before[kind][known])


@pytest.mark.parametrize(
    "broken",
    ["last_stretch.LastStretch.add", "theory.is_unbounded_below", "judge.MapJudge.take", "outcomes.classify"],
    indirect=True,
)
def test_a_cell_that_could_not_be_judged_is_of_no_kind(broken):
    assert np.isnan(settle_surfaces(MAP, np.arange(12))[CELL_COLUMNS.index("kind")]).any()


def test_a_map_of_networks_stands_without_its_growth(monkeypatch):
    monkeypatch.setattr(judge.growth_of, "__code__", fails.__code__)
    spec = MAP.model_copy(update={"problem": Comparison.model_validate({"problem": NETWORK, "runs": [{}]}).problem})
    found = network_tiles.settle_networks(spec, np.arange(2))
    assert np.isfinite(found[CELL_COLUMNS.index("loss")]).all()


RANGE = RangeTest.model_validate(
    {"problem": {"kind": "bowl"}, "run": {"optimizer": {"kind": "sgd"}}, "lr_from": 1e-3, "lr_to": 1.0, "steps": 60}
)
ASKED = (RangeCurve.findings, RangeCurve.loss, analysis.none_recommended)
"""What gathers the answer."""
SUGGESTING = [
    *chain.from_iterable(functions_of(module) for module in (suggestions, verification, recommendation, analysis)),
    *(RangeCurve._band, RangeCurve._limit, RangeCurve._blow_up, RangeCurve._too_small, RangeCurve._best_swept),
    *(rule.choose for rule in suggestions.SUGGESTION_RULES if inspect.isfunction(rule.choose)),
]


@pytest.mark.parametrize(
    "function",
    sorted({one.__qualname__: one for one in SUGGESTING if one not in ASKED}.items()),
    ids=lambda pair: pair[0],
)
def test_a_range_test_answers_whatever_reads_its_curve_fails(monkeypatch, function):
    descent, climb = Descent(RANGE), RangeCurve(RANGE, partial(hold, RANGE))
    for tick in descent:
        for block in tick.blocks:
            climb.see(block)
    whole = climb.findings()
    monkeypatch.setattr(function[1], "__code__", fails.__code__)
    found = climb.findings()
    assert found.keys() == whole.keys()
    assert [rule["name"] for rule in found["rules"]] == [rule["name"] for rule in whole["rules"]]
    assert found["recommended"]["because"]


# The boundary itself


def test_an_explanation_that_fails_says_so_and_the_log_has_its_traceback_once(caplog, monkeypatch):
    monkeypatch.setattr(unexpected, "_told", set())
    with caplog.at_level(logging.ERROR):
        said = [attempt("Why it rises", fails, str) for _ in range(3)]
    assert set(said) == {"Why it rises could not be determined: a fault of Slalom, whose log says more (RuntimeError)."}
    (record,) = caplog.records
    assert record.exc_info[1].args == ("broken on purpose",)


def test_what_explains_nothing_any_more_is_not_asked_again():
    asked = []

    def question(thing):
        asked.append(thing)
        raise RuntimeError

    judged = Judged("What came of it", lambda: "thing")
    assert judged.ask(len, lambda why: -1) == 5
    for _ in range(2):
        assert "could not be determined" in judged.ask(question, str)
    assert asked == ["thing"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError, Cancelled])
def test_what_is_no_fault_of_an_explanation_passes(error):
    def stop():
        raise error

    with pytest.raises(error):
        attempt("Anything", stop, lambda why: None)

"""Forks: a run that goes on from any entry of another one."""

import numpy as np
import pytest
from traces import gather

from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.engine.descent import Descent
from slalom.engine.replay import replay
from slalom.errors import SpecError

KINDS = [rule.model_fields["kind"].default for rule in OPTIMIZERS]
WHEELS = [
    {"kind": "constant"},
    {"kind": "cosine"},
    {"kind": "plateau", "every": 4, "patience": 1},
    {"kind": "plateau", "every": 1, "patience": 0, "warmup": 7},
]


def fork(spec, lane, step, traces_of, **changes):
    """Return the traces of the same experiment, going on from one run's entry."""
    child = spec.model_copy(update={"steps": spec.steps - step, **changes})
    return traces_of(Descent(child, origin=[replay(spec, lane, step)] * child.lane_count))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_fork_with_the_same_run_has_the_same_bytes(spec_of, rule, traces_of, kind, dtype):
    run = rule(kind, lr=0.01, noise=0.3, clip_norm=40.0)
    spec = spec_of("rosenbrock", run, steps=60, seed=2, dtype=dtype)
    (original,) = traces_of(Descent(spec))
    for step in (0, 1, 17, 60):
        snapshot = replay(spec, 0, step)
        assert snapshot.params.tobytes() == original.params[step].tobytes()
    (child,) = fork(spec, 0, 17, traces_of)
    for name, column in child.columns.items():
        first = 1 if name == "step_norm" else 0
        assert column[first:].tobytes() == original[name][17 + first :].tobytes(), name


@pytest.mark.parametrize("schedule", WHEELS)
def test_a_fork_goes_on_with_the_schedule(spec_of, rule, traces_of, schedule):
    spec = spec_of("parabola", rule("sgd", lr=1.0, schedule=schedule), steps=60)
    (original,) = traces_of(Descent(spec))
    for step in (3, 8, 16):
        (child,) = fork(spec, 0, step, traces_of)
        assert child["lr"].tobytes() == original["lr"][step:].tobytes()
        assert child["loss"].tobytes() == original["loss"][step:].tobytes()


@pytest.mark.parametrize("data", [None, {"kind": "moons", "n": 20}])
def test_a_fork_with_another_rate_uses_it_and_keeps_the_patience_of_its_plateau(spec_of, rule, traces_of, data):
    problem = "parabola" if data is None else {"kind": "network", "data": data, "hidden": [3]}
    schedule = {"kind": "plateau", "patience": 12, "threshold": 0.9, "factor": 0.5}
    spec = spec_of(problem, rule("sgd", lr=0.01, schedule=schedule), steps=60)
    other = spec_of(problem, rule("sgd", lr=0.02, schedule=schedule), steps=60)
    (original,) = traces_of(Descent(spec))
    drops = np.flatnonzero(np.diff(original["lr"]))
    assert len(drops) > 1
    (kept,) = fork(spec, 0, int(drops[0]) + 3, traces_of)
    (child,) = fork(spec, 0, int(drops[0]) + 3, traces_of, runs=other.runs)
    assert (kept["lr"][0], child["lr"][0]) == (0.005, 0.02)
    assert np.flatnonzero(np.diff(child["lr"]))[0] <= drops[1] - drops[0] - 3


def test_another_schedule_starts_from_its_beginning(spec_of, rule, traces_of):
    spec = spec_of("parabola", rule("sgd", lr=0.1), steps=60)
    other = spec_of("parabola", rule("sgd", lr=0.1, schedule={"kind": "exponential", "gamma": 0.5}), steps=60)
    (child,) = fork(spec, 0, 20, traces_of, runs=other.runs)
    assert child["lr"][:3] == pytest.approx([0.1, 0.05, 0.025])


def test_memory_is_kept_where_the_kind_of_rule_is_the_same(spec_of, rule, traces_of):
    spec = spec_of("parabola", rule("sgd", lr=0.05, momentum=0.9), steps=40)
    same = spec_of("parabola", rule("sgd", lr=0.05, momentum=0.9), rule("sgd", lr=0.05, momentum=0.5), rule("adam"))
    (original,) = traces_of(Descent(spec))
    kept, softer, fresh = fork(spec, 0, 10, traces_of, runs=same.runs)
    assert kept["p0"][1] == original["p0"][11]
    velocity = (original["p0"][9] - original["p0"][10]) / 0.05
    assert softer["p0"][1] == pytest.approx(softer["p0"][0] - 0.05 * (0.5 * velocity + 2 * softer["p0"][0]))
    assert fresh["p0"][1] == pytest.approx(fresh["p0"][0] - 0.001 * np.sign(fresh["p0"][0]))


def test_forks_can_be_forked(spec_of, rule, traces_of):
    spec = spec_of("rosenbrock", rule("adam", lr=0.01, noise=0.1), steps=60)
    (original,) = traces_of(Descent(spec))
    child = spec.model_copy(update={"steps": 50})
    snapshot = replay(child, 0, 20, origin=[replay(spec, 0, 10)])
    assert snapshot.step == 30
    assert snapshot.params.tobytes() == original.params[30].tobytes()
    grandchild = Descent(spec.model_copy(update={"steps": 30}), origin=[snapshot])
    (trace,) = traces_of(grandchild)
    assert trace["loss"].tobytes() == original["loss"][30:].tobytes()


def test_a_lane_of_a_sweep_is_replayed_as_it_ran(spec_of, traces_of):
    vary = [{"field": "run.optimizer.momentum", "from": 0.0, "to": 0.9, "n": 7}]
    spec = spec_of("rosenbrock", 0.001, steps=30, vary=vary)
    traces = traces_of(Descent(spec))
    for lane in (0, 3, 6):
        assert replay(spec, lane, 25).params.tobytes() == traces[lane].params[25].tobytes()


def test_a_lane_of_a_large_ensemble_is_replayed_alone(spec_of):
    vary = [{"field": "run.optimizer.lr", "from": 1e-4, "to": 1e-2, "scale": "log", "n": 17_000}]
    spec = spec_of("rastrigin", 0.1, steps=3, vary=vary)
    blocks = [block for tick in Descent(spec, paced=False) for block in tick.blocks]
    for lane in (12_000, 16_999):
        _, columns = gather(blocks, lane)
        assert replay(spec, lane, 3).params.tobytes() == columns[6:, 3].tobytes()


@pytest.mark.parametrize(("lane", "step", "sentence"), [(1, 0, "There is no run 1"), (0, 31, "no entry 31")])
def test_what_was_never_computed_cannot_be_replayed(spec_of, lane, step, sentence):
    with pytest.raises(SpecError, match=sentence):
        replay(spec_of("parabola", 0.1, steps=30), lane, step)


def test_a_run_that_overflowed_cannot_be_replayed_beyond(spec_of):
    with pytest.raises(SpecError, match="left the finite numbers before entry 1100"):
        replay(spec_of("parabola", 1.5, steps=2000), 0, 1100)

"""Networks in the one loop: the same bytes however it is cut into ticks, exact replays, forks, and what is measured."""

import numpy as np
import pytest
import torch
from traces import gather

from slalom.catalogue.cost import CostEstimate
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.problems.architecture import Architecture
from slalom.engine.descent import Descent
from slalom.engine.lockstep.checkpoints import unpack_checkpoints
from slalom.engine.network import metrics
from slalom.engine.network.measurement_plan import (
    FEWEST,
    FEWEST_IN_SHORT,
    LAST_SAMPLE,
    LOSSES_SPARE,
    MEASURED_POINTS,
    SAMPLE,
    SHARPNESS_SPARE,
    SHORT_SAMPLE,
    first_products,
    measurement_interval,
    sample_sizes,
)
from slalom.engine.network.metrics import TensorData
from slalom.engine.network.model import Net
from slalom.engine.replay import replay

MOONS = {"kind": "network", "data": {"kind": "moons", "n": 200}, "hidden": [8]}
BLOBS = {"kind": "network", "data": {"kind": "blobs", "n": 90, "blobs": 3}, "hidden": [6, 5], "activation": "relu"}
T4 = {"kind": "network", "data": {"kind": "chebyshev"}, "hidden": [10]}


def run(kind="sgd", lr=0.1, **rest):
    own = {name: rest.pop(name) for name in RUN if name in rest}
    return {"optimizer": {"kind": kind, "lr": lr, **rest}, **own}


RUN = ("batch_size", "batches", "noise", "clip_norm", "clip_value", "schedule")


def spec_of(problem, *runs, **rest):
    return Comparison.model_validate({"problem": problem, "runs": list(runs), **rest})


def whole(descent):
    """Return all that a descent brought: columns of every run, planes and states, and events without timings."""
    ticks = list(descent)
    blocks = [block for tick in ticks for block in tick.blocks]
    runs = range(len(descent.lanes))
    traces = [dict(zip(*gather(blocks, run), strict=True)) for run in runs]
    kept = [one for tick in ticks for one in tick.kept]
    events = [event for tick in ticks for event in tick.events]
    return traces, kept, events


def as_bytes(descent):
    traces, kept, events = whole(descent)
    told = sorted(str(event) for event in events if event.kind != "timing")
    columns = [(name, values.tobytes()) for trace in traces for name, values in trace.items()]
    return columns, sorted(kept), told, descent.outcomes


MANY = spec_of(
    MOONS,
    run(lr=0.5, momentum=0.9, batch_size=16),
    run("adam", 0.01, batch_size=16),
    run("adam", 0.02, batch_size=16, noise=0.01),
    run(lr=0.5, batch_size=7, batches="drawn", clip_norm=0.1),
    run(lr=1.0, schedule={"kind": "plateau", "every": 9, "patience": 1}),
    run(lr=3e38, batch_size=16),
    steps=150,
    seeds=2,
)


@pytest.mark.parametrize("problem", [MOONS, BLOBS, T4], ids=["moons", "blobs", "chebyshev"])
def test_the_same_spec_gives_the_same_bytes_however_it_is_cut(problem):
    spec = MANY.model_copy(update={"problem": spec_of(problem, run()).problem})
    expected = as_bytes(Descent(spec))
    for entries in (1, 7, 1024):
        assert as_bytes(Descent(spec, paced=False, entries=entries)) == expected


def test_a_run_does_not_depend_on_what_its_neighbours_hold():
    together = spec_of(MOONS, run(lr=0.5, batch_size=16), run(lr=3e38, batch_size=16), steps=100)
    other = spec_of(MOONS, run(lr=0.5, batch_size=16), run(lr=0.1, batch_size=16), steps=100)
    (mine, burst), (same, _) = whole(Descent(together))[0], whole(Descent(other))[0]
    assert len(burst["loss"]) < 101
    for name in ("loss", "grad_norm", "step_norm", "sharpness", "train_loss", "val_accuracy", "ratio0"):
        assert mine[name].tobytes() == same[name].tobytes(), name


def test_a_run_that_leaves_the_finite_numbers_ends_alone():
    traces, _, events = whole(Descent(spec_of(MOONS, run(lr=3e38, batch_size=16), run(batch_size=16), steps=40)))
    ends = len(traces[0]["loss"]) - 1
    assert ends < 40
    assert len(traces[1]["loss"]) == 41
    assert ("nonfinite", ends) in {(event.kind, event.step) for event in events if event.run == 0}


def test_parameters_may_be_large_without_being_infinite():
    descent = Descent(spec_of(T4, run("sign_sgd", 1e25), steps=3))
    (trace,), *_ = whole(descent)
    assert trace["step_norm"][1] == pytest.approx(1e25 * np.sqrt(31), rel=1e-6)
    spec = spec_of(T4, run("sign_sgd", 1e25), steps=1)
    assert np.isfinite(replay(spec, 0, 1).params).all()


@pytest.mark.parametrize("schedule", [{"kind": "constant"}, {"kind": "cosine"}, {"kind": "plateau", "every": 5}])
@pytest.mark.parametrize("kind", ["sgd", "adam", "nadam", "radam", "rprop", "rmsprop", "adadelta"])
def test_every_entry_is_replayed_exactly_from_the_start_and_from_a_kept_state(kind, schedule):
    noisy = {"noise": 0.01, "clip_value": 0.5, "schedule": schedule}
    spec = spec_of(MOONS, run(kind, 0.01, batch_size=33, **noisy), run(kind, 0.02, batch_size=33, **noisy), steps=120)
    _, kept, _ = whole(Descent(spec))
    states = {one.step: one.payload for one in kept if one.kind == "state"}

    def last(upto):
        step = max(step for step in states if step <= upto)
        return step, states[step]

    for step in (0, 1, 7, 50, 119, 120):
        for lane in (0, 1):
            expected = replay(spec, lane, step)
            assert same(replay(spec, lane, step, kept=last), expected)
            if step in states:
                assert same(unpack_checkpoints(states[step])[lane], expected)


def same(one, other):
    """Tell whether two snapshots agree to the last byte."""
    numbers = zip(one.state, other.state, strict=True)
    return (
        one.params.tobytes() == other.params.tobytes()
        and (one.step, one.place, one.rule, one.schedule) == (other.step, other.place, other.rule, other.schedule)
        and all(np.asarray(a).tobytes() == np.asarray(b).tobytes() for a, b in numbers)
        and [float(n) for n in one.schedule_state or ()] == [float(n) for n in other.schedule_state or ()]
    )


EXACT = ("loss", "lr", "grad_norm", "train_loss", "val_loss", "train_accuracy", "cosine", "snr", "saturated0")


def fork(spec, lane, step, origin=None, **changes):
    child = spec.model_copy(update={"steps": spec.steps - step, **changes})
    snapshot = replay(spec, lane, step, origin=origin)
    return child, [snapshot] * child.lane_count


@pytest.mark.parametrize("batches", ["shuffled", "drawn"])
def test_a_fork_goes_on_as_if_nothing_had_happened_and_so_does_its_fork(batches):
    spec = spec_of(MOONS, run("adam", 0.01, batch_size=30, batches=batches, noise=0.01), steps=128, dtype="float64")
    (original,), *_ = whole(Descent(spec))
    child, origin = fork(spec, 0, 17)
    (trace,), *_ = whole(Descent(child, origin=origin))
    assert trace["loss"].tobytes() == original["loss"][17:].tobytes()
    assert trace["grad_norm"].tobytes() == original["grad_norm"][17:].tobytes()
    grandchild, origin = fork(child, 0, 30, origin)
    (later,), *_ = whole(Descent(grandchild, origin=origin))
    assert later["loss"].tobytes() == original["loss"][47:].tobytes()
    for name in EXACT:
        assert later[name][-1].tobytes() == original[name][-1].tobytes(), name


def test_a_fork_keeps_what_the_rule_remembers_where_its_kind_is_the_same():
    spec = spec_of(MOONS, run("adam", 0.01, batch_size=20), steps=60)
    runs = spec_of(MOONS, run("adam", 0.02, batch_size=50), run("adam", 0.01, batch_size=20), run(lr=0.3)).runs
    child, origin = fork(spec, 0, 25, runs=runs)
    (faster, same, other), *_ = whole(Descent(child, origin=origin))
    (original,), *_ = whole(Descent(spec))
    assert faster["train_loss"][0] == same["train_loss"][0] == other["train_loss"][0]
    assert same["step_norm"][1] == original["step_norm"][26]
    assert faster["step_norm"][1] == pytest.approx(2 * same["step_norm"][1], rel=0.3)
    assert other["step_norm"][1] == pytest.approx(0.3 * other["grad_norm"][0], rel=1e-5)


def test_runs_share_initial_parameters_and_batches_and_seeds_do_not():
    spec = spec_of(MOONS, run(batch_size=10), run("adam", batch_size=10), steps=3, seeds=2)
    traces, *_ = whole(Descent(spec))
    losses = [trace["loss"][0] for trace in traces]
    assert losses[0] == pytest.approx(losses[2], rel=1e-6)
    assert losses[1] == pytest.approx(losses[3], rel=1e-6)
    assert losses[0] != losses[1]


def test_new_initial_parameters_change_nothing_else():
    problems = [MOONS | {"init_seed": seed} for seed in (None, 0, 1)]
    specs = [spec_of(problem, run(batch_size=10), steps=2) for problem in problems]
    own, zero, one = (replay(spec, 0, 0).params for spec in specs)
    assert own.tobytes() == zero.tobytes()
    assert own.tobytes() != one.tobytes()


def test_different_initial_scales_are_one_group():
    vary = [{"field": "problem.init_scale", "values": [0.5, 1.0, 2.0]}]
    descent = Descent(spec_of(MOONS, run(batch_size=10), steps=2, vary=vary))
    assert len(descent.groups) == 1
    (small, middle, large) = descent.groups[0].start.T
    assert (4 * small).tolist() == (2 * middle).tolist() == large.tolist()


@pytest.mark.parametrize("settings", [{"clip_norm": 0.05}, {"clip_value": 0.01}])
def test_clipping_is_torchs(settings):
    spec = spec_of(MOONS, run(lr=1.0, **settings), steps=1, dtype="float64")
    start, end = (torch.from_numpy(replay(spec, 0, step).params) for step in (0, 1))
    plain = spec.model_copy(update={"runs": spec_of(MOONS, run(lr=1.0)).runs})
    p = start.clone().requires_grad_()
    p.grad = start - torch.from_numpy(replay(plain, 0, 1).params)
    if "clip_norm" in settings:
        torch.nn.utils.clip_grad_norm_([p], 0.05)
    else:
        torch.nn.utils.clip_grad_value_([p], 0.01)
    assert (start - end).numpy() == pytest.approx(p.grad.numpy(), abs=1e-12)


def test_noise_is_standard_normal_and_the_same_for_runs_of_a_seed():
    both = [run(lr=1.0, noise=2.0), run(lr=1.0), run(lr=1.0, noise=1.0)]
    spec = spec_of(MOONS | {"hidden": [100]}, *both, steps=1, dtype="float64")
    noisy, plain, softer = (replay(spec, lane, 1).params for lane in (0, 1, 2))
    drawn = (plain - noisy) / 2
    assert drawn == pytest.approx(plain - softer)
    assert abs(drawn.mean()) < 0.15
    assert drawn.std() == pytest.approx(1, abs=0.1)


def test_a_plateau_schedule_reads_the_full_loss():
    schedule = {"kind": "plateau", "every": 10, "patience": 0, "threshold": 0.5, "factor": 0.5}
    spec = spec_of(MOONS, run(lr=0.1, batch_size=5, schedule=schedule), steps=64)
    (trace,), *_ = whole(Descent(spec))
    best, lr = np.inf, 0.1
    for entry in range(10, 65, 10):
        loss = full_loss(spec, entry)
        if loss < best * 0.5:
            best = loss
        else:
            lr *= 0.5
        assert trace["lr"][entry] == pytest.approx(lr)


def full_loss(spec, entry):
    fresh = spec.model_copy(update={"steps": 1, "runs": spec_of(MOONS, run()).runs})
    (trace,), *_ = whole(Descent(fresh, origin=[replay(spec, 0, entry)]))
    return trace["train_loss"][0]


def test_runs_that_begin_alike_share_their_first_look_at_the_sharpness():
    rates = (0.01, 0.1, 1.0)
    together = spec_of(MOONS, *(run(lr=lr, batch_size=16, weight_decay=lr) for lr in rates), steps=3, seeds=2)
    traces, _, _ = whole(Descent(together))
    first = np.array([trace["sharpness"][0] for trace in traces]).reshape(len(rates), 2)
    alone = [whole(Descent(spec_of(MOONS, run(batch_size=16), steps=3, seed=seed)))[0][0] for seed in (0, 1)]
    for trace, seen in zip(alone, first.T, strict=True):
        np.testing.assert_allclose(seen - rates, trace["sharpness"][0], rtol=1e-5)
    assert abs(first[0, 0] - first[0, 1]) > 0.01


def test_groups_that_begin_alike_share_their_first_look_at_the_sharpness(monkeypatch):
    looks = []
    look = metrics.estimate_curvature
    monkeypatch.setattr(metrics, "estimate_curvature", lambda *args, **more: looks.append(args) or look(*args, **more))
    runs = (run(), run(momentum=0.9), run(weight_decay=0.1), run(batch_size=8), run("adam"), run("rmsprop"))
    together = whole(Descent(spec_of(MOONS, *runs, steps=3)))[0]
    cold = [args for args in looks if len(args) == 3]
    for trace, one in zip(together, runs, strict=True):
        (alone,) = whole(Descent(spec_of(MOONS, one, steps=3)))[0]
        for name in ("sharpness", "limit"):
            np.testing.assert_array_equal(trace[name], alone[name])
    assert len(cold) == 1


def test_the_first_look_makes_fewer_products_of_a_large_network():
    networks = [Architecture((64, *hidden, 10), "tanh", "softmax") for hidden in ((64,), (1000,), (2000, 2000))]
    found = [first_products(network, "float32", 256, 20) for network in networks]
    assert found == sorted(found, reverse=True)
    assert (found[0], found[-1] < 20) == (20, True)


def test_a_run_is_measured_so_often_that_its_curves_are_curves_however_short_it_is():
    for step in (1e-5, 1e-4, 1e-3):
        for steps in (100, 600, 3000, 10_000, 10**5, 10**6):
            pace = measurement_interval(CostEstimate(step, losses=2e-3, sharpness=5e-3), steps)
            assert steps / pace.losses >= MEASURED_POINTS / 2
            assert pace.sharpness is not None
            assert steps / pace.sharpness >= SHARPNESS_SPARE / 5e-3 / 2
            few = measurement_interval(CostEstimate(step, losses=1.0, sharpness=1.0), steps)
            assert few.losses >= min(steps / LOSSES_SPARE, 1 / step)


def test_a_short_run_of_a_large_network_is_looked_at_with_fewer_examples():
    names = Architecture((30, 200, 27), "tanh", "softmax", symbols=27, embedding=10, context=3)
    seen = [sample_sizes(names, "float32", 32, steps).losses for steps in (1, 1000, 10_000, 40_000, 10**5, 10**6)]
    assert FEWEST_IN_SHORT <= seen[0] == seen[1] == seen[2] < SHORT_SAMPLE < seen[3] < SAMPLE
    assert seen[4:] == [SAMPLE] * 2
    wide = Architecture((64, 2000, 2000, 10), "tanh", "softmax")
    assert sample_sizes(wide, "float32", 32, 10**6).losses == FEWEST
    digits = Architecture((64, 200, 200, 10), "tanh", "softmax")
    assert sample_sizes(digits, "float32", 32, 1).losses == FEWEST_IN_SHORT
    small = Architecture((2, 16, 2), "tanh", "softmax")
    assert sample_sizes(small, "float32", 32, 1).losses == SHORT_SAMPLE
    assert sample_sizes(small, "float32", 32, 10_000).losses == SAMPLE


def test_it_is_told_where_losses_are_not_those_of_all_examples():
    def told(n, steps=20):
        problem = {"kind": "network", "data": {"kind": "moons", "n": n}}
        first = next(iter(Descent(spec_of(problem, run(batch_size=16), steps=steps))))
        (about,) = [event.sentence for event in first.events if event.kind == "data"]
        return about.partition(" Full losses and accuracies are those of ")[2]

    def sampled(n):
        return f" The sharpness is that of 1,024 of the {n:,}: another sample's may be some per cent off."

    assert told(4000) == "1,536 training examples, evenly spaced; at the end of 2,048 of them." + sampled(4000)
    assert told(2000) == "1,536 training examples, evenly spaced; at the end of all of them." + sampled(2000)
    assert told(4000, steps=20_000) == told(200) == ""


def test_at_the_last_entry_more_examples_are_looked_at():
    problem = {"kind": "network", "data": {"kind": "moons", "n": 4000, "noise": 0.3}}
    spec = spec_of(problem, run(batch_size=16), steps=1000)
    (trace,), *_ = whole(Descent(spec))
    examples = spec.problem.examples()
    net = Net(spec.problem.blueprint(examples))
    material, point = TensorData(examples, net), torch.from_numpy(replay(spec, 0, 1000).params)[None].float()
    for share, check in (("train", False), ("val", True)):
        few, more = (material.some(count, check) for count in (SHORT_SAMPLE, LAST_SAMPLE))
        loss, right = net.score(point, more)
        assert trace[f"{share}_loss"][-1] == pytest.approx(loss.item(), rel=1e-5)
        assert trace[f"{share}_accuracy"][-1] == pytest.approx(right.item())
    assert (few.size, more.size) == (1000, 1000)
    assert trace["train_loss"][-1] != pytest.approx(net.losses(point, material.some(SHORT_SAMPLE)).item(), rel=1e-4)

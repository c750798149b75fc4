"""Entries, columns and laws: what is recorded, and that nothing but the spec decides it."""

import numpy as np
import pytest
import torch
from traces import gather

from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.problems.base import TRACE_COLUMNS
from slalom.engine.descent import Descent
from slalom.engine.lockstep.gradient_transform import GradientTransform
from slalom.engine.surface.ensemble import TILE_LANES, Ensemble

KINDS = [rule.model_fields["kind"].default for rule in OPTIMIZERS]


def test_entry_zero_is_the_start_and_entry_k_the_state_after_k_updates(descend):
    (run,) = descend("parabola", 0.1, steps=3)
    assert run["p0"] == pytest.approx([-4, -3.2, -2.56, -2.048])
    assert run["loss"] == pytest.approx(run["p0"] ** 2)
    assert run["grad_norm"] == pytest.approx(abs(2 * run["p0"]))
    assert run["step_norm"] == pytest.approx([0, 0.8, 0.64, 0.512])
    assert run["lr"].tolist() == [0.1] * 4
    assert run["sharpness"].tolist() == [2.0] * 4
    assert run["limit"].tolist() == [1.0] * 4
    assert list(run.columns) == [*TRACE_COLUMNS, "p0"]


def test_lr_is_the_rate_of_the_update_that_follows(descend, rule):
    decaying = rule("sgd", lr=0.1, schedule={"kind": "exponential", "gamma": 0.5})
    (run,) = descend("parabola", decaying, steps=3)
    assert run["lr"] == pytest.approx([0.1, 0.05, 0.025, 0.0125])
    assert run["p0"][1:] == pytest.approx(run["p0"][:-1] * (1 - 2 * run["lr"][:-1]))


def test_the_limit_uses_the_preconditioner_of_the_same_update(descend, rule):
    (run,) = descend("parabola", rule("adam", lr=0.1), steps=3)
    first = abs(run["grad_norm"][0]) + 1e-8  # √v̂ after the first gradient, times 1 - β₁
    assert run["limit"][0] == pytest.approx(38 * 0.1 * first / 2, rel=1e-9)


def test_the_last_entry_has_its_limit_too(descend, rule):
    short, long = (descend("rosenbrock", rule("adam", lr=0.01), steps=steps)[0] for steps in (10, 20))
    assert short["limit"][10] == long["limit"][10]
    assert short["lr"][10] == long["lr"][10]


def test_sharpness_includes_coupled_weight_decay(descend, rule):
    coupled, decoupled = descend(
        "bowl", rule("sgd", lr=0.01, weight_decay=0.5), rule("adamw", lr=0.01, weight_decay=0.5), steps=3
    )
    assert coupled["sharpness"] == pytest.approx(12.5)
    assert coupled["limit"] == pytest.approx(2 / 12.5)
    assert decoupled["sharpness"] == pytest.approx(12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_columns_have_the_dtype_of_the_run(descend, dtype):
    (run,) = descend("rosenbrock", 0.001, steps=5, dtype=dtype)
    assert {column.dtype for column in run.columns.values()} == {np.dtype(dtype)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_rule_descends_a_bowl(descend, rule, kind, dtype):
    (run,) = descend("bowl", rule(kind, lr=0.05), steps=100, dtype=dtype)
    assert len(run["loss"]) == 101
    assert run["loss"][-1] < run["loss"][0]
    assert run.outcome.kind != "diverged"


MANY = [
    *({"kind": kind, "lr": lr} for kind in KINDS if kind != "lbfgs" for lr in (1e-3, 0.03, 3.0)),
    {"kind": "lbfgs", "lr": 0.03, "max_iter": 3},
    {"kind": "sgd", "lr": 0.01, "momentum": 0.9},
    {"kind": "sgd", "lr": 0.001, "momentum": 0.8},
    {"kind": "sgd", "lr": 0.001, "momentum": 0.9, "nesterov": True},
    {"kind": "adam", "lr": 0.02, "beta1": 0.5},
    {"kind": "adam", "lr": 0.02, "beta1": 0.7, "weight_decay": 0.1},
    {"kind": "rmsprop", "lr": 0.02, "momentum": 0.3, "centered": True},
]


def everything(dtype="float64", steps=60):
    """Return a spec with every kind of rule, clipped and noisy runs, and a plateau schedule."""
    runs = [{"optimizer": optimizer, "start": [-1.2 + i / 50, 1]} for i, optimizer in enumerate(MANY)]
    runs += [run | {"clip_norm": 1.0 + i} for i, run in enumerate(runs[:6])]
    runs += [run | {"noise": 0.1 * (1 + i), "clip_value": 2.0} for i, run in enumerate(runs[:6])]
    runs += [run | {"schedule": {"kind": "plateau", "every": 3 + i, "patience": 1}} for i, run in enumerate(runs[:6])]
    return {"problem": {"kind": "rosenbrock"}, "runs": runs, "steps": steps, "seed": 3, "dtype": dtype}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_runs_bytes_do_not_depend_on_its_neighbours(spec_of, traces_of, dtype):
    spec = everything(dtype)
    together = traces_of(Descent(spec_of(spec["problem"], *spec["runs"], steps=60, seed=3, dtype=dtype)))
    for i, run in enumerate(spec["runs"]):
        (alone,) = traces_of(Descent(spec_of(spec["problem"], run, steps=60, seed=3, dtype=dtype)))
        assert alone.bytes == together[i].bytes, run
        assert alone.outcome == together[i].outcome, run
        assert [event[1:] for event in alone.events] == [event[1:] for event in together[i].events], run


def test_nothing_depends_on_where_ticks_fall(spec_of, traces_of):
    spec = everything(steps=250)
    spec = spec_of(spec["problem"], *spec["runs"], steps=250, seed=3)
    paced = traces_of(Descent(spec))
    for entries in (1, 7, 1000):
        forced = traces_of(Descent(spec, paced=False, entries=entries))
        for expected, found in zip(paced, forced, strict=True):
            assert found.bytes == expected.bytes
            assert found.outcome == expected.outcome
            assert sorted(found.events) == sorted(expected.events)


def test_ticks_are_gapless_and_cut_where_a_run_ends(spec_of):
    descent = Descent(spec_of("parabola", 1.5, 0.1, 20.0, steps=600), paced=False, entries=100)
    ticks = list(descent)
    assert [tick.done for tick in ticks] == [99, 199, 299, 399, 499, 599, 600]
    ends = [600 if outcome.nonfinite is None else outcome.nonfinite for outcome in descent.outcomes]
    following = 0
    for block in (block for tick in ticks for block in tick.blocks):
        assert block.step == following
        assert block.runs == tuple(run for run in range(3) if ends[run] >= block.last)
        assert len(block.runs) == block.data.shape[1]
        following = block.last + 1
    assert following == 601


def test_a_descent_ends_when_all_runs_have_ended(spec_of):
    descent = Descent(spec_of("parabola", 1.5, 20.0, steps=100_000))
    *_, last = descent
    assert last.done == 510


def test_the_first_tick_comes_early(spec_of):
    descent = Descent(spec_of("rosenbrock", 0.001, steps=100_000))
    first = next(iter(descent))
    assert first.blocks[0].step == 0
    assert first.done < 50_000


def test_outcomes_can_be_read_in_between(spec_of):
    descent = Descent(spec_of("parabola", 1.05, 0.1, steps=1000), paced=False, entries=20)
    assert [outcome.kind for outcome in descent.outcomes] == ["unfinished", "unfinished"]
    ticks = iter(descent)
    next(ticks)
    assert [outcome.kind for outcome in descent.outcomes] == ["growing", "unfinished"]
    next(ticks)
    assert [outcome.kind for outcome in descent.outcomes] == ["diverged", "converged"]


def test_many_variables_are_recorded_up_to_64(descend):
    (run,) = descend({"kind": "quadratic", "eigenvalues": [float(i + 1) for i in range(64)]}, 0.01, steps=5)
    assert run.params.shape == (6, 64)
    assert run["sharpness"] == pytest.approx(64)
    assert run.params[1] == pytest.approx(1 - 0.01 * np.arange(1, 65))


def test_noise_is_shared_by_the_runs_of_a_seed_and_differs_between_seeds(descend, rule):
    noisy = rule("sgd", lr=0.1, noise=0.5)
    one, other, *_ = descend("bowl", noisy, rule("sgd", lr=0.1, noise=1.0), steps=30)
    (again,) = descend("bowl", noisy, steps=30)
    (different,) = descend("bowl", noisy, steps=30, seed=1)
    assert one.bytes == again.bytes
    assert one.bytes != different.bytes
    assert (one["loss"] != other["loss"])[1:].any()


def test_noise_is_philox_added_before_clipping(descend, rule):
    (run,) = descend("parabola", rule("sgd", lr=0.1, noise=2.0, clip_value=5.0), steps=50, seed=7)
    z = np.random.Generator(np.random.Philox(7)).standard_normal(50)
    x = -4.0
    for k in range(50):
        assert run["p0"][k] == pytest.approx(x, rel=1e-12)
        x -= 0.1 * np.clip(2 * x + 2.0 * z[k], -5, 5)


def test_the_loss_with_noise_is_the_true_loss(descend, rule):
    (run,) = descend("parabola", rule("sgd", lr=0.1, noise=1.0), steps=50)
    assert run["loss"] == pytest.approx(run["p0"] ** 2)


def test_the_noise_ball_has_the_size_theory_gives(descend, rule):
    (run,) = descend("parabola", rule("sgd", lr=0.1, noise=1.0), steps=200_000)
    assert run["loss"][100:].mean() == pytest.approx(0.1 / (2 * (2 - 0.2)), rel=0.03)


def test_seeds_repeat_a_run(descend, rule):
    runs = descend("bowl", rule("sgd", lr=0.1, noise=1.0), steps=10, seeds=3, seed=5)
    (second,) = descend("bowl", rule("sgd", lr=0.1, noise=1.0), steps=10, seed=6)
    assert len(runs) == 3
    assert runs[1].bytes == second.bytes


def test_vary_makes_one_run_many(descend):
    vary = [{"field": "run.optimizer.lr", "from": 0.01, "to": 1.0, "scale": "log", "n": 5}]
    runs = descend("parabola", 0.1, steps=10, vary=vary)
    assert [run["lr"][0] for run in runs] == pytest.approx([10 ** (-2 + i / 2) for i in range(5)])


def test_problems_may_vary_too(descend):
    vary = [{"field": "problem.kappa", "values": [2.0, 20.0]}]
    flat, steep = descend("bowl", 0.01, steps=10, vary=vary)
    assert flat["sharpness"][0] == pytest.approx(2)
    assert steep["sharpness"][0] == pytest.approx(20)


@pytest.mark.parametrize("clip", [{"clip_norm": 3.0}, {"clip_value": 2.0}, {"clip_norm": 5.0, "clip_value": 2.5}])
def test_clipping_is_torchs(descend, rule, clip):
    (run,) = descend("rosenbrock", rule("sgd", lr=0.01, **clip), steps=40)
    p = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=0.01)
    close = 1e-8  # The valley's walls make more of a last digit at every step.
    for k in range(40):
        assert run.params[k] == pytest.approx(p.detach().numpy(), rel=close)
        optimizer.zero_grad()
        loss = (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2
        loss.backward()
        assert run["grad_norm"][k] == pytest.approx(p.grad.norm().item(), rel=close)
        if "clip_norm" in clip:
            torch.nn.utils.clip_grad_norm_([p], clip["clip_norm"])
        if "clip_value" in clip:
            torch.nn.utils.clip_grad_value_([p], clip["clip_value"])
        optimizer.step()


def test_plateau_lowers_the_rate_when_the_loss_stands_still(descend, rule):
    listening = rule("sgd", lr=1.0, schedule={"kind": "plateau", "every": 5, "patience": 2, "factor": 0.5})
    (run,) = descend("parabola", listening, steps=60)
    drops = np.flatnonzero(np.diff(run["lr"])) + 1
    assert run["lr"][0] == 1.0
    assert drops[0] % 5 == 0
    assert run["lr"][drops[0]] == 0.5
    assert run["loss"][-1] < 1e-6


def one_of(classes, kind):
    return next(cls for cls in classes if cls.model_fields["kind"].default == kind)()


def columns_of(width, seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(-2, 2, (2, width)), 10 ** rng.uniform(-4, -2, width)


@pytest.mark.parametrize("kind", ["sgd", "adam", "newton", "nadam", "radam", "rprop"])
def test_a_large_ensemble_has_the_same_bytes_in_every_slot_and_beside_every_neighbour(kind):
    problem, chosen = one_of(PROBLEMS, "rastrigin"), one_of(OPTIMIZERS, kind)
    start, lr = columns_of(20_000 if kind != "newton" else 17_000, 0)
    disturbance = GradientTransform(clip_norm=np.full(start.shape[1], 50.0))
    whole = Ensemble(problem, chosen, start, disturbance=disturbance)
    losses = whole.advance(np.tile(lr, (5, 1)))
    for lane in (0, 1, 9_999, TILE_LANES - 1, TILE_LANES, start.shape[1] - 1):
        one = GradientTransform(clip_norm=np.array([50.0]))
        alone = Ensemble(problem, chosen, start[:, [lane]], disturbance=one)
        assert alone.advance(np.tile(lr[[lane]], (5, 1))).tobytes() == losses[:, [lane]].tobytes()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "lbfgs"])  # Which goes run by run, for long.
def test_torch_and_numpy_agree(kind):
    problem, chosen = one_of(PROBLEMS, "rosenbrock"), one_of(OPTIMIZERS, kind)
    start, lr = columns_of(50, 1)
    losses = []
    for xp in (np, torch):
        functions, p, rate = problem.functions(xp), xp.asarray(start), xp.asarray(lr / 10)
        state = chosen.init(p, xp)
        for _ in range(20):
            hessian = functions.hessian(p) if chosen.uses_hessian else None
            p, state = chosen.step(p, functions.slope(p)[1], state, rate, xp, hessian)
        losses.append(np.asarray(functions.value(p)))
    assert np.isfinite(losses[0]).all()
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_a_wide_sweep_on_a_wavy_surface_has_the_bytes_of_its_runs_alone(spec_of):
    vary = [{"field": "run.optimizer.lr", "from": 1e-4, "to": 1e-2, "scale": "log", "n": 33_000}]
    descent = Descent(spec_of("rastrigin", 0.1, steps=3, vary=vary), paced=False)
    lane = 12_345
    _, columns = gather([block for tick in descent for block in tick.blocks], lane)
    alone = Descent(spec_of("rastrigin", float(descent.lanes[lane].value), steps=3))
    (block,) = (block for tick in alone for block in tick.blocks)
    assert columns.tobytes() == block.data[:, 0].tobytes()

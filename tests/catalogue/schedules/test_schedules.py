"""torch.optim.lr_scheduler is the oracle; warm-up, and that a run may be cut anywhere, are laws of every schedule."""

from __future__ import annotations

import inspect
import itertools
import json
import math
from typing import get_args

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch.optim import lr_scheduler

from slalom.catalogue.schedules import (
    SCHEDULES,
    AnySchedule,
    Chained,
    Constant,
    Cosine,
    CosineRestarts,
    Cyclic,
    Exponential,
    InverseTime,
    Lambda,
    Linear,
    Multiplicative,
    Multistep,
    OneCycle,
    Plateau,
    Polynomial,
    Ramp,
    Sequential,
    Step,
    WarmupStableDecay,
)

LR = 0.3
THEIRS = {
    Constant: lr_scheduler.ConstantLR,
    Step: lr_scheduler.StepLR,
    Multistep: lr_scheduler.MultiStepLR,
    Exponential: lr_scheduler.ExponentialLR,
    Linear: lr_scheduler.LinearLR,
    Polynomial: lr_scheduler.PolynomialLR,
    Cosine: lr_scheduler.CosineAnnealingLR,
    CosineRestarts: lr_scheduler.CosineAnnealingWarmRestarts,
    OneCycle: lr_scheduler.OneCycleLR,
    Cyclic: lr_scheduler.CyclicLR,
    Lambda: lr_scheduler.LambdaLR,
    Multiplicative: lr_scheduler.MultiplicativeLR,
    Sequential: lr_scheduler.SequentialLR,
    Chained: lr_scheduler.ChainedScheduler,
    Plateau: lr_scheduler.ReduceLROnPlateau,
}
OURS_ALONE = {InverseTime, WarmupStableDecay, Ramp}
LEFT_OUT = {
    "self", "optimizer", "last_epoch", "epochs", "steps_per_epoch", "scale_fn", "scale_mode",
    "cycle_momentum", "base_momentum", "max_momentum",
}  # fmt: skip

SEQUENCES = [
    ((Linear(start_factor=0.1, total_iters=20), Cosine(T_max=280)), (20,)),
    ((Constant(factor=0.1, total_iters=20), Exponential(gamma=0.9)), (20,)),
    ((Exponential(gamma=0.9), Multiplicative(lr_lambda="1 - 0.1/(t + 2)"), Step(step_size=30)), (50, 130)),
    ((Multiplicative(lr_lambda="0.99"), Multiplicative(lr_lambda="1.01"), Multistep(milestones=(7, 40))), (1, 200)),
    ((Lambda(lr_lambda="0.9**t"), Lambda(lr_lambda="1/(1 + t)"), Polynomial(total_iters=40, power=2.0)), (100, 250)),
    ((Linear(total_iters=10), CosineRestarts(T_0=40, T_mult=2), Exponential(gamma=0.97)), (10, 200)),
    ((Exponential(gamma=0.99),), ()),
    ((Step(step_size=9), Exponential(gamma=0.99)), (5000,)),
]
"""Parts that make what they make of the optimizer's learning rate, and where they begin."""
CHAINS = [
    (Constant(factor=0.1, total_iters=20), Exponential(gamma=0.99)),
    (Linear(start_factor=0.2, total_iters=30), Cosine(T_max=1000), Multistep(milestones=(100, 100, 250), gamma=0.5)),
    (Multiplicative(lr_lambda="1 - 0.1/(t + 2)"), Step(step_size=50), Polynomial(total_iters=900)),
]

SETTINGS = [
    Constant(factor=0.25, total_iters=40),
    Constant(),
    Step(step_size=70),
    Step(step_size=1, gamma=0.99),
    Multistep(milestones=(30, 100, 100, 250)),
    Multistep(milestones=(100, 7), gamma=0.5),
    Multistep(milestones=()),
    Exponential(gamma=0.98),
    Exponential(gamma=1.01),
    Linear(),
    Linear(start_factor=1.0, end_factor=0.0, total_iters=250),
    Linear(start_factor=0.2, end_factor=0.7, total_iters=1),
    Polynomial(),
    Polynomial(total_iters=200, power=2.5),
    Polynomial(total_iters=400, power=0.5),
    Cosine(T_max=300),
    Cosine(T_max=60, eta_min=0.02),
    Cosine(T_max=7, eta_min=0.001),
    CosineRestarts(T_0=50),
    CosineRestarts(T_0=1, T_mult=3, eta_min=0.01),
    CosineRestarts(T_0=10, T_mult=2),
    OneCycle(max_lr=1.5, total_steps=300),
    OneCycle(max_lr=0.3, total_steps=300, pct_start=0.25, anneal_strategy="linear", div_factor=10.0),
    OneCycle(max_lr=0.3, total_steps=301, three_phase=True, final_div_factor=50.0),
    OneCycle(max_lr=0.3, total_steps=300, three_phase=True, anneal_strategy="linear", pct_start=0.5),
    OneCycle(max_lr=0.3, total_steps=300, pct_start=0.0),
    OneCycle(max_lr=0.3, total_steps=300, pct_start=1.0),
    Cyclic(base_lr=0.01, max_lr=0.3),
    Cyclic(base_lr=0.01, max_lr=0.3, step_size_up=20),
    Cyclic(base_lr=0.3, max_lr=0.1, step_size_up=16, step_size_down=48, mode="triangular2"),
    Cyclic(base_lr=0.01, max_lr=0.3, step_size_up=7, step_size_down=13, mode="exp_range", gamma=0.99),
    Lambda(),
    Lambda(lr_lambda="where(t < 30, (t + 1)/30, 1/(1 + t/50))"),
    Lambda(lr_lambda="abs(cos(πt/100)) + 2"),
    Multiplicative(),
    Multiplicative(lr_lambda="1 - 1/(2 + t)^2 + 0.01sin t"),
    *(Sequential(parts=parts, milestones=turns) for parts, turns in SEQUENCES),
    *(Chained(parts=parts) for parts in CHAINS),
]
OTHERS = [
    InverseTime(decay=0.1),
    InverseTime(),
    WarmupStableDecay(),
    WarmupStableDecay(warmup_share=0.5, decay_share=0.5, end_factor=0.1),
    Plateau(),
    Ramp(to=20.0),
    *(cls() for cls in SCHEDULES),
]

each_cls = pytest.mark.parametrize("cls", SCHEDULES, ids=lambda c: c.__name__)
each_schedule = pytest.mark.parametrize("schedule", SETTINGS + OTHERS, ids=str)


def factor_of(text):
    """Return a formula as the function that torch is given."""
    return eval(f"lambda t: {text}", {"cos": math.cos, "sin": math.sin, "pi": math.pi, "where": np.where})


def torch_scheduler(schedule, optimizer=None):
    settings = schedule.model_dump(exclude={"kind", "warmup", "every"})
    if "lr_lambda" in settings:
        settings["lr_lambda"] = factor_of(settings["lr_lambda"])
    if optimizer is None:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)
    if settings.pop("parts", None):
        made = [torch_scheduler(part, optimizer)[1] for part in schedule.parts]
        turns = {} if isinstance(schedule, Chained) else {"milestones": list(settings["milestones"])}
        return optimizer, THEIRS[type(schedule)](optimizer=optimizer, schedulers=made, **turns)
    if type(schedule) in (OneCycle, Cyclic):
        settings["cycle_momentum"] = False
    return optimizer, THEIRS[type(schedule)](optimizer, **settings)


def torch_rates(schedule, n):
    """Return the rates that torch's scheduler gives to n updates."""
    optimizer, scheduler = torch_scheduler(schedule)
    rates = []
    for _ in range(n):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        if len(rates) < n:
            scheduler.step()
    return np.array(rates)


@pytest.mark.parametrize("schedule", SETTINGS, ids=str)
def test_300_rates_are_torchs(schedule):
    np.testing.assert_allclose(
        schedule.rates(LR, 0, 300, total=300), torch_rates(schedule, 300), rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize("schedule", [s for s in SETTINGS if type(s) is not OneCycle], ids=str)
def test_beyond_its_length_a_schedule_goes_on_as_torchs_does(schedule):
    np.testing.assert_allclose(
        schedule.rates(LR, 0, 900, total=300), torch_rates(schedule, 900), rtol=1e-12, atol=1e-14
    )


def test_one_cycle_stays_at_its_last_rate():
    rates = OneCycle(total_steps=100).rates(LR, 0, 300, total=300)
    assert set(rates[99:].tolist()) == {rates[99]}
    assert rates[99] == pytest.approx(LR / 25 / 1e4)


def test_every_schedule_is_compared():
    assert {type(s) for s in SETTINGS} | OURS_ALONE | {Plateau} == set(SCHEDULES)


def test_the_union_lists_what_the_menu_lists():
    assert set(get_args(get_args(AnySchedule)[0])) == set(SCHEDULES)
    assert {cls().kind for cls in SCHEDULES} == {
        "constant", "step", "multistep", "exponential", "cosine", "cosine_restarts", "linear", "polynomial",
        "one_cycle", "cyclic", "inverse_time", "warmup_stable_decay", "plateau", "climb",
        "lambda", "multiplicative", "sequential", "chained",
    }  # fmt: skip


FORMED = (Lambda, Multiplicative, Sequential, Chained)
"""Schedules that are formed of functions or of other schedules, as their counterparts are."""


@pytest.mark.parametrize("cls", [cls for cls in THEIRS if cls not in FORMED], ids=lambda c: c.__name__)
def test_keywords_and_defaults_are_torchs(cls):
    fields = cls().model_dump()
    for name, parameter in inspect.signature(THEIRS[cls].__init__).parameters.items():
        if name in LEFT_OUT:
            continue
        required = parameter.default is inspect.Parameter.empty
        expected = 1.0 if (cls, name) == (Constant, "factor") else None if required else parameter.default
        assert fields.pop(name) == expected, name
    assert set(fields) == {"kind", "warmup"} | ({"every"} if cls is Plateau else set())


@each_cls
def test_is_explained_sourced_and_every_setting_has_help(cls):
    assert len(cls.__doc__) > 80
    assert cls.title
    assert cls.source
    fields = cls.model_json_schema()["properties"]
    assert all("description" in field for name, field in fields.items() if name != "kind")


@each_schedule
@pytest.mark.parametrize("warmup", [0, 1, 5, 97])
def test_a_warm_up_climbs_evenly_and_then_the_schedule_starts(schedule, warmup):
    warm = schedule.model_copy(update={"warmup": warmup})
    rates = warm.rates(LR, 0, 300, total=300)
    np.testing.assert_allclose(rates[:warmup], LR * np.arange(1, warmup + 1) / max(warmup, 1), rtol=1e-15)
    assert rates[warmup:].tobytes() == schedule.rates(LR, 0, 300 - warmup, total=300 - warmup).tobytes()


@each_schedule
@pytest.mark.parametrize("warmup", [0, 33])
def test_a_run_may_be_cut_anywhere(schedule, warmup):
    schedule = schedule.model_copy(update={"warmup": warmup})
    whole = schedule.rates(LR, 0, 500, total=300)
    assert whole.dtype == np.float64
    assert whole.shape == (500,)
    for cuts in (range(501), [0, 1, 64, 65, 190, 500], [0, 33, 34, 299, 301, 500], [0, 0, 500]):
        parts = [schedule.rates(LR, a, b, total=300) for a, b in itertools.pairwise(cuts)]
        assert np.concatenate(parts).tobytes() == whole.tobytes()


@each_schedule
def test_runs_with_different_rates_may_be_asked_about_together(schedule):
    schedule = schedule.model_copy(update={"warmup": 10})
    lrs = np.array([0.3, 1e-5, 7.0])
    together = schedule.rates(lrs, 3, 200, total=300)
    assert together.shape == (197, 3)
    for run, lr in enumerate(lrs.tolist()):
        assert together[:, run].tobytes() == schedule.rates(lr, 3, 200, total=300).tobytes()


@each_cls
@pytest.mark.parametrize(("total", "warmup"), [(1, 0), (1, 5), (2, 1), (3, 0)])
def test_the_shortest_runs_have_rates(cls, total, warmup):
    rates = cls(warmup=warmup).rates(LR, 0, total, total=total)
    assert np.isfinite(rates).all()
    assert (rates >= 0).all()
    assert cls().rates(LR, 0, 0, total=1).shape == (0,)


@pytest.mark.parametrize(
    ("schedule", "update", "rate"),
    [
        (Step(), 99, 1), (Step(), 100, 0.1), (Step(), 200, 0.01),
        (Multistep(), 149, 1), (Multistep(), 150, 0.1), (Multistep(), 225, 0.01),
        (Exponential(), 0, 1), (Exponential(), 150, 0.1), (Exponential(), 300, 0.01),
        (InverseTime(), 0, 1), (InverseTime(), 300, 0.01), (InverseTime(decay=0.5), 4, 1 / 3),
        (Linear(start_factor=1.0, end_factor=0.0, total_iters=None), 150, 0.5),
        (Polynomial(total_iters=None, power=2.0), 150, 0.25),
        (Cosine(), 150, 0.5), (Cosine(eta_min=0.2), 300, 0.2), (CosineRestarts(), 150, 0.5), (CosineRestarts(), 300, 1),
        (OneCycle(), 0, 0.04), (OneCycle(), 89, 1), (OneCycle(), 299, 4e-6),
        (Cyclic(step_size_up=None), 0, 0.1), (Cyclic(step_size_up=None), 150, 1), (Cyclic(step_size_up=None), 300, 0.1),
        (WarmupStableDecay(), 0, 1 / 30), (WarmupStableDecay(), 29, 1), (WarmupStableDecay(), 240, 1),
        (WarmupStableDecay(), 270, 0.5), (WarmupStableDecay(), 299, 1 / 60), (WarmupStableDecay(), 999, 0),
        (WarmupStableDecay(end_factor=0.1), 300, 0.1),
        (WarmupStableDecay(warmup_share=0.0, decay_share=1.0), 75, 0.75),
        (Plateau(), 299, 1),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_not_given_follows_from_the_rest_of_the_run(schedule, update, rate):
    assert schedule.rates(1.0, update, update + 1, total=300).item() == pytest.approx(rate, rel=1e-9, abs=1e-15)
    after = schedule.model_copy(update={"warmup": 50}).rates(1.0, update + 50, update + 51, total=350)
    assert after.item() == pytest.approx(rate, rel=1e-9, abs=1e-15)


LOSSES = {
    "stalls": [1 / (k + 1) if k < 20 else 0.05 + 0.01 * (k % 3) for k in range(300)],
    "noise": np.random.default_rng(3).normal(0, 1, 300).tolist(),
    "falls": [0.97**k for k in range(300)],
    "breaks": [1 / (k + 1) if k % 7 else [float("nan"), float("inf"), 1e300][k % 3] for k in range(300)],
    "nothing": [float("nan")] * 300,
}
PLATEAUS = [
    Plateau(),
    Plateau(patience=0, factor=0.5),
    Plateau(patience=3, cooldown=5, factor=0.3, threshold=0.02),
    Plateau(patience=2, cooldown=1, threshold_mode="abs", threshold=0.3, min_lr=0.004),
    Plateau(patience=1, factor=0.9, eps=1e-2),
    Plateau(patience=1, factor=0.0),
    Plateau(mode="max", patience=1, factor=0.5, threshold=0.1),
    Plateau(mode="max", patience=2, threshold_mode="abs", threshold=0.3),
]


@pytest.mark.parametrize("losses", LOSSES)
@pytest.mark.parametrize("schedule", PLATEAUS, ids=str)
def test_plateau_lowers_the_rate_when_torch_does(schedule, losses):
    optimizer, scheduler = torch_scheduler(schedule)
    state = schedule.init(LR)
    for loss in LOSSES[losses]:
        optimizer.step()
        scheduler.step(loss)
        state = schedule.read(state, loss)
        assert float(state.lr) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12, abs=0)


@pytest.mark.parametrize("schedule", PLATEAUS, ids=str)
def test_plateau_listens_to_many_runs_at_once(schedule):
    lrs = np.linspace(0.1, 1, len(LOSSES))
    together, alone = schedule.init(lrs), [schedule.init(lr) for lr in lrs.tolist()]
    for losses in zip(*LOSSES.values(), strict=True):
        together = schedule.read(together, np.array(losses))
        alone = [schedule.read(state, loss) for state, loss in zip(alone, losses, strict=True)]
        assert together.lr.tolist() == [float(state.lr) for state in alone]


def test_plateau_reads_every_so_often_and_not_during_the_warm_up():
    assert [k for k in range(12) if Plateau().reads(k)] == list(range(1, 12))
    assert [k for k in range(30) if Plateau(every=4, warmup=10).reads(k)] == [14, 18, 22, 26]


@pytest.mark.parametrize("reading", [0.5, float("nan")])
def test_reading_a_loss_leaves_the_state_that_was_read_from_alone(reading):
    schedule = Plateau(patience=0)
    state = schedule.read(schedule.init(np.ones(2)), np.array([1.0, 2.0]))
    before = repr(state)
    schedule.read(state, np.full(2, reading))
    assert repr(state) == before


BOUNDS = [
    (Constant, "factor", 0.0, 1.0), (Constant, "total_iters", 0, 10**9), (Step, "step_size", 1, 10**9),
    (Step, "gamma", 0.0, None), (Multistep, "gamma", 0.0, None), (Exponential, "gamma", 0.0, None),
    (InverseTime, "decay", 0.0, None), (Linear, "end_factor", 0.0, 1.0), (Linear, "total_iters", 1, 10**9),
    (Polynomial, "power", 0.0, None), (Polynomial, "total_iters", 1, 10**9), (Cosine, "T_max", 1, 10**9),
    (Cosine, "eta_min", 0.0, None), (CosineRestarts, "T_0", 1, 10**9), (CosineRestarts, "T_mult", 1, 10**9),
    (OneCycle, "total_steps", 1, 10**9), (OneCycle, "pct_start", 0.0, 1.0), (OneCycle, "max_lr", 0.0, None),
    (Cyclic, "base_lr", 0.0, None), (Cyclic, "step_size_down", 1, 10**9), (Cyclic, "gamma", 0.0, None),
    (Plateau, "patience", 0, 10**9), (Plateau, "cooldown", 0, 10**9), (Plateau, "every", 1, 10**9),
    (Plateau, "threshold", 0.0, None), (Plateau, "min_lr", 0.0, None), (Plateau, "eps", 0.0, None),
    (WarmupStableDecay, "end_factor", 0.0, 1.0),
    *((cls, "warmup", 0, 10**9) for cls in SCHEDULES),
]  # fmt: skip


def beyond(bound, direction):
    return bound + direction if isinstance(bound, int) else np.nextafter(bound, 2 * direction).item()


@pytest.mark.parametrize(("cls", "field", "low", "high"), BOUNDS)
def test_a_setting_is_accepted_up_to_its_bound_and_refused_beyond(cls, field, low, high):
    for bound, direction in ((low, -1), (high, 1)):
        if bound is not None:
            assert getattr(cls(**{field: bound}), field) == bound
            with pytest.raises(ValidationError, match=field):
                cls(**{field: beyond(bound, direction)})


@pytest.mark.parametrize(
    ("cls", "field", "wrong"),
    [
        (Linear, "start_factor", 0.0), (Linear, "start_factor", beyond(1.0, 1)), (Plateau, "factor", 1.0),
        (OneCycle, "div_factor", 0.0), (OneCycle, "final_div_factor", 0.0), (OneCycle, "anneal_strategy", "cosine"),
        (Cyclic, "mode", "saw"), (Plateau, "threshold_mode", "relative"),
        (Multistep, "milestones", [0]), (Multistep, "milestones", [1.5]), (Multistep, "milestones", [1] * 1001),
        (Cosine, "T_max", True), (Cosine, "T_max", 10.5), (Cosine, "T_max", "10"), (Cosine, "eta_min", True),
        (Cosine, "eta_min", float("nan")), (Exponential, "gamma", float("inf")), (Exponential, "gamma", "0.9"),
        (Constant, "momentum", 0.9),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(cls, field, wrong):
    with pytest.raises(ValidationError, match=field):
        cls(**{field: wrong})


def test_the_shares_of_a_run_are_at_most_the_whole():
    assert WarmupStableDecay(warmup_share=0.25, decay_share=0.75).decay_share == 0.75
    with pytest.raises(ValidationError, match=r"warmup_share 0.5 and decay_share 0.75 are more than the whole run"):
        WarmupStableDecay(warmup_share=0.5, decay_share=0.75)


@each_schedule
def test_json_brings_the_schedule_back(schedule):
    adapter = TypeAdapter(AnySchedule)
    assert adapter.validate_json(schedule.model_dump_json()) == schedule
    assert adapter.validate_python(json.loads(schedule.model_dump_json())) == schedule


@pytest.mark.parametrize(("cls", "first"), [(OneCycle, 0.03), (Cyclic, 0.03)], ids=["one cycle", "cyclic"])
def test_a_cycle_in_a_sequence_is_torchs_if_its_first_rate_is_the_optimizers(cls, first):
    cycle = {OneCycle: {"max_lr": 25 * LR, "total_steps": 100}, Cyclic: {"base_lr": LR, "max_lr": 1.0}}[cls]
    chosen = Sequential(parts=(Exponential(gamma=0.9), cls(**cycle)), milestones=(20,))
    np.testing.assert_allclose(chosen.rates(LR, 0, 110, total=120), torch_rates(chosen, 110), rtol=1e-12)


def test_parts_take_what_is_not_given_from_their_own_length():
    halves = Sequential(parts=(Linear(total_iters=None, start_factor=0.5), Cosine()))
    rates = halves.rates(1.0, 0, 100, total=100)
    assert rates[[0, 25, 49, 50, 75]].tolist() == pytest.approx([0.5, 0.75, 0.99, 1.0, 0.5])
    late = Sequential(parts=(Constant(), Cosine()), milestones=(60,)).rates(1.0, 0, 100, total=100)
    assert late[[0, 59, 60, 80]].tolist() == pytest.approx([1.0, 1.0, 1.0, 0.5])


def test_n_is_the_number_of_updates_after_the_warm_up():
    rates = Lambda(lr_lambda="1 - t/n", warmup=2).rates(1.0, 0, 6, total=6)
    assert rates.tolist() == [0.5, 1.0, 1.0, 0.75, 0.5, 0.25]


FORMULAS = [
    ("2t^2/n", "2*t**2/n"),
    ("0.95^t", "0.95**t"),
    ("1/(1+0.1t)", "1/(1+0.1*t)"),
    ("½", "1/2"),
]


@pytest.mark.parametrize(("typed", "plain"), FORMULAS)
def test_a_formula_of_time_is_kept_in_plain_text(typed, plain):
    assert Lambda(lr_lambda=typed).lr_lambda.replace(" ", "") == plain


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("", 0, "such as 0.95**t"),
        ("1 - x/10", 4, "The name 'x' is not known here at character 4. Write t or n."),
        ("1/2t", 3, "Write 1/2*t, or 1/(2*t)."),
        ("0.9**epoch", 5, "Use t or n, pi, e, numbers and functions."),
        ("0.9**", 5, "ends too early"),
        ("t*", 2, "ends too early"),
        ("f(t) = t", 0, "not known"),
        ("1" * 201, 200, "201 characters"),
        ("log(-1)", 0, "not a finite number"),
        ("+".join(["t"] * 101), 201, "characters"),
    ],
)
@pytest.mark.parametrize("cls", [Lambda, Multiplicative])
def test_a_formula_that_cannot_be_read_is_told_with_its_place(cls, text, at, said):
    with pytest.raises(ValidationError) as caught:
        cls(lr_lambda=text)
    (error,) = caught.value.errors()
    assert error["loc"] == ("lr_lambda",)
    assert said in error["msg"]
    assert min(at, 200) == error["ctx"]["position"]


FALLING = Lambda(lr_lambda="1 - t/10")
FAULTS = [
    (Lambda(lr_lambda="1 - t/100"), 100, None, ""),
    (Lambda(lr_lambda="1 - t/100"), 102, ("lr_lambda",), "At t = 101 the factor is -0.01"),
    (Lambda(lr_lambda="1 - t/100", warmup=10), 111, None, ""),
    (Lambda(lr_lambda="log(t)"), 5, ("lr_lambda",), "At t = 0 the factor is -inf"),
    (Lambda(lr_lambda="sqrt(2 - t)"), 10**12, ("lr_lambda",), "At t = 3 the factor is nan"),
    (Multiplicative(lr_lambda="1/t"), 50, None, ""),
    (Multiplicative(lr_lambda="5 - t"), 50, ("lr_lambda",), "At t = 6"),
    (Sequential(parts=(Step(), FALLING), milestones=(40,)), 51, None, ""),
    (Sequential(parts=(Step(), FALLING), milestones=(40,)), 52, ("parts", 1, "lr_lambda"), "t = 11"),
    (Chained(parts=(Step(), Multiplicative(lr_lambda="5 - t"))), 12, ("parts", 1, "lr_lambda"), "t = 6"),
]


@pytest.mark.parametrize(("schedule", "total", "loc", "said"), FAULTS)
def test_a_factor_that_is_no_learning_rate_is_found_before_the_run(schedule, total, loc, said):
    found = schedule.fault(total)
    assert (found and found.loc) == loc
    assert found is None or said in found.reason


@pytest.mark.parametrize(
    ("cls", "fields", "loc"),
    [
        (Sequential, {"parts": (Step(), Step()), "milestones": ()}, ("milestones",)),
        (Sequential, {"parts": (Step(), Step()), "milestones": (5, 6)}, ("milestones",)),
        (Sequential, {"parts": (Step(),) * 3, "milestones": (6, 6)}, ("milestones",)),
        (Chained, {"parts": (Step(), Cosine(eta_min=0.1))}, ("parts", 1, "eta_min")),
    ],
)
def test_parts_that_do_not_fit_are_told_with_their_place(cls, fields, loc):
    with pytest.raises(ValidationError) as caught:
        cls(**fields)
    (error,) = caught.value.errors()
    assert error["loc"] + error["ctx"]["error"].loc == loc


@pytest.mark.parametrize("cls", [Sequential, Chained])
def test_there_is_a_part_and_there_are_at_most_eight(cls):
    assert len(cls(parts=(Step(),) * 8).parts) == 8
    for parts in ((), (Step(),) * 9, (Plateau(),), (Sequential(),), (Chained(),)):
        with pytest.raises(ValidationError, match="parts"):
            cls(parts=parts)

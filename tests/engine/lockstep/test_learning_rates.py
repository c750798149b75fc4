"""Learning rates and noise, however they are cut into calls."""

import numpy as np
import pytest

from slalom.catalogue.schedules import SCHEDULES, Constant, Cosine, Plateau
from slalom.engine.lockstep.gradient_noise import GradientNoise
from slalom.engine.lockstep.learning_rates import LearningRates, LrPlan

FIXED = [schedule for schedule in SCHEDULES if schedule is not Plateau]


@pytest.mark.parametrize("schedule", FIXED, ids=lambda cls: cls.__name__)
def test_rates_are_those_of_the_schedule_however_they_are_taken(schedule):
    plans = [LrPlan(schedule(warmup=3), lr, 50) for lr in (0.1, 0.2, 3.0)]
    expected = np.stack([plan.schedule.rates(plan.lr, 0, 51, 50) for plan in plans], axis=1)
    for size in (1, 7, 51):
        rates = LearningRates(plans)
        taken = [rates.take(min(size, 51 - first)) for first in range(0, 51, size)]
        assert np.concatenate(taken).tobytes() == expected.tobytes()


def test_runs_may_follow_different_schedules():
    rates = LearningRates([LrPlan(Cosine(), 0.1, 20), LrPlan(Constant(), 0.2, 20), LrPlan(Cosine(), 0.3, 20)])
    taken = rates.take(21)
    assert taken[:, 0] == pytest.approx(taken[:, 2] / 3)
    assert taken[:, 1].tolist() == [0.2] * 21


def test_a_run_may_enter_a_schedule_in_the_middle():
    whole, rest = (
        LearningRates([LrPlan(Cosine(), 0.1, 40)]).take(41),
        LearningRates([LrPlan(Cosine(), 0.1, 40, 15)]).take(26),
    )
    assert rest.tobytes() == whole[15:].tobytes()


def test_long_runs_are_looked_up_in_windows(monkeypatch):
    monkeypatch.setattr("slalom.engine.lockstep.learning_rates.LOOKED_UP_AHEAD", 20)
    rates = LearningRates([LrPlan(Cosine(), 0.1, 100), LrPlan(Cosine(), 0.2, 100)])
    taken = np.concatenate([rates.take(n) for n in (1, 30, 9, 11, 50)])
    assert taken.tobytes() == np.stack([Cosine().rates(lr, 0, 101, 100) for lr in (0.1, 0.2)], axis=1).tobytes()


@pytest.mark.parametrize(
    ("every", "warmup", "readings"), [(5, 0, [5, 10, 15]), (4, 3, [7, 11, 15, 19]), (1, 17, [18, 19])]
)
def test_plateau_reads_where_its_schedule_says(every, warmup, readings):
    schedule = Plateau(every=every, warmup=warmup)
    rates, entries = LearningRates([LrPlan(schedule, 1.0, 20)]), [0]
    while entries[-1] < 20:
        assert rates.known is not None
        rates.take(rates.known)
        entries.append(rates.step)
    assert entries[1 : 1 + len(readings)] == readings
    assert all(schedule.reads(entry) for entry in entries[1:])


def test_each_run_has_its_own_plateau():
    rates = LearningRates([LrPlan(Plateau(patience=0, factor=0.5), lr, 10) for lr in (1.0, 2.0)])
    for falling in (10.0, 5.0, 2.0, 1.0):
        rates.read(np.array([falling, 3.0]))
        last = rates.take(1)
    assert last[0].tolist() == [1.0, 0.5]
    assert float(rates.state_of(0).best) == 1.0
    assert float(rates.state_of(1).lr) == 0.5


def test_runs_without_memory_have_no_state():
    rates = LearningRates([LrPlan(Constant(), 1.0, 10)])
    assert rates.known is None
    assert rates.state_of(0) is None


def test_noise_is_one_stream_per_seed_however_it_is_taken():
    sigma = np.array([1.0, 2.0, 1.0])
    for size in (1, 7, 40):
        noise = GradientNoise(sigma, [3, 3, 4], [0, 0, 0], 2)
        z = np.concatenate([noise.take(min(size, 40 - first)) for first in range(0, 40, size)])
        expected = np.random.Generator(np.random.Philox(3)).standard_normal((40, 2))
        assert z[:, :, 0].tobytes() == expected.tobytes()
        assert (z[:, :, 1] == 2 * expected).all()
        assert (z[:, :, 2] != expected).all()


def test_noise_can_be_entered_in_the_middle():
    whole = GradientNoise(np.ones(1), [9], [0], 3).take(50)
    assert GradientNoise(np.ones(1), [9], [20], 3).take(30).tobytes() == whole[20:].tobytes()

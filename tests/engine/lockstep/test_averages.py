"""Averaged parameters are those of torch's AveragedModel, of every run alone, and go on where they were kept."""

import re

import numpy as np
import pytest
import torch
from diagnosing import sgd, spec_of
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from traces import gather

from slalom.catalogue.averaging import Ema, Swa
from slalom.catalogue.experiments.comparison import Comparison
from slalom.engine.descent import Descent
from slalom.engine.lockstep.averages import Average, Averages
from slalom.engine.lockstep.checkpoints import unpack_checkpoints

AVERAGINGS = [Swa(), Swa(start=0), Swa(start=7), Ema(decay=0.9), Ema(decay=0.0, start=3), Ema(start=5)]
MOONS = {"kind": "network", "data": {"kind": "moons", "n": 60}, "hidden": [4]}


def columns(spec, run=0, **more):
    blocks = [block for tick in Descent(Comparison.model_validate(spec), paced=False, **more) for block in tick.blocks]
    return dict(zip(*gather(blocks, run), strict=True))


@pytest.mark.parametrize("averaging", AVERAGINGS, ids=str)
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_the_average_is_torchs_and_that_of_a_run_alone(averaging, library):
    points = np.random.default_rng(0).standard_normal((20, 3, 4))
    own = torch.from_numpy if library == "torch" else np.array
    together, alone = Averages(Average(averaging, 0, None)), Averages(Average(averaging, 0, None))
    model = torch.nn.ParameterList([torch.zeros(3, 4, dtype=torch.float64)])
    rule = {"multi_avg_fn": get_ema_multi_avg_fn(averaging.decay)} if averaging.kind == "ema" else {}
    theirs = AveragedModel(model, **rule)
    for entry, point in enumerate(points):
        model[0].data.copy_(torch.from_numpy(point))
        if entry >= averaging.start:
            theirs.update_parameters(model)
        found = np.asarray(together.show(own(point)))
        expected = next(theirs.parameters()).detach().numpy() if entry >= averaging.start else point
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)
        assert np.asarray(alone.show(own(point[:, 1:2].copy()))).tobytes() == found[:, 1:2].tobytes()


@pytest.mark.parametrize("problem", ["bowl", MOONS], ids=["surface", "network"])
def test_the_loss_of_the_average_stands_beside_the_others(problem):
    run = {"optimizer": sgd(0.1), "averaging": {"kind": "swa", "start": 4}}
    spec = spec_of(problem, sgd(0.1), 12, dtype="float64") | {"runs": [run, {"optimizer": sgd(0.1)}]}
    averaged, other = columns(spec), columns(spec, 1)
    loss = "train_loss" if "train_loss" in averaged else "loss"
    np.testing.assert_allclose(averaged["average_loss"][:5], averaged[loss][:5], rtol=1e-12)
    assert averaged["average_loss"][12] != averaged[loss][12]
    assert np.isnan(other["average_loss"]).all()
    assert averaged["loss"].tobytes() == other["loss"].tobytes()
    plain = columns(spec | {"runs": [{"optimizer": sgd(0.1)}]})
    assert [name for name in averaged if name not in plain] == [name for name in averaged if "average" in name]


def test_the_mean_of_a_surface_is_the_mean_of_its_points():
    spec = spec_of("bowl", sgd(0.16), 30, noise=1.0)
    spec["runs"][0]["averaging"] = {"kind": "swa", "start": 10}
    found = columns(spec)
    x, y = (found[name][10:].mean() for name in ("p0", "p1"))
    assert found["average_loss"][-1] == pytest.approx((x * x + 12 * y * y) / 2, rel=1e-12)


def test_what_is_kept_of_a_network_goes_on_with_its_average():
    spec = spec_of(MOONS, sgd(0.5), 40, batch_size=20)
    spec["runs"] = [spec["runs"][0] | {"averaging": one} for one in ({"kind": "ema", "decay": 0.8}, {"kind": "none"})]
    whole = columns(spec)
    kept = [part for tick in Descent(Comparison.model_validate(spec), paced=False) for part in tick.kept]
    first = next(part for part in kept if part.kind == "state" and part.step == 0)
    later = next(part for part in kept if part.kind == "state" and part.step > 5)
    assert unpack_checkpoints(first.payload)[0].average == Average(Ema(decay=0.8), 0, None)
    came = unpack_checkpoints(later.payload)
    assert came[1].average is None
    rest = columns(spec | {"steps": 40 - later.step}, origin=came)
    assert rest["average_loss"][-1] == whole["average_loss"][-1]
    other = spec | {"runs": [{**run, "averaging": {"kind": "ema", "decay": 0.7}} for run in spec["runs"]]}
    afresh = columns(other | {"steps": 40 - later.step}, origin=came)
    assert afresh["average_loss"][0] == afresh["train_loss"][0]


@pytest.mark.parametrize(
    ("averaging", "noise", "said"),
    [
        ({"kind": "swa", "start": 100}, 1.0, r"The mean of the parameters has the loss [\d.]+, lower than the [\d.]+"),
        ({"kind": "ema", "decay": 0.99}, 0.0, "The moving average of the parameters has the loss .*, higher than"),
        ({"kind": "swa", "start": 500}, 0.0, "begins only at step 500"),
    ],
)
def test_what_came_of_the_average_is_said_last(averaging, noise, said):
    spec = spec_of("bowl", sgd(0.1), 300, noise=noise)
    spec["runs"][0]["averaging"] = averaging
    descent = Descent(Comparison.model_validate(spec))
    for _ in descent:
        pass
    (outcome,) = descent.outcomes
    assert outcome.notes[-1].kind == "averaged"
    assert outcome.because.endswith(outcome.notes[-1].sentence)
    assert re.search(said, outcome.because)

"""Parameters are updated tile by tile: no number depends on where a tile ends."""

import numpy as np
import pytest
import torch

from slalom.catalogue.datasets.base import no_uploads
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.catalogue.problems.architecture import Architecture
from slalom.engine.network import optimizer_tiles, setup, trainer

NET = {"kind": "network", "data": {"kind": "blobs", "n": 60, "blobs": 3}, "hidden": [5, 4]}
LINE = {"kind": "network", "data": {"kind": "chebyshev"}, "hidden": []}
RULES = [rule.model_fields["kind"].default for rule in OPTIMIZERS if not (rule.uses_hessian or rule.uses_closure)]
"""A rule that asks for gradients within an update has one tile only."""
SIZES = {"a row": 1, "some rows": 100, "a tensor": 10**6}


def stepper(kind="sgd", problem=NET, seeds=5, rates=(0.01, 0.03), **settings):
    """Return runs in lock step: rates differ, and every run has batches of its own."""
    run = [{"optimizer": {"kind": kind, "lr": lr, **settings}, "batch_size": 4} for lr in rates]
    spec = Comparison.model_validate({"problem": problem, "runs": run, "steps": 60, "seeds": seeds})
    lanes = spec.lanes()
    found = setup.network_setup(spec, lanes, [None] * len(lanes), no_uploads)
    (one,) = map(found.stepper, found.groups)
    return one


def after(one, updates=40):
    """Return what updates leave behind: parameters, memory, and what was measured."""
    steps = one.walk(updates)
    part = one.part(one.rates.step)
    measured = (steps.loss, steps.grad_norm, steps.step_norm, steps.turn, steps.finite, steps.lr)
    return [part.params, *(np.asarray(value) for value in part.state), *measured]


@pytest.mark.parametrize("kind", RULES)
def test_the_bytes_do_not_depend_on_the_size_of_tiles(kind, monkeypatch):
    found = []
    for size in SIZES.values():
        monkeypatch.setattr(optimizer_tiles, "TILE_BYTES", size)
        found.append([values.tobytes() for values in after(stepper(kind))])
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("kind", RULES)
def test_rules_on_a_graphics_card_would_find_the_same(kind, monkeypatch):
    expected = after(stepper(kind))
    monkeypatch.setattr(trainer, "library_for", lambda device: torch)
    for values, numbers in zip(after(stepper(kind)), expected, strict=True):
        np.testing.assert_allclose(values, numbers, rtol=2e-3, atol=1e-5)


@pytest.mark.parametrize("kind", RULES)
def test_no_rule_keeps_the_memory_that_parameters_stand_in(kind):
    one = stepper(kind)
    one.advance(3)
    for tile in one._trainer._tiles:
        for value in tile.state:
            if isinstance(value, np.ndarray):
                assert not np.shares_memory(value, tile.p)
                assert not np.shares_memory(value, tile._felt)
        new, state = tile._rule.step(tile.p, tile._felt, tile.state, 0.0, np)
        assert not any(np.shares_memory(value, tile.p) for value in (new, *state) if isinstance(value, np.ndarray))


def test_turns_at_the_end_are_those_of_the_steps():
    one, points = stepper(), []
    for _ in range(60):
        points.append(one.part(one.rates.step).params.astype(np.float64))
        one.advance(1)
    turns = stepper().walk(60).turn
    steps = np.diff(points, axis=0)
    expected = (steps[1:] * steps[:-1]).sum(axis=2)
    last = len(expected) - 15
    np.testing.assert_allclose(turns[last + 2 :], expected[last:], rtol=1e-3)


def test_a_network_whose_tensors_hold_one_number_each_is_remembered_whole():
    one = stepper("adam", LINE)
    assert [tensor.stop - tensor.start for tensor in one.net.blueprint.tensors] == [1, 1]
    one.advance(5)
    state = one.part(one.rates.step).state
    assert state.m.shape == (10, 2)
    assert (state.m[:, 0] != state.m[:, 1]).all()
    assert one.snapshot(3).state.m[:, 0].tolist() == state.m[3].tolist()


def test_one_run_is_one_tile_and_many_runs_are_small_ones(monkeypatch):
    deep = Architecture((6, 4, 3), "tanh", "softmax")
    assert optimizer_tiles.slices(deep, 1, 4, False, True) == [(slice(0, 1), slice(0, 43))]
    apart = optimizer_tiles.slices(deep, 1, 4, True, True)
    assert [cut.columns for cut in apart] == [slice(0, 28), slice(28, 43)]
    monkeypatch.setattr(optimizer_tiles, "TILE_BYTES", 3 * 28 * 4)
    cuts = optimizer_tiles.slices(Architecture((6, 4), "tanh", "mse"), 8, 4, False, True)
    assert [cut.runs for cut in cuts] == [slice(0, 3), slice(3, 6), slice(6, 8)]

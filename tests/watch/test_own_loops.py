"""Loops as people write them: the watch breaks none, changes no bit of any, and every entry has its own loss."""

import os
import random

import numpy as np
import pytest
import torch
from own_loops import INPUTS, LOOPS, TARGETS, Watches, perceptron, train
from torch import nn
from torch.nn import functional
from watched_loops import read_recording

import slalom
from slalom.errors import SpecError


def run(loop, watches):
    torch.manual_seed(0)
    np.random.seed(0)
    random.seed(0)
    models, losses = loop(watches)
    left = [t.detach().clone() for model in models for t in (*model.parameters(), *model.buffers())]
    drawn = random.random(), np.random.rand(), torch.rand(()).item()
    return left, drawn, losses


@pytest.mark.parametrize("name", LOOPS)
def test_no_bit_of_a_loop_is_changed_and_every_entry_has_its_loss(name, tmp_path, recwarn):
    left, drawn, losses = run(LOOPS[name], Watches())
    recwarn.clear()
    for detail in ("light", "full"):
        folder = tmp_path / detail
        folder.mkdir()
        watches = Watches(folder, detail)
        now, drawn_now, losses_now = run(LOOPS[name], watches)
        assert all(torch.equal(one, other) for one, other in zip(left, now, strict=True))
        assert (drawn_now, losses_now) == (drawn, losses)
        assert [watch.fault for watch in watches.all] == [None] * len(watches.all)
        for number, told in enumerate(losses):
            if told:
                columns = read_recording(folder / f"{number}.slalom").columns
                np.testing.assert_allclose(columns["loss"], told, rtol=1e-5)
    assert not [str(one.message) for one in recwarn if "slalom" in one.filename]


def test_the_sharpness_of_complex_parameters_is_that_of_their_parts(tmp_path):
    """With L = mean |w x|² the Hessian in the two parts of w is 2 mean x² times the identity."""
    weight = nn.Module()
    weight.w = nn.Parameter(torch.tensor([1.0 + 2.0j]))
    x = torch.tensor([1.0, 2.0, 3.0])
    optimizer = torch.optim.SGD(weight.parameters(), 1e-3)
    watch = slalom.watch(weight, optimizer, to=tmp_path / "x.slalom", quiet=True, closure=lambda: loss_of())

    def loss_of():
        return (weight.w * x).abs().square().mean()

    for _ in range(3):
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        optimizer.step()
        watch.step(loss)
    watch.close()
    assert watch.fault is None
    assert read_recording(tmp_path / "x.slalom").columns["sharpness"][-1] == pytest.approx(2 * 14 / 3, rel=1e-4)


def test_a_closure_that_goes_back_itself_is_told_and_leaves_the_gradient(tmp_path, capsys):
    def loop(watches):
        model = perceptron()
        optimizer = torch.optim.SGD(model.parameters(), 1e-2)

        def closure():
            optimizer.zero_grad()
            loss = functional.mse_loss(model(INPUTS), TARGETS)
            loss.backward()
            return loss

        return [model], [train(watches, model, optimizer, 4, closure=closure, sample=None, loss=None)]

    left, drawn, _ = run(loop, Watches())
    watches = Watches(tmp_path)
    now, drawn_now, _ = run(loop, watches)
    assert all(torch.equal(one, other) for one, other in zip(left, now, strict=True))
    assert drawn_now == drawn
    assert watches.all[0]._probe is None


def test_what_a_copy_of_the_process_does_is_not_recorded(tmp_path):
    """As where a program forks: the copy has the model, its hooks and the open file."""
    path = tmp_path / "0.slalom"

    def each(number):
        if number == 3:
            child = os.fork()
            if child == 0:
                watch = watches.all[0]
                watch.step(1e9)
                watch.close()
                watch.recording.interrupt()
                os._exit(0)
            os.waitpid(child, 0)

    watches = Watches(tmp_path)
    model = perceptron()
    losses = train(watches, model, torch.optim.SGD(model.parameters(), 1e-2), each=each)
    _, columns, end = read_recording(path)
    np.testing.assert_allclose(columns["loss"], losses, rtol=1e-5)
    assert end.header["status"] == "done"


def test_a_loop_that_ends_in_a_hook_of_its_optimizer_goes_on(tmp_path):
    """Hooks of the optimizer are called while the watch gives up, ends or is closed."""
    model = perceptron()
    optimizer = torch.optim.SGD(model.parameters(), 1e30)
    watches, made = Watches(tmp_path), []
    for _ in range(2):
        watch = watches(model, optimizer)
        optimizer.register_step_pre_hook(lambda *args: made.append(1))
        optimizer.register_step_post_hook(lambda *args, watch=watch: watch.close() if len(made) > 8 else None)
    watches.all[0]._details.before_update = None
    for _ in range(6):
        optimizer.zero_grad()
        loss = functional.mse_loss(model(INPUTS), TARGETS)
        loss.backward()
        optimizer.step()
        for watch in watches.all:
            watch.step(loss)
    assert len(made) == 12


def test_a_search_for_a_rate_is_no_part_of_a_watched_loop(tmp_path):
    watches, model = Watches(tmp_path), perceptron()
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    watch = watches(model, optimizer)
    slalom.find_lr(
        model, optimizer, [(INPUTS, TARGETS)], functional.mse_loss, steps=4, verify_steps=2, seeds=1, sample=1
    )
    assert (watch._called, watch._updates) == (False, 0)
    watch.close()


def test_batches_are_counted_that_something_came_of(tmp_path):
    model = perceptron()
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    watches = Watches(tmp_path)

    def evaluate(number):
        model.eval()
        for _ in range(3 * (number < 4)):
            model(INPUTS)
        model.train()

    train(watches, model, optimizer, rounds=5, each=evaluate)
    assert watches.all[0]._batch.index == 4
    model.eval()
    train(watches, model, optimizer, rounds=5)
    assert watches.all[1]._batch.index == 4


def test_a_model_without_shapes_is_refused(tmp_path):
    model = nn.Sequential(nn.LazyLinear(1))
    with pytest.raises(SpecError, match="Run one batch through it first"):
        slalom.watch(model, torch.optim.SGD(model.parameters(), 0.1), to=tmp_path / "x.slalom")


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")
def test_a_scripted_model_is_watched_without_hooks(tmp_path, capsys):
    model = torch.jit.script(nn.Sequential(nn.Linear(8, 1)))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    watch = slalom.watch(model, optimizer, to=tmp_path / "x.slalom")
    for _ in range(3):
        loss = functional.mse_loss(model(INPUTS), TARGETS)
        loss.backward()
        optimizer.step()
        watch.step(loss)
    watch.close()
    assert watch.fault is None
    assert capsys.readouterr().err.count("no hook sees that the model itself is called") == 1


def test_the_record_says_which_share_of_the_time_it_took(tmp_path):
    watches, model = Watches(tmp_path), perceptron()
    train(watches, model, torch.optim.SGD(model.parameters(), 1e-2))
    took = read_recording(tmp_path / "0.slalom").end.header["took"]
    assert 0 < took < 1

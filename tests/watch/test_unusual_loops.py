"""Loops that call a model several times for one loss, wrap their optimizer, change it, or share the way back."""

import math

import pytest
import torch
from accelerate import Accelerator
from own_loops import INPUTS, TARGETS, perceptron
from torch import nn
from torch.nn import functional
from watched_loops import read_recording

import slalom
from slalom.errors import SpecError

BAD = 4


def test_of_several_calls_for_one_loss_the_one_is_found_that_went_wrong(tmp_path):
    """A discriminator looks at what is real, then at what is made, and is called again for its rival."""
    torch.manual_seed(0)
    rival, judge = nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    its_rule, rule = torch.optim.Adam(rival.parameters()), torch.optim.Adam(judge.parameters())
    watch = slalom.watch(judge, rule, to=tmp_path / "loop.slalom", quiet=True)
    judged = functional.binary_cross_entropy_with_logits
    for number in range(8):
        real, made = torch.randn(16, 2) + 2, rival(torch.randn(16, 2))
        if number == BAD:
            real[5] = math.nan
        loss = judged(judge(real), torch.ones(16, 1)) + judged(judge(made.detach()), torch.zeros(16, 1))
        rule.zero_grad()
        loss.backward()
        rule.step()
        watch.step(loss)
        its_rule.zero_grad()
        judged(judge(made), torch.ones(16, 1)).backward()
        its_rule.step()
    watch.close()
    assert [one.sentence for one in watch.recording.found] == [f"Batch {BAD}: example 5 of its input is not finite."]


def test_calls_that_nothing_comes_of_are_not_kept(tmp_path):
    model = perceptron()
    watch = slalom.watch(model, torch.optim.SGD(model.parameters(), 0.1), to=tmp_path / "loop.slalom", quiet=True)
    for _ in range(20):
        model(INPUTS)
    assert len(watch._batch.earlier) <= 3
    assert all(one.made is None for one in watch._batch.earlier)
    watch.close()


def test_an_optimizer_is_watched_within_what_is_wrapped_around_it(tmp_path):
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
    model = perceptron()
    model, rule = accelerator.prepare(model, torch.optim.AdamW(model.parameters(), lr=0.01))
    watch = slalom.watch(model, rule, to=tmp_path / "loop.slalom", quiet=True)
    losses = []
    for _ in range(6):
        with accelerator.accumulate(model):
            loss = functional.mse_loss(model(INPUTS), TARGETS)
            accelerator.backward(loss)
            rule.step()
            rule.zero_grad()
            watch.step(loss)
            losses.append(loss.item())
    watch.close()
    spec, columns, _ = read_recording(tmp_path / "loop.slalom")
    assert spec["runs"][0]["optimizer"]["kind"] == "adamw"
    assert list(columns["loss"]) == pytest.approx([sum(losses[i : i + 2]) / 2 for i in (0, 2, 4)])


def test_what_is_no_optimizer_is_refused(tmp_path):
    model = perceptron()
    with pytest.raises(SpecError, match="object is no optimizer of PyTorch"):
        slalom.watch(model, object(), to=tmp_path / "loop.slalom")


def test_parameters_that_join_later_are_told_of(tmp_path, capsys):
    body, head = nn.Linear(INPUTS.shape[1], 4), nn.Linear(4, TARGETS.shape[1])
    rule = torch.optim.SGD(head.parameters(), lr=0.1)
    watch = slalom.watch(nn.Sequential(body, head), rule, to=tmp_path / "loop.slalom")
    for number in range(6):
        if number == 3:
            rule.add_param_group({"params": list(body.parameters())})
        loss = functional.mse_loss(head(body(INPUTS)), TARGETS)
        rule.zero_grad()
        loss.backward()
        rule.step()
        watch.step(loss)
    watch.close()
    assert watch.fault is None
    assert capsys.readouterr().err.count("other parameters than at the beginning") == 1


@pytest.fixture
def first_process():
    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


@pytest.mark.usefixtures("first_process")
def test_a_gradient_that_another_process_broke_is_not_blamed_on_this_one(tmp_path):
    model = perceptron()
    model[0].bias.register_hook(lambda gradient: gradient * (math.nan if watch._updates == BAD else 1.0))
    rule = torch.optim.SGD(model.parameters(), 0.1)
    watch = slalom.watch(model, rule, to=tmp_path / "loop.slalom", quiet=True)
    watch.budget.every = 1
    watch.budget.affords = lambda what, urgent=False: True
    for _ in range(8):
        loss = functional.mse_loss(model(INPUTS), TARGETS)
        rule.zero_grad()
        loss.backward()
        rule.step()
        watch.step(loss)
    watch.close()
    said = "all is finite in this process: the gradient that is not came from another one"
    assert [one.sentence for one in watch.recording.found] == [f"Batch {BAD}: {said}."]

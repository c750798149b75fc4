"""The loops of Lightning and of Hugging Face, and those of several processes: watched as one's own."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.testing._internal.distributed.fake_pg import FakeStore
from watched_loops import batches, read_recording, task

import slalom

pytestmark = pytest.mark.filterwarnings("ignore")
"""Both libraries warn of what is to come in others."""


class Rows(torch.utils.data.Dataset):
    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, place):
        return self.rows[place]


def lightning_module(seen):
    from lightning.pytorch import LightningModule

    class Module(LightningModule):
        def __init__(self):
            super().__init__()
            self.net = task("lstm").model

        def training_step(self, batch, index):
            loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
            seen.append(float(loss.detach()))
            return loss

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=0.01)

    return Module()


def fit(tmp_path, rows, **options):
    """Train the LSTM in Lightning; return its watch, the losses of its batches and its parameters."""
    from lightning.pytorch import Trainer

    from slalom.watch.lightning import LightningWatch

    seen, watching = [], LightningWatch(to=tmp_path / "loop.slalom", quiet=True)
    off = {name: False for name in ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")}
    trainer = Trainer(accelerator="cpu", max_epochs=1, callbacks=[watching], **off, **options)
    module = lightning_module(seen)
    trainer.fit(module, torch.utils.data.DataLoader(Rows(rows), batch_size=8))
    assert watching.watch.fault is None
    return watching.watch, seen


def lstm_rows(count):
    one = task("lstm")
    return [(one.inputs[i], one.targets[i]) for i in range(count)]


def test_the_loop_of_lightning(tmp_path):
    _, seen = fit(tmp_path, lstm_rows(64), accumulate_grad_batches=2, gradient_clip_val=0.01)
    columns = read_recording(tmp_path / "loop.slalom").columns
    np.testing.assert_allclose(columns["loss"], np.reshape(seen, (-1, 2)).mean(1), rtol=1e-5)
    np.testing.assert_allclose(columns["clipped_norm"][0], 0.01, rtol=1e-3)
    assert columns["grad_norm"][0] > 0.02


def test_a_bad_row_in_lightning(tmp_path):
    rows = lstm_rows(64)
    rows[8 * 3 + 2] = torch.full((6, 3), math.nan), rows[0][1]
    watch, _ = fit(tmp_path, rows)
    found = watch.recording.found[0]
    assert (found.batch, found.kind, found.row) == (3, "input", 2)
    assert watch.outcome.kind == "diverged"


def test_the_loop_of_hugging_face(tmp_path):
    from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

    from slalom.watch.transformers import TransformersWatch

    torch.manual_seed(0)
    sizes = {"vocab_size": 16, "n_positions": 8, "n_embd": 16, "n_layer": 1, "n_head": 2}
    model = GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=0, eos_token_id=0))
    rows = [{"input_ids": words, "labels": words} for words in torch.randint(0, 16, (48, 8))]
    never = {"report_to": [], "save_strategy": "no", "logging_strategy": "no", "disable_tqdm": True}
    arguments = TrainingArguments(
        str(tmp_path), max_steps=6, per_device_train_batch_size=4, gradient_accumulation_steps=2, use_cpu=True, **never
    )
    watching = TransformersWatch(to=tmp_path / "loop.slalom", quiet=True)
    Trainer(model, arguments, train_dataset=Rows(rows), callbacks=[watching]).train()
    assert watching.watch.fault is None
    recording = read_recording(tmp_path / "loop.slalom")
    assert len(recording.columns["loss"]) == recording.spec["steps"] == 6
    # Of 8 words 7 are predicted, and Hugging Face divides by all of them.
    np.testing.assert_allclose(recording.columns["loss"], math.log(16) * 7 / 8, rtol=0.05)
    assert recording.spec["runs"][0]["optimizer"]["kind"] == "adamw"
    assert recording.columns["lr"][0] > recording.columns["lr"][-1] > 0


def test_a_loss_is_found_in_whatever_a_model_returns():
    from slalom.watch.transformers import TransformersWatch

    watching, told = TransformersWatch(), []
    watching.watch = SimpleNamespace(step=lambda loss: told.append(float(loss)))
    loss = torch.tensor(2.0)
    for made in ({"loss": loss}, (loss, torch.zeros(3)), SimpleNamespace(loss=loss), {"logits": loss}, (), None):
        watching._after_forward(None, (), {}, made)
    assert told == [2.0] * 3


def test_a_training_that_was_broken_off_is_ended_by_the_next(tmp_path):
    from slalom.watch.transformers import TransformersWatch

    model = nn.Linear(2, 1)
    watching, optimizer = (
        TransformersWatch(to=tmp_path / "loop.slalom", quiet=True),
        torch.optim.SGD(model.parameters()),
    )
    arguments, state = SimpleNamespace(gradient_accumulation_steps=1), SimpleNamespace(max_steps=3)
    watching.on_train_begin(arguments, state, None, model=model, optimizer=optimizer)
    first, hooks = watching.watch, len(model._forward_hooks)
    watching.on_train_begin(arguments, state, None, model=model, optimizer=optimizer)
    assert (first.on, watching.watch.on) == (False, True)
    assert len(model._forward_hooks) == hooks
    watching.on_train_end(arguments, state, None)
    assert not model._forward_hooks


@pytest.fixture
def first_process():
    """Be the first process of a distributed training, and the only one."""
    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


@pytest.fixture
def second_process():
    """Be the second process of two, the other of which is not there."""
    torch.distributed.init_process_group("fake", store=FakeStore(), rank=1, world_size=2)
    yield
    torch.distributed.destroy_process_group()


@pytest.mark.usefixtures("first_process")
def test_the_first_process_is_watched(tmp_path):
    one = task("lstm")
    model = DistributedDataParallel(one.model)
    rule = torch.optim.SGD(model.parameters(), lr=0.1)
    with slalom.watch(model, rule, to=tmp_path / "loop.slalom", quiet=True) as watch:
        norms = []
        for inputs, targets in batches(one, 4):
            rule.zero_grad()
            loss = nn.functional.cross_entropy(model(inputs), targets)
            loss.backward()
            norms.append(float(nn.utils.clip_grad_norm_(model.parameters(), 0.01)))
            rule.step()
            watch.step(loss)
    assert watch.fault is None
    recording = read_recording(tmp_path / "loop.slalom")
    assert recording.spec["problem"]["layers"] == ["lstm", "head"]
    assert len(recording.columns["loss"]) == 4
    seen = recording.columns["grad_norm"]
    assert seen[0] == pytest.approx(norms[0], rel=1e-4)
    # Where time is short the last one that was measured stands; that of a clipped gradient never does.
    assert all(np.isclose(one, norms[: k + 1], rtol=1e-4).any() for k, one in enumerate(seen))


@pytest.mark.usefixtures("second_process")
def test_other_processes_are_not_watched(tmp_path):
    model = nn.Linear(2, 1)
    rule = torch.optim.SGD(model.parameters(), lr=0.1)
    with slalom.watch(model, rule, to=tmp_path / "loop.slalom", quiet=True) as watch:
        loss = model(torch.ones(3, 2)).sum()
        loss.backward()
        rule.step()
        watch.step(loss)
    assert watch.outcome is None
    assert [*tmp_path.iterdir()] == []

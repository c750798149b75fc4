"""Logs as programs of one's own write them: how their rows are read, how they are counted, and that this is said."""

import json
import math

import numpy as np
import pytest

from slalom.watch.logs.explaining import explain_log
from slalom.watch.logs.reading import loss_of, read_log
from slalom.watch.logs.rows import cell_number

LOSSES = [2.0, 1.5, 1.25, 1.0]


def losses(path, text):
    path.write_text(text)
    return loss_of(read_log(path), path, None)[1]


TEXTS = {
    "a line for each": "\n".join(f"step {i}: train loss={loss:.4f}, lr 1e-3" for i, loss in enumerate(LOSSES)),
    "brackets": "\n".join(f"[2026-11-30] iter [{i}] loss: {loss}" for i, loss in enumerate(LOSSES)),
    "JSON lines": "\n".join(json.dumps({"step": i, "loss": loss}) for i, loss in enumerate(LOSSES)),
    "semicolons and decimal commas": "step;loss\n"
    + "\n".join(f"{i};{loss}".replace(".", ",") for i, loss in enumerate(LOSSES)),
    "tabs": "step\tloss\n" + "\n".join(f"{i}\t{loss}" for i, loss in enumerate(LOSSES)),
    "one column": "loss\n" + "\n".join(map(str, LOSSES)),
    "spaces and a comment": "# my run\nstep, loss\n" + "\n".join(f"{i}, {loss}" for i, loss in enumerate(LOSSES)),
    "tensors": "step;loss\n" + "\n".join(f"{i};tensor({loss}, device='cuda:0')" for i, loss in enumerate(LOSSES)),
}


@pytest.mark.parametrize("name", TEXTS)
def test_logs_of_many_shapes_have_the_same_losses(name, tmp_path):
    found = losses(tmp_path / "train.log", TEXTS[name])
    assert found.values.tolist() == LOSSES
    assert found.steps.tolist() == [0, 1, 2, 3]


SPELT = {
    "NaN": math.nan,
    "-nan": math.nan,
    "-1.#IND": math.nan,
    "1.#INF": math.inf,
    "-Infinity": -math.inf,
    "tensor(nan, grad_fn=<MeanBackward0>)": math.nan,
    "np.float32(0.5)": 0.5,
    " 1e-3 ": 1e-3,
    "": None,
    "N/A": None,
    "None": None,
}


@pytest.mark.parametrize(("cell", "value"), SPELT.items())
def test_numbers_are_read_however_they_are_spelt(cell, value):
    found = cell_number(cell)
    assert (found is None) == (value is None)
    if value is not None:
        np.testing.assert_equal(found, value)


def test_a_log_of_epochs_says_that_its_steps_are_epochs(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text(
        "epoch,accuracy,loss,val_loss\n" + "\n".join(f"{i},0.5,{1 / (i + 1)},{1 / (i + 1)}" for i in range(9))
    )
    text = explain_log(path).text
    assert "9 epochs." in text
    assert "a step is an epoch here" in text


def test_a_count_that_begins_anew_in_every_epoch_loses_nothing(tmp_path):
    rows = [f"{epoch},{batch},{2 - 0.1 * (3 * epoch + batch)}" for epoch in range(4) for batch in range(3)]
    path = tmp_path / "log.csv"
    found = losses(path, "epoch,batch,loss\n" + "\n".join(rows))
    np.testing.assert_allclose(found.values, 2 - 0.1 * np.arange(12))
    assert "does not count updates" in explain_log(path).text


def test_of_a_run_that_was_resumed_what_it_left_behind_does_not_count(tmp_path):
    steps = [*range(0, 100, 10), *range(50, 120, 20)]
    path = tmp_path / "log.csv"
    found = losses(path, "step,loss\n" + "\n".join(f"{step},{10 if i < 10 else 1}" for i, step in enumerate(steps)))
    assert found.steps.tolist() == [0, 10, 20, 30, 40, 50, 70, 90, 110]
    assert found.values.tolist() == [10] * 5 + [1] * 4
    assert "goes back from step 90 to 50" in explain_log(path).text


def test_epochs_in_fractions_are_no_updates(tmp_path):
    path = tmp_path / "log.csv"
    found = losses(path, "epoch,loss\n" + "\n".join(f"{0.25 * i},{loss}" for i, loss in enumerate(LOSSES)))
    assert found.values.tolist() == LOSSES
    assert "a step is a row of the log here" in explain_log(path).text


def test_of_several_runs_it_is_said_that_one_is_told_of(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(
        '"Step","a - train/loss","b - train/loss"\n' + "\n".join(f'"{i}","{2 - i / 10}","1"' for i in range(9))
    )
    assert "The log has 2 runs, a, b" in explain_log(path).text

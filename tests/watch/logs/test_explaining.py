"""Logs of other tools, as they write them: what can be said of the loop from them."""

import json
import struct

import numpy as np
import pytest

from slalom.errors import SpecError
from slalom.watch.logs.explaining import LONGEST_LOG, explain_log
from slalom.watch.logs.reading import read_log

STEPS = np.arange(0, 1000, 10)
FALLS = 2.0 * 0.997**STEPS + 0.1
RATES = 0.1 * 0.5 ** (STEPS // 250)


def diverging():
    losses = FALLS.copy()
    losses[50:] = 0.5 * 3.0 ** np.arange(50)
    losses[70:] = np.nan
    return losses


def table(path, losses, header="step,train_loss,lr,val_loss"):
    rows = [header]
    for i, (step, loss, lr) in enumerate(zip(STEPS, losses, RATES, strict=True)):
        rows.append(f"{step},{loss},{lr},{0.4 + abs(i - 30) / 100 if i % 5 == 0 else ''}")
    path.write_text("\n".join(rows))
    return path


def wandb(path, losses):
    header = '"Step","calm-frost-3 - train/loss","calm-frost-3 - train/loss__MIN","calm-frost-3 - train/loss__MAX"'
    lines = [f'"{step}","{loss}","{loss}","{loss}"' for step, loss in zip(STEPS, losses, strict=True)]
    path.write_text("\n".join([header, *lines]))
    return path


def trainer_state(path, losses):
    rows = [
        {"step": int(step), "epoch": step / 100, "loss": float(loss), "learning_rate": lr, "grad_norm": 1.0}
        for step, loss, lr in zip(STEPS, losses, RATES, strict=True)
    ]
    path.write_text(json.dumps({"best_metric": None, "log_history": [*rows, {"step": 990, "train_runtime": 12.5}]}))
    return path


def field(number, kind, content):
    if kind == 2:
        return varint(number << 3 | 2) + varint(len(content)) + content
    return varint(number << 3 | kind) + content


def varint(value):
    out = b""
    while True:
        out += bytes([value & 0x7F | (0x80 if value > 0x7F else 0)])
        value >>= 7
        if not value:
            return out


def event(step, values, as_tensor=False):
    summary = b""
    for tag, value in values.items():
        number = struct.pack("<f", value)
        tensor = field(1, 0, varint(1)) + field(4, 2, number)
        held = field(8, 2, tensor) if as_tensor else field(2, 5, number)
        summary += field(1, 2, field(1, 2, tag.encode()) + held)
    return field(1, 1, struct.pack("<d", 1e9)) + field(2, 0, varint(int(step))) + field(5, 2, summary)


def tensorboard(path, losses, as_tensor=False):
    first = field(1, 1, struct.pack("<d", 1e9)) + field(3, 2, b"brain.Event:2")
    rows = [
        event(step, {"train/loss": loss, "train/lr": lr}, as_tensor)
        for step, loss, lr in zip(STEPS, losses, RATES, strict=True)
    ]
    records = [struct.pack("<Q", len(one)) + b"crc!" + one + b"crc!" for one in (first, *rows)]
    path.write_bytes(b"".join(records))
    return path


FORMATS = {
    "table": (table, "a table"),
    "W&B": (wandb, "W&B's export"),
    "trainer_state": (trainer_state, "a trainer's log_history"),
    "TensorBoard": (tensorboard, "TensorBoard's events"),
    "TensorBoard 2": (lambda path, losses: tensorboard(path, losses, True), "TensorBoard's events"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_log_of_any_tool_says_the_same(name, tmp_path):
    write, kind = FORMATS[name]
    calm = explain_log(write(tmp_path / "calm.log", FALLS))
    assert (calm.kind, calm.updates, calm.outcome.kind) == (kind, 990, "unfinished")
    wild = explain_log(write(tmp_path / "wild.log", diverging()))
    assert wild.outcome.kind == "diverged"
    assert wild.outcome.nonfinite == 700
    assert "one in 10 steps" in wild.text
    assert [event.kind for event in wild.events][-1] == "nonfinite"


def test_a_rate_that_is_not_in_the_log_is_not_taken_for_0(tmp_path):
    for losses in (FALLS, diverging()):
        explained = explain_log(wandb(tmp_path / "wandb.csv", losses))
        assert "rate is 0" not in explained.text
        assert "There is no learning rate and no gradient norm in the log." in explained.remarks
    assert "Try a smaller learning rate." in explained.outcome.because


def test_the_values_are_those_of_the_log(tmp_path):
    log = read_log(tensorboard(tmp_path / "events.out.tfevents.1", FALLS))
    steps, values = log.columns["train/loss"]
    np.testing.assert_array_equal(steps, STEPS)
    np.testing.assert_allclose(values, FALLS, rtol=1e-6)
    assert read_log(tmp_path).columns.keys() == log.columns.keys()


def test_a_validation_loss_that_rises_is_told(tmp_path):
    text = explain_log(table(tmp_path / "metrics.csv", FALLS)).text
    assert "val_loss was lowest at step 300, 0.4; it is 1.05 now" in text


def test_a_rule_of_the_catalogue_may_be_named(tmp_path):
    path = table(tmp_path / "metrics.csv", diverging())
    assert "Adam" in explain_log(path, optimizer="adam").outcome.because
    with pytest.raises(SpecError, match="no optimizer 'adan'"):
        explain_log(path, optimizer="adan")


def test_runs_that_wandb_exports_side_by_side_are_told_apart(tmp_path):
    path = tmp_path / "wandb.csv"
    names = [f"{run} - train/loss{end}" for run in ("calm", "wild") for end in ("", "__MIN", "__MAX")]
    rows = [f"{i}," + ",".join([*[f"{0.9**i}"] * 3, *[f"{3.0**i}"] * 3]) for i in range(40)]
    path.write_text("\n".join([",".join(["Step", *names]), *rows]))
    calm, wild = explain_log(path), explain_log(path, loss="wild - train/loss")
    assert calm.read == ("loss calm - train/loss",)
    assert (calm.outcome.kind, wild.outcome.kind) != ("diverged", "diverged")
    assert wild.outcome.kind == "diverged"


def test_a_column_may_be_named(tmp_path):
    path = table(tmp_path / "metrics.csv", FALLS, "step,objective,lr,val_loss")
    with pytest.raises(SpecError, match=r"no column that can be the loss\. It has objective, lr, val_loss"):
        explain_log(path)
    assert explain_log(path, loss="objective").read[0] == "loss objective"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "no JSON"),
        (b"{}", "no log_history"),
        (b"", "no table"),
        (b"just some words", "no table"),
        (b"slalom recording 1\nxx", "no recording"),
        (b"step,loss\n", "no column"),
        (f"step,loss\n0,1\n{LONGEST_LOG + 1},1\n".encode(), "at most 2,000,000"),
    ],
)
def test_what_is_no_log_is_told(data, said, tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(data)
    with pytest.raises(SpecError, match=said):
        explain_log(path)


def test_a_folder_without_a_log_is_told(tmp_path):
    with pytest.raises(SpecError, match="has no log"):
        explain_log(tmp_path)


def printed(path):
    """What Hugging Face's Trainer prints among other lines, with evaluations."""
    lines = ["***** Running training *****", "  Num examples = 1,000"]
    for i in range(10, 310, 10):
        lines.append(
            f"{{'loss': {4 * 0.99**i + 1:.4f}, 'grad_norm': 1.5, 'learning_rate': {5e-5}, 'epoch': {i / 100:.2f}}}"
        )
        if i % 100 == 0:
            lines.append(f"{{'eval_loss': {4 * 0.99**i + 1.1:.4f}, 'eval_runtime': 3.2, 'epoch': {i / 100:.2f}}}")
    lines.append("{'train_runtime': 123.4, 'train_loss': 2.1, 'epoch': 3.0}")
    path.write_text("\n".join(lines))


def detectron(path):
    rows = [
        {"iteration": i, "loss_cls": 1.2 * 0.99**i, "lr": 1e-3, "total_loss": 3 * 0.99**i + 0.2}
        for i in range(19, 600, 20)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))


def nested(path):
    path.write_text("\n".join(json.dumps({"step": i, "train": {"loss": 2 * 0.99**i}, "lr": 0.1}) for i in range(100)))


def spaced(path):
    """What fastai prints."""
    rows = [f"{e:<10d}{2 * 0.85**e:<12.6f}{2 * 0.85**e + 0.1:<12.6f}00:0{e % 10}" for e in range(10)]
    path.write_text("\n".join(["epoch     train_loss  valid_loss  time    ", *rows]))


def mlflow(path):
    path.write_text("\n".join(f"{1700000000000 + i} {3 * 0.99**i} {i}" for i in range(0, 300, 10)))


def of_tensorboard(path):
    path.write_text("\n".join(["Wall time,Step,Value", *(f"{1.7e9 + i},{i},{3 * 0.99**i}" for i in range(0, 300, 10))]))


def nano(path):
    """Two counts: losses of a batch at every tenth step, and of more batches at every hundredth."""
    lines = ["number of parameters: 10.65M"]
    for i in range(0, 300, 10):
        if i % 100 == 0:
            lines.append(f"step {i}: train loss {4 * 0.99**i + 1:.4f}, val loss {4 * 0.99**i + 1.1:.4f}")
        lines.append(f"iter {i}: loss {4 * 0.99**i + 1:.4f}, time 123.45ms, mfu 17.50%")
    path.write_text("\n".join(lines))


def with_tests(path):
    """What timm prints: lines of tests are none of training."""
    lines = []
    for e in range(10):
        lines += [
            f"Train: {e} [ {k}/1251]  Loss: {2 * 0.9**e - k / 1e4:.4f}  LR: {0.05 * 0.9**e:.3e}" for k in (0, 625)
        ]
        lines.append(f"Test: [   0/48]  Loss: {3 * 0.9**e:.4f}  Acc@1: 50.000")
    path.write_text("\n".join(lines))


def epochs_from_one(path):
    """YOLO's columns are padded, and there is no whole loss."""
    rows = [f"{e:>10d},{2 * 0.9**e:>10.5f},{3 * 0.9**e:>10.5f},{0.01:>10.5f}" for e in range(1, 11)]
    path.write_text("\n".join(["     epoch,  train/box_loss,  train/cls_loss,  lr/pg0", *rows]))


TOOLS = {
    # name: (what writes it, the name of its file, what the first line says)
    "Hugging Face's lines": (printed, "out.txt", "loss loss, rate learning_rate, gradient norm grad_norm; 30 rows."),
    "detectron2": (detectron, "metrics.json", "A log of JSON lines: loss total_loss, rate lr; 599 updates."),
    "JSON in JSON": (nested, "train.jsonl", "A log of JSON lines: loss train/loss, rate lr; 99 updates."),
    "fastai's table": (spaced, "fastai.txt", "A table: loss train_loss; 10 epochs."),
    "MLflow": (mlflow, "train_loss", "A metric of MLflow: loss train_loss; 290 updates."),
    "TensorBoard's CSV": (
        of_tensorboard,
        "run-.-tag-train_loss.csv",
        "TensorBoard's table: loss train_loss; 290 updates.",
    ),
    "two counts": (nano, "nano.txt", "A log in words: loss loss; 290 updates."),
    "lines of tests": (with_tests, "timm.txt", "A log in words: loss loss, rate lr; 20 rows."),
    "YOLO": (epochs_from_one, "results.csv", "A table: loss train/box_loss, rate lr/pg0; 10 epochs."),
}


@pytest.mark.parametrize("name", TOOLS)
def test_logs_of_other_tools_are_read(name, tmp_path):
    write, file, said = TOOLS[name]
    write(tmp_path / file)
    explained = explain_log(tmp_path / file)
    assert explained.text.splitlines()[0].endswith(said)
    assert explained.events == ()
    assert explained.outcome.kind == "unfinished"


def test_what_is_no_whole_loss_is_told_with_its_rivals(tmp_path):
    epochs_from_one(tmp_path / "results.csv")
    told = "The log has other losses, too: train/cls_loss. Choose with --loss COLUMN."
    assert told in explain_log(tmp_path / "results.csv").remarks
    assert told not in explain_log(tmp_path / "results.csv", loss="train/cls_loss").remarks


def test_what_happened_between_two_entries_is_told_of_the_second_in_its_numbers(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n0,2.30\n100,1.41\n200,0.92\n300,0.71\n400,35.2\n500,91200.0\n600,nan\n")
    explained = explain_log(path)
    assert [event.sentence for event in explained.events] == [
        "Step 400: the loss rises for the first time, from 0.71 to 35.2.",
        "Step 500: the loss is 91,200, more than 1,000 times above its start.",
        "Step 600: the loss is NaN, and the run ends.",
    ]
    outcome = explained.outcome
    assert (outcome.first_rise, outcome.exploded, outcome.nonfinite, outcome.step) == (400, 500, 600, 500)
    assert outcome.because.startswith("At step 500 the loss is more than 1,000 times above its start of 2.3;")


def test_a_gradient_that_is_not_finite_any_more_is_told(tmp_path):
    path = tmp_path / "out.txt"
    losses = [(2.0, "1.5")] * 10 + [(0.0, "nan")] * 5
    path.write_text(
        "\n".join(f"{{'loss': {loss}, 'grad_norm': {norm}, 'learning_rate': 0.001}}" for loss, norm in losses)
    )
    told = "From step 10 on grad_norm is NaN: no loss there is that of a model that trains."
    assert told in explain_log(path).remarks

"""The recording of a loop: everything that happened is in its file, and it has an end whatever becomes of the loop."""

import gc
import json
import math
from io import FileIO
from pathlib import Path

import httpx
import numpy as np
import pytest
import torch
from torch import nn
from watched_loops import read_recording

import slalom
from slalom.client import Client
from slalom.errors import SlalomError
from slalom.watch import begin
from slalom.watch.files import usual_path
from slalom.watch.losses import MOST_LOSSES
from slalom.watch.parameters import as_floats
from slalom.watch.recording import entries_with_floats
from slalom.watch.trace import LoopEntry
from slalom.watch.uplink import Uplink
from slalom.wire.recording import read_records, read_spec_record


def begun(tmp_path, lr=0.1, **options):
    """Return a model, its optimizer and its watch."""
    torch.manual_seed(0)
    model = nn.Linear(2, 1)
    rule = torch.optim.SGD(model.parameters(), lr=lr)
    return model, rule, slalom.watch(model, rule, to=tmp_path / "loop.slalom", quiet=True, **options)


def rounds(model, rule, watch, count):
    for _ in range(count):
        rule.zero_grad()
        loss = model(torch.ones(4, 2)).square().mean()
        loss.backward()
        rule.step()
        watch.step(loss)


def records_of(path):
    with path.open("rb") as file:
        read_spec_record(file)
        return [*read_records(file)]


@pytest.mark.parametrize("detail", ["full", "light"])
def test_the_file_of_a_short_loop_has_all_that_happened(detail, tmp_path):
    model, rule, watch = begun(tmp_path, 10.0, detail=detail)
    rounds(model, rule, watch, 8)
    watch.close()
    frames = [one for one in records_of(tmp_path / "loop.slalom") if one.kind == "frame"]
    written = [event for frame in frames for event in frame.header["events"]]
    assert written == [event._asdict() for event in watch.recording.events]
    assert written


@pytest.mark.parametrize("detail", ["full", "light"])
def test_nothing_is_kept_of_what_follows_the_first_loss_that_is_not_finite(detail, tmp_path):
    model, rule, watch = begun(tmp_path, 1e30, detail=detail)
    for _ in range(20):
        watch.recording.due = 0.0
        rounds(model, rule, watch, 1)
    assert not watch._losses._waiting
    watch.close()
    loss = torch.from_numpy(read_recording(tmp_path / "loop.slalom").columns["loss"].copy())
    assert torch.isfinite(loss).tolist() == [True] * (len(loss) - 1) + [False]


def test_a_loop_that_nobody_has_any_more_is_interrupted(tmp_path):
    model, rule, watch = begun(tmp_path)
    rounds(model, rule, watch, 3)
    del model, rule, watch
    gc.collect()
    assert records_of(tmp_path / "loop.slalom")[-1].header["status"] == "interrupted"


def test_a_loop_that_has_ended_is_not_interrupted_besides(tmp_path):
    model, rule, watch = begun(tmp_path)
    rounds(model, rule, watch, 3)
    watch.close()
    watch.recording.interrupt()
    del model, rule, watch
    gc.collect()
    assert [one.header["status"] for one in records_of(tmp_path / "loop.slalom") if one.kind == "end"] == ["done"]


def test_a_number_is_a_float_where_a_device_has_another():
    entry = LoopEntry(1.0, (0.1,), torch.tensor(2.0), torch.tensor(3.0), {})
    (found,) = entries_with_floats([entry])
    assert [type(one) for one in (found.loss, found.grad_norm, found.clipped_norm)] == [float] * 3
    numbers = [torch.tensor(0.1, dtype=torch.float64), 0.2, torch.tensor(0.5, dtype=torch.bfloat16)]
    assert as_floats(numbers) == [0.1, 0.2, 0.5]
    assert as_floats(numbers[1:]) == [0.2, 0.5]


def test_loops_that_begin_at_the_same_moment_have_a_file_each(tmp_path):
    assert len({usual_path(tmp_path) for _ in range(3)}) == 3


def test_a_loop_that_can_be_written_no_more_is_interrupted_on_the_dashboard(tmp_path):
    asked = []

    def answer(request):
        asked.append((request.url.path, request.content))
        return httpx.Response(200, json={"id": "x"})

    model, rule, watch = begun(tmp_path)
    uplink = Uplink(Client("http://here", transport=httpx.MockTransport(answer)), tmp_path / "loop.slalom", print)
    uplink.start()
    watch.recording._uplink = uplink
    watch.recording._file._file.close()
    with open("/dev/full", "wb", buffering=0) as full:
        watch.recording._file._file = full
        rounds(model, rule, watch, 3)
        watch.close()
        uplink._thread.join(10)
    assert watch.fault is None
    assert asked[-1][0].endswith("/x/end")
    assert json.loads(asked[-1][1])["status"] == "interrupted"


HEALTHS = {"slalom": ({"workers": "ready"}, True), "other": ({"ok": True}, False), "number": (1, False)}


@pytest.mark.parametrize("who", HEALTHS)
def test_only_a_dashboard_is_taken_for_one(who, monkeypatch):
    told, taken = HEALTHS[who]
    monkeypatch.setattr(httpx, "get", lambda address, timeout: httpx.Response(200, json=told))
    assert begin._answers(begin.HOME) is taken
    monkeypatch.setattr(httpx, "get", lambda address, timeout: httpx.Response(200, text="ok"))
    assert not begin._answers(begin.HOME)


@pytest.mark.parametrize("answer", [{"text": "<html>"}, {"json": []}, {"json": {"message": "hello"}}])
def test_what_answers_and_is_no_dashboard_is_told(answer, tmp_path):
    begun(tmp_path)
    stranger = httpx.MockTransport(lambda request: httpx.Response(200, **answer))
    uplink = Uplink(Client("http://here", transport=stranger), tmp_path / "loop.slalom", print)
    with pytest.raises(SlalomError, match="no Slalom"):
        uplink.start()


def test_a_record_is_written_whole_where_a_disk_takes_a_part_at_a_time(tmp_path, monkeypatch):
    class Slow(FileIO):
        def write(self, data):
            return super().write(memoryview(data)[:7])

    monkeypatch.setattr(Path, "open", lambda path, mode, **_: Slow(path, mode))
    model, rule, watch = begun(tmp_path)
    rounds(model, rule, watch, 8)
    outcome = watch.close()
    monkeypatch.undo()
    *frames, end = records_of(tmp_path / "loop.slalom")
    assert sum(frame.header["n"] for frame in frames) == 8
    assert end.header["outcomes"][0]["because"] == outcome.because


@pytest.mark.parametrize("detail", ["full", "light"])
def test_losses_of_a_loop_that_steps_another_optimizer_have_little_room(detail, tmp_path, capsys):
    model, _, _ = begun(tmp_path)
    other = torch.optim.SGD(model.parameters(), lr=0.1)
    watch = slalom.watch(model, other, to=tmp_path / "other.slalom", detail=detail)
    for _ in range(2 * MOST_LOSSES):
        watch.step(1.0)
    assert len(watch._losses._waiting) == MOST_LOSSES
    watch.close()
    assert capsys.readouterr().err.count("Is it this optimizer that the loop steps?") == 1


def test_losses_of_many_updates_make_room_for_the_next(tmp_path, capsys):
    model, rule, watch = begun(tmp_path, detail="light")
    watch.recording.due = math.inf
    for number in range(1, MOST_LOSSES + 9):
        watch.step(float(number))
        if number % 4 == 0:
            model.zero_grad()
            model(torch.ones(4, 2)).square().mean().backward()
            rule.step()
    watch.close()
    losses = read_recording(tmp_path / "loop.slalom").columns["loss"]
    expected = np.arange(1, MOST_LOSSES + 9).reshape(-1, 4).mean(1)
    np.testing.assert_allclose(losses, expected, rtol=1e-6)
    assert "losses were told" not in capsys.readouterr().err

"""A loop that is watched: unchanged but for three lines, and what is said of it is right."""

import copy
import json

import numpy as np
import pytest
import torch
from torch import nn
from watched_loops import batches, read_recording, task

import slalom
from slalom.watch.budget import TimeBudget
from slalom.wire.recording import read_records, read_spec_record


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def run(tmp_path, kind, optimizer, rounds=60, one=None, **options):
    """Train one of the tasks as its owner does, and return its watch, closed."""
    one = one or task(kind)
    rule = optimizer(one.model.parameters())
    criterion = nn.CrossEntropyLoss()
    watch = slalom.watch(one.model, rule, to=tmp_path / "loop.slalom", quiet=True, **options)
    for inputs, targets in batches(one, rounds):
        rule.zero_grad()
        loss = criterion(one.model(inputs), targets)
        loss.backward()
        rule.step()
        watch.step(loss)
    watch.close()
    assert watch.fault is None
    return watch


GOOD = {
    "resnet": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "transformer": lambda p: torch.optim.AdamW(p, lr=5e-3),
    "lstm": lambda p: torch.optim.Adam(p, lr=2e-2),
}


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("factor", [0.01, 1, 100])
def test_outcomes_are_right_at_a_good_rate_a_hundredth_and_a_hundredfold(kind, factor, tmp_path):
    def optimizer(parameters):
        rule = GOOD[kind](parameters)
        rule.param_groups[0]["lr"] *= factor
        return rule

    one = task(kind)
    sample = one.inputs[:64], one.targets[:64]
    watch = run(tmp_path, kind, optimizer, one=one, loss=nn.functional.cross_entropy, sample=sample)
    spec, columns, end = read_recording(tmp_path / "loop.slalom")
    start, last = columns["loss"][0], columns["loss"][-10:].mean()
    outcome = watch.outcome
    if factor == 1:
        assert outcome.kind in ("unfinished", "converged", "oscillating")
        assert last < 0.8 * start
    elif factor < 1:
        assert outcome.kind == "unfinished"
        assert last > 0.7 * start
    else:
        assert "too high" in outcome.because or "stability limit" in outcome.because, outcome.because
        assert last > 0.7 * start
        assert any(event.kind == "crossing" for event in watch.recording.events)
    assert end.header["outcomes"] == [json.loads(outcome.model_dump_json())]
    assert len(columns["loss"]) == 60
    assert spec["problem"]["parameters"] == sum(p.numel() for p in one.model.parameters())


def test_every_entry_has_the_loss_the_rates_and_the_norms_of_its_update(tmp_path):
    one = task("lstm")
    slow, fast = [*one.model.lstm.parameters()], [*one.model.head.parameters()]
    rule = torch.optim.SGD([{"params": slow, "lr": 0.1}, {"params": fast, "lr": 0.2}])
    schedule = torch.optim.lr_scheduler.ExponentialLR(rule, 0.9)
    watch = slalom.watch(one.model, rule, to=tmp_path / "loop.slalom", quiet=True)
    watch.budget.every = 1
    watch.budget.affords = lambda what, urgent=False: True
    seen = []
    for inputs, targets in batches(one, 12):
        rule.zero_grad()
        loss = nn.functional.cross_entropy(one.model(inputs), targets)
        loss.backward()
        before = float(nn.utils.get_total_norm([p.grad for p in one.model.parameters()]))
        clipped = float(nn.utils.clip_grad_norm_(one.model.parameters(), 0.05)) and 0.05
        seen.append((float(loss.detach()), rule.param_groups[0]["lr"], rule.param_groups[1]["lr"], before, clipped))
        rule.step()
        schedule.step()
        watch.step(loss)
    watch.close()
    _, columns, _ = read_recording(tmp_path / "loop.slalom")
    found = np.array([columns[name] for name in ("loss", "lr", "lr1", "grad_norm", "clipped_norm")]).T
    np.testing.assert_allclose(found, seen, rtol=1e-3)


def test_details_of_updates_are_those_of_the_tensors(tmp_path):
    one = task("lstm")
    rule = torch.optim.Adam(one.model.parameters(), lr=0.01)
    watch = slalom.watch(one.model, rule, to=tmp_path / "loop.slalom", quiet=True)
    watch.budget.every = 1
    watch.budget.affords = lambda what, urgent=False: True
    lengths, turns, before, last = [], [], None, None
    for inputs, targets in batches(one, 4):
        rule.zero_grad()
        loss = nn.functional.cross_entropy(one.model(inputs), targets)
        loss.backward()
        before = torch.cat([p.detach().flatten() for p in one.model.parameters()])
        rule.step()
        step = torch.cat([p.detach().flatten() for p in one.model.parameters()]) - before
        lengths.append(float(step.norm()))
        turns.append(None if last is None else float(step @ last))
        last = step
        watch.step(loss)
    held = watch._held
    watch.close()
    spec, columns, _ = read_recording(tmp_path / "loop.slalom")
    np.testing.assert_allclose(columns["step_norm"][1], lengths[0], rtol=1e-4)
    assert held["turn"] == pytest.approx(turns[3], rel=1e-3)
    moments = [rule.state[p]["exp_avg_sq"].flatten() for p in one.model.parameters()]
    assert 0 < held["moment2"] < 10 * float(torch.cat(moments).mean().sqrt())
    assert spec["problem"]["layers"] == ["lstm", "head"]
    assert columns["update0"][-1] < columns["weight0"][-1]


def test_a_watch_changes_nothing(tmp_path):
    """Losses, buffers and random numbers are those of the bare loop, to the last bit."""
    found = []
    for watched in (False, True):
        one = task("transformer")
        rule = torch.optim.AdamW(one.model.parameters(), lr=1e-3)
        sample = one.inputs[:32], one.targets[:32]
        options = {"to": tmp_path / "loop.slalom", "quiet": True, "loss": nn.functional.cross_entropy, "sample": sample}
        watch = slalom.watch(one.model, rule, **options) if watched else None
        torch.manual_seed(3)
        losses = []
        for inputs, targets in batches(one, 8):
            rule.zero_grad()
            loss = nn.functional.cross_entropy(one.model(inputs), targets)
            loss.backward()
            rule.step()
            losses.append(float(loss.detach()))
            if watch:
                watch.step(loss)
        if watch:
            watch.close()
            assert watch.fault is None
        found.append((losses, [p.detach().clone() for p in one.model.parameters()], torch.get_rng_state()))
    assert found[0][0] == found[1][0]
    assert all(torch.equal(a, b) for a, b in zip(found[0][1], found[1][1], strict=True))
    assert torch.equal(found[0][2], found[1][2])


class Odd(torch.optim.Optimizer):
    """A rule of one's own."""

    def __init__(self, params):
        super().__init__(params, {"lr": 0.05})

    def step(self, closure=None):
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p -= group["lr"] * p.grad.sign() * p.grad.abs().sqrt()


def test_of_a_rule_of_ones_own_no_limit_is_known(tmp_path):
    one = task("lstm")
    watch = run(tmp_path, "lstm", Odd, 12, one, loss=nn.functional.cross_entropy, sample=(one.inputs, one.targets))
    spec, columns, _ = read_recording(tmp_path / "loop.slalom")
    assert spec["runs"][0]["optimizer"]["name"] == "Odd"
    assert np.isnan(columns["limit"]).all()
    assert np.isfinite(columns["sharpness"]).all()
    assert watch.outcome.evidence.limit is None


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_models_of_half_precision_are_watched(dtype, tmp_path):
    model = nn.Linear(4, 2).to(dtype)
    rule = torch.optim.SGD(model.parameters(), lr=0.01)
    watch = slalom.watch(model, rule, to=tmp_path / "loop.slalom", quiet=True)
    for _ in range(5):
        rule.zero_grad()
        loss = model(torch.ones(3, 4, dtype=dtype)).float().square().mean()
        loss.backward()
        rule.step()
        watch.step(loss)
    watch.close()
    assert watch.fault is None
    _, columns, _ = read_recording(tmp_path / "loop.slalom")
    assert len(columns["loss"]) == 5
    assert columns["grad_norm"][0] > 0


def test_a_scaler_that_overflows_is_an_event_and_no_end(tmp_path):
    model = nn.Linear(4, 1)
    rule = torch.optim.SGD(model.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=2)
    watch = slalom.watch(model, rule, to=tmp_path / "loop.slalom", quiet=True, scaler=scaler)
    for number in range(8):
        rule.zero_grad()
        loss = model(torch.ones(3, 4)).square().mean()
        scaler.scale(loss * (1e36 if number == 4 else 1)).backward()
        scaler.step(rule)
        scaler.update()
        watch.step(loss)
    watch.close()
    assert watch.fault is None
    events = [event for event in watch.recording.events if event.kind == "overflow"]
    assert len(events) == 1
    assert "Batch 4" in events[0].sentence
    assert watch.recording.found == []
    _, columns, _ = read_recording(tmp_path / "loop.slalom")
    assert len(columns["loss"]) == 7
    assert columns["scale"][0] == 2**10
    assert columns["grad_norm"].max() < 100


def test_batches_that_are_accumulated_make_one_entry(tmp_path):
    one = task("resnet")
    rule = torch.optim.AdamW(one.model.parameters(), lr=0.01)
    watch = slalom.watch(one.model, rule, to=tmp_path / "loop.slalom", quiet=True)
    losses = []
    for number, (inputs, targets) in enumerate(batches(one, 12)):
        with torch.autocast("cpu", torch.bfloat16):
            loss = nn.functional.cross_entropy(one.model(inputs), targets)
        (loss / 3).backward()
        losses.append(float(loss.detach()))
        if number % 3 == 2:
            rule.step()
            rule.zero_grad()
        watch.step(loss)
    watch.close()
    assert watch.fault is None
    columns = read_recording(tmp_path / "loop.slalom").columns
    np.testing.assert_allclose(columns["loss"], np.reshape(losses, (4, 3)).mean(1), rtol=1e-5)


def test_an_update_that_calls_a_closure_is_one_entry(tmp_path):
    one = task("lstm")
    parameters = [*one.model.parameters()]
    rule = torch.optim.LBFGS(parameters, lr=0.5, max_iter=3)
    watch = slalom.watch(one.model, rule, to=tmp_path / "loop.slalom", quiet=True, full_batch=True)
    watch.budget.every = 1
    watch.budget.affords = lambda what, urgent=False: True
    seen = []

    def closure():
        rule.zero_grad()
        loss = nn.functional.cross_entropy(one.model(one.inputs), one.targets)
        loss.backward()
        seen.append(float(nn.utils.get_total_norm([p.grad for p in parameters])))
        return loss

    losses, norms = [], []
    for _ in range(4):
        first = len(seen)
        loss = rule.step(closure)
        watch.step(loss)
        losses.append(float(loss.detach()))
        norms.append(seen[first])
    watch.close()
    assert watch.fault is None
    columns = read_recording(tmp_path / "loop.slalom").columns
    np.testing.assert_allclose(columns["loss"], losses, rtol=1e-5)
    np.testing.assert_allclose(columns["grad_norm"], norms, rtol=1e-4)


def test_copies_of_a_watched_model_are_not_watched(tmp_path):
    one = task("lstm")
    rule = torch.optim.SGD(one.model.parameters(), lr=0.1)
    watch = slalom.watch(one.model, rule, to=tmp_path / "loop.slalom", quiet=True)
    torch.save(one.model, tmp_path / "model.pt")
    one.model(one.inputs).sum().backward()
    seen = watch._batch
    for copied in (copy.deepcopy(one.model), torch.load(tmp_path / "model.pt", weights_only=False)):
        copied(one.inputs).sum().backward()
        copy.deepcopy(rule)
    assert watch._batch is seen
    assert seen.earlier == ()
    watch.close()


def test_light_detail_has_losses_rates_and_norms(tmp_path):
    run(tmp_path, "lstm", GOOD["lstm"], 20, detail="light")
    columns = read_recording(tmp_path / "loop.slalom").columns
    known = {name for name, column in columns.items() if not np.isnan(column).all()}
    assert known == {"loss", "lr", "grad_norm", "clipped_norm"}
    assert len(columns["loss"]) == 20


def test_a_loss_of_many_numbers_is_told(tmp_path, capsys):
    model = nn.Linear(2, 2)
    watch = slalom.watch(model, torch.optim.SGD(model.parameters()), to=tmp_path / "loop.slalom")
    watch.step(torch.ones(3))
    assert "it was given 3 of them" in capsys.readouterr().err


def test_a_sum_that_overflows_is_no_gradient_that_does(tmp_path):
    model = nn.Linear(4096, 1, bias=False).half()
    watch = slalom.watch(model, torch.optim.SGD(model.parameters(), lr=0.0), to=tmp_path / "loop.slalom", quiet=True)
    watch.budget.every = 1
    watch.budget.affords = lambda what, urgent=False: False
    for _ in range(2):
        loss = model(torch.full((1, 4096), 100.0).half()).float().sum()
        loss.backward()
        watch._optimizer.step()
        watch.step(loss)
        watch._optimizer.zero_grad()
    watch.close()
    assert watch.recording.found == []


def test_what_fails_within_stops_the_watch_and_not_the_loop(tmp_path, capsys):
    one = task("lstm")
    rule = torch.optim.SGD(one.model.parameters(), lr=0.1)
    watch = slalom.watch(one.model, rule, to=tmp_path / "loop.slalom")
    watch.recording.take = None
    watch.recording.due = 0.0
    for inputs, targets in batches(one, 5):
        loss = nn.functional.cross_entropy(one.model(inputs), targets)
        loss.backward()
        rule.step()
        watch.step(loss)
    assert watch.close() is None
    assert "TypeError" in watch.fault
    assert capsys.readouterr().err.count("stopped watching") == 1
    assert not one.model._forward_hooks
    with (tmp_path / "loop.slalom").open("rb") as file:
        read_spec_record(file)
        assert [record.header["status"] for record in read_records(file)] == ["interrupted"]


def test_a_closure_that_cannot_be_differentiated_twice_is_told_once(tmp_path, capsys):
    one = task("lstm")
    rule = torch.optim.SGD(one.model.parameters(), lr=0.1)
    watch = slalom.watch(one.model, rule, to=tmp_path / "loop.slalom", closure=lambda: torch.zeros(()))
    for inputs, targets in batches(one, 4):
        loss = nn.functional.cross_entropy(one.model(inputs), targets)
        loss.backward()
        rule.step()
        watch.step(loss)
    watch.close()
    assert watch.fault is None
    assert capsys.readouterr().err.count("sharpness cannot be measured") == 1


def test_measuring_has_a_share_of_the_time():
    now = [0.0]
    budget = TimeBudget(0.1, {"it": 1.0}, clock=lambda: now[0])

    def measure():
        now[0] += 0.05
        budget.own += 0.05

    for _ in range(1000):
        now[0] += 0.01
        if budget.affords("it"):
            budget.spend("it", measure)
    assert 0.05 < budget.spent / now[0] <= 0.1 + 0.05 / now[0]


def test_a_file_that_a_crash_cut_short_is_read_up_to_there(tmp_path):
    run(tmp_path, "lstm", GOOD["lstm"], 20)
    path = tmp_path / "loop.slalom"
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    with path.open("rb") as file:
        read_spec_record(file)
        assert {record.kind for record in read_records(file)} == {"frame"}

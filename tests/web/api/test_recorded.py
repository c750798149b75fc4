"""A watched loop on a dashboard: an experiment like any other, live, compared, exported, and never in its way."""

import json
import time

import httpx
import numpy as np
import pytest
import torch
from watched_loops import batches, task

import slalom
from slalom.catalogue.experiments.recorded import RecordedLoop
from slalom.client import Client, ClientError
from slalom.errors import SpecError
from slalom.settings import Limits
from slalom.web.downloads.read_back import read_trace
from slalom.wire.container import read_container, write_container
from slalom.wire.recording import RECORDING_MARK, read_records, read_spec_record, spec_record


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def running(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("dashboard")) as running:
        yield running


@pytest.fixture
def client(running):
    with Client(running.http) as client:
        yield client


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(to, rounds=30, lr=0.05, **options):
    """Train the LSTM while it is watched; return the watch, still open."""
    one = task("lstm")
    rule = torch.optim.SGD(one.model.parameters(), lr=lr, momentum=0.9)
    watch = slalom.watch(one.model, rule, to=to, quiet=True, **options)
    for inputs, targets in batches(one, rounds):
        rule.zero_grad()
        loss = torch.nn.functional.cross_entropy(one.model(inputs), targets)
        loss.backward()
        rule.step()
        watch.step(loss)
    return watch


def newest(client):
    return next(iter(client.list()))


def test_a_loop_is_an_experiment_like_any_other(running, client, folder):
    watch = train(running.http, name="my loop")
    outcome = watch.close()
    assert watch.fault is None
    record = newest(client)
    assert (record["kind"], record["status"], record["name"]) == ("recorded", "done", "my loop")
    assert record["outcomes"][0]["because"] == outcome.because
    assert record["spec"]["steps"] == record["steps_done"] == 29
    assert [*folder.iterdir()] == [], "the file goes once everything has arrived"
    (trace,) = client.trace(record["id"])
    assert len(trace.loss) == 30
    with httpx.Client(base_url=running.http) as api:
        assert api.get(f"/api/experiments/{record['id']}/thumbnail").json()["runs"][0]["loss"]
        csv = api.get(f"/api/experiments/{record['id']}/trace", params={"format": "csv"}).text
        assert csv.splitlines()[0].startswith("run,step,loss,lr,grad_norm")
        assert "recorded" in api.get(f"/recorded?experiment={record['id']}", headers={"Accept": "text/html"}).text
        assert api.get("/api/experiments", params={"search": "my loop"}).json()["items"][0]["id"] == record["id"]
    followed = [one for one in client.follow(record["id"]) if not isinstance(one, dict)]
    np.testing.assert_array_equal(np.concatenate([block.data[0, 0] for block in followed]), trace.loss)


@pytest.mark.parametrize("format", ["json", "npz"])
def test_what_is_exported_is_imported_again(running, client, folder, format):
    train(running.http).close()
    made = newest(client)
    with httpx.Client(base_url=running.http) as api:
        query = {"format": format, "spec": "true"}
        data = api.get(f"/api/experiments/{made['id']}/trace", params=query).content
    path = folder / f"loop.{format}"
    path.write_bytes(data)
    back = client.import_file(path)
    assert back["outcomes"] == made["outcomes"]
    assert back["spec"] == made["spec"]
    for column, same in zip(*(client.trace(one["id"])[0].columns.items() for one in (back, made)), strict=True):
        np.testing.assert_equal(column, same)


def test_loops_of_one_model_are_compared(running, client, folder):
    ids = []
    for lr, rounds in ((0.05, 20), (0.1, 30)):
        train(running.http, rounds, lr).close()
        ids.append(newest(client)["id"])
    with httpx.Client(base_url=running.http) as api:
        answer = api.post("/api/experiments/compare", json={"experiments": ids})
    assert answer.status_code == 201, answer.text
    assert len(answer.json()["spec"]["runs"]) == 2


def test_nothing_is_continued_or_viewed_that_was_not_computed_here(running, client, folder):
    train(running.http, 5).close()
    id = newest(client)["id"]
    with httpx.Client(base_url=running.http) as api:
        fork = api.post(f"/api/experiments/{id}/fork", json={"run": 0, "step": 2})
        view = api.get(f"/api/experiments/{id}/views/plane")
        again = api.post("/api/experiments", json={"kind": "recorded", "runs": [{}]})
        program = api.get(f"/api/experiments/{id}/script")
    assert (fork.status_code, view.status_code, again.status_code) == (404, 404, 422)
    assert program.status_code in (404, 422)
    assert "recorded" in fork.json()["detail"]


def test_a_server_that_goes_away_costs_no_step(tmp_path_factory, quiet_server, folder, capsys):
    with quiet_server(tmp_path_factory.mktemp("gone")) as running:
        one = task("lstm")
        rule = torch.optim.SGD(one.model.parameters(), lr=0.05)
        watch = slalom.watch(one.model, rule, to=running.http)
        for inputs, targets in batches(one, 10):
            loss = torch.nn.functional.cross_entropy(one.model(inputs), targets)
            loss.backward()
            rule.step()
            watch.step(loss)
        watch._settle()
        watch.recording._uplink.wake()
    began = time.perf_counter()
    for inputs, targets in batches(one, 20):
        loss = torch.nn.functional.cross_entropy(one.model(inputs), targets)
        loss.backward()
        rule.step()
        watch.step(loss)
    assert time.perf_counter() - began < 5
    watch.close()
    assert watch.fault is None
    (path,) = folder.glob("*.slalom")
    with path.open("rb") as file:
        read_spec_record(file)
        records = [*read_records(file)]
    assert sum(record.header["n"] for record in records if record.kind == "frame") == 30
    assert records[-1].kind == "end"
    assert capsys.readouterr().err.count("takes no more") == 1
    with quiet_server(tmp_path_factory.mktemp("later")) as later, Client(later.http) as client:
        opened = client.import_file(path)
        assert (opened["status"], opened["steps_done"]) == ("done", 29)


def test_a_dashboard_that_is_not_there_is_told_at_once(folder):
    one = task("lstm")
    rule = torch.optim.SGD(one.model.parameters(), lr=0.05)
    with pytest.raises(slalom.SlalomError, match="does not take the loop"):
        slalom.watch(one.model, rule, to="http://127.0.0.1:9", quiet=True)
    assert [*folder.iterdir()] == []


@pytest.fixture
def waiting(running, client, folder):
    """A loop that was begun: its id, and its frames, which were not sent."""
    watch = train(folder / "loop.slalom", 20)
    watch.close()
    with (folder / "loop.slalom").open("rb") as file:
        first = read_spec_record(file)
        frames = [record.payload for record in read_records(file) if record.kind == "frame"]
    return client.record(first.header["spec"], "")["id"], frames


def changed(frame, **fields):
    header, body = read_container(frame)
    text = json.dumps(header | fields).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return len(text).to_bytes(4, "little") + text + frame[body:]


def test_a_recording_is_not_paused_from_here(client, running, waiting):
    id, frames = waiting
    paused = httpx.post(f"{running.http}/api/experiments/{id}/pause")
    assert paused.status_code == 409
    assert "cannot be paused here" in paused.json()["detail"]
    client.send_frame(id, frames[0])
    assert client.get(id)["status"] == "running"


def test_a_recording_is_of_one_loop(running, client):
    with pytest.raises(ClientError, match="is of one loop, and there are 2 runs") as refused:
        client.record({"kind": "recorded", "runs": [{}, {}]}, "")
    assert refused.value.status == 422


@pytest.mark.parametrize(
    "broken",
    [{"dtype": "<U1"}, {"dtype": "<i4"}, {"columns": [["loss"]]}, {"runs": [0, 1], "n": 1}, {"runs": [], "n": 0}],
)
def test_a_file_whose_frames_hold_no_losses_of_one_run_is_no_recording(broken):
    loop = RecordedLoop.model_validate({"runs": [{}]})
    columns = broken.get("columns", ["loss"]) * len(loop.recorded_columns)
    whole = {"record": "frame", "seq": 1, "step": 0, "stride": 1, "runs": [0], "n": 2, "dtype": "<f4"}
    frame = write_container(
        whole | broken | {"columns": columns}, bytes(0 if broken.get("n") == 0 else 8 * len(columns))
    )
    first = spec_record(loop.model_dump_json(by_alias=True), "")
    with pytest.raises(SpecError, match=r"is no trace|has no entries"):
        read_trace(RECORDING_MARK + first + len(frame).to_bytes(4, "little") + frame, Limits())


@pytest.mark.parametrize(
    ("broken", "status"),
    [
        (lambda frame: b"", 422),
        (lambda frame: frame[:-4], 422),
        (lambda frame: frame + b"0000", 422),
        (lambda frame: changed(frame, seq=2), 409),
        (lambda frame: changed(frame, seq="1"), 422),
        (lambda frame: changed(frame, step=1), 422),
        (lambda frame: changed(frame, runs=[1]), 422),
        (lambda frame: changed(frame, dtype="<f8"), 422),
        (lambda frame: changed(frame, events=[{"kind": "x"}]), 422),
        (lambda frame: changed(frame, columns=["loss"]), 422),
    ],
)
def test_frames_that_do_not_fit_are_refused(client, waiting, broken, status):
    id, frames = waiting
    with pytest.raises(ClientError) as refused:
        client.send_frame(id, broken(frames[0]))
    assert refused.value.status == status
    client.send_frame(id, frames[0])
    client.send_frame(id, frames[0])  # A repetition, because an answer was lost, changes nothing.
    assert len(client.trace(id)[0].loss) == read_container(frames[0])[0]["n"]


def test_a_frame_whose_first_copy_is_being_stored_is_a_repetition(client, running, waiting, monkeypatch):
    id, frames = waiting
    client.send_frame(id, frames[0])
    monkeypatch.setattr(running.store.chunks, "last", lambda id: 0)  # What a second copy has seen a moment before.
    client.send_frame(id, frames[0])
    event = {"run": 0, "kind": "converged", "step": 0, "sentence": "It is there.", "value": None}
    with pytest.raises(ClientError) as refused:
        client.send_frame(id, changed(frames[0], events=[event]))
    assert refused.value.status == 409
    monkeypatch.undo()
    assert len(client.trace(id)[0].loss) == read_container(frames[0])[0]["n"]


def test_to_end_a_loop_once_more_changes_nothing(client, waiting):
    id, frames = waiting
    client.send_frame(id, frames[0])
    outcome = {"kind": "diverged", "because": "it grew"}
    first = client.end(id, "done", [outcome])
    assert client.end(id, "done", [outcome]) == first, "The answer was lost on the way."
    for status, outcomes in (("failed", [outcome]), ("done", None), ("done", [outcome | {"because": "it shrank"}])):
        with pytest.raises(ClientError, match="is done, and takes nothing more"):
            client.end(id, status, outcomes)


def test_a_loop_that_somebody_stops_takes_no_more(client, waiting):
    id, frames = waiting
    client.send_frame(id, frames[0])
    client.cancel(id)
    with pytest.raises(ClientError, match="stopped"):
        client.beat(id)
    assert client.get(id)["status"] == "cancelled"
    with pytest.raises(ClientError, match="cancelled"):
        client.end(id, "done", None)


def test_only_recorded_loops_take_frames(client, waiting):
    made = client.create({"problem": {"kind": "parabola"}, "runs": [{}]})
    with pytest.raises(ClientError, match="computed here"):
        client.send_frame(made["id"], waiting[1][0])

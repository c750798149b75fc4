"""The API from Python: the same names, the same numbers, errors as sentences."""

from collections import deque

import numpy as np
import pytest

from slalom import Comparison, Parabola, Run, Sgd, __version__, grid, run, simulate
from slalom.client import Client, ClientError
from slalom.errors import SpecError
from slalom.wire.frames import Block

SPEC = Comparison(problem=Parabola(), runs=[Run(optimizer=Sgd(lr=1.05)), Run(optimizer=Sgd(lr=0.1))], steps=40)


@pytest.fixture
def client(server):
    with Client(server) as connected:
        yield connected


def equal(one, other):
    """Whether two results have the same runs, bit for bit."""
    return len(one) == len(other) and all(
        list(a) == list(b)
        and all(np.array_equal(a[name], b[name], equal_nan=True) for name in a.columns)
        and np.array_equal(a.params, b.params, equal_nan=True)
        and a.outcome == b.outcome
        for a, b in zip(one, other, strict=True)
    )


def test_a_model_and_its_json_are_the_same_spec(client):
    runs = client.simulate(SPEC)
    assert [run.outcome.kind for run in runs] == ["diverged", "converged"]
    assert runs[0]["outcome"]["exploded"] == 38
    assert equal(client.simulate(SPEC.model_dump(mode="json", by_alias=True)), runs)
    assert equal(client.simulate({"problem": Parabola(), "runs": list(SPEC.runs), "steps": 40}), runs)
    thin = client.simulate(SPEC, every=4)
    assert np.array_equal(thin[0]["loss"], runs[0]["loss"][::4])
    assert thin.step(0)[:3].tolist() == [0, 4, 8]


def test_what_the_server_computes_is_what_this_process_does_and_comes_from_somewhere(client, server):
    spec = SPEC.model_copy(update={"steps": 1500, "runs": [Run(optimizer=Sgd(lr=2.5)), Run(optimizer=Sgd(lr=0.1))]})
    result = client.simulate(spec)
    assert result[0].loss[-1] == np.inf
    assert result[0].loss.dtype == np.float64
    assert equal(result, simulate(spec))
    assert equal(simulate(result.provenance.spec), result)
    assert result.provenance[1:] == (__version__, 0, "float64", "auto", server, None)


def test_an_exported_result_is_imported_bit_by_bit(client, tmp_path):
    result = simulate(SPEC)
    result.save(tmp_path / "runs.json", name="mine")
    record = client.import_file(tmp_path / "runs.json")
    assert (record["name"], record["source"]) == ("mine", {"imported": "runs.json"})
    assert equal(client.result(record["id"]), result)
    assert equal(client.trace(client.import_file(client.download(record["id"], "json", spec=True))["id"]), result)


MAP = {
    "kind": "map",
    "problem": {"kind": "bowl"},
    "run": {"optimizer": {"kind": "sgd"}},
    "steps": 20,
    "vary": [{"field": f"run.optimizer.{name}", "values": [0, 0.05, 0.9]} for name in ("lr", "momentum")],
}


def test_an_experiment_is_run_to_its_end_whatever_its_kind(client, capsys):
    told = []
    result = client.run(SPEC, progress=True, on_event=told.append)
    assert "exploded" in [event["kind"] for event in told]
    assert equal(result, simulate(SPEC))
    assert result.provenance.experiment == next(client.list())["id"]
    found, here = client.run(MAP), run(MAP)
    assert all(np.array_equal(found.columns[name], here.columns[name], equal_nan=True) for name in here.columns)
    cell = client.cell(found.provenance.experiment, 1, 2)
    assert cell[0].loss[-1] == found.columns["loss"][2, 1]
    with pytest.raises(SpecError, match="is a comparison, and no map"):
        client.map(result.provenance.experiment)


def test_a_grid_is_computed_as_here_and_comes_with_its_traces(client):
    spec = SPEC.model_copy(update={"runs": [Run()]})
    axes = {"run.optimizer.lr": [0.1, 1.05], "run.optimizer.momentum": [0, 0.5, 0.9]}
    there, here = client.grid(spec, axes), grid(spec, axes)
    assert there.shape == (2, 3)
    assert equal(there.result, here.result)
    assert np.array_equal(there.loss, here.loss, equal_nan=True)
    assert (there.kinds == here.kinds).all()
    best = client.sweep(there.provenance.experiment)
    assert (best["field"], best["fields"], len(best["best"]["value"])) == (None, list(axes), 2)
    assert "lr = 0.1, momentum = " in best.because
    assert best.figure().to_dict()


def test_specs_are_previewed_one_after_the_other(client):
    specs = [
        SPEC,
        SPEC.model_copy(update={"steps": 3}),
        {"kind": "range_test", "problem": {"kind": "bowl"}, "steps": 40},
    ]
    found = list(client.preview(specs))
    assert all(equal(one, simulate(spec)) for one, spec in zip(found, specs, strict=True))
    assert found[0].provenance.experiment is None
    with pytest.raises(ClientError, match="at most 32"):
        list(client.preview([SPEC, SPEC.model_copy(update={"runs": [Run()] * 40})]))


def test_a_range_test_has_its_findings(client):
    spec = {"kind": "range_test", "problem": {"kind": "bowl"}, "run": {}, "steps": 40}
    result = client.run(spec)
    assert dict(result.findings) == dict(simulate(spec).findings)
    assert result.findings.lr == client.findings(result.provenance.experiment).lr > 0


def test_more_experiments_than_may_wait_are_created_in_a_loop(serving, tmp_path):
    process, address = serving.start(tmp_path / "slalom.db", SLALOM_QUEUE_PER_CLIENT="2")
    try:
        with Client(address) as client:
            ids = {client.create({"problem": {"kind": "parabola"}, "runs": [{}], "steps": 1})["id"] for _ in range(4)}
            assert len(ids) == 4
        with Client(address, patience=0) as client, pytest.raises(ClientError, match="Your share of the queue") as full:
            deque(map(client.create, [SPEC.model_copy(update={"steps": 1_000_000})] * 9))
        assert full.value.status == 429
    finally:
        serving.stop(process)


def test_an_experiment_from_beginning_to_end(client):
    id = client.create(SPEC)["id"]
    blocks = [part for part in client.follow(id) if isinstance(part, Block)]
    assert client.get(id, wait=30)["status"] == "done"
    assert equal(client.trace(id), client.simulate(SPEC))
    assert [x for block in blocks for x in block.data[0, 0]] == client.trace(id)[0].loss.tolist()
    assert client.rename(id, "mine")["name"] == "mine"
    assert next(client.list())["id"] == id
    fork = client.fork(id, run=1, step=10)
    assert fork["parent"]["step"] == 10
    client.delete(id)
    with pytest.raises(ClientError, match="There is no experiment"):
        client.get(id)
    assert id not in [record["id"] for record in client.list()]


def test_what_is_told_while_it_is_followed(client):
    messages = [part for part in client.follow(client.create(SPEC)["id"]) if isinstance(part, dict)]
    assert messages[0]["type"] == "hello"
    assert "exploded" in [message.get("kind") for message in messages]
    assert messages[-1]["type"] == "done"


def test_a_long_experiment_is_stopped(client):
    id = client.create(SPEC.model_copy(update={"steps": 1_000_000, "runs": [Run(optimizer=Sgd(lr=1e-9))]}))["id"]
    assert client.pause(id)["id"] == client.resume(id)["id"] == id
    client.cancel(id)
    assert client.get(id, wait=30)["status"] == "cancelled"


def test_the_catalogue_and_the_limits(client):
    assert "sgd" in [entry["kind"] for entry in client.catalogue()["optimizers"]]
    assert client.limits()["steps"]["value"] == 1_000_000


def test_a_refusal_is_a_sentence_and_keeps_the_answer(client):
    with pytest.raises(ClientError, match="steps must be at least 1, but is 0") as refused:
        client.simulate({"problem": {"kind": "parabola"}, "runs": [{}], "steps": 0})
    assert refused.value.status == 422
    assert refused.value.problem["errors"][0]["loc"] == ["steps"]
    with pytest.raises(ClientError, match="There is no experiment") as refused:
        list(client.follow("nope"))
    assert refused.value.status == 404


TABLE = "width,height,kind\n" + "".join(f"{i},{i % 3},{'ab'[i % 2]}\n" for i in range(20))


def test_a_table_is_uploaded_used_listed_and_removed(client, tmp_path):
    path = tmp_path / "leaves.csv"
    path.write_text(TABLE)
    uploaded = client.upload(path)
    assert (uploaded["name"], uploaded["kind"], uploaded["rows"]) == ("leaves.csv", "csv", 20)
    again = client.upload(TABLE, name="same", kind="csv")
    assert [one["id"] for one in client.datasets()][:2] == [again["id"], uploaded["id"]]
    problem = {"kind": "network", "data": {"kind": "csv", "id": uploaded["id"]}, "hidden": [4]}
    id = client.create({"problem": problem, "runs": [{}], "steps": 5})["id"]
    with pytest.raises(ClientError, match="is used by the experiment") as refused:
        client.delete_dataset(uploaded["id"])
    assert refused.value.status == 409
    client.delete(id)
    client.delete_dataset(uploaded["id"])
    with pytest.raises(ClientError, match="There is no dataset"):
        client.create({"problem": problem, "runs": [{}], "steps": 5})


def test_a_table_is_read_otherwise(client):
    uploaded = client.upload("age,city,price\n30,Rome,5.5\n,Oslo,6.5\n50,Rome,8\n41,Oslo,7.5\n", kind="csv")
    assert [column["kind"] for column in uploaded["table"]["columns"]] == ["number", "one-hot", "number"]
    read = client.read_table(uploaded["id"], "age", {"city": {"kind": "ignore"}})
    assert (read["features"], read["table"]["target"], read["source"]) == (["price"], "age", uploaded["id"])
    assert client.dataset(read["id"]) == read
    assert client.read_table(uploaded["id"])["id"] == uploaded["id"]
    client.delete_dataset(uploaded["id"])
    assert client.dataset(read["id"]) == read | {"source": None}


def test_names_are_uploaded_as_text(client):
    names = client.upload(b"anna\nbert\nclara\n", name="friends", kind="names")
    assert (names["kind"], names["rows"]) == ("names", 3)
    with pytest.raises(ClientError) as refused:
        client.upload("a\u202eb\nc\n", kind="names")
    assert refused.value.status == 422

"""The API from Python: the same names, the same numbers, errors as sentences."""

import httpx
import numpy as np
import pytest

from slalom import Comparison, Parabola, Run, Sgd
from slalom.client import Client, ClientError
from slalom.wire.arrays import pack_arrays
from slalom.wire.frames import Block

SPEC = Comparison(problem=Parabola(), runs=[Run(optimizer=Sgd(lr=1.05)), Run(optimizer=Sgd(lr=0.1))], steps=40)


@pytest.fixture
def client(server):
    with Client(server) as connected:
        yield connected


def test_a_model_and_its_json_are_the_same_spec(client):
    runs = client.simulate(SPEC)
    assert [run["outcome"]["kind"] for run in runs] == ["diverged", "converged"]
    assert runs[0]["outcome"]["exploded"] == 38
    assert client.simulate(SPEC.model_dump(mode="json", by_alias=True)) == runs
    assert client.simulate(SPEC, every=4)[0]["loss"] == runs[0]["loss"][::4]


def test_an_experiment_from_beginning_to_end(client):
    id = client.create(SPEC)["id"]
    blocks = [part for part in client.follow(id) if isinstance(part, Block)]
    assert client.get(id, wait=30)["status"] == "done"
    assert client.trace(id) == client.simulate(SPEC)
    assert [x for block in blocks for x in block.data[0, 0]] == client.trace(id)[0]["loss"]
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


def test_a_view_is_a_header_and_arrays():
    asked = []

    def answer(request):
        asked.append(str(request.url))
        if "nothing" in str(request.url):
            return httpx.Response(404, json={"status": 404, "detail": "There is no such view."})
        return httpx.Response(200, content=pack_arrays({"kind": "curve"}, {"x": np.arange(3, dtype="f4")}))

    with Client("http://here", transport=httpx.MockTransport(answer)) as client:
        header, arrays = client.view("e1", "curve", run=2, frames=5)
        with pytest.raises(ClientError, match="There is no such view") as refused:
            client.view("e1", "nothing")
    assert asked[0] == "http://here/api/experiments/e1/views/curve?run=2&frames=5"
    assert header["kind"] == "curve"
    assert arrays["x"].tolist() == [0, 1, 2]
    assert refused.value.status == 404

"""A store and files of version 0.1 (commit a21f480) open, list, stream and say what they said then, byte for byte."""

import gzip
import hashlib
import io
import json
from pathlib import Path

import httpx
import numpy as np
import pytest
from traces import header_of
from websockets.sync.client import connect

from slalom.wire.arrays import unpack_arrays
from slalom.wire.frames import decode, encode

STORED = Path(__file__).parents[1] / "data" / "stored"
THEN = json.loads((STORED / "answers.json").read_text())
"""What the server of then answered: the list, and of every experiment its record, its downloads and its stream."""
EXPERIMENTS = THEN["experiments"]
KINDS = [*EXPERIMENTS]


@pytest.fixture(scope="module")
def address(tmp_path_factory, serving):
    path = tmp_path_factory.mktemp("stored") / "slalom.db"
    path.write_bytes(gzip.decompress((STORED / "slalom.db.gz").read_bytes()))
    process, address = serving.start(path)
    yield address
    assert serving.stop(process) == 0


@pytest.fixture(scope="module")
def client(address):
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client


def digest(data):
    return hashlib.sha256(data).hexdigest()


def url(kind):
    return f"/api/experiments/{EXPERIMENTS[kind]['record']['id']}"


def streamed(address, kind):
    """Return the frames and the text messages of a whole stream."""
    with connect(f"{address.replace('http', 'ws')}{url(kind)}/stream?ack=0") as socket:
        messages = list(socket)
    return [m for m in messages if isinstance(m, bytes)], [json.loads(m) for m in messages if isinstance(m, str)]


def test_the_list_is_as_it_was(client):
    assert [item["id"] for item in client.get("/api/experiments").json()["items"]] == THEN["list"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_experiment_says_all_it_said(client, kind):
    then, now = EXPERIMENTS[kind]["record"], client.get(url(kind)).json()
    assert {name: now[name] for name in then} == then


@pytest.mark.parametrize(
    ("kind", "download"), [(kind, name) for kind in KINDS for name in EXPERIMENTS[kind]["downloads"]]
)
def test_its_downloads_have_the_same_bytes(client, kind, download):
    answer = client.get(f"{url(kind)}/{download}")
    assert (answer.status_code, digest(answer.content)) == (200, EXPERIMENTS[kind]["downloads"][download])


@pytest.mark.parametrize("kind", KINDS)
def test_its_stream_has_the_same_frames_and_events(address, kind):
    frames, texts = streamed(address, kind)
    assert [digest(frame) for frame in frames] == EXPERIMENTS[kind]["frames"]
    assert texts[0]["type"] == "hello"
    assert texts[1:] == EXPERIMENTS[kind]["texts"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_that_is_read_and_written_again_has_the_same_bytes(address, kind):
    for frame in streamed(address, kind)[0]:
        assert encode(decode(frame), header_of(frame)["seq"]) == frame


@pytest.mark.parametrize("name", ["plane", "inside"])
def test_a_view_of_a_network_is_made_of_what_was_kept_then(client, name):
    header, arrays = unpack_arrays((STORED / f"{name}.view").read_bytes())
    answer = client.get(f"{url('network')}/views/{name}")
    now, found = unpack_arrays(answer.content)
    assert {key: now[key] for key in header} == header
    for key, values in arrays.items():
        assert found[key].dtype == values.dtype
        np.testing.assert_allclose(found[key], values, rtol=1e-4, atol=1e-6)


def test_a_fork_goes_on_from_a_state_that_was_kept_then(client):
    runs = EXPERIMENTS["comparison"]["record"]["spec"]["runs"][:1]
    answer = client.post(f"{url('comparison')}/fork", json={"run": 0, "step": 20, "runs": runs})
    assert answer.status_code == 201
    path = f"/api/experiments/{answer.json()['id']}"
    assert client.get(path, params={"wait": 60}).json()["status"] == "done"
    (parent, *_), (fork,) = (client.get(f"{one}/trace").json()["runs"] for one in (url("comparison"), path))
    assert fork["params"] == parent["params"][20:]


def test_an_exported_experiment_is_taken_again(client):
    exported = json.loads((STORED / "exported.json").read_text())
    (run, *_) = client.post("/api/simulate", json=exported["spec"]).json()["runs"]
    assert run["params"] == exported["runs"][0]["params"]
    answer = client.post("/api/experiments/import", json=exported)
    assert answer.status_code == 201, answer.text
    (run, *_) = client.get(f"/api/experiments/{answer.json()['id']}/trace").json()["runs"]
    assert run["loss"] == exported["runs"][0]["loss"]


def test_exported_arrays_are_those_of_the_exported_json():
    arrays = np.load(io.BytesIO((STORED / "trace.npz").read_bytes()))
    runs = json.loads((STORED / "exported.json").read_text())["runs"]
    for i, run in enumerate(runs):
        loss = arrays["loss"][i, : arrays["length"][i]]
        assert loss.tolist() == [float(value) for value in run["loss"]]

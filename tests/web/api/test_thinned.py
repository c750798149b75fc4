"""A trace that was thinned out says so, and whatever reads it knows which entries are left."""

import csv
import io
import json

import httpx
import numpy as np
import pytest
from storing import ENDED, long_trace
from websockets.sync.client import connect

import slalom
from slalom.engine.heartbeat import RetryingStore
from slalom.engine.joined import JoinedRunner
from slalom.wire.container import read_container
from slalom.wire.frames import decode, steps_of


@pytest.fixture(scope="module")
def house(quiet_server, tmp_path_factory):
    with quiet_server(tmp_path_factory.mktemp("thin")) as house:
        yield house


@pytest.fixture(scope="module")
def thin(house):
    """Return the id of an experiment that is thinned out, its numbers before, (columns, runs, n), and its address."""
    id, blocks = long_trace(house.store)
    house.store.thinning.run(id)
    return id, np.concatenate([block.data for block in blocks], axis=2), f"{house.http}/api/experiments/{id}"


@pytest.fixture(scope="module")
def trace(thin):
    return httpx.get(f"{thin[2]}/trace").json()["runs"]


def test_its_record_says_so(house, thin):
    left = httpx.get(thin[2]).json()["thinned"]
    assert left["of"] == 10_001
    assert 0 < left["entries"] < 10_001 / 8
    assert httpx.get(f"{house.http}/api/experiments").json()["items"][0]["thinned"] == left


def test_a_download_has_the_steps_of_what_is_left(thin, trace):
    _, whole, here = thin
    for run, found in enumerate(trace):
        assert (found["step"][0], found["step"][-1]) == (0, 10_000)
        np.testing.assert_array_equal(np.array(found["loss"][:-1], float), whole[0, run, found["step"]][:-1])
    assert trace[1]["loss"][-1] == "nan"
    with np.load(io.BytesIO(httpx.get(f"{here}/trace?format=npz").content)) as archive:
        assert archive["step"].shape == archive["loss"].shape
        assert [*archive["step"][0][: archive["length"][0]]] == trace[0]["step"]
    rows = [*csv.DictReader(io.StringIO(httpx.get(f"{here}/trace?format=csv").text))]
    assert [int(row["step"]) for row in rows if row["run"] == "0"] == trace[0]["step"]
    assert [float(row["loss"]) for row in rows if row["run"] == "0"] == trace[0]["loss"]
    tenth = httpx.get(f"{here}/trace?every=10").json()["runs"]
    assert tenth[0]["step"] == [step for step in trace[0]["step"] if step % 10 == 0]
    again = httpx.get(f"{here}/trace?spec=true").content
    refused = httpx.post(
        f"{here.rpartition('/')[0]}/import", content=again, headers={"Content-Type": "application/json"}
    )
    assert (refused.status_code, "leaves out steps" in refused.json()["detail"]) == (422, True)


def test_a_look_from_near_by_a_thumbnail_and_a_summary(thin):
    here = thin[2]
    near = steps_of(decode(httpx.get(f"{here}/detail?first=100&last=900").content))
    assert 100 <= near.min() <= near.max() <= 900
    assert [one["step"][-1] for one in httpx.get(f"{here}/thumbnail").json()["runs"]] == [10_000, 10_000]
    assert [one["entries"] for one in httpx.get(f"{here}/sweep").json()["runs"]] == [10_001, 10_001]


@pytest.mark.parametrize("detail", ["full", "screen"])
def test_a_stream_leaves_no_frame_out_and_tells_every_event(house, thin, detail):
    seq, events, last = 0, [], 0
    with connect(f"{house.ws}/api/experiments/{thin[0]}/stream?ack=0&detail={detail}", max_size=None) as viewer:
        for message in viewer:
            if isinstance(message, bytes):
                header, _ = read_container(message)
                assert header["first"] == seq + 1
                seq, last = header["seq"], max(last, int(steps_of(decode(message)).max()))
            elif json.loads(message)["type"] == "event":
                events.append(json.loads(message)["step"])
    assert (last, events) == (10_000, [507, 2007])


def test_a_program_gets_the_steps(house, thin, trace):
    with slalom.Client(house.http) as client:
        result = client.trace(thin[0])
        assert [*result.step(0)] == trace[0]["step"]
        assert [*result.table()["step"][: len(trace[0]["step"])]] == trace[0]["step"]
        np.testing.assert_array_equal(result[0]["loss"], trace[0]["loss"])
        assert [*next(result.blocks()).data[0, 0].astype(int)] == trace[0]["step"]


def test_a_comparison_with_one_is_thinned_out_too(house, thin):
    rates = [{"optimizer": {"kind": "sgd", "lr": lr}} for lr in (0.2, 0.3)]
    spec = json.dumps({"problem": {"kind": "parabola"}, "runs": rates, "steps": 10_000})
    other, blocks = long_trace(house.store, chunks=4, spec=spec)
    runner = JoinedRunner(RetryingStore(house.store), [thin[0], other])
    ticks = [*runner.frames()]
    assert ticks[0].kept[0].kind == "thinned"
    assert json.loads(ticks[0].kept[0].payload) == {"entries": 10_001, "of": 10_001}
    ours = [block for tick in ticks for block in tick.blocks if block.columns[0] == "step"]
    assert {block.stride for block in ours} == {0}
    assert {run for block in ours for run in block.runs} >= {0}
    theirs = [block for tick in ticks for block in tick.blocks if block.columns[0] != "step"]
    np.testing.assert_array_equal(theirs[0].data, blocks[0].data)
    assert {outcome.kind for outcome in runner.outcomes} == {ENDED["kind"]}

"""Maps over REST and WebSocket: streamed coarse first, exported, every cell played again, cancelled at once."""

import io
import json
import struct
import time
import zlib

import numpy as np
import pytest
from traces import header_of
from websockets.sync.client import connect

from slalom.catalogue.experiments.map import CELL_COLUMNS, CELL_KINDS
from slalom.wire.frames import decode

LR = {"field": "run.optimizer.lr", "from": 0.001, "to": 1, "scale": "log", "n": 24}
MOMENTUM = {"field": "run.optimizer.momentum", "from": 0, "to": 0.99, "n": 16}
SPEC = {"kind": "map", "problem": {"kind": "bowl"}, "vary": [LR, MOMENTUM], "steps": 150}
NETWORK = {
    "kind": "map",
    "problem": {"kind": "network", "data": {"kind": "chebyshev"}, "hidden": [8]},
    "vary": [
        {"field": "run.layer_lr.0", "from": 0.01, "to": 100, "scale": "log", "n": 12},
        {"field": "run.layer_lr.1", "from": 0.01, "to": 100, "scale": "log", "n": 12},
    ],
    "steps": 60,
}
LONG = SPEC | {"steps": 5_000, "vary": [LR | {"n": 200}, MOMENTUM | {"n": 200}]}


def create(api, spec=SPEC):
    answer = api.post("/api/experiments", json=spec)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def finished(api, spec=SPEC):
    id = create(api, spec)
    record = api.get(f"/api/experiments/{id}", params={"wait": 100}).json()
    assert record["status"] == "done", record
    return id


@pytest.fixture(scope="module")
def maps(api):
    """Return finished maps of a server by what they are of, made once."""
    return {}


@pytest.fixture(params=["surface", "network"])
def made(request, api, maps):
    spec = {"surface": SPEC, "network": NETWORK}[request.param]
    if request.param not in maps:
        maps[request.param] = finished(api, spec)
    return maps[request.param], spec


def columns_of(api, id):
    file = np.load(io.BytesIO(api.get(f"/api/experiments/{id}/map", params={"format": "npz"}).content))
    return {name: file[name] for name in ("x", "y", *CELL_COLUMNS)}


def test_a_map_is_created_computed_and_described(api, made):
    id, spec = made
    record = api.get(f"/api/experiments/{id}").json()
    across, up = spec["vary"]
    assert (record["kind"], record["steps_done"]) == ("map", across["n"] * up["n"])
    assert " × " in record["name"]
    about = api.get(f"/api/experiments/{id}/map", params={"format": "about"}).json()
    assert about["fields"] == [across["field"], up["field"]]
    assert (len(about["x"]), len(about["y"])) == (across["n"], up["n"])
    assert about["kinds"] == list(CELL_KINDS)
    assert np.shape(about["palette"]) == (len(CELL_KINDS), 64, 3)


def test_the_border_of_a_bowl_is_the_rules_own_limit(api):
    about = api.get(f"/api/experiments/{finished(api)}/map", params={"format": "about"}).json()
    for x, y in about["border"]:
        assert x == pytest.approx(2 * (1 + y) / 12)


def test_all_formats_say_the_same(api, made):
    id, _ = made
    columns = columns_of(api, id)
    whole = api.get(f"/api/experiments/{id}/map").json()
    for name in CELL_COLUMNS:
        np.testing.assert_array_equal(np.array(whole["columns"][name], float), columns[name])
    answer = api.get(f"/api/experiments/{id}/map", params={"format": "png"})
    assert (answer.headers["content-type"], id in answer.headers["content-disposition"]) == ("image/png", True)
    png = answer.content
    width, height = struct.unpack(">II", png[16:24])
    length = struct.unpack(">I", png[33:37])[0]
    pixels = np.frombuffer(zlib.decompress(png[41 : 41 + length]), np.uint8).reshape(height, 1 + 4 * width)
    assert columns["kind"].shape == (height, width)
    assert (pixels[:, 4::4] == 255).all()
    dark = pixels[::-1, 1:].reshape(height, width, 4)[..., :3] @ [0.2126, 0.7152, 0.0722] < 60
    np.testing.assert_array_equal(dark, columns["kind"] == CELL_KINDS.index("diverged"))


def test_a_clicked_cell_ends_as_it_says(api, made):
    id, _ = made
    columns = columns_of(api, id)
    height, width = columns["kind"].shape
    for cell in np.random.default_rng(3).choice(height * width, 12, replace=False).tolist():
        y, x = divmod(cell, width)
        answer = api.get(f"/api/experiments/{id}/cell", params={"x": x, "y": y}).json()
        (run,) = answer["runs"]
        assert run["outcome"]["kind"] == CELL_KINDS[int(columns["kind"][y, x])]
        assert float(run["loss"][-1]) == columns["loss"][y, x] or run["outcome"]["kind"] == "diverged"
        step = columns["step"][y, x]
        assert run["outcome"]["step"] == (None if np.isnan(step) else step)
        assert answer["spec"]["kind"] == "comparison"
        assert run["outcome"]["because"]


def test_on_a_surface_the_run_of_a_cell_is_the_same_anywhere(api):
    id = finished(api)
    cell = api.get(f"/api/experiments/{id}/cell", params={"x": 20, "y": 7}).json()
    alone = api.post("/api/simulate", json=cell["spec"]).json()
    assert alone["runs"] == cell["runs"]


def test_frames_are_the_stored_chunks_coarse_first_and_each_cell_once(api, server):
    id = create(api, LONG | {"steps": 40})
    frames, messages = [], []
    with connect(f"{server.replace('http', 'ws')}/api/experiments/{id}/stream?detail=screen&ack=0") as socket:
        for message in socket:
            (frames if isinstance(message, bytes) else messages).append(message)
    assert json.loads(messages[0])["spec"]["kind"] == "map"
    assert json.loads(messages[-1])["status"] == "done"
    blocks = [decode(frame) for frame in frames]
    assert all(block.columns == CELL_COLUMNS for block in blocks)
    assert sorted(run for block in blocks for run in block.runs) == list(range(200 * 200))
    assert header_of(frames[0])["stride"] == 8
    assert [header_of(frame)["seq"] for frame in frames] == list(range(1, len(frames) + 1))


def test_cancelling_is_immediate_and_keeps_what_is_there(api):
    id = create(api, LONG)
    while api.get(f"/api/experiments/{id}").json()["steps_done"] == 0:
        time.sleep(0.02)
    began = time.monotonic()
    api.post(f"/api/experiments/{id}/cancel")
    record = api.get(f"/api/experiments/{id}", params={"wait": 20}).json()
    assert record["status"] == "cancelled"
    assert time.monotonic() - began < 5  # tests/bench says how long: a busy machine must not fail a test.
    assert 0 < record["steps_done"] < 40_000
    assert np.isfinite(columns_of(api, id)["kind"]).sum() == record["steps_done"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"vary": [LR]}, "vary"),
        ({"vary": [LR, LR]}, "Both axes vary"),
        ({"vary": [LR, {"field": "run.label", "values": ["a"]}]}, "cannot vary"),
        ({"vary": [LR, {"field": "run.start.7", "from": 0, "to": 1, "n": 3}]}, "no field"),
        ({"vary": [LR, {"field": "run.optimizer.momentum", "from": -1, "to": 1, "n": 3}]}, "momentum = -1"),
        ({"vary": [LR, {"field": "run.layer_lr.0", "from": 1, "to": 2, "n": 3}]}, "no field"),
        ({"run": {"schedule": {"kind": "plateau"}}}, "plateau"),
        ({"steps": 0}, "must be at least 1, but is 0"),
        ({"vary": [LR | {"n": 2000}, MOMENTUM | {"n": 2000}]}, "4,000,000, but at most 1,048,576"),
    ],
)
def test_what_cannot_be_mapped_is_refused_in_words(api, change, words):
    answer = api.post("/api/experiments", json=SPEC | change)
    assert answer.status_code == 422
    assert words in answer.text


def test_what_a_map_does_not_have_is_said(api, made):
    id, spec = made
    assert "keeps only how its runs ended" in api.get(f"/api/experiments/{id}/trace").json()["detail"]
    assert api.post(f"/api/experiments/{id}/fork", json={"run": 0, "step": 1}).status_code == 422
    assert api.get(f"/api/experiments/{id}/views/plane").status_code == 404
    assert api.get(f"/api/experiments/{id}/cell", params={"x": 99, "y": 0}).status_code == 422
    assert "piece by piece" in api.post("/api/simulate", json=spec).json()["detail"]
    other = api.post("/api/experiments", json={"problem": {"kind": "bowl"}, "runs": [{}]}).json()["id"]
    assert api.get(f"/api/experiments/{other}/map").status_code == 404

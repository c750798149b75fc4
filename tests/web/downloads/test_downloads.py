"""Downloads and landscapes: whole, in little memory, a few at a time, and for nobody who has hung up."""

import io
import json
import socket
import threading
import time
from pathlib import Path

import httpx
import numpy as np
import pytest

from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.problems.surfaces import Bowl
from slalom.errors import LimitExceeded
from slalom.web.api import landscape
from slalom.web.api.catalogue import example
from slalom.web.downloads import grids
from slalom.web.downloads.grids import Grid
from slalom.web.http.stored import blocks_of
from slalom.wire.frames import Block, encode

NAMES = Bowl().columns
SHAPED = [kind for kind in PROBLEMS if not example(kind).is_network]


def blocks(runs, entries, seed=0):
    """Yield frames of a few entries; run 1 ends early, as one that diverges does."""
    values = np.random.default_rng(seed).normal(size=(len(NAMES), runs, entries))
    for step, n in ((0, 1), (1, 4), (5, entries - 5)):
        yield Block(step, tuple(range(runs)) if step < 5 else (0, *range(2, runs)), NAMES, np.empty(0))._replace(
            data=values[:, [run for run in range(runs) if step < 5 or run != 1], step : step + n]
        )


@pytest.mark.parametrize("every", [1, 3, 7])
@pytest.mark.parametrize("gathered", [1, 400, 10**6])
def test_a_grid_on_disk_is_the_one_in_memory(tmp_path, monkeypatch, every, gathered):
    monkeypatch.setattr(grids, "GATHERED", gathered)
    monkeypatch.setattr(grids, "READ", 5)
    entries = 40 // every + 1
    here = Grid(NAMES, 3, entries, "float64", every)
    here.fill(blocks(3, 23))
    with (tmp_path / "grid").open("w+b", buffering=0) as file:
        there = Grid(NAMES, 3, entries, "float64", every, file)
        there.fill(blocks(3, 23))
        assert here.length.tolist() == there.length.tolist()
        assert here.used == there.used == 22 // every + 1
        for column in range(len(NAMES)):
            found = np.concatenate(list(there.rows(column))).reshape(3, here.used)
            assert np.array_equal(found, np.concatenate(list(here.rows(column))).reshape(3, -1), equal_nan=True)
            assert np.isnan(found[1, here.length[1] :]).all()
            assert np.array_equal(there.row(column, 0, 1, 3), here.row(column, 0, 1, 3))


def test_an_archive_is_what_numpy_would_have_written(quiet):
    house = quiet()
    spec = json.dumps({"problem": {"kind": "bowl"}, "runs": [{}, {}, {}], "steps": 40})
    id = house.store.experiments.create(kind="comparison", name="made", spec=spec, owner="o").id
    house.store.experiments.claim(id, "w")
    for seq, block in enumerate(blocks(3, 23), 1):
        house.store.chunks.append(id, seq, encode(block, seq), "[]", seq)
    whole = Grid(NAMES, 3, 23, "float64")
    whole.fill(blocks_of(house.store, id))
    arrays = {name: np.concatenate(list(whole.rows(i))).reshape(3, 23) for i, name in enumerate(NAMES)}
    expected = io.BytesIO()
    np.savez(expected, length=whole.length, **arrays)
    answer = httpx.get(f"{house.http}/api/experiments/{id}/trace", params={"format": "npz"}, timeout=60)
    assert answer.headers["content-length"] == str(len(expected.getvalue()))
    archive, same = np.load(io.BytesIO(answer.content)), np.load(io.BytesIO(expected.getvalue()))
    assert list(archive) == list(same)
    for name in same:
        assert archive[name].tobytes() == same[name].tobytes()
        assert (archive[name].dtype, archive[name].shape) == (same[name].dtype, same[name].shape)
    assert len(answer.content) == len(expected.getvalue())


def test_a_trace_is_read_some_megabytes_at_a_time(quiet, monkeypatch):
    house = quiet()
    id = house.store.experiments.create(kind="comparison", name="", spec="{}", owner="o").id
    house.store.experiments.claim(id, "w")
    sizes = [100, 10, 100, 2 * 2**20, 2 * 2**20, 2 * 2**20, 2 * 2**20, 10, 100, 100]
    for seq, numbers in enumerate(sizes, 1):
        block = Block(seq, (0,), ("loss",), np.zeros((1, 1, numbers // 8)))
        house.store.chunks.append(id, seq, encode(block, seq), "[]", seq)
    real, read = house.store.chunks.read, []
    monkeypatch.setattr(house.store.chunks, "read", lambda *given: read.append(real(*given)) or read[-1])
    assert [block.step for block in blocks_of(house.store, id)] == list(range(1, len(sizes) + 1))
    assert max(sum(len(chunk.payload) for chunk in chunks) for chunks in read) < 10 * 2**20


def test_a_download_needs_room_beside_the_store(quiet, monkeypatch):
    house = quiet(free_bytes=10**6)
    id = house.create(chunks=2)
    free = {"bytes": 10**9}
    monkeypatch.setattr("slalom.storage.quota.free_bytes", lambda folder: free["bytes"])
    url = f"{house.http}/api/experiments/{id}/trace"
    for format in ("json", "npz"):
        free["bytes"] = 10**9
        assert httpx.get(url, params={"format": format}, timeout=60).status_code == 200
        free["bytes"] = 10**6 + 8 * 7 * 2 * 100_001 - 1
        refused = httpx.get(url, params={"format": format}, timeout=60)
        assert (refused.status_code, refused.json()["setting"]) == (507, "SLALOM_FREE_BYTES")
    assert httpx.get(url, params={"format": "csv"}, timeout=60).status_code == 200
    free["bytes"] += 1
    assert httpx.get(url, timeout=60).status_code == 200
    with pytest.raises(LimitExceeded):
        house.store.quota.scratch(8 * 7 * 2 * 100_001 + 1)


def test_nothing_of_a_download_is_left_on_the_disk(quiet):
    house = quiet()
    id = house.create(chunks=2)
    folder = house.settings.store.removeprefix("sqlite:///").rpartition("/")[0]
    url = f"{house.http}/api/experiments/{id}/trace"
    for format in ("json", "npz"):
        httpx.get(url, params={"format": format}, timeout=60)
    assert {path.name.partition("-")[0] for path in Path(folder).iterdir()} == {"slalom.db"}


# Landscapes


@pytest.mark.parametrize("numbers", [1, 50, 2**18])
@pytest.mark.parametrize("kind", SHAPED, ids=lambda kind: kind.model_fields["kind"].default)
def test_a_landscape_in_pieces_is_the_whole_one(monkeypatch, kind, numbers):
    problem = example(kind)
    monkeypatch.setattr(landscape, "LANDSCAPE_NUMBERS", numbers)
    monkeypatch.setattr(landscape, "still_wanted", lambda: None)
    sides = [7, 5][: min(problem.dimension, 2)]
    domain = list(problem.domain[: len(sides)])
    found = landscape.heights(problem, domain, sides)
    grid = np.meshgrid(*(np.linspace(low, high, n) for (low, high), n in zip(domain, sides, strict=True)))
    points = np.stack([*grid, *(np.full(grid[0].shape, x) for x in problem.start[len(sides) :])])
    with np.errstate(all="ignore"):
        whole = np.broadcast_to(problem.functions(np).value(points), grid[0].shape)
        assert found.tobytes() == whole.astype("<f4").tobytes()
    assert found.shape == grid[0].shape


# Turns


def ask(house, body):
    """Ask for a landscape, and return the connection without waiting for the answer."""
    connection = socket.create_connection(("127.0.0.1", house.port))
    head = f"POST /api/landscape HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def until(condition):
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert condition()


def test_nobody_who_has_hung_up_is_worked_for(quiet, monkeypatch):
    """One landscape at a time: those who leave while they wait are not begun, the one at work is broken off."""
    house, begun, go_on = quiet(landscapes=1), [], threading.Event()
    real = landscape.heights

    def slow(*given):
        begun.append(1)
        while not go_on.wait(0.005):
            landscape.still_wanted()
        return real(*given)

    monkeypatch.setattr(landscape, "heights", slow)
    turns = house.app.state.server.landscapes
    wish = json.dumps({"problem": {"kind": "bowl"}, "shape": [3, 3]}).encode()
    first = ask(house, wish)
    until(lambda: begun)
    others = [ask(house, wish) for _ in range(5)]
    until(lambda: turns.statistics().tasks_waiting == 5)
    for other in others:
        other.close()
    until(lambda: turns.statistics().tasks_waiting == 0)
    first.close()
    until(lambda: turns.statistics().borrowed_tokens == 0)
    assert begun == [1]
    go_on.set()
    headers = {"content-type": "application/json"}
    assert httpx.post(f"{house.http}/api/landscape", content=wish, headers=headers, timeout=60).status_code == 200

"""Tiles of a map on several nodes: byte for byte what one machine computes, whatever dies meanwhile."""

import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from slalom.catalogue.experiments.map import Map
from slalom.engine.map.runner import MapRunner
from slalom.errors import SlalomError
from slalom.unexpected import Cancelled


def square(url, given, number):
    """Return what a tile of the tests gives."""
    del url
    return np.array([number * json.loads(given)["times"], os.getpid()])


def beside(url, given, number):
    """Return the same, once tiles are computed on two nodes at the same time."""
    from cluster_standins import wait_for_another_node  # Not above: it is there for the nodes.

    wait_for_another_node(Path(json.loads(given)["marks"]) / "nodes")
    return square(url, given, number)


def always():
    """Let it go on."""


def refused(url, given, number):
    raise SlalomError(f"Tile {number} cannot be computed.")


def fatal_once(url, given, number):
    """Kill the process that computes it, the first time."""
    if not os.path.exists(mark := f"{json.loads(given)['marks']}/{number}"):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return square(url, '{"times": 1}', number)


def slow(url, given, number):
    time.sleep(0.2)
    open(f"{json.loads(given)['marks']}/{number}", "w").close()
    return np.zeros(1)


def shared(entry, todo, alive=always, **given):
    from slalom.cluster.bounds import UNBOUND  # Not above: Ray reads its environment when it is imported.
    from slalom.cluster.tiles import share_tiles

    return share_tiles("sqlite://", 1.0, UNBOUND, f"test_tiles:{entry}", json.dumps(given), todo, alive)


def map_of(problem, n, **more):
    axes = [{"field": f"run.optimizer.{name}", "from": 0.001, "to": 0.9, "n": n} for name in ("lr", "momentum")]
    return Map.model_validate({"problem": problem, "vary": axes, "steps": 12} | more)


TABLE = "\n".join(f"{x / 7:.3f},{(x * x) % 5},{int(x > 30)}" for x in range(60)).encode()


@pytest.mark.parametrize("problem", ["surface", "networks"])
def test_a_map_is_that_of_one_machine_byte_for_byte(joined, store, problem):
    spec = map_of({"kind": "rosenbrock"}, 160)
    if problem == "networks":
        id = store.datasets.add("mine.csv", "table", "60 rows", TABLE)
        spec = map_of({"kind": "network", "data": {"kind": "csv", "id": id}, "hidden": [4]}, 18)

    from slalom.cluster.bounds import UNBOUND
    from slalom.cluster.sharing import NodeSharing

    share = NodeSharing(store.database.url, 1.0, UNBOUND, always)

    def blocks(**how):
        return [block for tick in MapRunner(spec, store.datasets.file, **how).frames() for block in tick.blocks]

    here, there = blocks(processes=1), blocks(share=share)
    assert [(one.step, one.runs, one.stride, one.data.tobytes()) for one in there] == [
        (one.step, one.runs, one.stride, one.data.tobytes()) for one in here
    ]


def test_every_tile_is_computed_once_and_both_nodes_do_some(free, tmp_path):
    todo = [*range(100, 180)]
    found = dict(shared("beside", todo, times=3, marks=str(tmp_path)))
    assert {place: int(one[0]) for place, one in found.items()} == {i: 3 * number for i, number in enumerate(todo)}
    assert {free.node_of(int(one[1])) for one in found.values()} == {"left", "right"}
    assert list(shared("square", [], times=3)) == []


def test_what_a_tile_says_is_wrong_is_said(joined):
    with pytest.raises(SlalomError, match="Tile 7 cannot be computed"):
        list(shared("refused", [7]))


def test_a_tile_whose_process_dies_is_computed_again(joined, tmp_path):
    found = sorted((place, int(one[0])) for place, one in shared("fatal_once", [4, 5], marks=str(tmp_path)))
    assert found == [(0, 4), (1, 5)]


def test_whoever_stops_waiting_is_not_worked_for(joined, tmp_path):
    from ray_nodes import until  # Not above: it is not there for the nodes, which import this.

    def alive():
        if any(tmp_path.iterdir()):
            raise Cancelled

    with pytest.raises(Cancelled):
        list(shared("slow", [*range(1000)], alive, marks=str(tmp_path)))

    def rests():
        done = len([*tmp_path.iterdir()])
        time.sleep(1)
        return done if len([*tmp_path.iterdir()]) == done else 0

    assert until(rests) < 12

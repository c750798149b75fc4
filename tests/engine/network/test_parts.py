"""Networks that are trained in parts: what is recorded, drawn, kept and judged is what one process comes to."""

import json

import numpy as np
import pytest

from slalom.catalogue.experiments import SPEC
from slalom.engine.lockstep.checkpoints import unpack_checkpoints
from slalom.engine.network.parts import SomeRuns
from slalom.engine.runners import runner_of
from slalom.storage.store import Store

NETWORK = {"kind": "network", "data": {"kind": "moons", "n": 120}, "hidden": [6]}
RULES = [
    {"optimizer": {"kind": "sgd", "lr": 0.1, "momentum": 0.9}},
    {"optimizer": {"kind": "adam", "lr": 0.01}, "batch_size": 32},
    {"optimizer": {"kind": "sgd", "lr": 1e9}},
    {"optimizer": {"kind": "sgd", "lr": 0.05}, "noise": 0.1, "averaging": {"kind": "ema"}},
]
COMPARISON = {
    "problem": NETWORK,
    "runs": RULES,
    "steps": 60,
    "seeds": 2,
    "vary": [{"field": "run.optimizer.lr", "from": 0.01, "to": 0.3, "n": 3}],
}
RANGE = {"kind": "range_test", "problem": NETWORK, "steps": 120, "seeds": 4, "lr_from": 1e-4, "lr_to": 1e4}


class Here:
    """As many processes of a cluster, all of them this one."""

    def __init__(self, url, count):
        self.url, self.count = url, count

    def walkers(self, entry, given, order):
        self.runs = [order[i :: self.count] for i in range(self.count)]
        self.parts = [SomeRuns(self.url, given, runs) for runs in self.runs]
        self.asked = []
        return self

    def walk(self, n):
        self.asked.append(n)
        return [part(n) for part in self.parts]


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path}/slalom.db"
    Store.open(url).close()
    return url


def result(spec, share=None):
    """Return all that comes of an experiment: its trace, events, planes, states and outcomes."""
    read = SPEC.validate_python(spec)
    runner = runner_of(read, share=share)
    ticks = list(runner.frames())
    parts = {}
    for block in (block for tick in ticks for block in tick.blocks):
        for place, run in enumerate(block.runs):
            parts.setdefault(run, []).append(block.data[:, place])
    trace = {run: np.concatenate(found, axis=1).tobytes() for run, found in sorted(parts.items())}
    told = sorted(
        (event.run, event.kind, event.step, event.sentence)
        for tick in ticks
        for event in tick.events
        if event.kind != "timing"
    )
    planes = [one.payload for tick in ticks for one in tick.kept if one.kind == "plane"]
    states = {
        one.step: [
            (state.params.tobytes(), state.step, state.drawn, state.rule, [np.asarray(part) for part in state.state])
            for state in unpack_checkpoints(one.payload)
        ]
        for tick in ticks
        for one in tick.kept
        if one.kind == "state"
    }
    found = runner.result()
    return {
        "trace": trace,
        "told": told,
        "planes": planes,
        "states": repr(states),
        "outcomes": [one.model_dump_json() for one in found.outcomes],
        "findings": json.dumps(found.findings),
    }


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize("spec", [COMPARISON, RANGE], ids=["comparison", "range test"])
def test_in_parts_it_comes_to_the_same(url, spec, count):
    share = Here(url, count)
    there, here = result(spec, share), result(spec)
    for name, found in here.items():
        assert there[name] == found, name
    assert sum(share.asked) == spec["steps"] + 1
    assert sorted(run for runs in share.runs for run in runs) == [*range(SPEC.validate_python(spec).lane_count)]


def test_a_surface_is_computed_in_one_process():
    spec = {"problem": {"kind": "bowl"}, "runs": [{}, {}], "steps": 10}
    assert result(spec, share=object()) == result(spec)

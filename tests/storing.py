"""Experiments for the tests of the store: queued, running or ended; and what they take."""

import json

import numpy as np
from sqlalchemy import func, select

from slalom.catalogue.problems.surfaces import Parabola
from slalom.storage.quota import ROW
from slalom.storage.tables import chunk, experiment, keep, outcome
from slalom.wire.frames import Block, encode

LONG = '{"problem": {"kind": "parabola"}, "runs": [{}, {}], "steps": 10000}'
COLUMNS = Parabola().columns
EVIDENCE = ("sharpness", "limit", "lr", "predicted_growth", "measured_growth", "safe_lr")
ENDED = {
    "kind": "unfinished",
    **dict.fromkeys(("step", "first_rise", "exploded", "nonfinite")),
    "because": "It ended.",
    "evidence": dict.fromkeys(EVIDENCE),
}


def make(store, **given):
    return store.experiments.create(**({"kind": "comparison", "name": "n", "spec": "{}", "owner": "here:1:0"} | given))


def running(store, **given):
    id = make(store, **given).id
    assert store.experiments.claim(id, "worker")
    return id


def ended(store, status):
    id = running(store)
    store.chunks.append(id, 1, b"a", "[]", 1)
    store.experiments.finish(id, status, "[]", "why")
    return id


def recount(store):
    """Return what every experiment takes, by looking at all that there is of it."""
    with store.database.read() as connection:
        found = dict(connection.execute(select(experiment.c.id, func.length(experiment.c.spec) + ROW)).all())
        for table, size in (
            (chunk, func.length(chunk.c.payload) + func.length(chunk.c.events)),
            (keep, func.length(keep.c.payload)),
            (outcome, func.length(outcome.c.outcomes)),
        ):
            query = select(table.c.experiment, func.sum(size + ROW)).group_by(table.c.experiment)
            for id, total in connection.execute(query):
                found[id] += int(total)
    return found


def long_trace(store, chunks=20, n=500, runs=(0, 1), spec=LONG):
    """Store an ended experiment of two runs, whose second run ends with NaN, and return its id and its blocks."""
    id, random, blocks = running(store, spec=spec), np.random.default_rng(0), []
    for i in range(chunks):
        data = random.normal(size=(len(COLUMNS), len(runs), n))
        blocks.append(Block(i * n, runs, COLUMNS, data))
    blocks.append(Block(chunks * n, runs, COLUMNS, random.normal(size=(len(COLUMNS), len(runs), 1))))
    blocks[-1].data[0, 1, 0] = np.nan
    blocks[3].data[COLUMNS.index("limit"), 0, 100:140] = np.inf
    for seq, block in enumerate(blocks, 1):
        told = [{"run": 1, "kind": "first_rise", "step": block.step + 7, "sentence": "It rises."}]
        store.chunks.append(id, seq, encode(block, seq), json.dumps(told if seq in (2, 5) else []), block.last)
    store.experiments.finish(id, "done", json.dumps([ENDED, ENDED]))
    return id, blocks

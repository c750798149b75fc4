"""The worker process: one experiment from the store, computed, appended tick by tick, and finished."""

from __future__ import annotations

import json
import logging
import os
import socket
from collections.abc import Sequence
from contextlib import closing
from time import perf_counter, sleep

from pydantic import TypeAdapter

from slalom.catalogue.experiments import SPEC, AnyExperiment
from slalom.catalogue.experiments.map import Map
from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.experiments.range_test import FINDINGS, RangeTest
from slalom.engine.lockstep.groups import Checkpoint
from slalom.engine.map.compute import compute_map
from slalom.engine.map.process_pool import ProcessPoolError
from slalom.engine.range_test.analysis import RangeCurve
from slalom.errors import Conflict, SlalomError
from slalom.storage.records import ExperimentRecord
from slalom.storage.store import Store
from slalom.unexpected import Cancelled, unexpected_error_message
from slalom.wire.frames import encode

from .descent import Descent, Tick
from .heartbeat import RetryingStore, heartbeat
from .replay import replay

PAUSE_SECONDS = 0.05
"""Seconds between two questions whether a paused experiment may go on."""

OUTCOMES = TypeAdapter(list[Outcome])

log = logging.getLogger(__name__)


def work(store_url: str, experiment_id: str) -> None:
    """Run one experiment of a store to its end; return at once where another worker has it."""
    with closing(Store.open(store_url)) as opened:
        store = RetryingStore(opened)
        if store.claim(experiment_id, f"{socket.gethostname()}:{os.getpid()}"):
            with heartbeat(store, experiment_id):
                _run(store, experiment_id)


def warm_up_worker() -> None:
    """Run a small experiment for nobody, while nobody waits: in a forked process the first time takes longest."""
    spec = SPEC.validate_python({"problem": {"kind": "bowl"}, "runs": [{}], "steps": 40})
    descent = Descent(spec)
    for tick in descent:
        for block in tick.blocks:
            encode(block, 1)
    OUTCOMES.dump_json(descent.outcomes)


def _run(store: RetryingStore, id: str) -> None:
    try:
        record = store.experiments.get(id)
        spec = SPEC.validate_json(record.spec)
        if isinstance(spec, Map):
            store.finish(id, _stream_map(store, id, spec))
            return
        descent = Descent(spec, origin=_origin(store, record, spec), uploads=store.datasets.text)
        climb = RangeCurve(spec) if isinstance(spec, RangeTest) else None
        status = _stream(store, id, descent, climb)
        if climb and status == "done":
            store.keep(
                id, 0, FINDINGS, json.dumps(climb.findings(store.datasets.text, lambda: _still(store, id))).encode()
            )
        store.finish(id, status, OUTCOMES.dump_json(descent.outcomes).decode())
    except _Cancelled:
        store.finish(id, "cancelled")
    except Conflict as error:
        log.warning("%s", error)
    except (SlalomError, ProcessPoolError) as error:
        store.finish(id, "failed", error=str(error))
    except Exception as error:
        log.exception("The experiment %s failed.", id)
        store.finish(id, "failed", error=unexpected_error_message(error))


class _Cancelled(Cancelled):
    """Nobody waits for what a range test found."""


def _still(store: RetryingStore, id: str) -> None:
    """Wait while the experiment is paused; raise where it is cancelled."""
    if not _may_go_on(store, id, store.beat(id)):
        raise _Cancelled


def _stream(store: RetryingStore, id: str, descent: Descent, climb: RangeCurve | None = None) -> str:
    """Append every tick and return how it ended: done, or cancelled."""
    seq, wanted = 0, store.beat(id)
    ticks = iter(descent)
    while _may_go_on(store, id, wanted):
        tick = next(ticks, None)
        if tick is None:
            return "done"
        for one in tick.kept:  # First: whoever hears of a plane may ask for it.
            store.keep(id, one.step, one.kind, one.payload)
        for block in tick.blocks:
            seq += 1
            events = _events(tick) if block is tick.blocks[-1] else "[]"
            if climb:
                climb.see(block)
            wanted = store.append(id, seq, encode(block, seq), events, tick.done)
    return "cancelled"


def _stream_map(store: RetryingStore, id: str, spec: Map) -> str:
    """Append every tile of a map and return how it ended: done, or cancelled. Steps done are cells."""
    seq, done, wanted, asked = 0, 0, store.beat(id), perf_counter()

    def go_on() -> bool:
        nonlocal wanted, asked
        if wanted != "run" or perf_counter() - asked > PAUSE_SECONDS:
            wanted, asked = store.beat(id), perf_counter()
        return _may_go_on(store, id, wanted)

    for block in compute_map(spec, go_on, store.datasets.text):
        seq, done = seq + 1, done + len(block.runs)
        wanted, asked = store.append(id, seq, encode(block, seq), "[]", done), perf_counter()
    return "done" if done == spec.lane_count else "cancelled"


def _may_go_on(store: RetryingStore, id: str, wanted: str) -> bool:
    """Wait while the experiment is paused; return False where it is cancelled."""
    while wanted == "pause":
        sleep(PAUSE_SECONDS)
        wanted = store.beat(id)
    return wanted == "run"


def _events(tick: Tick) -> str:
    return json.dumps([event._asdict() for event in tick.events])


def _origin(store: RetryingStore, record: ExperimentRecord, spec: AnyExperiment) -> Sequence[Checkpoint] | None:
    """Return where the runs of a fork begin: all at the same entry of the same run of its parent."""
    if record.parent is None:
        return None
    place = json.loads(record.parent)
    parent = store.experiments.get(place["id"])
    before = SPEC.validate_json(parent.spec)
    snapshot = replay(
        before,
        place["run"],
        place["step"],
        origin=_origin(store, parent, before),
        alive=lambda: store.beat(record.id),
        kept=lambda upto: store.artifacts.last(parent.id, "state", upto),
        uploads=store.datasets.text,
    )
    return [snapshot] * spec.lane_count

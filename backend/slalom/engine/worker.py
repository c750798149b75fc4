"""The worker process: one experiment from the store, computed, appended frame by frame, and finished."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import closing
from time import perf_counter, sleep

from pydantic import TypeAdapter

from slalom.catalogue.experiments import SPEC, STORED_SPEC, AnyStored
from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.experiments.recorded import RecordedLoop
from slalom.errors import Conflict, ProcessLost, SlalomError, SpecError
from slalom.storage.records import ExperimentRecord, this_worker
from slalom.storage.store import Store
from slalom.unexpected import Cancelled, unexpected_error_message
from slalom.wire.frames import encode

from .descent import Tick
from .fork import fork_runner
from .heartbeat import RetryingStore, heartbeat, patiently
from .joined import JoinedRunner
from .lockstep.sharing import WorkSharing
from .resumption import Stored
from .runner import Alive, Runner
from .runners import runner_of

PAUSE_SECONDS = 0.05
"""Seconds between two questions whether an experiment may go on."""

_OUTCOMES = TypeAdapter(list[Outcome])

log = logging.getLogger(__name__)


BeginSharing = Callable[[Alive], WorkSharing]
"""Returns who does work elsewhere; what it is given is called now and then while others work."""


def work(store_url: str, experiment_id: str, share: BeginSharing | None = None) -> None:
    """Run one experiment of a store to its end; return at once where another worker has it.

    It goes on from what is stored, where another worker was lost before. ``share`` has work done elsewhere; else this
    machine's cores do it.

    Raises ProcessLost where what was done elsewhere died: another worker may take the experiment up again.
    """
    with closing(patiently(Store.open, store_url)) as opened:
        store = RetryingStore(opened, this_worker())
        if store.claim(experiment_id):
            with heartbeat(store, experiment_id):
                _run(store, experiment_id, share)


def warm_up_worker() -> None:
    """Run a small experiment for nobody, while nobody waits: in a forked process the first time takes longest."""
    runner = runner_of(SPEC.validate_python({"problem": {"kind": "bowl"}, "runs": [{}], "steps": 40}))
    for tick in runner.frames():
        for block in tick.blocks:
            encode(block, 1)
    _written(runner.outcomes)


def _run(store: RetryingStore, id: str, share: BeginSharing | None) -> None:
    try:
        record = store.experiments.get(id)
        spec = STORED_SPEC.validate_json(record.spec)
        sink = StoreSink(store, id, record.steps_done)
        _stream(sink, spec, _runner(store, record, spec, sink, share))
    except Cancelled:
        store.finish(id, "cancelled")
    except ProcessLost:
        raise
    except Conflict as error:
        log.warning("%s", error)
    except SlalomError as error:
        store.finish(id, "failed", error=str(error))
    except Exception as error:
        log.exception("The experiment %s failed.", id)
        store.finish(id, "failed", error=unexpected_error_message(error))


def _runner(
    store: RetryingStore, record: ExperimentRecord, spec: AnyStored, sink: StoreSink, share: BeginSharing | None
) -> Runner:
    if record.source is not None:
        return JoinedRunner(store, json.loads(record.source)["joined"])
    if isinstance(spec, RecordedLoop):
        raise SpecError("A recorded loop cannot be computed here. Run the program that it is of.", ("kind",))
    if record.parent is not None:
        return fork_runner(store, record, spec, sink.alive)
    return runner_of(spec, store.datasets.file, None if share is None else share(sink.alive))


class StoreSink:
    """The chunks of one experiment in the store, appended as it goes on; knows whether it may."""

    def __init__(self, store: RetryingStore, id: str, done: int) -> None:
        """``done`` is how many updates another worker had made."""
        self.store: RetryingStore = store
        self.id: str = id
        self.stored: Stored = Stored(store, id, done)
        self._seq = self.stored.seq
        self._wanted, self._asked = store.beat(id), perf_counter()

    def take(self, tick: Tick) -> None:
        """Append what a stretch of work brought and is not stored."""
        tick = self.stored.rest(tick)
        for one in tick.kept:  # First: whoever hears of a plane may ask for it.
            self.store.keep(self.id, one.step, one.kind, one.payload)
        for block in tick.blocks:
            self._seq += 1
            events = json.dumps([event._asdict() for event in tick.events]) if block is tick.blocks[-1] else "[]"
            self._wanted = self.store.append(self.id, self._seq, encode(block, self._seq), events, tick.done)
        self._asked = perf_counter()

    def alive(self) -> None:
        """Wait while the experiment is paused; raise Cancelled where it is. The store is asked now and then."""
        if perf_counter() - self._asked > PAUSE_SECONDS:
            self._ask()
        while self._wanted == "pause":
            sleep(PAUSE_SECONDS)
            self._ask()
        if self._wanted != "run":
            raise Cancelled

    def _ask(self) -> None:
        self._wanted, self._asked = self.store.beat(self.id), perf_counter()


def _stream(sink: StoreSink, spec: AnyStored, runner: Runner) -> None:
    """Append every frame, keep what is found, and finish the experiment; also where it is cancelled on the way."""
    try:
        sink.alive()
        for tick in runner.frames(sink.alive, sink.stored.known):
            sink.take(tick)
            sink.alive()
        found = runner.result(sink.alive)
    except Cancelled:
        sink.store.finish(sink.id, "cancelled", _written(runner.outcomes))
        return
    if spec.findings is not None:
        sink.store.keep(sink.id, 0, spec.findings, json.dumps(found.findings).encode())
    sink.store.finish(sink.id, "done", _written(found.outcomes))


def _written(outcomes: list[Outcome] | None) -> str | None:
    return None if outcomes is None else _OUTCOMES.dump_json(outcomes).decode()

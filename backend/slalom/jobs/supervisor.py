"""The queue: which experiment runs next, and what becomes of those whose process does not end well.

Workers write to the store themselves. This thread only starts them, stops those that do not obey, and writes the last
word for those that cannot.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec

from slalom.errors import Busy, SlalomError
from slalom.logs import as_event
from slalom.storage.records import ExperimentRecord, ExperimentState
from slalom.storage.store import Store

from .deaths import describe_death
from .executor import Executor
from .listener import JobListener
from .liveness import Liveness
from .other_servers import OtherServers
from .owner import identity
from .silence import Silences

SUPERVISOR_SECONDS = 0.02
"""Seconds between two looks at the processes, while there are any."""
REVIEW = 0.25
"""Seconds between two looks at the states of what runs, and at the queue."""
ROUND = 2.0
"""Seconds between two looks at other servers' experiments."""
OBEY = 1.0
"""Seconds that a worker has to cancel itself."""
SILENT_SECONDS = 60.0
"""Seconds without a sign of life after which a loop that runs elsewhere counts as interrupted."""
HELD_UP = 1.0
"""Seconds between two reviews from which on this thread was held up itself, and blames nobody for silence meanwhile.

Another program that holds the store keeps workers from beating, and this thread from its next write.
"""
MOST_PAUSED = 8
"""Paused experiments that keep their process without taking the place of one that could run."""
AFTER_LOSS = "Start it again; everything streamed so far is kept."

_P = ParamSpec("_P")

log = logging.getLogger(__name__)


def nothing() -> None:
    """Stand where nobody wants to know."""


@dataclass
class _Watched:
    """One started experiment, seen on this process's own clock."""

    pulse: Liveness
    running_since: float | None = None
    cancel_seen: float | None = None
    stopped_because: str | None = None


class Supervisor:
    """Runs the experiments of one server, ``workers`` at a time; clients take turns, and of each the oldest is next.

    ``workers`` are as many as suit the executor, if not given. ``hung_after`` is how many seconds without a sign of
    life make a worker count as hung (see :class:`~slalom.jobs.liveness.Liveness`), as many as the executor has
    patience, if not given; ``gone_after`` the same for a server that cannot be asked; ``seconds`` is how long an
    experiment may run. ``on_change`` is called, from any thread, after this process wrote something that viewers should
    see at once; ``listener`` hears what becomes of every experiment.
    """

    def __init__(
        self,
        store: Store,
        executor: Executor,
        *,
        workers: int | None = None,
        seconds: float | None = None,
        hung_after: float | None = None,
        gone_after: float = 15.0,
        on_change: Callable[[], None] = nothing,
        listener: JobListener | None = None,
    ) -> None:
        self.owner: str = identity()
        self.on_change = on_change
        self._listener = listener or JobListener()
        self._store, self._executor = store, executor
        self._workers = workers
        self._seconds, self._hung_after = seconds, hung_after or executor.patience
        self._watched: dict[str, _Watched] = {}
        self._endings: dict[str, int | str] = {}
        self._unwritten: str | None = None
        """Why nothing could be written the last time, or nothing new may be."""
        self._others = OtherServers(self.owner, gone_after)
        self._loops = Silences()
        self._due: dict[str, float] = {}
        self._reviewed = time.monotonic()
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="slalom supervisor", daemon=True)

    def processes(self) -> dict[str, int | None]:
        """Return the experiments that were given to a process, with its id where there is one on this machine."""
        return self._executor.alive()

    @property
    def running(self) -> int:
        """How many experiments have a process."""
        return len(self._watched)

    @property
    def trouble(self) -> str | None:
        """Why no experiment can be computed at present, in sentences; None where all is well."""
        return self._unwritten or self._executor.trouble

    def start(self) -> None:
        """Inherit what servers that are gone left, and begin.

        What they had queued is queued here. What they were running goes on where another server is there, as it would
        have there; else it is ``interrupted``: whoever starts the only server again has not asked for it.
        """
        self._store.servers.beat(self.owner)
        gone = self._others.gone(self._store.servers.beats())
        for owner in gone:
            self._inherit(owner, alone=not self._others.living)
        self._thread.start()

    def stop(self) -> None:
        """End every process.

        What was running, and what was queued, goes on elsewhere where there is another server. Where there is none it
        is ``interrupted``, and what was queued waits for the next one.
        """
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._executor.close()
        try:
            self._leave({*self._executor.alive()})
        except SlalomError as error:
            log.warning("%s The next start says what was interrupted.", error, extra=as_event("storage_error"))
        self.on_change()

    def _leave(self, going_on: set[str]) -> None:
        """Hand everything to another server, or end what does not go on without one."""
        servers = self._store.servers
        heir = self._others.heir()
        if heir is not None and servers.inherit(self.owner, heir, lost=False):
            log.info("What was running and queued goes on at the server %s.", heir)
            return
        servers.interrupt(self.owner, spared=going_on)
        if not going_on:
            servers.leave(self.owner)

    def go_on(self, id: str, because: str) -> None:
        """Queue an experiment again whose process was lost; the next one goes on from what is stored.

        It is ``failed`` where that happened too often: ``because``, a clause, then begins the sentence.
        """
        self._watched.pop(id, None)
        if self._store.servers.resume(id, self.owner, because):
            self._tell()

    def submit(self, spec: str, kind: str, *, name: str, **given: Any) -> ExperimentRecord:
        """Queue a new experiment and return it; ``spec`` is JSON, ``given`` as for :meth:`Experiments.create`.

        Raises :class:`LimitExceeded` where too many wait or there is no room.
        """
        record = self._store.experiments.create(owner=self.owner, spec=spec, kind=kind, name=name, **given)
        self._hear(self._listener.queued, record.id, kind)
        return self._told(record)

    def cancel(self, id: str) -> ExperimentRecord:
        """Cancel an experiment; one that has ended stays as it ended."""
        return self._told(self._store.experiments.want(id, "cancel"))

    def pause(self, id: str) -> ExperimentRecord:
        """Let an experiment wait at its present step; raises :class:`Conflict` where it has ended."""
        return self._told(self._store.experiments.want(id, "pause"))

    def resume(self, id: str) -> ExperimentRecord:
        """Let a paused experiment go on; raises :class:`Conflict` where it has ended."""
        return self._told(self._store.experiments.want(id, "run"))

    def delete(self, id: str, for_good: bool = False) -> None:
        """Cancel and hide an experiment; within the hour :meth:`restore` shows it again, unless it goes for good."""
        self._store.experiments.delete(id, for_good)
        self._tell()

    def restore(self, id: str) -> ExperimentRecord:
        """List what was not listed or was deleted within the last hour, or raise :class:`NotFound`."""
        return self._told(self._store.experiments.restore(id))

    def _hear(self, tell: Callable[_P, None], *what: _P.args, **named: _P.kwargs) -> None:
        """Tell the listener; whatever goes wrong there, the experiment goes on."""
        try:
            tell(*what, **named)
        except Exception:
            log.exception("Who listens to jobs met a fault.")

    def _told(self, record: ExperimentRecord) -> ExperimentRecord:
        self._tell()
        return record

    def _tell(self) -> None:
        self._due["review"] = 0.0
        self._wake.set()
        self.on_change()

    # The thread

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(SUPERVISOR_SECONDS if self._watched else REVIEW)
            self._wake.clear()
            try:
                self._look()
            except SlalomError as error:
                # A full disk or a lock held by another program passes; what could not be written is written then.
                self._unwritten = None if isinstance(error, Busy) else str(error)
                self._blame_nobody()
                log.warning("%s", error, extra=as_event("storage_error"))
                self._wake.wait(REVIEW)
            except Exception:
                log.exception("The supervisor met a fault and goes on.")
                self._wake.wait(REVIEW)

    def _look(self) -> None:
        exited = self._executor.exited()
        self._endings |= dict(exited)
        for id, code in [*self._endings.items()]:
            self._write_ending(id, code)
        if self._is_due("review", REVIEW) or exited:
            self._review()
            self._fill_slots()
        if self._is_due("round", ROUND):
            self._store.servers.beat(self.owner)
            self._unwritten = self._store.quota.full()
            self._interrupt_silent_loops()
            for owner in self._others.gone(self._store.servers.beats()):
                self._inherit(owner)
            self._take_up()

    def _is_due(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every
        return True

    def _write_ending(self, id: str, code: int | str) -> None:
        state = self._store.experiments.states([id]).get(id)
        if state is not None:
            if state.owner != self.owner:
                self._hear(self._listener.ended, id, "lost", state.steps_done, "Another server has it")
            elif isinstance(code, str) and state.wanted != "cancel":
                self._hear(self._listener.ended, id, "lost", state.steps_done, code)
                self.go_on(id, code)
            else:
                self._end(id, state, code)
        del self._endings[id]
        self._watched.pop(id, None)

    def _end(self, id: str, state: ExperimentState, code: int | str) -> None:
        watched = self._watched.get(id)
        status, error = self._last_word(state, code, watched.stopped_because if watched else None)
        if self._store.experiments.finish(id, status, None, error, owner=self.owner):
            self.on_change()
        else:
            status, error = state.status, state.error
        self._hear(self._listener.ended, id, status, state.steps_done, error)

    def _last_word(self, state: ExperimentState, code: int | str, reason: str | None) -> tuple[str, str | None]:
        if state.wanted == "cancel":
            return "cancelled", None
        reason = reason or (code if isinstance(code, str) else f"The worker {describe_death(code)}")
        return "failed", f"{reason} at step {state.steps_done}. {AFTER_LOSS}"

    def _review(self) -> None:
        before, self._reviewed = self._reviewed, time.monotonic()
        if self._reviewed - before > HELD_UP:
            self._blame_nobody()
        for id, state in self._store.experiments.states(self._watched).items():
            watched = self._watched[id]
            self._observe(id, watched, state)
            if watched.stopped_because is None and (reason := self._why_stop(watched, state)):
                watched.stopped_because = reason
                self._executor.stop(id)

    def _blame_nobody(self) -> None:
        """Count everybody's silence from now on only."""
        for watched in self._watched.values():
            watched.pulse.rest()
        self._others.rest()
        self._loops.rest()

    def _observe(self, id: str, watched: _Watched, state: ExperimentState) -> None:
        now = time.monotonic()
        if state.status == "running":
            watched.pulse.feel(state.heartbeat, lambda: self._executor.used(id))
        else:
            watched.pulse.rest()
        if state.status == "running" and watched.running_since is None:
            watched.running_since = now
        if state.wanted == "cancel" and watched.cancel_seen is None:
            watched.cancel_seen = now

    def _why_stop(self, watched: _Watched, state: ExperimentState) -> str | None:
        now = time.monotonic()
        if state.owner != self.owner:
            return "Another server has it"
        if watched.cancel_seen is not None and now - watched.cancel_seen > OBEY:
            return "It did not cancel itself and was stopped"
        if watched.pulse.why_hung:
            return f"{watched.pulse.why_hung} and was stopped"
        if self._seconds and watched.running_since is not None and now - watched.running_since > self._seconds:
            return f"It ran longer than the {self._seconds:g} s that this installation allows (timeout) and was stopped"
        return None

    def _fill_slots(self) -> None:
        states = self._store.experiments.states(self._watched)
        paused = sum(state.status == "paused" for state in states.values())
        room = (self._workers or self._executor.slots) + min(paused, MOST_PAUSED) - len(self._watched)
        if room <= 0:
            return
        waiting = self._store.experiments.queued(self.owner, limit=room + len(self._watched))
        for id in [id for id in waiting if id not in self._watched][:room]:
            self._watch(id)
            self._executor.start(id)

    def _watch(self, id: str) -> None:
        self._watched[id] = _Watched(Liveness(self._hung_after))
        self._hear(self._listener.began, id)

    def _interrupt_silent_loops(self) -> None:
        """End recorded loops whose programs, wherever they ran, are not heard of any more."""
        said = f"Nothing was heard from its program for {SILENT_SECONDS:.0f} s. Everything that arrived is kept."
        self._loops.hear(self._store.servers.elsewhere())
        silent = self._loops.silent(SILENT_SECONDS)
        if silent and self._store.servers.interrupt_silent(silent, said):
            self.on_change()

    def _inherit(self, owner: str, alone: bool = False) -> None:
        """Answer for what a server that is gone had, which it was computing ``alone`` or beside others."""
        log.warning("The server %s is gone; what it had goes on here.", owner)
        servers = self._store.servers
        if alone:
            servers.interrupt(owner, self.owner, [id for id in servers.computed(owner) if self._adopt(id)])
        else:
            servers.inherit(owner, self.owner)
        self._tell()

    def _take_up(self) -> None:
        """Go on with what workers of another server were computing that this one has inherited."""
        for id in self._store.servers.computed(self.owner):
            if id not in self._watched and not self._adopt(id):
                self._store.servers.resume(id, self.owner, "Its server was lost", lost=False)
                self._tell()

    def _adopt(self, id: str) -> bool:
        if not self._executor.adopt(id):
            return False
        self._watch(id)
        return True

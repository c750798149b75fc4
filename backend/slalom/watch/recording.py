"""The recording of one watched loop: its trace, the file that it is written to, and the dashboard that is sent it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

from slalom.catalogue.experiments.outcome import Outcome
from slalom.engine.lockstep.interfaces import Event

from .budget import TimeBudget
from .files import RecordingFile
from .nonfinite import NonFinite
from .parameters import as_floats
from .trace import LoopEntry, LoopTrace
from .uplink import Uplink

OFTEN = 0.25
"""Seconds between two ticks, at least."""
SHARE = 0.002
"""The share of a loop's time that judging, writing and sending may take: ticks that take long are farther apart."""
MOST_WAITING = 4096
"""Updates that wait for a tick, at most."""
MOST_FOUND = 20
"""Places where numbers stopped being finite that are kept."""

log: logging.Logger = logging.getLogger("slalom.watch")


def tell_terminal(text: str) -> None:
    """Tell the person at the terminal something about the recording, once."""
    print(f"slalom: {text}", file=sys.stderr, flush=True)


class Recording:
    """What becomes of entries: judged, written, and sent."""

    def __init__(
        self,
        trace: LoopTrace,
        file: RecordingFile | None,
        uplink: Uplink | None,
        tell: Callable[[str], None] = tell_terminal,
        budget: TimeBudget | None = None,
    ) -> None:
        """``budget`` knows which share of the loop's time went into watching it: the end says so."""
        self.trace: LoopTrace = trace
        self._file, self._uplink, self._tell, self._budget = file, uplink, tell, budget
        self.found: list[NonFinite] = []
        self.events: list[Event] = []
        """Everything that happened, in order."""
        self._told: list[Event] = []
        """Events that wait for a frame."""
        self.due: float = perf_counter() + OFTEN
        """When the next tick should be made."""
        self._over = False

    def note(self, event: Event) -> None:
        """Tell that something happened."""
        self._told.append(event)

    def place(self, found: NonFinite, step: int) -> None:
        """Tell where a number stopped being finite, before the update ``step``."""
        told = any(one.batch == found.batch for one in self.found)  # What follows from it is not told besides.
        if not told and len(self.found) < MOST_FOUND:
            self.found.append(found)
            self.note(Event(0, "nonfinite", step, found.sentence))
            self._tell(found.sentence)

    def take(self, entries: list[LoopEntry], last: bool = False) -> None:
        """Judge, write and send the next entries; after the ``last`` ones nothing is held back."""
        began = perf_counter()
        tick = self.trace.take(entries_with_floats(entries), last)
        events, self._told = [*tick.events, *self._told], []
        self.events += events
        if tick.blocks:
            self._write(lambda file: file.append(tick.blocks, events))
        else:
            self._told = events
        now = perf_counter()
        sending = 0.0 if self._uplink is None else self._uplink.seconds
        self.due = now + max(OFTEN, (now - began + sending) / SHARE)

    def end(self) -> Outcome:
        """Write the end, wait a moment until everything is sent, and return what came of the loop."""
        late = self.trace.finish()
        self.events += [*self._told, *late]
        outcome = self._placed(self.trace.outcome())
        took = None if self._budget is None else self._budget.taken
        self._write(lambda file: file.end(outcome, [one._asdict() for one in self.found], took))
        self._over = True
        if self._uplink is not None and self._file is not None:
            self._uplink.finish(keep=self._tell)
        elif self._file is not None:
            path = self._file.path
            share = "" if took is None else f", watching took {took:.1%} of the time"
            self._tell(f"recorded {self.trace.entries:,} updates to {path}{share}. Look at it: slalom open {path}")
        return outcome

    def interrupt(self) -> None:
        """End without an outcome, unless it has ended: something has failed, or nobody has the loop any more.

        Nobody waits until it is sent.
        """
        if self._over:
            return
        self._over = True
        self._write(lambda file: file.end(None, [one._asdict() for one in self.found]))

    def leave(self) -> None:
        """Write and send nothing any more: this is a copy of the process that does."""
        self._over, self._file, self._uplink = True, None, None

    def _placed(self, outcome: Outcome) -> Outcome:
        """Return an outcome that says where a number stopped being finite, besides its rate or instead of it."""
        if not self.found or outcome.nonfinite is None:
            return outcome
        found, said = self.found[0], outcome.because
        theirs = outcome.exploded is None and not found.of_rate
        if theirs and outcome.nonfinite:
            said = f"At step {outcome.nonfinite:,} the loss or a parameter is no longer finite."
        elif theirs:
            said = "The loss is not a finite number at the start."
        because = f"{said} {found.sentence}"
        first, *others = outcome.notes or [None]
        instead: dict[str, Any] = {"formula": "", "values": {}, "advice": ()} if theirs else {}
        notes = (first.model_copy(update={"sentence": because, **instead}), *others) if first is not None else ()
        return outcome.model_copy(update={"because": because, "notes": notes})

    def _write(self, make: Callable[[RecordingFile], Any]) -> None:
        if self._file is None:
            return
        try:
            make(self._file)
        except OSError as error:
            self._tell(f"{self._file.path} cannot be written ({error}): from here on nothing is kept of this loop.")
            self._file = None
            if self._uplink is not None:
                self._uplink.abandon()
            return
        if self._uplink is not None:
            self._uplink.wake()


def entries_with_floats(entries: list[LoopEntry]) -> list[LoopEntry]:
    """Return entries whose losses and norms are floats, also where a device has them."""
    numbers = [one for entry in entries for one in (entry.loss, entry.grad_norm, entry.clipped_norm)]
    if all(isinstance(one, float) for one in numbers):
        return entries
    found = iter(as_floats(numbers))
    return [
        entry._replace(loss=loss, grad_norm=norm, clipped_norm=clipped)
        for entry, loss, norm, clipped in zip(entries, found, found, found, strict=True)
    ]

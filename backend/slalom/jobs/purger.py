"""The caretaker: removes for good what was deleted or is too old, and gives its room back to the disk bit by bit."""

from __future__ import annotations

import logging
import threading

from slalom.errors import SlalomError
from slalom.storage.store import Store

PURGE_SECONDS = 10.0
"""Seconds between two looks at what was deleted."""

log = logging.getLogger(__name__)


class Purger:
    """A thread of its own: nobody waits for it, and it never holds up those who write."""

    def __init__(self, store: Store, seconds: float = PURGE_SECONDS, keep: float = 0) -> None:
        """``keep`` is for how many seconds experiments are kept that are not shared; 0 is for ever."""
        self._store, self._seconds, self._keep = store, seconds, keep
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="slalom caretaker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, at the latest after the step that is under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                if self._keep:
                    self._store.purge.expire(self._keep)
                self._store.purge.run()
                self._store.quota.give_back(self._stopping.wait)
            except SlalomError as error:
                log.warning("What was deleted could not be removed: %s", error)
            except Exception:
                log.exception("The caretaker met a fault and goes on.")

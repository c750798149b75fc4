"""The end of a process: first its threads, then what they use."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time

SECONDS = 5.0
"""Seconds in which threads that still work for somebody may come to their end."""


def wait_for_threads(seconds: float) -> bool:
    """Wait for every other thread, and return whether none is left.

    An interpreter that ends does not stop daemon threads: one that comes back from SQLite, from compression or from a
    lock finds what it used taken down, and the process dies of a signal.
    """
    deadline = time.monotonic() + seconds
    mine = threading.current_thread()
    others = [thread for thread in threading.enumerate() if thread is not mine]
    for thread in others:
        thread.join(max(0.0, deadline - time.monotonic()))
    return not any(thread.is_alive() for thread in others)


def leave(seconds: float = SECONDS) -> None:
    """Return once no other thread is left; end the process at once where one has not ended after some seconds."""
    if not wait_for_threads(seconds):
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

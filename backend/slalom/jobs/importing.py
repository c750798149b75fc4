"""Imported first in the process that workers are forked from: while it imports the rest, it ends with its server.

By itself it would notice only afterwards, some seconds later, that its server is gone.
"""

import os
import threading

from .worker_main import ORPHANED

LOOK_EVERY = 0.2
"""Seconds between two looks."""

_server = os.getppid()
_over = threading.Event()


def _end_with_the_server() -> None:
    while not _over.wait(LOOK_EVERY):
        if os.getppid() != _server:
            os._exit(ORPHANED)


_watch = threading.Thread(target=_end_with_the_server, daemon=True)
_watch.start()


def finish() -> None:
    """Stop looking: a process with more than one thread is not forked."""
    _over.set()
    _watch.join()

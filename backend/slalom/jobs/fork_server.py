"""Imported, as the last module, by the process that workers are forked from: it ends at once when its server is gone.

Else it would first take apart all that it has imported, which takes seconds. Its workers end by themselves.
"""

from __future__ import annotations

import atexit
import os

from .importing import finish

_SERVER = os.getpid()


def _end() -> None:
    if os.getpid() == _SERVER:
        os._exit(0)


finish()
atexit.register(_end)

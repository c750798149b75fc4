"""How the process that serves handles memory: what is freed goes back, and nobody waits while garbage is looked for."""

from __future__ import annotations

import ctypes
import gc
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""What the GNU C library calls its settings of malloc."""
SELDOM = (10_000, 20, 1000)
"""New objects before the young are searched for garbage, and how often that happens before older ones are, too.

A request for 4,096 runs makes 100,000 objects. By default all of them would be searched several times while they are
made, each time for some 50 ms in which no other thread goes on.
"""


def return_what_is_freed() -> None:
    """Let freed memory go back to the system, on Linux: by default every thread keeps as much as it ever had."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for setting, value in ((M_ARENA_MAX, 2), (M_MMAP_THRESHOLD, 2**20), (M_TRIM_THRESHOLD, 2**20)):
            mallopt(setting, value)


def look_for_garbage_seldom() -> None:
    """Take what there is for ever as it is, and look among what is new for garbage in small portions."""
    gc.freeze()
    gc.set_threshold(*SELDOM)
    gc.enable()

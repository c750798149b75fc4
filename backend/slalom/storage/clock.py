"""How long ago something was, though the clock of dates may be set: by a day too late, or too early."""

from __future__ import annotations

import time

_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)
"""On Linux the clock that nobody sets and that goes on while the machine sleeps."""


def _elapsed() -> float:
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)


_began = time.time() - _elapsed()
"""The Unix time at which the other clock stood at 0, as the clock of dates had it when this process began."""


def surely_ago(seconds: float) -> float:
    """Return the Unix time from which on surely not so many seconds have passed.

    The clock of dates may have been set forward since this process began: then the other clock says how late it is. It
    may have been set back: then what was written since seems as old as it is only by the clock of dates.
    """
    return min(time.time(), _began + _elapsed()) - seconds

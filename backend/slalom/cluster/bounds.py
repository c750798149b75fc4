"""What a process on a node may use, as the worker of one machine may: memory, and processor time."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from slalom.jobs.deaths import describe_death
from slalom.jobs.supervisor import AFTER_LOSS
from slalom.jobs.worker_main import bound_cpu
from slalom.storage.records import this_worker
from slalom.storage.store import Store

TIME_SPENT = 1
"""Exit code of a process that has used all of its processor time."""
CPU_LOOK_SECONDS = 0.2
"""Seconds between two looks at the processor time that was used."""
LATE_SECONDS = 3
"""Seconds of processor time after which the system ends a process that does not end itself."""
LARGE_OBJECT = 200_000
"""Bytes that Ray does not send along, but puts where all processes of a node see them."""


@dataclass(frozen=True)
class ProcessBounds:
    """What each process may use that computes for an experiment; None is without a bound."""

    address_space: int | None = None
    """Bytes of address space, besides what Ray itself takes."""
    cpu_seconds: int | None = None
    """Seconds of processor time."""

    def keep_memory(self) -> None:
        """Bound the memory of this process from now on, once: Ray uses it for other work as well."""
        if self.address_space is None or os.name != "posix":
            return
        import resource

        import ray  # Not above: a server has bounds, but no Ray.

        if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
            # Ray maps the memory that the processes of a node share when it is first used: that is not ours.
            ray.get(ray.put(np.zeros(LARGE_OBJECT, np.uint8)))
            most = _address_space() + self.address_space
            resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))

    def keep_time(self) -> None:
        """Let this process compute for so many seconds more; it may be asked for anew, for other work."""
        if self.cpu_seconds is not None:
            bound_cpu(self.cpu_seconds, for_good=False)

    def keep_time_of(self, store_url: str, id: str) -> None:
        """Let this process compute for so many seconds more for an experiment; then write its last word, and end."""
        if self.cpu_seconds is None:
            return
        bound_cpu(self.cpu_seconds + LATE_SECONDS, for_good=False)
        watch = threading.Thread(target=_end_late, args=(store_url, id, self.cpu_seconds), name="slalom", daemon=True)
        watch.start()


UNBOUND = ProcessBounds()
"""What nobody else uses is not bounded."""


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _end_late(store_url: str, id: str, seconds: int) -> None:
    most = time.process_time() + seconds
    while time.process_time() < most:
        time.sleep(CPU_LOOK_SECONDS)
    with closing(Store.open(store_url)) as store:
        steps = store.experiments.get(id).steps_done
        why = f"The worker {describe_death(-signal.SIGXCPU)} at step {steps}. {AFTER_LOSS}"
        store.experiments.finish(id, "failed", None, why, worker=this_worker())
    os._exit(TIME_SPENT)

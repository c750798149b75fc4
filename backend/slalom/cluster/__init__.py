"""Experiments on a Ray cluster: one detached actor each, and parts of large ones on all nodes (slalom[ray]).

Nothing else of Slalom imports Ray, and nothing imports this package but a server whose executor is ``ray``.
"""

from __future__ import annotations

from slalom.jobs.executor import Executor
from slalom.settings import Settings

from .bounds import ProcessBounds
from .broker import Broker, ClusterPlace


def join(settings: Settings) -> Executor:
    """Join the cluster of the settings, by a process of its own, and return what computes experiments there.

    Raises SettingsError where that is not possible, and says why.
    """
    bounds = ProcessBounds(settings.memory_bytes, settings.worker_cpu_seconds)
    return Broker(ClusterPlace(settings.ray_address, settings.store, settings.ray_cpus, settings.ray_gpus, bounds))

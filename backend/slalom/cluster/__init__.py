"""Experiments on a Ray cluster: one detached actor each, and the tiles of large ones on all nodes (slalom[ray]).

Nothing else of Slalom imports Ray, and nothing imports this package but a server whose executor is ``ray``.
"""

from __future__ import annotations

from slalom.jobs.executor import Executor
from slalom.settings import Settings
from slalom.storage.store import Store

from .joining import join_cluster


def join(settings: Settings, store: Store) -> Executor:
    """Join the cluster of the settings, and return what computes experiments there.

    Raises SettingsError where that is not possible, and says why.
    """
    join_cluster(settings.ray_address)
    from .bounds import Bounds
    from .executor import RayExecutor  # Not above: only now is it known that Ray is installed.

    bounds = Bounds(settings.memory_bytes, settings.worker_cpu_seconds)
    return RayExecutor(store, settings.ray_cpus, settings.ray_gpus, bounds=bounds)

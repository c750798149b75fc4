"""The actor of one experiment: runs it like any worker, and ends with it, whether or not anybody watches."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import partial

import ray
from ray.actor import exit_actor

from slalom import __version__
from slalom.errors import ProcessLost, SlalomError
from slalom.jobs.worker_main import load
from slalom.unexpected import unexpected_error_message

from .bounds import ProcessBounds
from .sharing import NodeSharing

PART_LOST = 1
"""Exit code of a process that lost others which did a part of its experiment: it counts as lost like them."""

log = logging.getLogger(__name__)


class Once:
    """Something that is computed once, by whoever is first to ask what went wrong.

    Ray orders the calls of each caller, and not those of several: how it ended may be asked before it was told to run.
    """

    def __init__(self, compute: Callable[[], str | None]) -> None:
        self._compute = compute
        self._found: list[str | None] = []

    def fault(self) -> str | None:
        """Return what went wrong, None where nothing did; compute it first, if that has not been done."""
        if not self._found:
            self._found.append(self._compute())
        return self._found[0]


@ray.remote(max_restarts=0, concurrency_groups={"watch": 1})  # pyright: ignore[reportCallIssue]
class Job:
    """One experiment on a node of the cluster.

    What it computes goes through the store, as from any worker. It begins by itself, and so waits for nobody: who
    created it may be gone by the time that a node has room.
    """

    def __init__(
        self, entry: str, store_url: str, id: str, version: str, bounds: ProcessBounds, shared: float | None
    ) -> None:
        """``shared``: how many CPUs each process declares that does a part of the work; None where there are none."""
        self._entry, self._store_url, self._id, self._version = entry, store_url, id, version
        self._bounds, self._shared = bounds, shared
        self._once = Once(self._compute)
        self._me = ray.get_runtime_context().current_actor
        self._me.run.remote()

    def run(self) -> None:
        """Run the experiment; then let those who asked before hear how it went, and end."""
        self._once.fault()
        self._me.leave.remote()

    def _compute(self) -> str | None:
        try:
            self._work()
        except ProcessLost as error:
            log.warning("%s; so this process ends as well.", error)
            os._exit(PART_LOST)
        except SlalomError as error:
            return str(error)
        except Exception as error:
            log.exception("The experiment %s failed.", self._id)
            return unexpected_error_message(error)
        return None

    def _work(self) -> None:
        if self._version != __version__:
            raise SlalomError(
                f"This node has Slalom {__version__}, and the server {self._version}. Install the same on all nodes."
            )
        self._bounds.keep_memory()
        self._bounds.keep_time_of(self._store_url, self._id)
        share = None
        if self._shared is not None:
            share = partial(NodeSharing, self._store_url, self._shared, self._bounds)
        load(self._entry)(self._store_url, self._id, share)

    def over(self) -> str | None:
        """Return, once the experiment has been run, what went wrong beside it; None where nothing did."""
        return self._once.fault()

    def leave(self) -> None:
        """End this process."""
        exit_actor()

    @ray.method(concurrency_group="watch")
    def place(self) -> str:
        """Return the id of the node, at once, whatever is computed meanwhile."""
        return ray.get_runtime_context().get_node_id()

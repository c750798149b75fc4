"""What a server does at the moment, for who runs it: what waits, what computes, what is stored, what went wrong."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from slalom import __version__
from slalom.errors import NotFound
from slalom.jobs.liveness import usage_of
from slalom.settings import Settings
from slalom.web.http.dependencies import Server, ServerDep, json_answer, response_schema
from slalom.web.http.status_schemas import StoreBounds

router = APIRouter(tags=["system"])


@router.get("/api/status", response_class=Response, responses=response_schema("ServerStatus", "What it does."))
async def get_status(server: ServerDep) -> Response:
    """Return what waits, computes, is stored and went wrong. For the teacher, and for whose server it is."""
    told = await server.check(_status, server, {log.id for log in server.viewers.values()})
    return json_answer(told | {"viewers": _viewers(server, told.pop("last"))})


def _status(server: Server, watched: Iterable[str]) -> dict[str, Any]:
    """Return all but the viewers, who belong to the event loop; and the ``last`` chunk of what is ``watched``."""
    settings, me = server.settings, server.supervisor.owner
    return {
        "last": {id: server.store.chunks.last(id) for id in watched},
        "version": __version__,
        "python": platform.python_version(),
        "mode": settings.mode,
        "server": me,
        "uptime": time.monotonic() - server.began,
        "event_loop_lag": server.lag.worst,
        "queue": server.store.usage.queue()._asdict()
        | {"most": settings.queue, "simulations_waiting": server.pool.waiting},
        "workers": _workers(server),
        "store": server.store.usage.store()._asdict()
        | {"bounds": _bounds(settings), "unread_seconds": server.tail.unread},
        "servers": [one._asdict() | {"this": one.owner == me} for one in server.store.usage.servers()],
        "errors": server.recent.latest(),
    }


def _bounds(settings: Settings) -> dict[str, int | None]:
    return {name: getattr(settings, name) for name in StoreBounds.model_fields}


def _workers(server: Server) -> list[dict[str, Any]]:
    """Return the processes of a server, those of experiments first."""
    jobs: list[tuple[str | None, int | None]] = [*server.supervisor.processes().items()]
    jobs += [(None, pid) for pid in server.pool.processes]
    used = usage_of([pid for _, pid in jobs if pid is not None])
    return [
        {
            "task": "simulations" if id is None else "experiment",
            "experiment": id,
            "name": None if id is None else _name_of(server, id),
            "pid": pid,
            "cpu_seconds": used[pid].seconds if pid in used else None,
            "memory_bytes": used[pid].bytes if pid in used else None,
        }
        for id, pid in jobs
    ]


def _name_of(server: Server, id: str) -> str | None:
    try:
        return server.store.experiments.get(id).name
    except NotFound:
        return None


def _viewers(server: Server, last: Mapping[str, int]) -> dict[str, Any]:
    frames = [last.get(log.id, 0) - viewer.cursor for viewer, log in server.viewers.items()]
    return {
        "count": len(frames),
        "behind_frames": max(0, *frames, 0),
        "behind_seconds": max((log.age(viewer.cursor) for viewer, log in server.viewers.items()), default=0.0),
        "sockets": server.metrics.open_sockets,
        "most_sockets": server.settings.sockets,
    }

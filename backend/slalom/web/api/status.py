"""What a server does at the moment, for who runs it: what waits, what computes, what is stored, what went wrong."""

from __future__ import annotations

import platform
import time
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
    viewers = _viewers(server)  # Here: streams belong to the event loop.
    return json_answer(await server.check(_status, server) | {"viewers": viewers})


def _status(server: Server) -> dict[str, Any]:
    settings, me = server.settings, server.supervisor.owner
    return {
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


def _viewers(server: Server) -> dict[str, Any]:
    behind = [viewer.behind() for viewer in server.viewers]
    return {
        "count": len(behind),
        "behind_frames": max((frames for frames, _ in behind), default=0),
        "behind_seconds": max((seconds for _, seconds in behind), default=0.0),
        "sockets": server.metrics.open_sockets,
        "most_sockets": server.settings.sockets,
    }

"""Is it well, what does it allow, and how busy is it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from slalom import __version__
from slalom.settings import limits_table
from slalom.web.http.dependencies import ServerDep, json_answer

router = APIRouter(tags=["system"])


@router.get("/healthz", response_class=Response)
async def healthz(server: ServerDep) -> Response:
    """Say that the server answers, which version it is, and whether its processes are ready; 503 where it is unwell."""
    known = {"status": "ok", "version": __version__, "workers": "ready" if server.warm else "starting"}
    if trouble := server.tail.trouble():
        return json_answer(known | {"status": "failing", "detail": trouble}, 503)
    return json_answer(known)


@router.get("/api/limits")
async def limits(server: ServerDep) -> Response:
    """Return every limit of this installation, and the environment variable that sets it."""
    return json_answer(limits_table(server.settings))


@router.get("/metrics", response_class=Response)
def metrics(server: ServerDep) -> Response:
    """Return counts in the text format of Prometheus."""
    alive = ("queued", "running", "paused")
    lines = [
        _metric(
            "experiments",
            "gauge",
            "Experiments that have not ended.",
            {s: server.store.experiments.count(statuses=[s]) for s in alive},
        ),
        _metric("viewers", "gauge", "Open streams.", {"": server.tail.viewers}),
        _metric("simulations_waiting", "gauge", "Simulations that wait for a worker.", {"": server.pool.waiting}),
        _metric("frames_sent_total", "counter", "Frames sent to viewers.", {"": server.tail.frames_sent}),
        *(
            _metric(f"{name}_total", "counter", f"{name.title()} answered.", {"": n})
            for name, n in server.counts.items()
        ),
    ]
    return Response("".join(lines), media_type="text/plain; version=0.0.4")


def _metric(name: str, kind: str, text: str, values: dict[str, int]) -> str:
    head = f"# HELP slalom_{name} {text}\n# TYPE slalom_{name} {kind}\n"
    labels = {key: f'{{status="{key}"}}' if key else "" for key in values}
    return head + "".join(f"slalom_{name}{labels[key]} {value}\n" for key, value in values.items())

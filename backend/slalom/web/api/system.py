"""Is it well, what does it allow, and how busy is it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response

from slalom import __version__
from slalom.settings import limits_table
from slalom.web.http.dependencies import REFUSALS, ServerDep, json_answer

router = APIRouter(tags=["system"])

METRIC_TYPES = ("text/plain", "application/openmetrics-text")
COUNTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string"}} for kind in METRIC_TYPES}, "description": "The metrics."},
    **REFUSALS,
}


@router.get("/healthz", response_class=Response)
async def get_health(server: ServerDep) -> Response:
    """Say that the server answers, which version it is, and whether its processes are ready; 503 where it is unwell."""
    known = {"status": "ok", "version": __version__, "workers": "ready" if server.warm else "starting"}
    if trouble := server.tail.trouble() or server.supervisor.trouble:
        return json_answer(known | {"status": "failing", "detail": trouble}, 503)
    return json_answer(known)


@router.get("/api/limits")
async def get_limits(server: ServerDep) -> Response:
    """Return every limit of this installation, and the environment variable that sets it."""
    return json_answer(limits_table(server.settings))


@router.get("/metrics", response_class=Response, responses=COUNTS)
def get_metrics(request: Request, server: ServerDep) -> Response:
    """Return what this process has done and what it waits for, as Prometheus or OpenMetrics reads it."""
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(server.metrics.registry), headers={"Content-Type": media_type})

"""What /metrics tells of a web process: requests, streams, the queue, and the process itself, for Prometheus."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slalom import __version__

if TYPE_CHECKING:
    from slalom.web.http.dependencies import Server

disable_created_metrics()  # When the process began says when its counters did.

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
"""Methods that are told apart; a client may call others anything."""
NO_ROUTE = "other"
"""The route of what has none: files of the page, what was refused before, and what is at no address."""
REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
"""Edges of the histogram of requests: a simulation takes milliseconds to seconds, and a wait up to minutes."""
LAG_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
"""Edges of the histogram of streams: what is seen as live comes within a few frames of a screen."""


class ServerMetrics:
    """The metrics of one web process; of several on one store, each tells its own, and all tell the same queue."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        build = Info("slalom_build", "Which Slalom this is.", registry=registry)
        build.info({"version": __version__, "python": platform.python_version()})
        self.request_seconds = Histogram(
            "slalom_http_request_duration_seconds",
            "Time from a request to the end of its answer.",
            ["method", "route"],
            buckets=REQUEST_SECONDS,
            registry=registry,
        )
        self.requests = Counter(
            "slalom_http_requests", "Requests that were answered.", ["method", "route", "status"], registry=registry
        )
        self.open_sockets = 0
        """Of all routes together."""
        self.sockets = Gauge("slalom_websockets", "Open WebSockets.", ["route"], registry=registry)
        self.lag_seconds = Histogram(
            "slalom_stream_lag_seconds",
            "Time from reading a frame that a worker wrote to sending it to a viewer who follows.",
            buckets=LAG_SECONDS,
            registry=registry,
        )
        self.frames = Counter("slalom_frames_sent", "Frames sent to viewers.", registry=registry)
        self.simulations = Counter("slalom_simulations", "Simulations asked for.", registry=registry)
        self.previews = Counter("slalom_previews", "Previews asked for.", registry=registry)

    def watch(self, server: Server) -> None:
        """Look at the parts of a server whenever somebody asks."""
        store, supervisor, pool, tail = server.store, server.supervisor, server.pool, server.tail
        states = ("queued", "running", "paused")
        about = "Experiments of the store that have not ended; the queue is those that are queued."
        self.registry.register(
            _States(about, lambda: {status: store.experiments.count(statuses=[status]) for status in states})
        )
        self._read("jobs_running", "Experiments that have a process here.", lambda: supervisor.running)
        self._read("simulations_waiting", "Simulations that wait for a process.", lambda: pool.waiting)
        self._read("viewers", "Viewers of streams.", lambda: len(server.viewers))
        self._read(
            "event_loop_lag_seconds", "Most that the event loop came late in a minute.", lambda: server.lag.worst
        )
        self._read("store_bytes", "Bytes that what is stored takes or may yet take.", store.quota.taken)
        unread = "Time since the store could be read for streams; 0 where all is well."
        self._read("store_unread_seconds", unread, lambda: tail.unread)

    def _read(self, name: str, text: str, value: Callable[[], float]) -> None:
        Gauge(f"slalom_{name}", text, registry=self.registry).set_function(value)


class _States(Collector):
    """How many experiments there are of every status, counted together when somebody asks."""

    def __init__(self, text: str, values: Callable[[], dict[str, int]]) -> None:
        self.text, self.values = text, values

    def describe(self) -> Iterator[Metric]:
        """Yield the name alone: registering must not count."""
        yield self._family()

    def collect(self) -> Iterator[Metric]:
        """Yield the counts."""
        family = self._family()
        for status, value in self.values().items():
            family.add_metric([status], value)
        yield family

    def _family(self) -> GaugeMetricFamily:
        return GaugeMetricFamily("slalom_experiments", self.text, labels=["status"])


class Measuring:
    """ASGI middleware around everything else: times requests and counts answers and sockets, by the route's template.

    An address has ids in it; a route has none. There are as many series as routes, methods and statuses.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note what became of it."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "other"
            route = route_of(scope)
            metrics = metrics_of(scope)
            metrics.request_seconds.labels(method, route).observe(time.perf_counter() - begun)
            metrics.requests.labels(method, route, str(status)).inc()

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        gauge = None

        async def sending(message: Message) -> None:
            nonlocal gauge
            if message["type"] == "websocket.accept" and gauge is None:
                gauge = metrics_of(scope).sockets.labels(route_of(scope))
                gauge.inc()
                metrics_of(scope).open_sockets += 1
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            if gauge is not None:
                gauge.dec()
                metrics_of(scope).open_sockets -= 1


def metrics_of(scope: Scope) -> ServerMetrics:
    """Return the metrics of the server that answers a request."""
    return scope["app"].state.server.metrics


def route_of(scope: Scope) -> str:
    """Return the template of the route that a request went to, such as ``/api/experiments/{id}``."""
    route, endpoint = scope.get("route"), scope.get("endpoint")
    if route is None and endpoint is not None:  # Routes of sockets do not name themselves.
        routes = scope["app"].routes
        route = next((one for one in routes if getattr(one, "endpoint", None) is endpoint), None)
    return getattr(route, "path", NO_ROUTE)

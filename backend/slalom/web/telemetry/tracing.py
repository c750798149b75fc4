"""Traces for OpenTelemetry where the environment names an endpoint: a span of every request and every experiment."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from slalom import __version__
from slalom.jobs.listener import JobListener

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""What names the collector. OpenTelemetry's other variables hold, too: headers, sampler, name of the service."""
OFF = "OTEL_SDK_DISABLED"
NOT_TRACED = "healthz,metrics"
"""What machines ask for every few seconds."""
TRACED_HEADERS = {b"host", b"user-agent", b"traceparent", b"tracestate"}
"""What of a request's headers is traced."""
WHOLE = "slalom.whole"
"""What of a scope has the whole one."""
MOST_LINKED = 1000
"""Queued experiments of which it is remembered which request made them."""
MISSING_EXTRA = (
    "%s is set, but what sends traces is not installed (%s). No traces are sent. Try: pip install 'slalom[telemetry]'"
)

log: logging.Logger = logging.getLogger(__name__)


def traces_of(environ: Mapping[str, str]) -> Traces | None:
    """Return what sends traces where the environment names an endpoint for them; None where it names none.

    Says so in the log where there is an endpoint, but not the extra ``slalom[telemetry]``: traces must stop nobody.
    """
    named = next((name for name in ENDPOINTS if environ.get(name)), None)
    if named is None or environ.get(OFF, "").lower() == "true":
        return None
    try:
        return Traces(environ)
    except ModuleNotFoundError as error:
        log.error(MISSING_EXTRA, named, error.name)
        return None


class Traces(JobListener):
    """Makes spans and sends them in the background: ``GET /api/..`` of every request, ``experiment`` of every job.

    The span of a job begins when it gets a process, has the experiment's id, kind, status and updates, and a link to
    the request that created it. A collector that does not answer costs spans and nothing else.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        name = environ.get("OTEL_SERVICE_NAME") or "slalom"
        resource = Resource.create({"service.name": name, "service.version": __version__})
        self.provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self.provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self.provider.get_tracer("slalom", __version__)
        self._instrument = FastAPIInstrumentor.instrument_app
        self._creators: OrderedDict[str, tuple[str, Any]] = OrderedDict()
        """The kind of what is queued, and the span of the request that made it."""
        self._jobs: dict[str, Any] = {}
        """The spans of what runs."""

    def instrument(self, app: FastAPI) -> None:
        """Make a span of every request to an application; its frames are not spans of their own."""
        app.add_middleware(_Whole)
        self._instrument(
            app, tracer_provider=self.provider, excluded_urls=NOT_TRACED, exclude_spans=["receive", "send"]
        )
        traced = app.build_middleware_stack
        app.build_middleware_stack = lambda: _Traced(traced())

    def queued(self, id: str, kind: str) -> None:
        """Remember which request made an experiment."""
        from opentelemetry.trace import get_current_span

        self._creators[id] = kind, get_current_span().get_span_context()
        while len(self._creators) > MOST_LINKED:
            self._creators.popitem(last=False)

    def began(self, id: str) -> None:
        """Begin the span of a job."""
        from opentelemetry.trace import Link

        kind, creator = self._creators.pop(id, ("", None))
        links = [Link(creator)] if creator is not None and creator.is_valid else []
        about = {"slalom.experiment.id": id} | ({"slalom.experiment.kind": kind} if kind else {})
        self._jobs[id] = self._tracer.start_span("experiment", links=links, attributes=about)

    def ended(self, id: str, status: str, steps: int, error: str | None) -> None:
        """End the span of a job."""
        from opentelemetry.trace import Status, StatusCode

        span = self._jobs.pop(id, None)
        if span is None:
            return
        span.set_attributes({"slalom.experiment.status": status, "slalom.experiment.steps": steps})
        if error is not None:
            span.set_status(Status(StatusCode.ERROR, error))
        span.end()

    def close(self) -> None:
        """Send what is left; what still runs is interrupted."""
        for id in [*self._jobs]:
            self.ended(id, "interrupted", 0, None)
        self.provider.shutdown()


class _Traced:
    """ASGI middleware: of a request, what a collector may be told.

    That is nothing of what its address asks for, which may be the token, a room's code or a guest's ticket; and no
    bytes that are no text, of which no span can be made.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            headers = [one for one in scope["headers"] if one[0] in TRACED_HEADERS and one[1].isascii()]
            scope = {**scope, "query_string": b"", "headers": headers, WHOLE: scope}
        await self.app(scope, receive, send)


class _Whole:
    """ASGI middleware within it: the request as it came."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope.get(WHOLE, scope), receive, send)

"""Traces reach a collector where the environment names one, and their absence stops nobody."""

import asyncio
import gzip
import json
import logging
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from fastapi import FastAPI, Request
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from slalom import __version__
from slalom.web.telemetry.tracing import ENDPOINTS, OFF, traces_of

SPEC = {"problem": {"kind": "parabola"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.1}}], "steps": 20}
PATIENCE = 60
"""Seconds in which a busy machine computes 20 updates."""


class Collector(ThreadingHTTPServer):
    """What OTLP is sent to: it keeps every span, with its resource."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Taking)
        self.spans, self.resource = [], {}
        self.address = f"http://127.0.0.1:{self.server_address[1]}"

    def take(self, body):
        for part in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resource = read(part.resource.attributes)
            self.spans += [span for scope in part.scope_spans for span in scope.spans]

    def wait(self, holds):
        """Return the first span of which something holds."""
        deadline = time.monotonic() + PATIENCE
        while not (found := [span for span in self.spans if holds(span)]):
            assert time.monotonic() < deadline, [span.name for span in self.spans]
            time.sleep(0.05)
        return found[0]


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/v1/traces"
        self.server.take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def read(attributes):
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


@pytest.fixture
def collector():
    server = Collector()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_requests_and_jobs_are_spans(collector, serving, tmp_path):
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    process, address = serving.start(tmp_path / "slalom.db", **settings)
    try:
        with httpx.Client(base_url=address, timeout=2 * PATIENCE) as client:
            id = client.post("/api/experiments", json=SPEC).json()["id"]
            assert client.get(f"/api/experiments/{id}", params={"wait": PATIENCE}).json()["status"] == "done"
            assert client.get("/healthz").status_code == 200
            assert client.get("/api/limits", params={"token": "a secret"}).status_code == 200
        created = collector.wait(lambda span: span.name == "POST /api/experiments")
        job = collector.wait(lambda span: span.name == "experiment")
        collector.wait(lambda span: span.name == "GET /api/experiments/{id}")
        asked = read(collector.wait(lambda span: span.name == "GET /api/limits").attributes)
    finally:
        assert serving.stop(process) == 0
    assert read(created.attributes)["http.route"] == "/api/experiments"
    about = {f"slalom.experiment.{name}": value for name, value in (("id", id), ("kind", "comparison"))}
    about |= {"slalom.experiment.status": "done", "slalom.experiment.steps": 20}
    assert read(job.attributes) == about
    assert job.status.code == Status.STATUS_CODE_UNSET
    assert job.end_time_unix_nano > job.start_time_unix_nano
    assert [link.trace_id for link in job.links] == [created.trace_id]
    assert collector.resource["service.name"] == "slalom"
    assert collector.resource["service.version"] == __version__
    assert not [span for span in collector.spans if "healthz" in span.name]
    assert asked["http.url"] == f"{address}/api/limits"
    assert not [value for value in asked.values() if "secret" in str(value)]


def test_a_job_that_fails_says_why_and_one_that_runs_on_is_interrupted(collector, monkeypatch):
    monkeypatch.setenv(ENDPOINTS[0], collector.address)
    traces = traces_of({ENDPOINTS[0]: collector.address, "OTEL_SERVICE_NAME": "lab"})
    traces.queued("a", "map")
    for id in ("a", "b"):
        traces.began(id)
    traces.ended("a", "failed", 7, "The worker was killed by signal 9 (SIGKILL) at step 7.")
    traces.ended("never begun", "done", 1, None)
    traces.close()
    failed, interrupted = sorted(collector.spans, key=lambda span: span.start_time_unix_nano)
    assert failed.status.code == Status.STATUS_CODE_ERROR
    assert failed.status.message.startswith("The worker was killed")
    assert read(interrupted.attributes)["slalom.experiment.status"] == "interrupted"
    assert collector.resource["service.name"] == "lab"


@pytest.mark.parametrize("environ", [{}, {ENDPOINTS[0]: ""}, {ENDPOINTS[0]: "http://127.0.0.1:9", OFF: "true"}])
def test_nothing_is_sent_where_nobody_asks(environ):
    assert traces_of(environ) is None


@pytest.mark.parametrize("name", ENDPOINTS)
def test_where_the_extra_is_missing_the_log_says_so(name, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with caplog.at_level(logging.ERROR):
        assert traces_of({name: "http://127.0.0.1:9"}) is None
    assert f"{name} is set" in caplog.text
    assert "pip install 'slalom[telemetry]'" in caplog.text


def asked(query, headers):
    """Return a request as a server hands it on."""
    about = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "root_path": "", "path": "/x"}
    ends = {"server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1)}
    return about | ends | {"raw_path": b"/x", "query_string": query, "headers": headers}


def test_what_is_no_text_is_answered_and_comes_whole(collector):
    app, spans, sent = FastAPI(), InMemorySpanExporter(), []

    @app.get("/{path:path}")
    def told(request: Request):
        return [str(request.scope["query_string"]), str(request.scope["headers"])]

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    traces = traces_of({ENDPOINTS[0]: collector.address})
    traces.provider.add_span_processor(SimpleSpanProcessor(spans))
    traces.instrument(app)
    requests = [
        (b"token=\xff", []),
        (b"", [(b"user-agent", b"\xff\\x")]),
        (b"a=b", [(b"host", b"here"), (b"x-more", b"\xff\\ud800")]),
        (b"a=%FF&b=%C3%A9", [(b"traceparent", b"00-\xc3\x28")]),
    ]
    for query, headers in requests:
        sent.clear()
        asyncio.run(app(asked(query, headers), receive, send))
        assert sent[0]["status"] == 200
        assert json.loads(sent[1]["body"]) == [str(query), str(headers)]
    traces.provider.shutdown()
    finished = spans.get_finished_spans()
    assert len(finished) == len(requests)
    assert not [value for span in finished for value in span.attributes.values() if "?" in str(value)]

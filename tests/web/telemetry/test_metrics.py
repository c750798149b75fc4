"""What Prometheus reads: names by its conventions, numbers that are so, and no more series than there are routes."""

import time

import httpx
import pytest
from app_routes import routes_of
from fastapi.routing import APIRoute
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open_metrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from starlette.routing import Route
from websockets.sync.client import connect

from slalom import __version__
from slalom.web.telemetry.metrics import METHODS, NO_ROUTE

OPEN_METRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}


@pytest.fixture
def house(quiet):
    return quiet()


def families(house, read=read_text, headers=None):
    answer = httpx.get(f"{house.http}/metrics", headers=headers)
    assert answer.status_code == 200
    return {family.name: family for family in read(answer.text)}


def values(house, name):
    """Return the values of a family, by what their labels say."""
    (family,) = [one for one in families(house).values() if one.name == name]
    return {(sample.name, *sample.labels.values()): sample.value for sample in family.samples}


def test_names_follow_the_conventions_and_everything_has_a_help(house):
    found = families(house)
    ours = {name: family for name, family in found.items() if name.startswith("slalom_")}
    assert ours.keys() == {
        *("slalom_build", "slalom_build_info", "slalom_experiments", "slalom_jobs_running", "slalom_viewers"),
        *("slalom_simulations", "slalom_simulations_waiting", "slalom_previews", "slalom_frames_sent"),
        *("slalom_http_request_duration_seconds", "slalom_http_requests", "slalom_stream_lag_seconds"),
        *("slalom_store_unread_seconds", "slalom_websockets", "slalom_store_bytes", "slalom_event_loop_lag_seconds"),
    } - {"slalom_build"}
    assert all(family.documentation.endswith(".") for family in ours.values())
    assert {"process_cpu_seconds", "process_resident_memory_bytes", "process_open_fds", "python_info"} <= found.keys()
    counters = [family for family in ours.values() if family.type == "counter"]
    assert all(sample.name.endswith("_total") for family in counters for sample in family.samples)
    (build,) = found["slalom_build_info"].samples
    assert (build.labels["version"], build.value) == (__version__, 1)


def test_open_metrics_is_answered_where_it_is_asked_for(house):
    assert "slalom_http_requests" in families(house, read_open_metrics, OPEN_METRICS)


def test_requests_are_counted_and_timed_by_their_route_and_not_by_their_address(house):
    ids = [house.create(), house.create()]
    for id in ids:
        assert httpx.get(f"{house.http}/api/experiments/{id}").status_code == 200
    assert httpx.get(f"{house.http}/api/lessons", headers={"Accept-Language": "de"}).status_code == 200
    for path in ("/api/experiments/000000000000", "/api/nothing", "/pages/docs.js"):
        httpx.get(house.http + path)
    httpx.request("BREW", f"{house.http}/api/limits")
    requests = values(house, "slalom_http_requests")
    count = "slalom_http_requests_total"
    assert requests[count, "GET", "/api/experiments/{id}", "200"] == 2
    assert requests[count, "GET", "/api/experiments/{id}", "404"] == 1
    assert requests[count, "GET", "/api/lessons", "200"] == 1
    assert requests[count, "GET", NO_ROUTE, "404"] == 1
    assert requests[count, "GET", NO_ROUTE, "200"] == 1
    assert not any("BREW" in labels for labels in requests)
    times = values(house, "slalom_http_request_duration_seconds")
    assert times["slalom_http_request_duration_seconds_count", "GET", "/api/experiments/{id}"] == 3
    assert 0 < times["slalom_http_request_duration_seconds_sum", "GET", "/api/experiments/{id}"] < 60
    routes = {one.path for kind in (APIRoute, Route) for one in routes_of(house.app, kind)} | {NO_ROUTE}
    assert {labels[2] for labels in requests} <= routes
    assert {labels[1] for labels in requests} <= METHODS | {"other"}


def test_the_queue_and_what_runs_are_told(house):
    house.create()
    house.store.experiments.create(kind="comparison", name="x", spec="{}", owner=house.supervisor.owner)
    states = values(house, "slalom_experiments")
    assert [states["slalom_experiments", status] for status in ("queued", "running", "paused")] == [1, 1, 0]
    assert values(house, "slalom_jobs_running") == {("slalom_jobs_running",): 0}
    assert values(house, "slalom_simulations_waiting") == {("slalom_simulations_waiting",): 32}
    assert values(house, "slalom_store_unread_seconds")["slalom_store_unread_seconds",] < 5


def test_viewers_and_the_lag_of_their_streams_are_told(house):
    id = house.create(chunks=1)
    route = "/api/experiments/{id}/stream"
    frames = 0
    with connect(f"{house.ws}/api/experiments/{id}/stream?ack=0") as socket:
        # The first comes from the store, and has no lag; those that follow come as the tail reads them.
        while values(house, "slalom_stream_lag_seconds")["slalom_stream_lag_seconds_count",] == 0:
            next(message for message in socket if isinstance(message, bytes))
            frames += 1
            assert frames < 100
            house.append(id)
            house.tail.nudge()
        assert values(house, "slalom_viewers") == {("slalom_viewers",): 1}
        assert values(house, "slalom_websockets") == {("slalom_websockets", route): 1}
    assert values(house, "slalom_frames_sent")["slalom_frames_sent_total",] >= frames
    deadline = time.monotonic() + 20
    while values(house, "slalom_websockets") != {("slalom_websockets", route): 0}:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_simulations_and_previews_are_counted(house):
    spec = {"problem": {"kind": "parabola"}, "runs": [{}], "steps": 3}
    for n in (1, 2):
        assert httpx.post(f"{house.http}/api/simulate", json=spec).status_code == 503
        assert values(house, "slalom_simulations") == {("slalom_simulations_total",): n}
    assert values(house, "slalom_http_requests")["slalom_http_requests_total", "POST", "/api/simulate", "503"] == 2

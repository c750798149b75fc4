"""Every limit of an installation: what is below it and at it passes, what is above it is refused with the numbers."""

import asyncio
import re
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from anyio import WouldBlock

from slalom.catalogue import footprint
from slalom.catalogue.admission import check, check_interactive, fits
from slalom.catalogue.datasets.uploads import describe_upload
from slalom.catalogue.experiments import SPEC
from slalom.errors import Busy, LimitExceeded, SlalomError
from slalom.jobs.fair_queue import Asker, FairQueue
from slalom.settings import Limits, Settings, limits_table
from slalom.storage import quota
from slalom.storage.quota import ROW
from slalom.storage.store import Store
from slalom.web.http.dependencies import Server
from slalom.web.live.socket import MessageReader

TESTS = Path(__file__).parents[1]
SURFACE = SPEC.validate_python({"problem": {"kind": "bowl"}, "runs": [{}, {}], "steps": 20, "seeds": 3})
MOONS = {"kind": "network", "data": {"kind": "moons", "n": 50}, "hidden": [4]}
NETWORK = SPEC.validate_python({"problem": MOONS, "runs": [{}, {}], "steps": 3})
RATE, MOMENTUM = "run.optimizer.lr", "run.optimizer.momentum"
VARY = [{"field": field, "from": 0.1, "to": 0.5, "n": n} for field, n in ((RATE, 4), (MOMENTUM, 3))]
MAP = SPEC.validate_python({"kind": "map", "problem": {"kind": "bowl"}, "run": {}, "vary": VARY, "steps": 20})
TABLE = b"a,b,kind\n" + b"".join(b"%d,%d,%s\n" % (i, i * i, (b"x", b"y", b"z")[i % 3]) for i in range(40))
NAMES = b"anna\nbert\ncleo\n"


def of_spec(spec, *ways):
    """Return what asks whether a spec is allowed, as a function of limits."""

    def ask(limits):
        for way in ways:
            way(spec, limits)

    return ask


def trained(spec, limits):
    return fits(spec, limits, interactive=True)


def uploaded(text):
    return lambda limits: describe_upload(text, limits)


def stored(*sizes, end=None):
    """Return what stores experiments with room for so many bytes more than their specs, one after the other."""

    def ask(limits, url):
        store = Store.open(url, limits)
        try:
            for size in sizes:
                given = {"kind": "comparison", "name": "n", "spec": "{}", "owner": "here", "client": "a"}
                store.experiments.create(**given, room=size)
        finally:
            store.close()

    return ask


def grown(url, limits):
    """Append to an experiment what brings it to 2,000 bytes."""
    store = Store.open(url, limits)
    try:
        id = store.experiments.create(kind="comparison", name="n", spec="{}", owner="here").id
        store.experiments.claim(id, "worker")
        store.chunks.append(id, 1, b"x" * (2000 - 2 - 2 * ROW - 2), "[]", 1)
    finally:
        store.close()


def uploads(limits, url):
    store = Store.open(url, limits)
    try:
        for name in "abc":
            store.datasets.add(name, "csv", "{}", name.encode())
    finally:
        store.close()


def waiting(most, each):
    def ask(limits):
        line = FairQueue(getattr(limits, most) if most else 100, getattr(limits, each) if each else None)

        async def join():
            for _ in range(3):
                line.join(Asker("a"), False)

        asyncio.run(join())

    return ask


class Saying:
    """A socket on which somebody says something of a size once, and which remembers how it was closed."""

    def __init__(self, size):
        self.left, self.closed = [{"type": "websocket.receive", "text": "x" * size}], None
        self.application_state = self.client_state = 1

    async def receive(self):
        return self.left.pop() if self.left else {"type": "websocket.disconnect"}


def said(size, pace, monkeypatch):
    def ask(limits):
        socket, closed = Saying(10), []
        monkeypatch.setattr("slalom.web.live.socket.close", lambda _, code, why: _note(closed, code, why))

        async def read():
            return [text async for text in MessageReader(socket, limits, size, pace)]

        heard = asyncio.run(read())
        if closed:
            assert closed[0][0] == 1009
            assert heard == []
            raise LimitExceeded(closed[0][1], limit=getattr(limits, size), value=10, setting=f"SLALOM_{size.upper()}")

    return ask


async def _note(closed, code, why):
    closed.append((code, why))


def spoken(pace):
    """Return what says five messages at once, and is refused where the fifth would have to wait."""

    def ask(limits):
        rate = MessageReader(Saying(0), limits, "stream_message_bytes", pace).pace
        rate.clock = lambda: rate.then
        if any([rate.delay() for _ in range(5)]):
            raise Busy("read more slowly")

    return ask


def together(turns):
    """Return what wants to begin three things before one of them has ended."""

    def ask(limits):
        async def begin():
            limiter = getattr(Server(limits, *[MagicMock()] * 4), turns)
            for one in range(3):
                limiter.acquire_on_behalf_of_nowait(one)

        try:
            asyncio.run(begin())
        except WouldBlock:
            raise Busy("one waits") from None

    return ask


def in_memory(spec, way):
    """Return what asks whether a spec is allowed where the memory of a worker is bounded."""
    return lambda limits: way(spec, Limits(worker_bytes=limits.worker_bytes))


EXAMPLES = NETWORK.problem.examples()
EMPTY = len("{}") + ROW
SPECS = {
    "steps": (20, of_spec(SURFACE, check)),
    "runs": (2, of_spec(SURFACE, check)),
    "lanes": (6, of_spec(SURFACE, check)),
    "map_cells": (12, of_spec(MAP, check)),
    "map_run_steps": (240, of_spec(MAP, check)),
    "experiment_numbers": (SURFACE.recorded_numbers(), of_spec(SURFACE, check)),
    "simulate_run_steps": (120, of_spec(SURFACE, check_interactive)),
    "simulate_numbers": (SURFACE.recorded_numbers(), of_spec(SURFACE, check_interactive)),
    "simulate_surface_work": (check_interactive(SURFACE, Settings()), of_spec(SURFACE, check_interactive)),
    "simulate_work": (trained(NETWORK, Settings()), of_spec(NETWORK, trained)),
    "network_parameters": (2 * 4 + 4 + 4 * 2 + 2, of_spec(NETWORK, trained)),
    "training_numbers": (2 * (2 * 4 + 4 + 4 * 2 + 2), of_spec(NETWORK, trained)),
    "dataset_bytes": (len(TABLE), uploaded(TABLE)),
    "dataset_rows": (40, uploaded(TABLE)),
    "dataset_columns": (3, uploaded(TABLE)),
    "dataset_classes": (3, uploaded(TABLE)),
    "dataset_symbols": (len(set("annabertcleo")), uploaded(NAMES)),
    "simulate_waiting": (3, waiting("simulate_waiting", None)),
    "simulate_waiting_per_client": (3, waiting(None, "simulate_waiting_per_client")),
    "downloads": (3, together("downloads")),
    "landscapes": (3, together("landscapes")),
    "stream_messages_per_second": (5, spoken("stream_messages_per_second")),
    "preview_messages_per_second": (5, spoken("preview_messages_per_second")),
    "room_messages_per_second": (5, spoken("room_messages_per_second")),
}
IN_MEMORY = {
    "surface": (footprint.bytes_on_surface(SURFACE), in_memory(SURFACE, check)),
    "map": (footprint.bytes_on_surface(MAP), in_memory(MAP, check)),
    "network": (
        footprint.bytes_of_networks(NETWORK, NETWORK.problem.blueprint(EXAMPLES), EXAMPLES),
        in_memory(NETWORK, fits),
    ),
}
STORED = {
    "store_bytes": (2 * EMPTY + 1000, stored(0, 1000)),
    "store_bytes_per_client": (2 * EMPTY + 1000, stored(0, 1000)),
    "experiment_bytes": (EMPTY + 1000, stored(1000)),
    "queue": (3, stored(0, 0, 0)),
    "queue_per_client": (3, stored(0, 0, 0)),
    "datasets": (3, uploads),
}
MESSAGES = {
    "stream_message_bytes": "stream_messages_per_second",
    "preview_message_bytes": "preview_messages_per_second",
    "room_message_bytes": "room_messages_per_second",
}
SHARED = "jobs/test_shared_answers.py"
ELSEWHERE = {
    "body_bytes": "web/http/test_security.py::test_a_body_may_be_as_large_as_the_limit",
    "header_bytes": "web/http/test_security.py::test_headers_may_be_as_large_as_the_limit",
    "query_bytes": "web/http/test_security.py::test_a_query_may_be_as_long_as_the_limit",
    "simulate_wait_seconds": f"{SHARED}::test_who_is_not_waits_for_some_time_and_is_told_when_to_come_back",
    "simulate_kept_bytes": f"{SHARED}::test_an_answer_is_kept_up_to_a_quarter_of_the_room",
    "trace_numbers": "web/api/test_experiments.py::test_a_trace_may_be_as_large_as_the_limit",
    "import_bytes": "web/api/test_imports.py::test_a_file_may_be_as_large_as_the_limit_and_not_a_byte_larger",
    "landscape_points": "web/api/test_landscape.py::test_a_landscape_may_have_as_many_points_as_the_limit",
    "free_bytes": "storage/test_quota.py::test_so_much_of_the_disk_stays_free",
    "keep": "storage/test_retention.py::test_so_old_and_no_older",
    "experiment_seconds": "jobs/test_supervisor_deaths.py::test_it_may_run_as_long_as_the_setting_says",
    "worker_bytes": "jobs/test_worker_main.py::test_memory_may_be_taken_up_to_the_last_page",
    "worker_cpu_seconds": "jobs/test_worker_main.py::test_a_worker_may_compute_as_long_as_the_setting_says",
    "connections": "web/test_connections.py::test_so_many_are_open_and_the_longest_idle_goes",
    "client_seconds": "web/test_connections.py::test_a_client_may_take_as_long_as_the_setting_says",
    "frames_in_flight": "web/live/test_stream.py::test_as_many_frames_are_on_their_way_as_the_setting_says",
    "sockets": "web/http/test_security.py::test_so_many_sockets_and_no_more",
    "sockets_per_client": "web/http/test_security.py::test_so_many_sockets_and_no_more",
    "room_size": "web/http/test_room.py::test_so_many_students_and_no_more",
    "stage_bytes": "web/live/room/test_stage.py::test_the_stage_has_a_largest_size",
    "visitors_per_address": "web/http/test_visitors.py::test_so_many_newcomers_an_hour_from_one_address",
}
"""Limits that need a server, a process or a clock, and the test that has all three values."""

SPARE = pytest.mark.parametrize(("spare", "passes"), [(1, True), (0, True), (-1, False)])


def asked(name, size, spare, passes, ask):
    limits = Settings.model_validate({name: size + spare})
    if passes:
        ask(limits)
        return
    with pytest.raises(SlalomError) as refused:
        ask(limits)
    error = refused.value
    assert error.status in (413, 422, 429, 503, 507)
    if isinstance(error, LimitExceeded):
        assert (error.limit, error.value, error.setting) == (size - 1, size, f"SLALOM_{name.upper()}")


@SPARE
@pytest.mark.parametrize("name", SPECS)
def test_what_is_asked_for_may_be_as_large_as_the_limit(name, spare, passes):
    size, ask = SPECS[name]
    asked(name, size, spare, passes, ask)


@SPARE
@pytest.mark.parametrize("kind", IN_MEMORY)
def test_what_is_computed_may_need_as_much_memory_as_a_worker_has(kind, spare, passes):
    size, ask = IN_MEMORY[kind]
    asked("worker_bytes", size, spare, passes, ask)


@SPARE
@pytest.mark.parametrize("name", STORED)
def test_what_is_stored_may_be_as_large_as_the_limit(name, spare, passes, tmp_path, monkeypatch):
    monkeypatch.setattr(quota, "free_bytes", lambda _: 10**15)
    size, ask = STORED[name]
    asked(name, size, spare, passes, lambda limits: ask(limits, f"sqlite:///{tmp_path}/slalom.db"))


@SPARE
def test_an_experiment_may_grow_to_the_limit(spare, passes, tmp_path):
    asked("experiment_bytes", 2000, spare, passes, lambda limits: grown(f"sqlite:///{tmp_path}/slalom.db", limits))


@SPARE
@pytest.mark.parametrize("name", MESSAGES)
def test_what_is_said_may_be_as_long_as_the_limit(name, spare, passes, monkeypatch):
    asked(name, 10, spare, passes, said(name, MESSAGES[name], monkeypatch))


@pytest.mark.parametrize("place", sorted(set(ELSEWHERE.values())))
def test_what_needs_more_is_tried_elsewhere(place):
    path, _, name = place.partition("::")
    assert re.search(rf"^(async )?def {name}\(", (TESTS / path).read_text(), re.MULTILINE)


def test_no_limit_is_left_out_and_all_are_reported():
    assert {*SPECS, *STORED, *MESSAGES, *ELSEWHERE} == {*Limits.model_fields}
    table = limits_table(Settings())
    assert {name: about["setting"] for name, about in table.items()} == {
        name: f"SLALOM_{name.upper()}" for name in Limits.model_fields
    }

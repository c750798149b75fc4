"""The application, assembled: nothing is decided here but who is asked in which order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from threading import Thread

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.routing import WebSocketRoute

from slalom import __version__
from slalom.jobs.executor import Executor, LocalExecutor
from slalom.jobs.listener import JobListeners, JobLog
from slalom.jobs.purger import Purger
from slalom.jobs.shared_answers import SharedAnswers
from slalom.jobs.supervisor import Supervisor
from slalom.jobs.worker_pool import PreviewPool
from slalom.lessons import library
from slalom.logs import RecentRecords, as_event
from slalom.settings import Settings
from slalom.storage.store import Store
from slalom.web.api import (
    catalogue,
    comparisons,
    datasets,
    details,
    embed,
    experiments,
    findings,
    imports,
    landscape,
    lessons,
    maps,
    programs,
    qr,
    recorded,
    simulate,
    status,
    sweeps,
    system,
    thumbnails,
    views,
)
from slalom.web.api.description import openapi
from slalom.web.api.room import challenges, members, offers, polls
from slalom.web.http import problem_details
from slalom.web.http.dependencies import Server
from slalom.web.http.languages import Translation
from slalom.web.http.proxies import BehindProxies
from slalom.web.http.security import Gate
from slalom.web.live import preview, stream
from slalom.web.live.room import live
from slalom.web.live.room.stage import open_stage
from slalom.web.live.socket import ClosingEndpoint
from slalom.web.live.tail import Tail
from slalom.web.static import files
from slalom.web.telemetry.metrics import Measuring
from slalom.web.telemetry.tracing import Traces

from .routing import by_parts

log = logging.getLogger(__name__)

HEAD_START = 0.1
"""Seconds from the start in which whoever waits already is answered, and nothing else is done."""


def create_app(
    settings: Settings, store: Store | None = None, traces: Traces | None = None, executor: Executor | None = None
) -> FastAPI:
    """Return the application; its lifespan starts and ends every thread and process, and closes the store.

    Opens the store of the settings, if none is given, when it starts. ``traces`` sees every request and every job;
    ``executor`` computes experiments, if not processes of this machine.
    """
    app = FastAPI(title="Slalom", version=__version__, openapi_url=None, lifespan=_lifespan)
    app.state.settings, app.state.store, app.state.traces, app.state.executor = settings, store, traces, executor
    problem_details.install(app)
    parts = (simulate, details, comparisons, imports, experiments, maps, sweeps, findings, thumbnails, views, programs)
    room = (members, polls, offers, challenges)
    for part in (*parts, recorded, datasets, catalogue, lessons, landscape, qr, *room, embed, status, system, openapi):
        app.router.routes.extend(part.router.routes)
    sockets = {
        "/api/preview": preview.preview,
        "/api/experiments/{id}/stream": stream.stream,
        "/api/room/live": live.live,
    }
    for path, endpoint in sockets.items():
        app.router.routes.append(WebSocketRoute(path, ClosingEndpoint(endpoint)))
    app.router.routes.extend(files.router.routes)
    app.router.default = files.otherwise
    app.router.middleware_stack = by_parts(app.router)
    app.add_middleware(Gate, settings=settings)
    app.add_middleware(Translation)  # Around the gate, whose refusals are sentences, too.
    app.add_middleware(Measuring)
    app.add_middleware(BehindProxies, settings=settings)  # Around all, which know no path but Slalom's own.
    app.openapi = lambda: openapi.describe_routes(app)
    if traces is not None:
        traces.instrument(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    async with AsyncExitStack() as stack:
        traces: Traces | None = app.state.traces
        if traces is not None:
            stack.push_async_callback(run_in_threadpool, traces.close)
        store = app.state.store or Store.open(settings.store, settings)
        stack.callback(store.close)
        tail = Tail(store)
        memory = settings.memory_bytes
        executor = app.state.executor or LocalExecutor(
            settings.store, address_space=memory, cpu_seconds=settings.worker_cpu_seconds
        )
        seconds = settings.experiment_seconds
        supervisor = Supervisor(
            store,
            executor,
            workers=settings.workers,
            seconds=seconds,
            on_change=tail.nudge,
            listener=JobListeners(JobLog(), *([] if traces is None else [traces])),
        )
        caretaker = Purger(store, keep=settings.keep)
        caretaker.start()
        stack.push_async_callback(run_in_threadpool, caretaker.stop)
        warm = PreviewPool(
            settings.warm_workers,
            waiting=settings.simulate_waiting,
            waiting_each=settings.simulate_waiting_per_client,
            patience=settings.simulate_wait_seconds,
            store=settings.store,
            address_space=memory,
        )
        warm.start()
        pool = SharedAnswers(warm, settings.simulate_kept_bytes)
        stack.push_async_callback(pool.close)
        tail.start()
        stack.callback(tail.stop)
        supervisor.start()
        stack.push_async_callback(run_in_threadpool, supervisor.stop)
        app.state.server = server = Server(
            settings, store, supervisor, pool, tail, recent=RecentRecords(settings.secrets)
        )
        stack.enter_context(_watched(server))
        if stage := open_stage(server):
            stack.push_async_callback(stage.close)
        warming = asyncio.create_task(simulate.warm_up_pool(server))
        stack.callback(warming.cancel)
        preparing = Thread(target=_prepare, args=(settings,), name="slalom prepare", daemon=True)
        asyncio.get_running_loop().call_later(HEAD_START, preparing.start)
        yield


@contextmanager
def _watched(server: Server) -> Iterator[None]:
    """Remember what goes wrong and how late the event loop comes, and log that a server begins and ends."""
    about = {"server": server.supervisor.owner, "mode": server.settings.mode, "version": __version__}
    lag = asyncio.create_task(server.lag.watch())
    root = logging.getLogger()
    root.addHandler(server.recent)
    log.info("The server has started.", extra=as_event("server_started", **about))
    try:
        yield
    finally:
        log.info("The server is stopping.", extra=as_event("server_stopping", **about))
        root.removeHandler(server.recent)
        lag.cancel()


def _prepare(settings: Settings) -> None:
    """Make what is made once beside everything else, so that the first visitor does not wait for it."""
    catalogue.prepared(settings.imports_classes)
    library(settings.lessons)
    files.prepare_pages(bundled=settings.bundle, room=settings.mode == "class")

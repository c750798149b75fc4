"""A house without workers: the web, the store and the tail, where the tests write the chunks themselves."""

import asyncio
import threading
import time
from contextlib import asynccontextmanager, contextmanager

import numpy as np

from slalom.catalogue.problems.surfaces import Parabola
from slalom.errors import Busy
from slalom.jobs.supervisor import Supervisor
from slalom.settings import Settings
from slalom.storage.store import Store
from slalom.web.app import create_app
from slalom.web.connections import SlalomServer, configured
from slalom.web.http.dependencies import Server
from slalom.web.live.room.stage import open_stage
from slalom.web.live.tail import Tail
from slalom.wire.frames import Block, encode


class NoExecutor:
    """Starts nothing, so that what is queued stays queued."""

    patience, slots, trouble = 5.0, 1, None

    def start(self, id):
        del id

    def stop(self, id, kill_after=0.0):
        del id, kill_after

    def alive(self):
        return {}

    def exited(self):
        return []

    def close(self):
        return None


class NoPool:
    """Nobody computes here; whoever asks is told that too many wait."""

    waiting = 32
    processes: tuple[int, ...] = ()

    async def request(self, kind, spec=b"", number=0, **about):
        del kind, spec, number, about
        raise Busy(f"{self.waiting} simulations wait already. Try again in a few seconds.")
        yield

    async def close(self):
        return None


SPEC = '{"problem": {"kind": "parabola"}, "runs": [{}, {}], "steps": 100000}'


class Quiet:
    """A running server whose experiments the test writes."""

    def __init__(self, settings):
        self.settings, self.store = settings, Store.open(settings.store, settings)
        self.tail = Tail(self.store)
        self.supervisor = Supervisor(self.store, NoExecutor(), on_change=self.tail.nudge)
        self.app = create_app(settings)
        self.app.router.lifespan_context = self._lifespan
        self.server = SlalomServer(configured(self.app, settings, port=0))
        self.thread = threading.Thread(target=self.server.run)

    @asynccontextmanager
    async def _lifespan(self, app):
        self.loop = asyncio.get_running_loop()
        self.tail.start()
        app.state.server = Server(self.settings, self.store, self.supervisor, NoPool(), self.tail)
        stage = open_stage(app.state.server)
        yield
        if stage:
            await stage.close()
        self.tail.stop()

    @contextmanager
    def running(self):
        self.thread.start()
        while not self.server.started:
            time.sleep(0.005)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.server.should_exit = True
            self.thread.join()
            self.store.close()

    @property
    def http(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self):
        return f"ws://127.0.0.1:{self.port}"

    def create(self, chunks=0, n=4, spec=SPEC):
        """Store a running experiment with some chunks of ``n`` entries; return its id."""
        id = self.store.experiments.create(kind="comparison", name="made by hand", spec=spec, owner="test").id
        assert self.store.experiments.claim(id, "test")
        for _ in range(chunks):
            self.append(id, n)
        return id

    def append(self, id, n=4, events="[]"):
        """Append the next chunk and return it."""
        seq = self.store.chunks.last(id) + 1
        data = np.random.default_rng(seq).normal(size=(7, 2, n))
        step = (seq - 1) * n
        payload = encode(Block(step, (0, 1), Parabola().columns, data), seq)
        self.store.chunks.append(id, seq, payload, events, step + n)
        return payload

    def finish(self, id, status="done"):
        self.store.experiments.finish(id, status, "[]")


def quiet_on(store, **settings):
    """Return the context in which such a server runs on a store."""
    return Quiet(Settings(**{"store": store} | settings)).running()

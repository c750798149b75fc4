"""Proxies that have a server below a path: a plain one that takes the path away or leaves it, and Jupyter's."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import httpx
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError, web

START = 120
"""Seconds that a server on a busy machine may take to start."""
NOT_PASSED = {"connection", "upgrade", "keep-alive", "transfer-encoding", "te", "trailer", "content-length"}
"""Headers that are of one connection, and those that a new one makes itself."""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def passed(headers):
    return [
        (name, value)
        for name, value in headers.items()
        if name.lower() not in NOT_PASSED and not name.lower().startswith("sec-websocket-")
    ]


class PrefixProxy:
    """A plain proxy on a thread: it passes on what is below its paths, and says nothing of the browser but its Host."""

    def __init__(self, paths):
        """``paths``: below which path is which server, and whether the path is left."""
        self.paths, self.loop, self.ready = paths, asyncio.new_event_loop(), threading.Event()
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self._run(),))

    async def _run(self):
        self.stopping = asyncio.Event()
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        async with ClientSession(auto_decompress=False) as self.session:
            await site.start()
            self.address = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
            self.ready.set()
            await self.stopping.wait()
            await runner.cleanup()

    async def _answer(self, request):
        for path, (server, left) in self.paths.items():
            if request.raw_path == path or request.raw_path.startswith(f"{path}/"):
                if request.raw_path == path and not left:
                    raise web.HTTPMovedPermanently(f"{path}/")  # As nginx does.
                url = server + (request.raw_path if left else request.raw_path[len(path) :])
                socket = request.headers.get("Upgrade", "").lower() == "websocket"
                return await (self._socket if socket else self._request)(request, url)
        raise web.HTTPNotFound

    async def _request(self, request, url):
        from yarl import URL

        asked = self.session.request(
            request.method,
            URL(url, encoded=True),
            headers=passed(request.headers),
            data=await request.read(),
            allow_redirects=False,
        )
        async with asked as found:
            return web.Response(status=found.status, headers=passed(found.headers), body=await found.read())

    async def _socket(self, request, url):
        try:
            there = await self.session.ws_connect(url, headers=passed(request.headers), max_msg_size=0)
        except WSServerHandshakeError as error:
            return web.Response(status=error.status)
        here = web.WebSocketResponse(max_msg_size=0)
        await here.prepare(request)
        await asyncio.gather(_pipe(here, there), _pipe(there, here))
        return here

    def __enter__(self):
        self.thread.start()
        assert self.ready.wait(START)
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(START)
        self.loop.close()


async def _pipe(source, sink):
    """Pass on every message of one WebSocket to another, and that it is closed."""
    async for message in source:
        await (sink.send_bytes if message.type is WSMsgType.BINARY else sink.send_str)(message.data)
    await sink.close(code=source.close_code or 1000)


@contextmanager
def jupyter(folder):
    """Yield the address of a Jupyter server with jupyter-server-proxy, which knows nobody and asks for no token."""
    port = free_port()
    places = {f"JUPYTER_{kind}_DIR": str(folder / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={port}"]
    command += ["--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"]
    command += ["--IdentityProvider.token=", "--ServerApp.terminals_enabled=False", "--ServerApp.log_level=ERROR"]
    process = subprocess.Popen(command, env=os.environ | places, cwd=folder)
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START
        while True:
            try:
                assert httpx.get(f"{address}/api").status_code == 200
                break
            except httpx.TransportError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(START)

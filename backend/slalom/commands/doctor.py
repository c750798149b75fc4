"""``slalom doctor``: looks at an installation part by part; what is wrong, and what to do."""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from importlib import metadata, util
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import typer
from pydantic import ValidationError

from slalom import __version__
from slalom.errors import SlalomError
from slalom.settings import Settings

from .exit_codes import DONE, FAILED
from .settings import faults_of, read_settings

Health = Literal["ok", "note", "broken"]
_SIGNS = {"ok": "✓", "note": "·", "broken": "✗"}
_COLORS = {"ok": "green", "note": None, "broken": "red"}
_PATIENCE = 60.0
"""Seconds for a process that computes to begin and answer."""
_PROBE = {"problem": {"kind": "parabola"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.1}}], "steps": 100}


class Examined(NamedTuple):
    """What one part is like, and where it is broken, what to do."""

    part: str
    verdict: Health
    sentence: str


def doctor_command(
    store: Annotated[str | None, typer.Option(help="The store to look at, if it is not the usual one.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="The port to look at.")] = None,
) -> None:
    """Look at this installation: versions, settings, store, disk, processes, GPU, port and proxy. Nothing is changed.

    Every line says what is wrong and what to do. The exit code is 1 where something is broken.
    """
    from .screen import Screen

    screen, broken = Screen(), 0
    for finding in examine({"store": store, "port": port}):
        broken += finding.verdict == "broken"
        screen.say(f"{_SIGNS[finding.verdict]} {finding.part}: {finding.sentence}", _COLORS[finding.verdict])
    screen.say("" if broken else "Nothing is broken.")
    if broken:
        screen.say(f"Broken: {broken}.", "bold red")
    raise typer.Exit(FAILED if broken else DONE)


def examine(given: dict[str, object]) -> Iterator[Examined]:
    """Yield what every part is like."""
    yield Examined("Slalom", "ok", f"{__version__} in {Path(__file__).parents[1]}.")
    yield Examined("Python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}.")
    yield from _libraries()
    yield _page()
    given = {name: value for name, value in given.items() if value is not None}
    try:
        settings = read_settings(given)
        yield Examined("settings", "ok", f"{settings.mode} mode, {_who(settings)}.")
    except ValidationError as error:
        for fault in faults_of(error):
            yield Examined("settings", "broken", fault)
        settings = read_settings(given, {})
    checks: tuple[tuple[str, Callable[[Settings], Examined]], ...] = (
        ("store", _store),
        ("disk", _disk),
        ("processes", _processes),
        ("GPU", lambda _: _gpu()),
        ("port", _port),
        ("proxy", _proxy),
    )
    for part, check in checks:
        try:
            yield check(settings)
        except SlalomError as error:
            yield Examined(part, "broken", str(error))
        except OSError as error:
            yield Examined(part, "broken", f"{error}.")


def _who(settings: Settings) -> str:
    return "with a token" if settings.token else "without a token"


def _libraries() -> Iterator[Examined]:
    yield Examined("NumPy", "ok", f"{metadata.version('numpy')}.")
    if util.find_spec("torch") is None:
        yield Examined("PyTorch", "broken", "It is not installed; networks need it. Try: pip install torch.")
    else:
        yield Examined("PyTorch", "ok", f"{metadata.version('torch')}.")
    if util.find_spec("matplotlib") is None:
        yield Examined("figures", "note", 'PDF, SVG, PNG and GIF need matplotlib: pip install "slalom[figures]".')
    else:
        film = "with" if shutil.which("ffmpeg") or util.find_spec("imageio_ffmpeg") else "without"
        yield Examined("figures", "ok", f"matplotlib {metadata.version('matplotlib')}, {film} ffmpeg for MP4.")


def _page() -> Examined:
    from slalom.web.static.files import frontend

    if (frontend() / "index.html").is_file():
        return Examined("page", "ok", f"its files are in {frontend()}.")
    return Examined("page", "broken", f"Its files are not in {frontend()}. Install Slalom anew.")


def _store(settings: Settings) -> Examined:
    from slalom.storage.backup import look

    state = look(settings.store)
    if state.version is None:
        return Examined("store", "ok", f"{state.where} will be made when a server starts.")
    size = f"{state.experiments:,} experiments, {state.bytes / 1e6:,.1f} MB"
    if not state.is_up_to_date:
        return Examined(
            "store", "note", f"{state.where} has version {state.version}: slalom db upgrade, or a start, renews it."
        )
    if state.bytes > settings.store_bytes:
        return Examined("store", "broken", f"{state.where}: {size}, more than SLALOM_STORE_BYTES allows. Delete some.")
    return Examined("store", "ok", f"{state.where}: {size}.")


def _disk(settings: Settings) -> Examined:
    from slalom.storage.backup import store_file

    if not settings.store.startswith("sqlite"):
        return Examined("disk", "ok", "The store is a server's; its disk is not seen from here.")
    folder = store_file(settings.store).absolute().parent
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK):
        return Examined(
            "disk", "broken", f"{folder} cannot be written to. Choose another --store, or change its rights."
        )
    free = shutil.disk_usage(folder).free
    told = f"{free / 1e9:,.1f} GB are free at {folder}"
    if free < settings.free_bytes:
        least = f"at least {settings.free_bytes / 1e9:,.1f} GB stay free (SLALOM_FREE_BYTES)"
        return Examined("disk", "broken", f"{told}, and {least}: nothing new is stored. Make room.")
    return Examined("disk", "ok", f"{told}.")


def _processes(settings: Settings) -> Examined:
    """Start a process as the server does, and let it compute a run."""
    import asyncio

    cores, workers = os.cpu_count() or 1, settings.workers
    began = time.monotonic()
    try:
        kind = asyncio.run(asyncio.wait_for(_computed_by_a_process(), _PATIENCE))
    except TimeoutError:
        return Examined("processes", "broken", f"None began within {_PATIENCE:.0f} s. See what else this machine does.")
    if kind != "converged":
        return Examined("processes", "broken", f"A run that converges came out {kind}. Install Slalom and NumPy anew.")
    many = f"{workers or max(1, cores - 1)} experiments at a time on {cores} cores"
    return Examined("processes", "ok", f"one began and computed a run in {time.monotonic() - began:.1f} s; {many}.")


async def _computed_by_a_process() -> str:
    """Return what came of a run that a process computed."""
    from slalom.jobs.worker_pool import PreviewPool
    from slalom.web.http.interactive import collected

    pool = PreviewPool(1)
    pool.start()
    try:
        _, final = await collected(pool.request("spec", json.dumps(_PROBE).encode()))
    finally:
        await pool.close()
    return final["outcomes"][0]["kind"]


def _gpu() -> Examined:
    if util.find_spec("torch") is None:
        return Examined("GPU", "note", "PyTorch is not installed.")
    import torch

    if torch.cuda.is_available():
        return Examined("GPU", "ok", f"{torch.cuda.get_device_name()}, used where the work is worth it.")
    if shutil.which("nvidia-smi") or Path("/proc/driver/nvidia").exists():
        why = f"PyTorch {torch.__version__} sees none, but this machine has a driver for one"
        return Examined("GPU", "broken", f"{why}. Install a PyTorch built for CUDA: https://pytorch.org.")
    return Examined("GPU", "note", "none; everything is computed on the CPU.")


def _port(settings: Settings) -> Examined:
    host, port = settings.host, settings.port
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return _taken(host, port, error)
    return Examined("port", "ok", f"{port} is free on {host}.")


def _taken(host: str, port: int, error: OSError) -> Examined:
    from slalom.client import Client
    from slalom.errors import SlalomError

    near = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    try:
        with Client(f"http://{near}:{port}", timeout=2.0, patience=0.0) as client:
            version = client.health()["version"]
    except (SlalomError, KeyError, ValueError):
        why = error.strerror or error
        return Examined(
            "port", "broken", f"{port} on {host} cannot be used: {why}. Choose another: slalom serve --port 0."
        )
    return Examined("port", "ok", f"a Slalom {version} answers on {near}:{port}.")


def _proxy(settings: Settings) -> Examined:
    proxies = {name: url for name, url in getproxies().items() if name in ("http", "https", "all")}
    if not proxies:
        return Examined("proxy", "ok", "none is set.")
    named = ", ".join(
        f"{name} {(urlsplit(url).netloc or url).rpartition('@')[2]}" for name, url in sorted(proxies.items())
    )
    if "http" in proxies and not proxy_bypass("127.0.0.1"):
        return Examined(
            "proxy",
            "broken",
            f"{named} is used for this machine, too, so that clients do not find its server. "
            "Set NO_PROXY=localhost,127.0.0.1,::1.",
        )
    return Examined("proxy", "ok", f"{named}, but not for this machine.")

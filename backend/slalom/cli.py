"""The command line: the only place that reads arguments and the environment."""

from __future__ import annotations

import gc
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from slalom import __version__
from slalom.banner import banner
from slalom.commands.browser import open_browser, wants_browser
from slalom.commands.db import db
from slalom.commands.doctor import doctor_command
from slalom.commands.exit_codes import USAGE, exit_code
from slalom.commands.lessons import lessons
from slalom.commands.map import MAP_EXAMPLES, map_command
from slalom.commands.outputs import OutputsCommand
from slalom.commands.range_test import RANGE_EXAMPLES, range_command
from slalom.commands.refusals import Commands, say_version
from slalom.commands.run import RUN_EXAMPLES, run_command
from slalom.commands.settings import settings_of
from slalom.commands.sweep import SWEEP_EXAMPLES, sweep_command
from slalom.errors import SlalomError
from slalom.lan import allow_connections
from slalom.logs import VARIABLE, write_logs
from slalom.memory import look_for_garbage_seldom, return_what_is_freed
from slalom.settings import PREFIX, SECRET_BYTES, Settings

SWITCH_INTERVAL = 0.0005
"""Seconds after which a thread that computes lets another one go on.

The event loop lets go of the interpreter with every call to the system. While a thread checks a request, it would have
it back only after Python's own 5 ms, dozens of times for one answer.
"""

app = typer.Typer(
    name="slalom",
    help="See optimization happen: compute runs, read why they converge or blow up, and serve the page.",
    epilog="slalom COMMAND --help shows examples. Colours are left out in a pipe, and where NO_COLOR is set.",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("run", cls=OutputsCommand, epilog=RUN_EXAMPLES)(run_command)
app.command("range-test", cls=OutputsCommand, epilog=RANGE_EXAMPLES)(range_command)
app.command("sweep", cls=OutputsCommand, epilog=SWEEP_EXAMPLES)(sweep_command)
app.command("map", cls=OutputsCommand, epilog=MAP_EXAMPLES)(map_command)
app.command("doctor")(doctor_command)
app.add_typer(lessons)
app.add_typer(db)


@app.callback()
def slalom(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=say_version, is_eager=True)
    ] = False,
) -> None:
    """See optimization happen: compute runs, read why they converge or blow up, and serve the page."""


@app.command("version", hidden=True)
def tell_version() -> None:
    """Say which version this is."""
    typer.echo(__version__)


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; beyond this machine only with a token, or for a class.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")] = None,
    store: Annotated[str | None, typer.Option(help="Where experiments are kept: a file, or an SQLAlchemy URL.")] = None,
    allowed_host: Annotated[list[str] | None, typer.Option(help="A further name of this server.")] = None,
    root_path: Annotated[str | None, typer.Option(help="Path below which a proxy has Slalom, such as /slalom.")] = None,
    public_url: Annotated[
        str | None, typer.Option(help="Address under which others open Slalom; what is shared begins with it.")
    ] = None,
    class_: Annotated[
        bool,
        typer.Option("--class", help="Serve a class on its network; prints the addresses and the code."),
    ] = False,
    public: Annotated[
        bool, typer.Option("--public", help="Serve everybody, with small limits; needs a token.")
    ] = False,
    no_auth: Annotated[bool, typer.Option("--no-auth", help="Let everybody in who reaches the address.")] = False,
    log: Annotated[str | None, typer.Option(help="How the log is written, to standard error: text or json.")] = None,
    open_page: Annotated[
        bool | None, typer.Option("--open/--no-open", help="Open the page in a browser; on a desktop, if not given.")
    ] = None,
) -> None:
    """Start the server; every other setting and limit is an environment variable, listed at GET /api/limits."""
    given = {"host": host, "port": port, "store": store, "allowed_hosts": allowed_host}
    given |= {"root_path": root_path, "public_url": public_url, "log": log}
    given |= {"mode": "class" if class_ else "public" if public else None, "auth": False if no_auth else None}
    settings = settings_of({name: value for name, value in given.items() if value not in (None, [])})
    _check_path(settings)
    _read_lessons(settings)
    if settings.mode == "class" and settings.token is None:
        # The teacher's secret: new at every start, and nowhere but in this process.
        settings = settings.model_copy(update={"token": SecretStr(secrets.token_urlsafe(SECRET_BYTES))})
    sockets = _listen(settings)
    if settings.mode != "class":
        typer.echo(banner(settings, sockets[0].getsockname()[1]))
    if wants_browser(settings) if open_page is None else open_page:
        open_browser(settings, sockets[0].getsockname()[1])
    _run(settings, sockets)


@app.command("explain")
def explain_log_file(
    log: Annotated[Path, typer.Argument(help="A CSV, a trainer_state.json, TensorBoard's events, or their folder.")],
    loss: Annotated[str | None, typer.Option(help="The column of the loss, if it is not found by itself.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="The rule, such as adamw.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what happened in a training loop, as far as its log tells; the exit code is 3 where it diverged."""
    raise typer.Exit(exit_code([_watch_command("explain_file")(log, loss, optimizer, json, typer.echo)]))


@app.command("open")
def open_recording(
    file: Annotated[Path, typer.Argument(help="What slalom.watch has written, or an exported trace.")],
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="The dashboard; SLALOM_URL, or this machine's.")
    ] = None,
    token: Annotated[str | None, typer.Option(help="Its token; SLALOM_TOKEN if not given.")] = None,
) -> None:
    """Bring a recorded loop to a dashboard that runs, and say where it is shown."""
    _watch_command("open_file")(file, server, token, typer.echo)


def _watch_command(name: str) -> Callable[..., Any]:
    """Return what does a command; it is named and not imported, for it brings PyTorch along."""
    return getattr(import_module("slalom.watch.commands"), name)


@app.command()
def mcp() -> None:
    """Answer an assistant on standard input and output, as a server of the Model Context Protocol (slalom[mcp])."""
    try:
        # By its name: what it computes with is nothing that the command line may know.
        server = import_module("slalom.assistant.server")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise SlalomError(
            "slalom mcp needs the MCP SDK, which is not installed. Try: pip install 'slalom[mcp]'"
        ) from None
    server.answer_assistant(settings_of({}))


def _check_path(settings: Settings) -> None:
    """Refuse a proxy's path that could be one of Slalom's own."""
    if not settings.base_path:
        return
    from slalom.web.http.access import check_base_path

    try:
        check_base_path(settings.base_path)
    except SlalomError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from None


def _read_lessons(settings: Settings) -> None:
    """Read the lessons of one's own before anything is started: what is wrong in them is told at once."""
    if settings.lessons is None:
        return
    from slalom.lessons import library

    try:
        library(settings.lessons)
    except SlalomError as error:
        typer.echo(f"{PREFIX}LESSONS={settings.lessons}\n{error}", err=True)
        raise typer.Exit(USAGE) from None


def _listen(settings: Settings) -> list[socket.socket]:
    """Return listening sockets: callers may connect from now on, and are answered when everything is loaded."""
    wanted = [settings.host, "::1"] if settings.host == "127.0.0.1" else [settings.host]
    try:
        first = _bind(wanted[0], settings.port)
    except OSError as error:
        reason = error.strerror or error
        typer.echo(
            f"Slalom cannot listen on {settings.host}:{settings.port}: {reason}. Choose another --port.", err=True
        )
        raise typer.Exit(1) from None
    sockets = [first]
    for host in wanted[1:]:
        try:
            sockets.append(_bind(host, first.getsockname()[1]))
        except OSError:
            continue
    return sockets


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    bound = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(2048)
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


def _run(settings: Settings, sockets: Sequence[socket.socket]) -> None:
    # What is imported stays: looking for garbage in it costs a tenth of the start, and pauses later.
    gc.disable()
    return_what_is_freed()
    settings = settings.within(allow_connections(settings.sockets + settings.connections))
    sys.setswitchinterval(SWITCH_INTERVAL)
    os.environ[VARIABLE] = settings.log
    write_logs(settings.log, settings.secrets)
    from slalom.ending import leave
    from slalom.jobs.executor import end_fork_server
    from slalom.storage.store import Store
    from slalom.web.app import create_app
    from slalom.web.connections import SlalomServer, configured
    from slalom.web.http.room import current_room
    from slalom.web.telemetry.tracing import traces_of

    store = Store.open(settings.store, settings)
    # Named and not imported above, for it brings Ray along.
    executor = import_module("slalom.cluster").join(settings) if settings.executor == "ray" else None
    if settings.mode == "class":
        typer.echo(banner(settings, sockets[0].getsockname()[1], current_room(store.rooms).code))
    served = create_app(settings, store, traces_of(os.environ), executor)
    config = configured(served, settings, log_config=None)
    look_for_garbage_seldom()
    # uvicorn stops in good order and then repeats the signal; that it stopped in good order is all there is to say.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    try:
        SlalomServer(config).run(sockets=[*sockets])
    finally:
        end_fork_server()
    leave()


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # A terminal may lack Greek letters.
    app()

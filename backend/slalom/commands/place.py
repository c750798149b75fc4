"""Where something is computed: in this process, or by a server; while it is, whoever watches is told of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from slalom.settings import is_loopback

if TYPE_CHECKING:
    from slalom.client import Client
    from slalom.results import MapResult, SimulationResult, SweepResult

    from .screen import ProgressLine

_TOKEN = "SLALOM_TOKEN"
"""The environment variable of the token, for the server and for its callers."""
_URL = "SLALOM_URL"
"""The environment variable of the server that one's programs use."""


@dataclass(frozen=True)
class ComputedBy:
    """Where it is computed."""

    server: Annotated[
        str | None,
        typer.Option(metavar="URL", help=f"Compute on this server and keep it there; its token is {_TOKEN}."),
    ] = None


def called(address: str, *, linked: bool = False) -> Client:
    """Return a client of a server, with the token from the environment; raises SpecError where it is no address.

    To where a link leads (``linked``) the token goes only if that is this machine, or the server of SLALOM_URL.
    """
    from slalom.client import Client
    from slalom.client.address import server_address

    host = urlsplit(server_address(address)).hostname or ""
    knows = not linked or is_loopback(host) or _origin(os.environ.get(_URL, "")) == _origin(address)
    return Client(address, os.environ.get(_TOKEN) if knows else None)


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower()


def computed(spec: dict[str, Any], place: ComputedBy, watch: ProgressLine) -> SimulationResult | MapResult:
    """Return what came of a spec; ``watch`` is told on the way."""
    from slalom.results.spec import read_spec

    read = read_spec(spec)
    with watch.over(read):
        if place.server is not None:
            with called(place.server) as client:
                return client.run(spec, progress=False, on_block=watch.take)
        from slalom.local import run

        return run(read, progress=False, on_block=watch.take)


def swept(spec: dict[str, Any], place: ComputedBy, watch: ProgressLine) -> tuple[SimulationResult, SweepResult]:
    """Return the runs of a sweep, and what they say together."""
    from slalom.catalogue.experiments.comparison import Comparison
    from slalom.results import SimulationResult, SweepResult

    result = computed(spec, place, watch)
    assert isinstance(result, SimulationResult)
    assert isinstance(result.spec, Comparison)
    if place.server is not None:
        with called(place.server) as client:
            return result, client.sweep(result.provenance.experiment or "")
    from slalom.analysis.sweep import summarize

    outcomes = [run["outcome"] for run in result]
    return result, SweepResult(summarize(result.spec, result.blocks, outcomes))

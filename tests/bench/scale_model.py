"""Where Slalom stops growing: what one viewer and one worker cost, and how much of it there is.

Every resource is used in proportion to what is asked of it, so a share of it says how far it is from its end. The costs
are measured by ``python -m tests.bench scale``; docs/scale.md prints them with the tables that follow from them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

LOOKS = 200.0
"""Looks a second at the store, at most, while something runs: the tail waits 5 ms between two."""
REVIEWS = 4.0
"""Times a second that a supervisor reads the states of what it runs."""
FULL = 0.7
"""The share of a resource from which on queues grow: what is bought is bought for this share."""


class Costs(NamedTuple):
    """What was measured on one machine."""

    frame_us: float
    """CPU of the web process for one frame to one viewer."""
    watch_ms: float
    """CPU of the web process in every second in which anything is watched, however much and by however many."""
    viewer_kb: float
    """Memory of the web process for one viewer."""
    frame_kb: float
    """A frame as the store keeps it: 128 entries of 8 columns."""
    screen_kb: float
    """The same frame as a page asks for it: thinned out to 32 entries."""
    sqlite_ms: float
    """Appending one chunk to a SQLite file, which takes one at a time."""
    postgres_ms: float
    """The same with Postgres, for one worker."""
    postgres_rate: float
    """Chunks a second that Postgres takes of four workers, with a NOTIFY of each."""
    look_us: float
    """CPU of a web process for one look at Postgres that finds a NOTIFY and reads the chunk."""
    states_us: float
    """CPU of a supervisor for the state of one running experiment."""
    start_ms: float
    """CPU for a worker process, from its fork until it is warm."""
    worker_mb: float
    """Memory of a worker that waits, without what it shares with others."""


class Machine(NamedTuple):
    """What a machine has; assumed, not measured."""

    cores: int = 8
    memory_gb: float = 32.0
    network_mbit: float = 1000.0
    files: int = 65_536


class Load(NamedTuple):
    """What is asked of one web process and its store."""

    viewers: int = 0
    frames: float = 20.0
    """Frames a second of each."""
    screen: bool = True
    """Whether viewers take frames that are thinned out, as pages do."""
    workers: int = 0
    chunks: float = 20.0
    """Chunks a second that a worker appends."""
    minutes: float = 1.0
    """How long an experiment takes."""


def viewer_shares(costs: Costs, load: Load, machine: Machine) -> dict[str, float]:
    """Return how much of every resource of one web process viewers use; 1 is all of it."""
    sent = load.viewers * load.frames
    kb = costs.screen_kb if load.screen else costs.frame_kb
    return {
        "event loop": sent * costs.frame_us / 1e6 + costs.watch_ms / 1e3,
        "network": sent * kb * 8 / 1e3 / machine.network_mbit,
        "memory": load.viewers * costs.viewer_kb / 1e6 / machine.memory_gb,
        "open files": load.viewers / machine.files,
    }


def worker_shares(costs: Costs, load: Load, machine: Machine) -> dict[str, float]:
    """Return how much of every resource workers use, on one machine with one store; 1 is all of it."""
    appended = load.workers * load.chunks
    starts = load.workers / (60 * load.minutes)
    return {
        "processor": load.workers / machine.cores,
        "memory": load.workers * costs.worker_mb / 1e3 / machine.memory_gb,
        "starts": starts * costs.start_ms / 1e3 / machine.cores,
        "supervisor": load.workers * REVIEWS * costs.states_us / 1e6,
        "SQLite": appended * costs.sqlite_ms / 1e3,
        "Postgres": appended / costs.postgres_rate,
        "looks at Postgres": min(appended, LOOKS) * costs.look_us / 1e6,
    }


def first_to_break(shares: Mapping[str, float]) -> str:
    """Return the resource that is used most."""
    return max(shares, key=lambda name: shares[name])


def breaks_at(amount: float, share: float, of_none: float = 0.0) -> int | None:
    """Return the amount at which a resource is used up; None where it never is.

    ``share`` of it is used by ``amount``, ``of_none`` by nobody, and what lies between in proportion.
    """
    grows = share - of_none
    return math.floor((1 - of_none) * amount / grows) if grows > 0 else None


def wanted(share: float) -> int:
    """Return how many of a resource are needed, each used to FULL."""
    return max(1, math.ceil(share / FULL))


VIEWERS = (500, 5_000, 50_000)
WORKERS = (1, 10, 100, 1_000)


def viewer_table(costs: Costs, machine: Machine, screen: bool) -> list[list[str]]:
    """Return a row for every resource: its shares, the viewers at which it ends, and how many are needed at last."""
    return _table(VIEWERS, lambda n: viewer_shares(costs, Load(n, screen=screen), machine))


def worker_table(costs: Costs, machine: Machine) -> list[list[str]]:
    """Return the same for workers."""
    return _table(WORKERS, lambda n: worker_shares(costs, Load(workers=n), machine))


def _table(amounts: tuple[int, ...], shares_of: Callable[[int], dict[str, float]]) -> list[list[str]]:
    last, none, rows = amounts[-1], shares_of(0), []
    for name, share in sorted(shares_of(last).items(), key=lambda one: -one[1]):
        end = breaks_at(last, share, none[name])
        proportional = math.isclose(shares_of(2 * last)[name] - share, share - none[name])
        ends = f"{_rounded(end):,}" if end is not None and proportional else "never"
        rows.append([name, *(percent(shares_of(n)[name]) for n in amounts), ends, f"{wanted(share):,}"])
    return rows


def _rounded(amount: int) -> int:
    """Return a number with two digits: no more of a forecast is true."""
    return round(amount, 1 - math.floor(math.log10(amount))) if amount > 0 else 0


def percent(share: float) -> str:
    """Return a share as text.

    >>> percent(0.034), percent(12.3)
    ('3.4 %', '1,200 %')
    """
    value = 100 * share
    return f"{_rounded(round(value)):,} %" if value >= 10 else f"{float(f'{value:.2g}'):g} %"


def markdown(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table as a document prints it."""
    lines = [[*head], *([*row] for row in rows)]
    first, *others = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join((first, "|" + "---|" * len(lines[0]), *others))


def document_tables(costs: Costs, machine: Machine) -> dict[str, str]:
    """Return the tables of docs/scale.md, by what stands above them."""
    fields = Costs.__annotations__
    viewers = ["resource", *(f"{n:,}" for n in VIEWERS), "all of it at", f"needed for {VIEWERS[-1]:,}"]
    workers = ["resource", *(f"{n:,}" for n in WORKERS), "all of it at", f"needed for {WORKERS[-1]:,}"]
    return {
        "Costs": markdown(("cost", "measured"), ((f"`{name}`", f"{getattr(costs, name):g}") for name in fields)),
        "Machine": markdown(("of a machine", "assumed"), ((f"`{n}`", f"{v:g}") for n, v in machine._asdict().items())),
        "Pages": markdown(viewers, viewer_table(costs, machine, screen=True)),
        "Programs": markdown(viewers, viewer_table(costs, machine, screen=False)),
        "Workers": markdown(workers, worker_table(costs, machine)),
    }

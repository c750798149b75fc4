"""The largest specs of every family that are allowed, and how they end that are computed in a worker's memory."""

from __future__ import annotations

import multiprocessing
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from slalom.catalogue.admission import check, fits
from slalom.catalogue.experiments import SPEC
from slalom.errors import SlalomError
from slalom.jobs.worker_main import configure_process
from slalom.settings import Settings
from slalom.storage.store import Store

PATIENCE = 40.0
"""Seconds after which an experiment is cancelled that has not run out of memory by then."""
LANES = {"field": "run.optimizer.lr", "from": 1e-4, "to": 1e-2, "scale": "log"}


class Large(NamedTuple):
    """A family of specs by their size."""

    name: str
    make: Any
    most: int
    """A size that is surely not allowed."""


def network(hidden: list[int], n: int = 100, **run: Any) -> dict[str, Any]:
    data = {"kind": "moons", "n": n}
    return {
        "problem": {"kind": "network", "data": data, "hidden": hidden},
        "runs": [{"optimizer": {"kind": "adam"}, **run}],
    }


def varied(spec: dict[str, Any], n: int) -> dict[str, Any]:
    return spec | {"vary": [LANES | {"n": max(2, n)}]}


FAMILIES = (
    Large("one wide network", lambda k: network([k]) | {"steps": 20}, 2**20),
    Large("one deep network", lambda k: network([k] * 6) | {"steps": 20}, 2**14),
    Large("many examples", lambda k: network([k, k], n=5000) | {"steps": 20}, 2**14),
    Large("many networks", lambda k: varied(network([16, 16], n=1000), k) | {"steps": 20}, 2**13),
    Large("many networks, many examples", lambda k: varied(network([8], n=5000), k) | {"steps": 20}, 2**13),
    Large(
        "names",
        lambda k: {
            "problem": {"kind": "character", "data": {"kind": "names"}, "hidden": [k]},
            "runs": [{}],
            "steps": 20,
        },
        2**20,
    ),
    Large(
        "many runs of 64 variables",
        lambda k: (
            varied({"problem": {"kind": "quadratic", "eigenvalues": [1 + i for i in range(64)]}, "runs": [{}]}, k)
            | {"steps": 40}
        ),
        2**13,
    ),
    Large("a long run", lambda k: {"problem": {"kind": "rosenbrock"}, "runs": [{}], "steps": k}, 2**24),
    Large(
        "newton",
        lambda k: (
            varied(
                {"problem": {"kind": "formula", "text": "x1**4+x2*x8"}, "runs": [{"optimizer": {"kind": "newton"}}]}, k
            )
            | {"steps": 100}
        ),
        2**13,
    ),
    Large(
        "a map",
        lambda k: {
            "kind": "map",
            "problem": {"kind": "bowl"},
            "run": {},
            "steps": 100,
            "vary": [LANES | {"n": k}, {"field": "run.optimizer.momentum", "from": 0, "to": 0.99, "n": k}],
        },
        2**12,
    ),
    Large("a range test of a network", lambda k: _range(k), 2**14),
)


def _range(k: int) -> dict[str, Any]:
    whole = network([k, k], n=1000)
    return {"kind": "range_test", "problem": whole["problem"], "run": whole["runs"][0], "steps": 50}


def largest(family: Large, limits: Settings) -> Any:
    """Return the largest spec of a family that is allowed, found by halving."""
    low, high = 2, family.most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if allowed(family.make(middle), limits) else (low, middle)
    return family.make(low)


def allowed(spec: dict[str, Any], limits: Settings) -> bool:
    """Return whether a spec is admitted."""
    try:
        read = SPEC.validate_python(spec)
        check(read, limits)
        fits(read, limits)
    except (SlalomError, ValueError):
        return False
    return True


def computed(spec: dict[str, Any], limits: Settings, patience: float = PATIENCE, spare: int | None = None) -> str:
    """Return how an experiment ended that was computed within a worker's memory: a status and what was said.

    ``spare`` bytes are what it may have besides what is there once everything is imported, if given.
    """
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'slalom.db'}"
        store = Store.open(url, limits)
        read = SPEC.validate_python(spec)
        id = store.experiments.create(
            kind=read.kind, name="", spec=read.model_dump_json(by_alias=True), owner="", room=read.expected_bytes
        ).id
        process = multiprocessing.get_context("spawn").Process(target=_work, args=(url, id, limits.worker_bytes, spare))
        process.start()
        process.join(patience)
        if process.exitcode is None:
            store.experiments.want(id, "cancel")
            process.join(10)
            if process.exitcode is None:
                process.kill()
                process.join()
        record = store.experiments.get(id)
        store.close()
        said = record.error or ""
        return f"{record.status} {said}" if process.exitcode in (0, -9) else f"died {process.exitcode} {said}"


def _work(url: str, id: str, address_space: int, spare: int | None) -> None:
    import slalom

    if spare is None:
        configure_process(address_space)
    from slalom.engine.worker import work

    if spare is not None:
        import slalom.engine.network.setup  # noqa: F401 — brings PyTorch.

        configure_process(psutil.Process().memory_info().vms + spare)
    work(url, id)

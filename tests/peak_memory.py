"""How much address space a process takes at most that computes an experiment, as its worker would."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from largest_specs import LANES, network, varied

from slalom.catalogue import footprint
from slalom.catalogue.experiments import SPEC
from slalom.catalogue.problems.networks import Learned
from slalom.storage.store import Store


class Peak(NamedTuple):
    """What became of an experiment, and the bytes of address space of its process."""

    status: str
    before: int
    """Once everything is imported, and before it begins."""
    most: int

    def suits(self, about: int) -> bool:
        """Return whether so many bytes are an estimate from above, and not far above."""
        return self.most <= about and about - footprint.READY_BYTES <= GENEROUS * (self.most - self.before)


def _surfaces(n: int, dimension: int, **optimizer: Any) -> dict[str, Any]:
    problem = {"kind": "quadratic", "eigenvalues": [1 + i for i in range(dimension)]}
    return varied({"problem": problem, "runs": [{"optimizer": {"kind": "sgd"} | optimizer}], "steps": 60}, n)


def _map(problem: dict[str, Any], n: int) -> dict[str, Any]:
    momentum = {"field": "run.optimizer.momentum", "from": 0, "to": 0.9, "n": n}
    return {"kind": "map", "problem": problem, "run": {}, "steps": 20, "vary": [LANES | {"n": n}, momentum]}


def _range(hidden: list[int]) -> dict[str, Any]:
    return {"kind": "range_test", "problem": network(hidden, n=500)["problem"], "steps": 50, "run": {"batch_size": 50}}


def _large_map() -> dict[str, Any]:
    problem = {"kind": "quadratic", "eigenvalues": [1 + i for i in range(64)]}
    return _map(problem, 128) | {"steps": 10}


GENEROUS = 4.5
"""How often what an experiment takes of its own may be contained in what is estimated of it.

What it takes includes what its threads set aside and never use, some 130 MB, so that of what is small nothing is told.
"""
LBFGS = {"kind": "lbfgs", "history_size": 100}
KINDS: dict[str, dict[str, Any]] = {
    "many runs of two variables": _surfaces(512, 2),
    "many runs of 64 variables": _surfaces(256, 64),
    "L-BFGS on a surface": _surfaces(16, 64, **LBFGS, lr=1.0),
    "a long run": {"problem": {"kind": "rosenbrock"}, "runs": [{"optimizer": {"kind": "adam"}}], "steps": 50_000},
    "Newton's rule": varied(
        {"problem": {"kind": "formula", "text": "x1**4+x2*x8"}, "runs": [{"optimizer": {"kind": "newton"}}]}, 128
    )
    | {"steps": 60},
    "a map of a surface": _map({"kind": "bowl"}, 100),
    "a map of networks": _map(network([16])["problem"], 16),
    "one wide network": network([1024, 64], n=2000) | {"steps": 60},
    "one deep network": network([256] * 6, n=1000) | {"steps": 30},
    "many networks": varied(network([16, 16], n=1000, batch_size=50), 128) | {"steps": 60},
    "L-BFGS of a network": network([64, 64], n=500, optimizer=LBFGS) | {"steps": 20},
    "pictures in mini-batches": {
        "problem": {"kind": "network", "data": {"kind": "digits"}, "hidden": [128]},
        "runs": [{"optimizer": {"kind": "adam"}, "batch_size": 64}],
        "steps": 400,
    },
    "names": {
        "problem": {"kind": "character", "data": {"kind": "names"}, "hidden": [200]},
        "runs": [{"batch_size": 32}],
        "steps": 60,
    },
    "a range test of a network": _range([64, 64]),
    "a map of 64 variables": _large_map(),
    "many wide networks": varied(network([512, 512], n=20), 16) | {"steps": 2},
    "L-BFGS of a wide network": network([256, 256], n=500, optimizer=LBFGS) | {"steps": 6},
    "an uploaded table": {
        "problem": {"kind": "network", "data": {"kind": "csv"}, "hidden": [64]},
        "runs": [{"batch_size": 100}],
        "steps": 60,
    },
}
"""An experiment of every kind that takes memory in a way of its own; the table is made when it is computed."""


def _table() -> bytes:
    """Return the text of a table as large as it may be where strangers have access."""
    rows = (",".join(f"{(i * 7 + j * 13) % 97}" for j in range(100)) + f",{'abc'[i % 3]}" for i in range(1000))
    return "\n".join([",".join([*(f"c{j}" for j in range(100)), "kind"]), *rows]).encode()


def _with_table(spec: dict[str, Any], store: Store) -> dict[str, Any]:
    """Return a spec with the id of the table, which is uploaded for it."""
    problem = spec["problem"]
    if problem.get("data", {}).get("kind") != "csv":
        return spec
    id = store.datasets.add("mine.csv", "table", "1,000 rows", _table())
    return spec | {"problem": problem | {"data": {"kind": "csv", "id": id}}}


def estimated(spec: dict[str, Any]) -> int:
    """Return the bytes that are estimated before an experiment is let in."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'slalom.db'}")
        read = SPEC.validate_python(_with_table(spec, store))
        if not isinstance(read.problem, Learned):
            return footprint.bytes_on_surface(read)
        examples = read.problem.examples(store.datasets.file)
        store.close()
    return footprint.bytes_of_networks(read, read.problem.blueprint(examples), examples)


def peak(spec: dict[str, Any]) -> Peak:
    """Compute an experiment in a process that is forked from one that has imported everything, as workers are."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["slalom.jobs.executor", "slalom.engine.worker", "slalom.engine.network.setup"])
    ours, theirs = context.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'slalom.db'}"
        store = Store.open(url)
        read = SPEC.validate_python(_with_table(spec, store))
        id = store.experiments.create(kind=read.kind, name="", spec=read.model_dump_json(by_alias=True), owner="").id
        process = context.Process(target=_work, args=(url, id, theirs))
        process.start()
        theirs.close()
        before, most = ours.recv()
        process.join()
        status = store.experiments.get(id).status
        store.close()
    return Peak(status, before, most)


def _work(url: str, id: str, answer: Connection) -> None:
    from slalom.engine.worker import warm_up_worker, work

    warm_up_worker()
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])  # Else a map is computed by processes of its own.
    before = _taken("VmSize")
    work(url, id)
    answer.send((before, _taken("VmPeak")))


def _taken(what: str) -> int:
    """Return what the system says of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what + ":"))

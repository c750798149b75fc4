"""Routes of experiments: computed at once or stored, listed, changed, forked, and what came of them."""

from __future__ import annotations

import builtins
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import httpx
import numpy as np

from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.experiments.map import CELL_COLUMNS, Map
from slalom.catalogue.experiments.outcome import Outcome
from slalom.errors import SpecError
from slalom.results.cells import MapResult, map_of_blocks
from slalom.results.findings import RangeResult
from slalom.results.floats import with_floats
from slalom.results.provenance import Provenance, provenance_of
from slalom.results.runs import SimulationResult, answered, recorded_runs, simulation
from slalom.results.spec import Spec, as_sent, read_spec
from slalom.results.sweeps import SweepResult
from slalom.wire.arrays import unpack_arrays
from slalom.wire.frames import Block, decode

from .answers import ExperimentAnswer, Owner, PageAnswer
from .route import Call, Request, route, segment

HERE = "/api/experiments"
EXPORTS = {".npz": "application/octet-stream", ".slalom": "application/octet-stream", ".json": "application/json"}
"""What an exported file is sent as, by how its name ends."""
UNKNOWN_VERSION = "unknown"
"""The version of a server that does not say it."""


class ExperimentRoutes:
    """Methods of experiments."""

    url: str
    version: str | None = None
    """Of the server's Slalom, once it is known."""

    @route
    def simulate(self, spec: Spec, every: int = 1) -> Call[SimulationResult]:
        """Compute a spec at once and return all of its runs, or each ``every``-th entry; nothing is stored."""
        answer = yield Request("POST", "/api/simulate", {"every": every}, as_sent(spec))
        found, read = answer.json(), read_spec(spec)
        return _simulation(found, read, (yield from self._provenance(read)), every, found.get(read.kind))

    @route
    def updates(self, spec: Spec, run: int = 0, first: int = 0, count: int = 1) -> Call[list[dict[str, Any]]]:
        """Return updates of one run on a surface with all that its rule sees and remembers, from entry ``first`` on."""
        query = {"run": run, "first": first, "count": count}
        answer = yield Request("POST", "/api/simulate/steps", query, as_sent(spec))
        return with_floats(answer.json()["steps"])

    @route
    def program(self, spec: Spec, run: int = 0) -> Call[str]:
        """Return a run of a spec as a PyTorch program that stands alone; nothing is computed."""
        answer = yield Request("POST", "/api/script", {"run": run}, as_sent(spec))
        return answer.text

    @route
    def create(self, spec: Spec, *, listed: bool = True) -> Call[ExperimentAnswer]:
        """Store an experiment, queue it, and return it; one that is not ``listed`` goes after an hour."""
        answer = yield Request("POST", HERE, {"listed": listed}, as_sent(spec))
        return answer.json()

    @route
    def page(
        self, after: str | None = None, limit: int = 50, search: str | None = None, owner: Owner = "all"
    ) -> Call[PageAnswer]:
        """Return some experiments, newest first; ``next`` given as ``after`` goes on.

        ``owner="me"`` only one's own, ``"shared"`` only shared ones.
        """
        answer = yield Request("GET", HERE, {"after": after, "limit": limit, "search": search, "owner": owner})
        return answer.json()

    @route
    def get(self, id: str, wait: float = 0) -> Call[ExperimentAnswer]:
        """Return an experiment, at once or when it has ended (after ``wait`` seconds at the latest)."""
        answer = yield Request("GET", f"{HERE}/{segment(id)}", {"wait": wait}, wait=wait)
        return answer.json()

    @route
    def rename(self, id: str, name: str) -> Call[ExperimentAnswer]:
        """Give an experiment another name."""
        answer = yield Request("PATCH", f"{HERE}/{segment(id)}", json={"name": name})
        return answer.json()

    @route
    def share(self, id: str, shared: bool = True) -> Call[ExperimentAnswer]:
        """Let everybody who may come in read an experiment, or not."""
        answer = yield Request("PATCH", f"{HERE}/{segment(id)}", json={"shared": shared})
        return answer.json()

    @route
    def cancel(self, id: str) -> Call[ExperimentAnswer]:
        """Stop an experiment; what it streamed is kept."""
        answer = yield Request("POST", f"{HERE}/{segment(id)}/cancel")
        return answer.json()

    @route
    def pause(self, id: str) -> Call[ExperimentAnswer]:
        """Let an experiment wait where it is."""
        answer = yield Request("POST", f"{HERE}/{segment(id)}/pause")
        return answer.json()

    @route
    def resume(self, id: str) -> Call[ExperimentAnswer]:
        """Let a paused experiment go on."""
        answer = yield Request("POST", f"{HERE}/{segment(id)}/resume")
        return answer.json()

    @route
    def delete(self, id: str, purge: bool = False) -> Call[None]:
        """Cancel and hide an experiment; ``purge`` removes it for good."""
        yield Request("DELETE", f"{HERE}/{segment(id)}", {"purge": purge})

    @route
    def restore(self, id: str) -> Call[ExperimentAnswer]:
        """List what was not listed, or was deleted within the hour."""
        answer = yield Request("POST", f"{HERE}/{segment(id)}/restore")
        return answer.json()

    @route
    def fork(
        self, id: str, run: int, step: int, runs: Sequence[Any] | None = None, steps: int | None = None
    ) -> Call[ExperimentAnswer]:
        """Start a new experiment from an entry of a run, with the same rule or with other ``runs``."""
        wish = {"run": run, "step": step, "runs": runs, "steps": steps}
        given = {name: as_sent(value) for name, value in wish.items() if value is not None}
        answer = yield Request("POST", f"{HERE}/{segment(id)}/fork", json=given)
        return answer.json()

    @route
    def compare(self, ids: Sequence[str]) -> Call[ExperimentAnswer]:
        """Make one experiment of the stored runs of several comparisons; nothing is computed."""
        answer = yield Request("POST", f"{HERE}/compare", json={"experiments": list(ids)})
        return answer.json()

    @route
    def import_file(self, data: Path | bytes | str, name: str | None = None) -> Call[ExperimentAnswer]:
        """Store the runs of an exported file or of a recorded loop as they are.

        ``data`` is a Path, or what ``SimulationResult.to_json`` returns.
        """
        content, media_type = data, EXPORTS[".json"]
        if isinstance(data, Path):
            name, content, media_type = name or data.name, data.read_bytes(), EXPORTS.get(data.suffix, media_type)
        content = content.encode() if isinstance(content, str) else bytes(content)  # type: ignore[arg-type]
        request = Request("POST", f"{HERE}/import", {"name": name}, content=content, media_type=media_type)
        answer = yield request
        return answer.json()

    @route
    def trace(self, id: str, every: int = 1) -> Call[SimulationResult]:
        """Return what a stored experiment recorded so far: every run, and each ``every``-th entry."""
        return (yield from self._trace(id, every))

    @route
    def result(self, id: str) -> Call[SimulationResult | MapResult]:
        """Return what came of a stored experiment of any kind: its runs with what they found, or its cells."""
        answer = yield Request("GET", f"{HERE}/{segment(id)}")
        record = answer.json()
        if record["kind"] == "map":
            return (yield from self._map(id, record))
        found = yield from self._found(record)
        return (yield from self._trace(id, 1, found))

    @route
    def download(
        self, id: str, format: Literal["json", "csv", "npz"] = "npz", every: int = 1, spec: bool = False
    ) -> Call[builtins.bytes]:
        """Return a trace as a file; with its ``spec`` it is one that ``import_file`` takes."""
        answer = yield Request("GET", f"{HERE}/{segment(id)}/trace", {"format": format, "every": every, "spec": spec})
        return answer.content

    @route
    def detail(self, id: str, first: int = 0, last: int | None = None) -> Call[Block]:
        """Return the entries from ``first`` to ``last``, at most 2,000 of every run, ends and extremes kept."""
        answer = yield Request("GET", f"{HERE}/{segment(id)}/detail", {"first": first, "last": last})
        return decode(answer.content)

    @route
    def thumbnail(self, id: str) -> Call[list[dict[str, Any]]]:
        """Return few entries of few runs, as a list of experiments draws them."""
        answer = yield Request("GET", f"{HERE}/{segment(id)}/thumbnail")
        return with_floats(answer.json()["runs"])

    @route
    def sweep(self, id: str, target: float | None = None) -> Call[SweepResult]:
        """Return what came of every varied value and seed so far: final loss, steps to ``target``, and the best one."""
        answer = yield Request("GET", f"{HERE}/{segment(id)}/sweep", {"target": target})
        return SweepResult(with_floats(answer.json()))

    @route
    def map(self, id: str) -> Call[MapResult]:
        """Return the cells of a map so far."""
        answer = yield Request("GET", f"{HERE}/{segment(id)}")
        return (yield from self._map(id, answer.json()))

    @route
    def map_file(self, id: str, format: Literal["png", "npz", "json", "about"] = "png") -> Call[builtins.bytes]:
        """Return a map as a file: a picture, or its numbers."""
        answer = yield Request("GET", f"{HERE}/{segment(id)}/map", {"format": format})
        return answer.content

    @route
    def cell(self, id: str, x: int, y: int) -> Call[SimulationResult]:
        """Return the run of a cell of a map, computed again with every entry."""
        answer = yield Request("GET", f"{HERE}/{segment(id)}/cell", {"x": x, "y": y})
        found = answer.json()
        read = read_spec(found["spec"], answered=True)
        return _simulation(found, read, (yield from self._provenance(read)))

    @route
    def findings(self, id: str) -> Call[RangeResult]:
        """Return what a range test found, once it has ended: every rule's rate, verified, and one to use."""
        answer = yield Request("GET", f"{HERE}/{segment(id)}/range")
        return RangeResult(with_floats(answer.json()))

    @route
    def other_findings(self, id: str) -> Call[dict[str, Any]]:
        """Return what an experiment of any kind found besides its outcomes."""
        answer = yield Request("GET", f"{HERE}/{segment(id)}/findings")
        return with_floats(answer.json())

    @route
    def script(self, id: str, run: int = 0) -> Call[str]:
        """Return a run of a stored experiment as a PyTorch program that stands alone."""
        answer = yield Request("GET", f"{HERE}/{segment(id)}/script", {"run": run})
        return answer.text

    @route
    def parameters(self, id: str, run: int = 0) -> Call[dict[str, np.ndarray]]:
        """Return a network's kept parameters and order of batches, as arrays by name."""
        answer = yield Request("GET", f"{HERE}/{segment(id)}/parameters", {"run": run, "format": "npz"})
        with np.load(io.BytesIO(answer.content), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}

    @route
    def state_dict(self, id: str, run: int = 0, step: int | None = None) -> Call[builtins.bytes]:
        """Return one kept entry of a network as a safetensors file, which ``safetensors.torch.load`` reads."""
        query = {"run": run, "format": "safetensors", "step": step}
        answer = yield Request("GET", f"{HERE}/{segment(id)}/parameters", query)
        return answer.content

    @route
    def view(self, id: str, kind: str, **query: Any) -> Call[tuple[dict[str, Any], dict[str, np.ndarray]]]:
        """Return what a network looks like from one side, over its kept entries: a header, and arrays by name.

        ``kind`` is plane, data (that of the next five that suits the data best), boundary, curve, guesses, actual,
        samples, surprise or inside; ``query`` may have run, after and frames, and parameter or directions where the
        view knows them.
        """
        answer = yield Request("GET", f"{HERE}/{segment(id)}/views/{segment(kind)}", query)
        return unpack_arrays(answer.content)

    def gathered(
        self, record: ExperimentAnswer, blocks: Sequence[Block], outcomes: Sequence[Any] | None
    ) -> Call[SimulationResult | MapResult]:
        """Return what came of an experiment that was followed from its beginning to its end."""
        read = read_spec(record["spec"], answered=True)
        provenance = yield from self._provenance(read, record["id"])
        if isinstance(read, Map):
            return map_of_blocks(read, blocks, provenance)
        recorded = recorded_runs(read, blocks)
        known = [_outcome(one) for one in outcomes] if outcomes else [None] * len(recorded)
        return simulation(read, recorded, known, provenance, findings=(yield from self._found(record)))

    def previewed(
        self, spec: AnyExperiment, blocks: Sequence[Block], outcomes: Sequence[Any]
    ) -> Call[SimulationResult]:
        """Return what came of a spec that was previewed."""
        known = [_outcome(one) for one in outcomes]
        return simulation(spec, recorded_runs(spec, blocks), known, (yield from self._provenance(spec)))

    def _found(self, record: ExperimentAnswer) -> Call[Any]:
        """Return what a range test has found; None of other kinds, and where it was stopped."""
        if record["kind"] != "range_test":
            return None
        answer = yield Request("GET", f"{HERE}/{segment(record['id'])}/range", any_status=True)
        return answer.json() if answer.is_success else None

    def _trace(self, id: str, every: int, findings: Any = None) -> Call[SimulationResult]:
        answer = yield Request("GET", f"{HERE}/{segment(id)}/trace", {"every": every, "spec": True})
        found = answer.json()
        read = read_spec(found["spec"], answered=True)
        return _simulation(found, read, (yield from self._provenance(read, id)), every, findings)

    def _map(self, id: str, record: ExperimentAnswer) -> Call[MapResult]:
        read = read_spec(record["spec"], answered=True)
        if not isinstance(read, Map):
            raise SpecError(f"The experiment {id} is a {read.noun}, and no map. Ask for its trace.", ("id",))
        answer = yield Request("GET", f"{HERE}/{segment(id)}/map", {"format": "npz"})
        with np.load(io.BytesIO(answer.content), allow_pickle=False) as archive:
            columns = {name: archive[name] for name in CELL_COLUMNS}
        return MapResult(read, columns, (yield from self._provenance(read, id)))

    def _provenance(self, spec: Any, id: str | None = None) -> Call[Provenance]:
        """Return who computed it: the server's version is asked for once."""
        version = self.version
        if version is None:
            answer = yield Request("GET", "/healthz", any_status=True)
            self.version = version = _version_in(answer)
        return provenance_of(spec, version, self.url, id)


def _version_in(answer: httpx.Response) -> str:
    """Return the version that a server says it has: a proxy may answer for its health in its place."""
    try:
        return str(answer.json()["version"])
    except (ValueError, KeyError, TypeError):
        return UNKNOWN_VERSION


def _outcome(answer: Any) -> Outcome:
    """Return an outcome as its class, without what a newer server says besides."""
    return Outcome.model_validate_json(json.dumps(answer), extra="ignore")


def _simulation(
    found: Any, read: Any, provenance: Provenance, every: int = 1, findings: Any = None
) -> SimulationResult:
    """Return the runs of an answer."""
    recorded = [answered(read, run) for run in found["runs"]]
    outcomes = [None if run["outcome"] is None else _outcome(run["outcome"]) for run in found["runs"]]
    return simulation(read, recorded, outcomes, provenance, every, findings)

"""Downloaded traces read back: the runs that a JSON or NPZ file holds, and whether they can be what it says."""

from __future__ import annotations

import io
import json
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.lib import format as npy
from pydantic import TypeAdapter, ValidationError

from slalom.catalogue.base.choice import Name
from slalom.catalogue.experiments import STORED_SPEC
from slalom.catalogue.experiments.base import LONGEST_TITLE, ExperimentSpec
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.experiments.recorded import RecordedLoop
from slalom.errors import SpecError
from slalom.results.exported import EXPORTED
from slalom.settings import Limits, refuse
from slalom.web.http.problem_details import Invalid, explain_error
from slalom.wire.frames import Block, decode, pieces
from slalom.wire.recording import RECORDING_MARK, read_records, read_spec_record

from .traces import is_parameter

_OUTCOMES: TypeAdapter[list[Outcome | None]] = TypeAdapter(list[Outcome | None])
_NAME: TypeAdapter[str] = TypeAdapter(Name)
_NOT_FINITE = {"inf": np.inf, "-inf": -np.inf, "nan": np.nan}
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, ValueError, KeyError, SyntaxError, tokenize.TokenError),
    *(RecursionError, NotImplementedError, EOFError, RuntimeError),
)
"""What reading an archive that is none can raise."""
_NO_TRACE = "The file is no trace that Slalom has exported. Export one as JSON or NPZ."

Columns = Mapping[str, np.ndarray]
"""The columns of one run, (n,) each."""


class TraceFile(NamedTuple):
    """What an exported file holds."""

    spec: Comparison | RecordedLoop
    name: str
    outcomes: str | None
    """Of every run, JSON."""
    runs: list[Columns]

    @property
    def lengths(self) -> np.ndarray:
        """Entries of every run, (R,)."""
        return np.array([len(run.get("loss", ())) for run in self.runs])

    @property
    def status(self) -> str:
        """Whether its runs came to their ends."""
        over = all(len(run["loss"]) == self.spec.steps + 1 or _ended(run) for run in self.runs)
        return "done" if over else "cancelled"

    def check(self) -> None:
        """Raise SpecError where the runs are not those of the spec, or cannot be what any run is."""
        if len(self.runs) != self.spec.lane_count:
            raise SpecError(f"The file has {len(self.runs)} runs, its spec {self.spec.lane_count}.", ("runs",))
        longest = int(self.lengths.max())
        for place, run in enumerate(self.runs):
            why = _fault(run, self.spec, longest)
            if why:
                raise SpecError(f"Run {place} {why}.", ("runs", place))

    def blocks(self) -> Iterator[Block]:
        """Yield all entries as blocks of limited size; a new one begins after every entry at which a run ends."""
        names, lengths = self.spec.recorded_columns, self.lengths
        for low, high in pairwise([0, *sorted(set(lengths.tolist()))]):
            runs = np.flatnonzero(lengths > low).tolist()
            data = np.array([[self.runs[run][name][low:high] for run in runs] for name in names], self.spec.dtype)
            yield from pieces(Block(low, tuple(runs), names, data))


def read_trace(data: bytes, limits: Limits) -> TraceFile:
    """Return what a file holds; ``limits`` say how large an archive may be when it is unpacked.

    Raises SpecError where it is no exported trace, and LimitExceeded where it is too large.
    """
    if data.startswith(RECORDING_MARK):
        about, runs = _recording(data)
    else:
        about, runs = _archive(data, limits) if data[:2] == b"PK" else _json(data)
    if about.get("slalom") != EXPORTED or not isinstance(about.get("spec"), dict):
        raise SpecError(_NO_TRACE)
    try:
        spec = STORED_SPEC.validate_json(json.dumps(about["spec"]))
        given = about.get("outcomes")
        name = _NAME.validate_python(str(about.get("name") or "")[:LONGEST_TITLE])
        outcomes = None if given is None else _OUTCOMES.validate_json(json.dumps(given))
    except ValidationError as error:
        raise Invalid(explain_error(error)) from None
    if not isinstance(spec, Comparison | RecordedLoop):
        raise SpecError(f"A {spec.noun} cannot be imported: it is more than its runs. Run it again.", ("spec", "kind"))
    if outcomes is not None and len(outcomes) != len(runs):
        raise SpecError(f"The file has {len(runs)} runs and {len(outcomes)} outcomes.", ("outcomes",))
    complete = outcomes is not None and None not in outcomes
    return TraceFile(
        spec,
        name,
        _OUTCOMES.dump_json(outcomes).decode() if complete and outcomes else None,
        [_of_dtype(run, spec) for run in runs],
    )


def _of_dtype(run: Columns, spec: ExperimentSpec) -> Columns:
    with np.errstate(over="ignore"):
        return {name: np.asarray(values, spec.dtype) for name, values in run.items()}


def _fault(run: Columns, spec: ExperimentSpec, longest: int) -> str | None:
    """Return what is wrong with a run, in words that follow its name."""
    if missing := [name for name in spec.recorded_columns if name not in run]:
        return f"has no {missing[0]}"
    n = len(run["loss"])
    if odd := [name for name in spec.recorded_columns if len(run[name]) != n]:
        return f"has {n:,} losses, but {len(run[odd[0]]):,} entries of {odd[0]}"
    if not 1 <= n <= spec.steps + 1:
        return f"has {n:,} entries, but 1 to {spec.steps + 1:,} are possible with {spec.steps:,} steps"
    if "step" in run and not np.array_equal(run["step"], np.arange(n)):
        return "leaves out steps. Export the trace whole"
    finite = _finite(run)
    if not finite[:-1].all():
        return f"is not finite at entry {int(np.argmin(finite)):,} and goes on: a run ends there"
    if n < longest and finite[-1]:
        return f"ends at entry {n - 1:,} with finite numbers, and others go on to {longest - 1:,}"
    return None


def _ended(run: Columns) -> bool:
    return not _finite(run)[-1]


def _finite(run: Columns) -> np.ndarray:
    """Return where the loss and the parameters are finite, (n,)."""
    return np.all([np.isfinite(values) for name, values in run.items() if name == "loss" or is_parameter(name)], axis=0)


def _json(data: bytes) -> tuple[dict[str, Any], list[Columns]]:
    try:
        about = json.loads(data)
    except (ValueError, RecursionError):
        raise SpecError(_NO_TRACE) from None
    runs = about.get("runs") if isinstance(about, dict) else None
    if not isinstance(runs, list) or not runs or not all(isinstance(run, dict) for run in runs):
        raise SpecError(_NO_TRACE)
    return about, [_columns(run, place) for place, run in enumerate(runs)]


def _recording(data: bytes) -> tuple[dict[str, Any], list[Columns]]:
    """Return what the file of a watched loop holds; one that was cut short has no outcomes."""
    file = io.BytesIO(data)
    first = read_spec_record(file)
    blocks, outcomes = [], None
    try:
        for record in read_records(file):
            if record.kind == "frame":
                blocks.append(decode(record.payload))
            elif record.kind == "end":
                outcomes = record.header.get("outcomes")
    except (ValueError, KeyError, TypeError):
        raise SpecError(_NO_TRACE) from None
    entries = sum(block.n for block in blocks)
    if not entries:
        raise SpecError("The recording has no entries: no update was made while the loop was watched.")
    shape = blocks[0].columns, blocks[0].data.dtype
    if not all(isinstance(name, str) for name in shape[0]) or shape[1].kind != "f":
        raise SpecError(_NO_TRACE)
    if any((block.columns, block.data.dtype) != shape or len(block.runs) != 1 for block in blocks):
        raise SpecError(_NO_TRACE)
    table = np.concatenate([block.data[:, 0] for block in blocks], axis=1)
    spec = first.header["spec"] | {"steps": max(1, entries - 1)}
    about = {"slalom": EXPORTED, "name": first.header.get("name"), "spec": spec, "outcomes": outcomes}
    return about, [dict(zip(blocks[0].columns, table, strict=True))]


def _columns(run: Mapping[str, Any], place: int) -> Columns:
    """Return the lists of numbers of a run; ``params`` is a list of points, of which each coordinate is a column."""
    found = {
        name: _numbers(values, ("runs", place, name))
        for name, values in run.items()
        if isinstance(values, list) and name != "params"
    }
    points = run.get("params", [])
    if not isinstance(points, list) or any(not isinstance(one, list) or len(one) != len(points[0]) for one in points):
        raise SpecError("params is a list of points with equally many coordinates.", ("runs", place, "params"))
    for i, values in enumerate(zip(*points, strict=True)):
        found[f"p{i}"] = _numbers(values, ("runs", place, "params"))
    return found


def _numbers(values: Sequence[Any], loc: tuple[str | int, ...]) -> np.ndarray:
    try:
        if {*map(type, values)} <= {int, float}:
            return np.array(values, float)
        return np.array([_NOT_FINITE[one] if isinstance(one, str) else _number(one) for one in values], float)
    except (KeyError, TypeError, OverflowError):
        raise SpecError('A column has numbers, and "inf", "-inf" or "nan".', loc) from None


def _number(value: object) -> float:
    if type(value) in (int, float):
        return float(value)  # type: ignore[arg-type]
    raise TypeError


def _archive(data: bytes, limits: Limits) -> tuple[dict[str, Any], list[Columns]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
            refuse(limits, "import_bytes", size, "The unpacked size of the file", status=413)
            about = json.loads(archive.comment or b"{}")
            arrays = {name.removesuffix(".npy"): _array(archive.read(name)) for name in archive.namelist()}
    except _BROKEN:
        raise SpecError(_NO_TRACE) from None
    length = arrays.pop("length", np.empty(0, int))
    loss = arrays.get("loss", np.empty(0))
    if not isinstance(about, dict) or length.ndim != 1 or loss.ndim != 2 or length.dtype.kind not in "iu":
        raise SpecError(_NO_TRACE)
    if length.shape != loss.shape[:1] or not len(length) or (length < 0).any() or (length > loss.shape[1]).any():
        raise SpecError("length is how many entries of each run are its own.", ("length",))
    return about, [_row(arrays, run, int(n), loss.shape) for run, n in enumerate(length)]


def _row(arrays: Columns, run: int, n: int, shape: tuple[int, ...]) -> Columns:
    found = {name: values[run, :n] for name, values in arrays.items() if values.shape == shape}
    return found | ({"step": arrays["step"][:n]} if "step" in arrays and arrays["step"].ndim == 1 else {})


def _array(data: bytes) -> np.ndarray:
    """Return the numbers of an .npy file; nothing is unpickled, and nothing made that it does not hold."""
    file = io.BytesIO(data)
    version = npy.read_magic(file)
    reader = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, columns_first, dtype = reader(file)
    rest = memoryview(data)[file.tell() :]
    if dtype.kind not in "fiu" or columns_first or int(np.prod(shape, dtype=object)) * dtype.itemsize != len(rest):
        raise ValueError
    return np.frombuffer(rest, dtype).reshape(shape)

"""How a result was computed: the spec with all its defaults, and the versions that its last bits depend on."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping
from importlib import metadata
from typing import Any, NamedTuple

from slalom.catalogue.experiments import AnyStored

SERVER = "a server"
"""Where a result was computed that a client asked for."""
_LIBRARIES = ("numpy", "torch")
CPU = "cpu"
UNKNOWN_DEVICE = "unknown"
"""Of a result that does not say where it was computed: a file that was imported, or the answer of an older server."""
_TOLD = re.compile(r"Computed on the (?:CPU|GPU \((.+)\))(?:, as asked\.|: )")
"""The sentence of the first event of a network, whichever version has computed it."""


class Provenance(NamedTuple):
    """How a result was computed.

    The same ``spec`` and versions on the same kind of processor give the same bytes again:
    ``slalom.simulate(result.provenance.spec)``.
    """

    spec: dict[str, Any]
    """What was asked for, with every default filled in, as JSON carries it; of find_lr what it was called with."""
    version: str
    """Of Slalom."""
    seed: int
    dtype: str
    device: str
    """Where it really was computed: cpu, or cuda and the name of the GPU, whatever was asked for."""
    computed_by: str
    """The address of a server, or this process with its Python, libraries and processor."""
    experiment: str | None = None
    """The id under which a server stores it, if it does."""


def local_provenance(spec: AnyStored, device: str | None = None) -> Provenance:
    """Return how this process has computed an experiment, on a device that was told."""
    from slalom import __version__

    return provenance_of(spec, __version__, this_process(), device=device)


def own_provenance(given: dict[str, Any], seed: int, dtype: str, device: str) -> Provenance:
    """Return how this process has tried rates on somebody's own model."""
    from slalom import __version__

    return Provenance(given, __version__, seed, dtype, device, this_process())


def this_process() -> str:
    """Return what the last bits of what is computed here depend on: Python, libraries and processor."""
    found = [f"{name} {known}" for name in _LIBRARIES if (known := _version_of(name))]
    return ", ".join([f"Python {platform.python_version()}", *found, f"{platform.system()} {platform.machine()}"])


def provenance_of(
    spec: AnyStored,
    version: str,
    computed_by: str = SERVER,
    experiment: str | None = None,
    device: str | None = None,
) -> Provenance:
    """Return how an experiment was computed by somebody, on a device that was told, or on the only one there is."""
    written = spec.model_dump(mode="json", by_alias=True)
    used = device or _only_device(spec)
    return Provenance(written, version, spec.seed, spec.dtype, used, computed_by, experiment)


def device_told(events: Iterable[Mapping[str, Any]]) -> str | None:
    """Return where an experiment was computed, as its events say; None where they do not.

    >>> device_told([{"kind": "device", "sentence": "Computed on the CPU, as asked."}])
    'cpu'
    >>> device_told([{"kind": "device", "sentence": "Computed on the GPU (A100 (80 GB)): an update takes 10⁹."}])
    'cuda (A100 (80 GB))'
    """
    said = next((event["sentence"] for event in events if event["kind"] == "device"), "")
    found = _TOLD.match(said)
    if found is None:
        return None
    return CPU if found[1] is None else f"cuda ({found[1]})"


def _only_device(spec: AnyStored) -> str:
    """Return where an experiment is computed of which nobody has said it: surfaces and maps on the CPU."""
    on_cpu = not spec.problem.is_network or spec.kind == "map" or spec.device == CPU
    return CPU if spec.computed and on_cpu else UNKNOWN_DEVICE


def _version_of(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None

"""How a result was computed: the spec with all its defaults, and the versions that its last bits depend on."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any, NamedTuple

from slalom.catalogue.experiments import AnyStored

SERVER = "a server"
"""Where a result was computed that a client asked for."""
_LIBRARIES = ("numpy", "torch")


class Provenance(NamedTuple):
    """How a result was computed.

    The same ``spec`` and versions on the same kind of processor give the same bytes again:
    ``slalom.simulate(result.provenance.spec)``.
    """

    spec: dict[str, Any]
    """What was asked for, with every default filled in, as JSON carries it."""
    version: str
    """Of Slalom."""
    seed: int
    dtype: str
    device: str
    computed_by: str
    """The address of a server, or this process with its Python, libraries and processor."""
    experiment: str | None = None
    """The id under which a server stores it, if it does."""


def local_provenance(spec: AnyStored) -> Provenance:
    """Return how this process computes an experiment."""
    from slalom import __version__

    found = [f"{name} {known}" for name in _LIBRARIES if (known := _version_of(name))]
    here = ", ".join([f"Python {platform.python_version()}", *found, f"{platform.system()} {platform.machine()}"])
    return provenance_of(spec, __version__, here)


def provenance_of(
    spec: AnyStored, version: str, computed_by: str = SERVER, experiment: str | None = None
) -> Provenance:
    """Return how an experiment was computed by somebody."""
    written = spec.model_dump(mode="json", by_alias=True)
    return Provenance(written, version, spec.seed, spec.dtype, spec.device, computed_by, experiment)


def _version_of(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None

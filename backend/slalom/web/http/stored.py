"""Stored experiments as several routes need them: their ids, their blocks, their outcomes, and names of downloads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

from fastapi import Path
from pydantic import AfterValidator

from slalom.catalogue.experiments import STORED_SPEC, AnyStored
from slalom.catalogue.experiments.base import ExperimentSpec
from slalom.catalogue.experiments.recorded import RecordedLoop
from slalom.errors import NotFound
from slalom.storage.datasets import used_dataset
from slalom.storage.records import ExperimentRecord
from slalom.storage.store import Store
from slalom.storage.tables import TERMINAL
from slalom.wire.frames import Block, decode

TRACE_BYTES_AT_ONCE = 4 * 2**20
"""Bytes of a trace that are read at a time."""
EXPERIMENT_ID = re.compile(r"[a-z0-9]{12,32}", re.ASCII)
"""What the server calls an experiment."""


def experiment_of(id: str) -> str:
    """Return an id if it can be one, or raise NotFound: nothing else reaches the store."""
    if not EXPERIMENT_ID.fullmatch(id):
        raise NotFound("experiment", id)
    return id


ExperimentId = Annotated[str, Path(description="What the server called it."), AfterValidator(experiment_of)]


class StoredExperiment(NamedTuple):
    """An experiment of the store, and its spec."""

    record: ExperimentRecord
    spec: AnyStored


def stored(store: Store, id: str, part: str | None = None) -> StoredExperiment:
    """Return an experiment; raises NotFound where there is none, or where its kind has no such part."""
    record = store.experiments.get(id)
    spec = stored_spec_of(record)
    if part is not None and part not in spec.offers:
        raise NotFound(part, id, lacks(spec, id, part))
    return StoredExperiment(record, spec)


def stored_spec_of(record: ExperimentRecord) -> AnyStored:
    """Return the spec of an experiment; that of a recorded loop has as many steps as are there, if it is over."""
    spec = STORED_SPEC.validate_json(record.spec)
    if isinstance(spec, RecordedLoop):
        return spec.as_far_as(record.steps_done, record.status in TERMINAL)
    return spec


def spec_as_json(record: ExperimentRecord, spec: ExperimentSpec) -> dict[str, Any]:
    """Return the spec of an experiment as JSON; that of a recorded loop has the steps that are there."""
    return json.loads(record.spec) | ({} if spec.computed else {"steps": spec.steps})


def lacks(spec: AnyStored, id: str, part: str) -> str:
    """Return the sentence that says what a kind of experiment has instead of a part."""
    instead = ", ".join(f"/api/experiments/{id}/{offer}" for offer in spec.offers)
    return f"The experiment {id} is a {spec.noun}, which has no {part}: it keeps {spec.keeps}. There is {instead}."


def only_numbers(record: ExperimentRecord, spec: AnyStored, what: str) -> None:
    """Raise NotFound where all there is of an experiment are numbers from elsewhere, and nothing was kept besides."""
    if not spec.computed:
        raise NotFound(
            what, record.id, f"{lacks(spec, record.id, what)} The program that it is of can go on from there."
        )
    if record.source and "imported" in json.loads(record.source):
        raise NotFound(
            what,
            record.id,
            f"The experiment {record.id} holds the numbers of an imported file, and there is no {what} of it. "
            "Create an experiment of the same spec, and use that.",
        )


def blocks_of(store: Store, id: str) -> Iterator[Block]:
    """Yield everything that was appended to an experiment so far; some megabytes are in memory at a time."""
    after, limit = 0, 1
    while chunks := store.chunks.read(id, after, limit):
        after = chunks[-1].seq
        # Chunks differ in size, though not much from one to the next.
        limit = min(2 * limit, 1 + TRACE_BYTES_AT_ONCE // max(len(chunk.payload) for chunk in chunks))
        for chunk in chunks:
            yield decode(chunk.payload)


def outcomes_of(record: ExperimentRecord) -> list[Any] | None:
    """Return what came of every run, None while it is computed."""
    return json.loads(record.outcomes) if record.outcomes else None


def share_experiment(store: Store, id: str, shared: bool) -> ExperimentRecord:
    """Share an experiment, and the data of the same visitor that it uses; or share it no longer."""
    record = store.experiments.share(id, shared)
    data = used_dataset(record.spec) if shared else None
    holder = data and store.datasets.holder(data)
    if data and holder and holder.client == record.client:
        store.datasets.share(data, True)
    return record


def disposition(name: str) -> str:
    """Return the header that names a download, also where the name is not Latin (RFC 6266).

    >>> disposition("Köln.csv")
    'attachment; filename="K_ln.csv"; filename*=UTF-8\\'\\'K%C3%B6ln.csv'
    """
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"

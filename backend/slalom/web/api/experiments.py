"""Experiments that are stored: create, list, wait, name, cancel, pause, resume, delete, restore, fork, download."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Annotated, Any, BinaryIO, ClassVar, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from slalom.catalogue.admission import check, fits
from slalom.catalogue.base.choice import Name
from slalom.catalogue.experiments import SPEC, AnyExperiment, AnyStored
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.run import Run
from slalom.errors import Conflict, SpecError
from slalom.settings import Count, refuse
from slalom.storage.records import ExperimentRecord
from slalom.web.downloads.grids import Grid
from slalom.web.downloads.traces import (
    as_comment,
    as_csv,
    assemble,
    assemble_thinned,
    exported,
    heads,
    in_parts,
    trace_as_json,
    write_npz,
)
from slalom.web.http.concurrency import Parts, in_turn, while_wanted, whole_file
from slalom.web.http.dependencies import (
    REFUSALS,
    JsonBody,
    Server,
    ServerDep,
    VisitorDep,
    json_answer,
    request_schema,
    response_schema,
)
from slalom.web.http.interactive import check_classes
from slalom.web.http.problem_details import Invalid, explain_error
from slalom.web.http.stored import (
    ExperimentId,
    StoredExperiment,
    blocks_of,
    disposition,
    lacks,
    only_numbers,
    outcomes_of,
    share_experiment,
    spec_as_json,
    stored,
    stored_spec_of,
)
from slalom.web.http.visitors import Visitor

from .description import examples
from .simulate import Every, get_ready_to_look

VALUES_LISTED = 32
"""Values of a varied field that are part of a list."""
LANES_LISTED = 32
"""Runs that are written out where they are not those of the spec."""
LONGEST_WAIT = 300
"""Seconds that one request may wait for the end of an experiment."""
LONGEST_SEARCH = 100
"""Characters of what is searched for."""

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


ONE: dict[str, Any] = {"response_class": Response, "responses": response_schema("Experiment", "The experiment.")}
DOWNLOADS = response_schema("Simulation", "All entries so far.")
DOWNLOADS[200]["content"] |= {"text/csv": {}, "application/zip": {}}


class Naming(BaseModel):
    """Another name for an experiment, or who may read it."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    name: Name | None = None
    shared: bool | None = None
    """Whether everybody who may come in may read, compare and fork it, and use its data."""

    @model_validator(mode="after")
    def _something(self) -> Naming:
        if self.name is None and self.shared is None:
            raise ValueError("needs a name, or whether it is shared")
        return self


Listed = Annotated[bool, Query(description="Whether lists have it; else it goes after an hour, unless restored.")]

WithSpec = Annotated[
    bool, Query(description="Add what POST /api/experiments/import needs: the spec, and what came of it.")
]


class Fork(BaseModel):
    """Go on from an entry of a run, with the same rule or with others."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", strict=True, use_attribute_docstrings=True, defer_build=True
    )

    run: int = Field(ge=0, le=2**31)
    """Which run, counted as the frames count them."""
    step: int = Field(ge=0, le=2**31)
    """The entry from which to go on."""
    runs: list[Run] | None = Field(None, min_length=1, fail_fast=True)
    """The runs that go on; the same one if not given. A rule of the same kind keeps its memory."""
    steps: Count | None = None
    """Updates to make; what was left of the run if not given."""


@router.post(
    "",
    status_code=201,
    response_class=Response,
    openapi_extra=request_schema("AnyExperiment", examples=examples.STORED_SPECS),
    responses=response_schema("Experiment", "The new experiment.", 201),
)
async def create_experiment(
    spec: Annotated[AnyExperiment, Depends(JsonBody(SPEC))],
    request: Request,
    server: ServerDep,
    visitor: VisitorDep,
    listed: Listed = True,
) -> Response:
    """Store an experiment and queue it; follow it on /api/experiments/{id}/stream.

    One that is not ``listed`` is in no list and goes after an hour, unless /api/experiments/{id}/restore lists it.
    """
    await server.check(may_be_stored, server, visitor, spec)
    await check_classes(server, request, spec)
    record = await run_in_threadpool(submit, server, visitor, spec, listed=listed)
    answer = json_answer(view(record, visitor), 201)
    if spec.problem.is_network and spec.looks_inside:
        answer.background = BackgroundTask(get_ready_to_look, server, record.id)
    return answer


@router.get("", response_class=Response, responses=response_schema("Page", "Some experiments."))
def list_experiments(
    server: ServerDep,
    visitor: VisitorDep,
    after: Annotated[str | None, Query(pattern=r"^[a-z0-9]{12,32}$")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    search: Annotated[str, Query(max_length=LONGEST_SEARCH, pattern=r"^[^\x00]*$")] = "",
    owner: Annotated[Literal["all", "me", "shared"], Query(description="Whose: one's own, or those shared.")] = "all",
) -> Response:
    """Return experiments, newest first; give ``next`` as ``after`` to see more.

    In class and public mode these are one's own and those that are shared; a teacher's are everybody's.

    Of more than 32 values and outcomes of a sweep, here are only the first values, and counts; a page ends sooner where
    specs are long.

    ``search``: words that must all be part of the name, or begin the kind of the problem, its data, a rule or a
    schedule, or the label of a run.
    """
    mine = {} if visitor.role == "owner" else {"client": visitor.id}
    whose = {"all": {}, "me": mine, "shared": {"shared": True}}[owner]
    records, following = server.store.experiments.list(after, limit, search, seen_by=visitor.seen_by, **whose)
    return json_answer({"items": [_abridged(view(record, visitor)) for record in records], "next": following})


@router.get("/{id}", **ONE)
async def get_experiment(
    id: ExperimentId,
    server: ServerDep,
    visitor: VisitorDep,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 0,
) -> Response:
    """Return an experiment, at once or as soon as it has ended (after ``wait`` seconds at the latest)."""
    if wait:
        await server.tail.until_ended(id, wait)
    return json_answer(view(await run_in_threadpool(server.store.experiments.get, id), visitor))


@router.patch("/{id}", openapi_extra=request_schema("Naming", {"name": "Three step sizes"}), **ONE)
async def update_experiment(
    id: ExperimentId,
    naming: Annotated[Naming, Depends(JsonBody(TypeAdapter(Naming)))],
    server: ServerDep,
    visitor: VisitorDep,
) -> Response:
    """Give an experiment another name, or let everybody who may come in read it (with the data it uses), or not."""
    record = await run_in_threadpool(_renamed, server, id, naming)
    if server.stage is not None and not record.shared and naming.shared is not None:
        await server.stage.withdraw(id)
    return json_answer(view(record, visitor))


def _renamed(server: Server, id: str, naming: Naming) -> ExperimentRecord:
    record = server.store.experiments.get(id)
    if naming.name is not None:
        record = server.store.experiments.rename(id, naming.name)
    return record if naming.shared is None else share_experiment(server.store, id, naming.shared)


@router.post("/{id}/cancel", **ONE)
def cancel_experiment(id: ExperimentId, server: ServerDep, visitor: VisitorDep) -> Response:
    """Stop an experiment; what was streamed is kept. One that has ended stays as it is."""
    return json_answer(view(server.supervisor.cancel(id), visitor))


@router.post("/{id}/pause", **ONE)
def pause_experiment(id: ExperimentId, server: ServerDep, visitor: VisitorDep) -> Response:
    """Let an experiment wait where it is."""
    record, spec = stored(server.store, id)
    if not spec.computed and record.source is None and record.status == "running":
        raise Conflict(
            f"The loop {id} runs in another program, and cannot be paused here. Cancel it to record no more."
        )
    return json_answer(view(server.supervisor.pause(id), visitor))


@router.post("/{id}/resume", **ONE)
def resume_experiment(id: ExperimentId, server: ServerDep, visitor: VisitorDep) -> Response:
    """Let a paused experiment go on."""
    server.check_runs(visitor)
    return json_answer(view(server.supervisor.resume(id), visitor))


@router.delete("/{id}", status_code=204, response_class=Response, responses=REFUSALS)
async def delete_experiment(
    id: ExperimentId,
    server: ServerDep,
    purge: Annotated[bool, Query(description="Remove it for good, at once or as soon as it has stopped.")] = False,
) -> Response:
    """Cancel and hide an experiment; within the hour it can be restored, unless it is purged or its room is needed."""
    await run_in_threadpool(_deleted, server, id, purge)
    if server.stage is not None:
        await server.stage.withdraw(id)
    return Response(status_code=204)


def _deleted(server: Server, id: str, for_good: bool) -> None:
    server.supervisor.delete(id, for_good=for_good)
    if for_good:
        server.store.purge.run()


@router.post("/{id}/restore", **ONE)
def restore_experiment(id: ExperimentId, server: ServerDep, visitor: VisitorDep) -> Response:
    """List what was not listed, or was deleted within the hour."""
    return json_answer(view(server.supervisor.restore(id), visitor))


@router.post(
    "/{id}/fork",
    status_code=201,
    response_class=Response,
    openapi_extra=request_schema("Fork", {"run": 0, "step": 10, "runs": [{"optimizer": {"kind": "adam", "lr": 0.1}}]}),
    responses=response_schema("Experiment", "The new experiment.", 201),
)
async def fork_experiment(
    id: ExperimentId,
    wish: Annotated[Fork, Depends(JsonBody(TypeAdapter(Fork)))],
    request: Request,
    server: ServerDep,
    visitor: VisitorDep,
) -> Response:
    """Start a new experiment from an entry of a run: the worker replays it up to there, bit by bit."""
    spec = await server.check(_forked, server, visitor, id, wish)
    await check_classes(server, request, spec)
    parent = json.dumps({"id": id, "run": wish.run, "step": wish.step})
    return json_answer(view(await run_in_threadpool(submit, server, visitor, spec, parent=parent), visitor), 201)


@router.get(
    "/{id}/trace",
    response_class=Response,
    responses=DOWNLOADS,
)
async def get_trace(
    request: Request,
    id: ExperimentId,
    server: ServerDep,
    format: Annotated[Literal["json", "csv", "npz"], Query()] = "json",
    every: Every = 1,
    spec: WithSpec = False,
) -> Response:
    """Return all entries so far, or every m-th: JSON as from /api/simulate, CSV one row per run and entry, or NumPy."""
    record, made = await run_in_threadpool(_traced, server, id)
    turns, blocks = server.downloads, blocks_of(server.store, id)
    name = {"Content-Disposition": disposition(f"{record.name or 'slalom'}-{id}.{format}")}
    if format == "csv":
        return Parts(in_parts(as_csv(made, blocks, every)), turns, "text/csv; charset=utf-8", name)
    thin = json.loads(record.thinned) if record.thinned else None
    count = made.recorded_numbers(every)
    if thin:
        count = made.lane_count * thin["entries"] * (1 + len(made.recorded_columns))
    advice = "Ask for every m-th entry with ?every=m, or for format=csv."
    refuse(server.settings, "trace_numbers", count, "The count of numbers", advice=advice)

    whole = exported(record, made) if spec else {}

    def together(file: BinaryIO) -> tuple[Grid, list[bytes]]:
        if thin:
            grid = assemble_thinned(made, while_wanted(blocks), thin["entries"], every, file)
        else:
            grid = assemble(made, while_wanted(blocks), every, file)
        return grid, heads(made, outcomes_of(record)) if format == "json" else []

    with ExitStack() as files:
        file = files.enter_context(server.store.quota.scratch(8 * count))
        grid, about = await in_turn(request, turns, lambda: together(file))
        if format == "json":
            return Parts(in_parts(trace_as_json(about, grid, whole)), turns, "application/json", files=files.pop_all())
        archive = files.enter_context(server.store.quota.scratch(8 * count))
        await in_turn(request, turns, lambda: write_npz(grid, archive, as_comment(whole)))
        return whole_file(archive, turns, "application/zip", name, files.pop_all())


def _traced(server: Server, id: str) -> StoredExperiment:
    """Return an experiment that keeps entries; raises SpecError for others."""
    found = stored(server.store, id)
    if not found.spec.keeps_entries:
        raise SpecError(lacks(found.spec, id, "trace"), ("kind",))
    return found


def may_be_stored(server: Server, visitor: Visitor, spec: AnyStored) -> None:
    """Raise where a spec is too large for this installation, does not fit its data, or is not run for them now."""
    server.check_runs(visitor)
    check(spec, server.settings)
    fits(spec, server.settings, server.files_of(visitor))


def submit(server: Server, visitor: Visitor, spec: AnyStored, **given: Any) -> ExperimentRecord:
    """Queue an experiment for whoever asks, and return it."""
    given = {"client": visitor.id, "room": spec.expected_bytes, "name": spec.title} | given
    return server.supervisor.submit(spec.model_dump_json(by_alias=True), spec.kind, **given)


def _forked(server: Server, visitor: Visitor, id: str, wish: Fork) -> Comparison:
    """Return what goes on from an entry of a stored run; raises where there is no such entry, or it may not."""
    record, spec = _traced(server, id)
    only_numbers(record, spec, "state to go on from")
    lanes, outcomes = spec.lanes(), outcomes_of(record)
    if wish.run >= len(lanes):
        raise SpecError(f"There is no run {wish.run}; the runs are 0 to {len(lanes) - 1}.", ("run",))
    last = spec.steps
    if outcomes and (end := outcomes[wish.run].get("nonfinite")) is not None:
        last = end - 1
    if wish.step > last:
        raise SpecError(f"Run {wish.run} can be continued from entries 0 to {last}, not from {wish.step}.", ("step",))
    lane = lanes[wish.run]
    runs = wish.runs if wish.runs is not None else [lane.run]
    steps = wish.steps or max(1, spec.steps - wish.step)
    fields = {"problem": lane.problem, "runs": runs, "steps": steps, "seed": lane.seed}
    fields |= {"dtype": spec.dtype, "device": spec.device}
    try:
        forked = Comparison.model_validate(fields)
    except ValidationError as error:
        raise Invalid(explain_error(error)) from None
    may_be_stored(server, visitor, forked)
    return forked


def view(record: ExperimentRecord, visitor: Visitor) -> dict[str, Any]:
    """Return an experiment as it is answered to somebody."""
    spec = stored_spec_of(record)
    varied = spec.varied_runs(LANES_LISTED)
    return {
        "id": record.id,
        "status": record.status,
        "kind": record.kind,
        "name": record.name,
        "created": record.created,
        "spec": spec_as_json(record, spec),
        "steps_done": record.steps_done,
        "error": record.error,
        "lanes": varied and [lane.model_dump(mode="json", by_alias=True) for lane in varied],
        "outcomes": outcomes_of(record),
        "outcome_counts": json.loads(record.counts) if record.counts else None,
        "bytes": record.bytes,
        "thinned": json.loads(record.thinned) if record.thinned else None,
        "parent": json.loads(record.parent) if record.parent else None,
        "source": json.loads(record.source) if record.source else None,
        **visitor.holds(record),
    }


def _abridged(whole: dict[str, Any]) -> dict[str, Any]:
    """Return a record as it is listed: of the values of a sweep the first ones."""
    varied = [vary for vary in whole["spec"].get("vary", ()) if len(vary.get("values") or ()) > VALUES_LISTED]
    for vary in varied:
        del vary["values"][VALUES_LISTED:]
    return whole | {"lanes": None, "abridged": bool(varied)}

"""The shapes of answers, for the API's description and for the types of the page; nothing is computed with them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from slalom.catalogue.base.choice import Extended
from slalom.catalogue.experiments import AnyStored
from slalom.catalogue.experiments.base import VariedRun
from slalom.catalogue.experiments.outcome import Outcome

from .answer import AnswerModel, NumberRow
from .dataset_schemas import DATASET_ANSWERS
from .lesson_schemas import LESSON_ANSWERS
from .range_schemas import RangeFindings
from .room_schemas import ROOM_ANSWERS
from .status_schemas import STATUS_ANSWERS

Status = Literal["queued", "running", "paused", "done", "cancelled", "failed", "interrupted"]


class RunTrace(AnswerModel):
    """Every entry of one run: entry k is the state after k updates."""

    label: str
    index: int
    """Position in the spec's list of runs."""
    value: Any
    """The varied value, null where nothing varies."""
    seed: int
    loss: NumberRow
    lr: NumberRow
    """The rate that update k -> k+1 uses."""
    grad_norm: NumberRow
    step_norm: NumberRow
    sharpness: NumberRow
    """The largest eigenvalue of the Hessian."""
    limit: NumberRow
    """The largest learning rate at which this rule is stable there."""
    params: list[NumberRow] = Field([])
    train_loss: NumberRow = Field([])
    """Of networks: the loss over all training examples, of large data over some; like all that follows, where measured,
    else the last value."""
    val_loss: NumberRow = Field([])
    """The loss over validation examples."""
    train_accuracy: NumberRow = Field([])
    """The share of training examples whose class is right; nan where the targets are numbers."""
    val_accuracy: NumberRow = Field([])
    """The share of validation examples whose class is right."""
    plane_x: NumberRow = Field([])
    """The first coordinate in the plane in which the runs are drawn."""
    plane_y: NumberRow = Field([])
    """The second coordinate."""
    off_plane: NumberRow = Field([])
    """The distance from that plane."""
    cosine: NumberRow = Field([])
    """Of the angle between the gradient of the batch and that of all examples."""
    snr: NumberRow = Field([])
    """The full gradient's norm over that of the batch's deviation from it; inf where the batch is everything."""
    step: list[int] = Field([])
    """Which entries these are; given only with ?every=m."""
    outcome: Outcome | None
    """What came of it; null while it is computed."""


class Simulation(AnswerModel):
    """The trace of every run that was computed."""

    runs: list[RunTrace]
    range_test: RangeFindings | None = None
    """What was found, of a range test."""


class UpdateTerm(AnswerModel):
    """A quantity that a step is made of."""

    name: str
    formula: str
    """How it is made, with the numbers of this update."""
    value: NumberRow
    part: Literal["gradient", "momentum", "step"] | None
    """Which of the update's parts it is the direction of."""


class UpdateParts(AnswerModel):
    """A step as a sum, from the point on."""

    gradient: NumberRow
    """What is due to the gradient of this update."""
    momentum: NumberRow | None
    """What was remembered; null where there is nothing, or where the two do not add up."""
    step: NumberRow


class Update(AnswerModel):
    """One update of a run; vectors have one number per parameter."""

    step: int
    """It leads from this entry to the next."""
    loss: Extended
    lr: Extended
    point: NumberRow
    gradient: NumberRow
    """Of the problem, at the point."""
    seen: NumberRow
    """The gradient after noise and clipping, before weight decay."""
    after: NumberRow
    """The next point."""
    state: dict[str, NumberRow | Extended]
    """What the rule remembers after the update, by the names of its class: velocity, m, v, power1, ..."""
    terms: list[UpdateTerm]
    """What the step is made of, in the order of the rule's formula."""
    lines: list[str]
    """The arithmetic of the first two coordinates."""
    parts: UpdateParts


class Updates(AnswerModel):
    """Successive updates of one run."""

    steps: list[Update]


class Source(AnswerModel):
    """Whose numbers an experiment has."""

    joined: list[str] = Field([])
    """The experiments whose stored runs it shows side by side."""
    imported: str | None = None
    """The file that they came from, or came from once: they were not computed here."""


class Thinned(AnswerModel):
    """What is left of a trace of which about one of sixteen entries was kept, and every extreme, end and event."""

    entries: int
    """Of the longest run."""
    of: int
    """How many it had."""


class Experiment(AnswerModel):
    """One stored experiment."""

    id: str
    status: Status
    kind: str
    name: str
    created: str
    """UTC, ISO 8601."""
    spec: AnyStored
    steps_done: int
    error: str | None
    outcomes: list[Outcome] | None
    """Null while it is computed, and in a list where there are more than 32: ask for the experiment."""
    lanes: list[VariedRun] | None = None
    """The runs that are computed, at most 32, where values or seeds make them others than listed; null in a list."""
    outcome_counts: dict[str, int] | None = None
    """How many runs came to which kind of outcome; null while it is computed."""
    bytes: int = 0
    """What it takes in the store."""
    thinned: Thinned | None = None
    """How many entries are left where the trace was thinned out; null where every one is kept."""
    parent: dict[str, Any] | None = None
    """What it was forked from: the experiment, the run and the step."""
    source: Source | None = None
    """Whose numbers it has, where they were not computed for it."""
    abridged: bool = False
    """Whether, in a list, values of the spec are left out: ask for the experiment."""
    mine: bool = True
    """Whether whoever asks made it; in local mode everything is."""
    shared: bool = False
    """Whether everybody who may come in may read, compare and fork it."""
    may_change: bool = True
    """Whether whoever asks may rename, share, stop and delete it."""


class SweepRun(AnswerModel):
    """One run of a sweep: a listed run with one value and one seed."""

    run: int
    """Which run, counted as the frames count them."""
    index: int
    """Position in the spec's list of runs."""
    value: Any
    """The varied value, null where nothing varies."""
    seed: int
    start: Extended | None
    """The loss at entry 0; null before there is one."""
    final: Extended | None
    """The loss at the last entry so far; of networks over the training examples, where it was measured last."""
    entries: int
    """Entries so far."""
    to_target: int | None
    """The first step at which the loss is at most the target; null where it is not."""
    outcome: Outcome | None
    """What came of it; null while it is computed."""


class SweepValue(AnswerModel):
    """What the seeds of one value of a sweep have in common; losses that are not numbers count as infinite."""

    index: int
    """Position in the spec's list of runs."""
    value: Any
    """The varied value, null where nothing varies."""
    runs: list[int]
    """Its runs, one for every seed."""
    final: Extended | None
    """The median of the final losses."""
    final_low: Extended | None
    final_high: Extended | None
    to_target: float | None
    """The median of the steps to the target; null where half of the runs or more do not reach it."""
    to_target_low: int | None
    """The fewest steps; null where no run reaches the target."""
    to_target_high: int | None
    """The most steps; null where not every run reaches the target."""
    reached: int
    """Runs that reach the target."""
    diverged: int
    """Runs that have diverged."""


class SweepBest(AnswerModel):
    """The value that reaches the target first with every seed, else the one that ends lowest; none that diverges."""

    index: int
    value: Any
    runs: list[int]
    final: Extended
    to_target: float | None
    because: str
    """Which value is best, by how much, and where others fail, in words."""


class Sweep(AnswerModel):
    """What came of every value of a sweep, so far."""

    id: str
    status: Status
    steps_done: int
    field: str | None
    """What varies: a dotted path; null where nothing does, or several fields do."""
    fields: list[str]
    """All that vary; a value is then a list, with one of each."""
    target: float | None
    """The loss to reach; null before the first entry."""
    target_because: str
    """Why this one."""
    limits: list[float | None]
    """The stability limit of every listed run, null where it is unknown or not the same for all values."""
    runs: list[SweepRun]
    values: list[SweepValue]
    best: SweepBest | None
    """Null where every value diverges, or nothing is known yet."""


class Page(AnswerModel):
    """Some experiments, newest first."""

    items: list[Experiment]
    next: str | None
    """Give it as ``after`` to see the next ones; null at the end."""


class Outline(AnswerModel):
    """The loss of one run with few entries: its ends and extremes."""

    run: int
    """Which run, counted as the frames count them."""
    step: list[int]
    loss: NumberRow


class Thumbnail(AnswerModel):
    """Some runs of an experiment, to be drawn small; none where it has no losses."""

    runs: list[Outline]


class Place(AnswerModel):
    """Where something is wrong, and what."""

    loc: list[str | int]
    msg: str


class Problem(AnswerModel):
    """Why a request was refused: what happened, with the values, then what to do."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Place]


class FrameHeader(AnswerModel):
    """The header of a binary frame; the body is columns x runs x n numbers."""

    seq: int
    first: int
    """The frame covers the stored chunks first..seq."""
    step: int
    stride: int
    """Entry i is the state after step + i·stride updates; 0 means that a column ``step`` is present."""
    n: int
    runs: list[int]
    columns: list[str]
    dtype: Literal["<f4", "<f8"]
    request: int | None = None
    """Of a preview: which message it answers."""


ANSWERS = (
    RunTrace,
    Simulation,
    UpdateTerm,
    UpdateParts,
    Update,
    Updates,
    Outcome,
    Experiment,
    Page,
    Sweep,
    Outline,
    Thumbnail,
    RangeFindings,
    *DATASET_ANSWERS,
    Place,
    Problem,
    FrameHeader,
    *LESSON_ANSWERS,
    *ROOM_ANSWERS,
    *STATUS_ANSWERS,
)

"""An experiment with networks, made ready: its data, its device, its pace, and its groups of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from slalom.catalogue.base.number_format import number
from slalom.catalogue.cost import CostEstimate, estimate, total_cost
from slalom.catalogue.datasets.base import Examples, Uploads
from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.problems.architecture import Architecture
from slalom.catalogue.problems.networks import Learned
from slalom.engine.lockstep.groups import Begin, Group, Origin, lock_step
from slalom.engine.lockstep.interfaces import Event, Setup
from slalom.engine.lockstep.sharing import WorkSharing

from .device import Device, choose
from .initialization import initial_parameters
from .measurement_plan import (
    RARELY,
    MeasurementPlan,
    SampleSizes,
    kept_entries,
    measurement_interval,
    sample_sizes,
)
from .metrics import TensorData
from .model import Net
from .recorder import NetworkRecorder
from .stepper import NetworkStepper
from .trainer import NetworkSteps

SLOW_UPDATE = 2e-3
"""Seconds of an update from which on a tick begins with one."""


WALK_ENTRY = "slalom.engine.network.parts:SomeRuns"
"""What trains some runs of an experiment, by name: a process that was not forked from its worker imports it."""
SHARED_TICK = 8
"""Times as long as others that ticks are where other processes make the updates: to ask them takes milliseconds."""


@dataclass
class NetworkSetup:
    """An experiment with networks: its groups, and what they share."""

    spec: AnyExperiment
    lanes: Sequence[Lane]
    origin: Origin
    groups: list[Group]
    examples: Examples
    blueprint: Architecture
    device: Device
    net: Net
    material: TensorData
    course: MeasurementPlan
    """Of all groups; sizes are the smallest of theirs."""
    work: CostEstimate
    begin: Begin

    def stepper(self, group: Group) -> NetworkStepper:
        """Return a group, ready to be trained."""
        size = _batch_size(self.lanes[group.members[0]], self.material.count)
        course = self.course._replace(seen=_sample_sizes(self.spec, self.blueprint, size))
        return NetworkStepper(group, self.lanes, self.origin, self.spec, self.net, self.material, course)

    def groups_of(self, runs: Sequence[int]) -> list[Group]:
        """Return the groups that some of the runs fall into."""
        return lock_step(self.lanes, self.origin, self.begin, runs)


def network_setup(spec: AnyExperiment, lanes: Sequence[Lane], origin: Origin, uploads: Uploads) -> NetworkSetup:
    """Return the groups of an experiment, and what it takes to train them.

    Raises SpecError where the data are missing or do not suit the network, or the device is not there.
    """
    torch.set_num_threads(1)
    problem: Learned = spec.problem  # type: ignore[assignment]
    examples = problem.examples(uploads)
    blueprint = problem.blueprint(examples)

    def begin(lane: Lane) -> np.ndarray:
        if lane.run.start is not None:
            return np.array(lane.run.start, spec.dtype)
        chosen: Learned = lane.problem  # type: ignore[assignment]
        plan = chosen.blueprint(examples)
        return initial_parameters(plan, lane.seed if chosen.init_seed is None else chosen.init_seed, spec.dtype)

    updates = sum(_batch_size(lane, len(examples.inputs)) for lane in lanes) * blueprint.multiply_adds
    device = choose(spec.device, updates)
    groups = lock_step(lanes, origin, begin)
    runs = [len(group.members) for group in groups]
    sizes = [_batch_size(lanes[group.members[0]], len(examples.inputs)) for group in groups]
    net = Net(blueprint, getattr(torch, spec.dtype), device.name)
    material = TensorData(examples, net)
    seen = [_sample_sizes(spec, blueprint, size) for size in sizes]
    work = total_cost(
        [
            estimate(blueprint, spec.dtype, count, size, *(min(most, material.count) for most in own[:2]))
            for count, size, own in zip(runs, sizes, seen, strict=True)
        ]
    )
    course = MeasurementPlan(
        spec.steps,
        SampleSizes(*map(min, zip(*seen, strict=True))),
        measurement_interval(work, spec.steps) if spec.measured else RARELY,
        kept_entries(spec.steps, sum(_bytes(group, net) for group in groups), work.step) if spec.looks_inside else (),
    )
    return NetworkSetup(spec, lanes, origin, groups, examples, blueprint, device, net, material, course, work, begin)


def set_up_networks(
    spec: AnyExperiment, lanes: Sequence[Lane], origin: Origin, uploads: Uploads, share: WorkSharing | None = None
) -> Setup[NetworkSteps]:
    """Return the runs of an experiment with networks, ready to go; ``share`` has them trained elsewhere.

    Where they are, they are all of those that the spec has, from their start.
    """
    found = network_setup(spec, lanes, origin, uploads)
    n = len(found.examples.inputs)
    whole = np.array([_batch_size(lane, n) == n for lane in lanes])
    team = _Here(found) if share is None else _Elsewhere(found, share)
    recorder = NetworkRecorder(team.groups, found.blueprint, found.examples, spec, whole)
    opening = [
        Event(0, "device", 0, found.device.because),
        Event(0, "data", 0, found.examples.about + _shrunk(lanes, n) + _seen(spec, found), float(n)),
    ]
    return Setup(
        team.groups,
        team.walk,
        recorder,
        numbers=len(recorder.names) * len(lanes),
        least=1 if found.work.step > SLOW_UPDATE else 4,
        longer=1 if share is None else SHARED_TICK,
        opening=opening,
        closing=lambda: _timings(team.groups, team.seconds, team.made),
        training=recorder.training,
    )


def set_up_one_network(
    spec: AnyExperiment, lanes: Sequence[Lane], run: int, origin: Origin, uploads: Uploads
) -> tuple[NetworkStepper, int]:
    """Return one run of an experiment, ready to go, as a stepper and its place there.

    The others of its group go with it, though its bytes do not depend on them: the device is that of all runs.
    """
    found = network_setup(spec, lanes, origin, uploads)
    group = next(group for group in found.groups if run in group.members)
    return found.stepper(group), group.members.tolist().index(run)


class _Here:
    """All groups of an experiment, trained in this process."""

    def __init__(self, found: NetworkSetup) -> None:
        self.groups: list[Group] = found.groups
        self._steppers = [found.stepper(group) for group in self.groups]

    def walk(self, n: int) -> list[NetworkSteps]:
        """Make n updates; return what happened to every group."""
        return [stepper.walk(n) for stepper in self._steppers]

    @property
    def made(self) -> int:
        """Updates made so far."""
        return self._steppers[0].made

    @property
    def seconds(self) -> list[float]:
        """What the updates of every group have taken."""
        return [stepper.seconds for stepper in self._steppers]


class _Elsewhere:
    """The same trained by other processes: each has a share of the runs of every group."""

    def __init__(self, found: NetworkSetup, share: WorkSharing) -> None:
        order = [run for group in found.groups for run in group.members.tolist()]
        self._walkers = share.walkers(WALK_ENTRY, found.spec.model_dump_json(by_alias=True), order)
        self.groups: list[Group] = [group for runs in self._walkers.runs for group in found.groups_of(runs)]
        self.made, self.seconds = 0, [0.0] * len(self.groups)

    def walk(self, n: int) -> list[NetworkSteps]:
        """Make n updates; return what happened to every group."""
        walked = [one for part in self._walkers.walk(n) for one in part]
        self.made += n
        self.seconds: list[float] = [one.seconds for one in walked]
        return [one.steps for one in walked]


def _seen(spec: AnyExperiment, found: NetworkSetup) -> str:
    """Return what there is to say about the examples that things are measured on: nothing where these are all."""
    n, few, last = len(found.examples.inputs), found.course.seen.losses, found.course.seen.last
    if not spec.measured:
        return ""
    told, curved = "", found.course.seen.curved
    if few < n:
        more = "all of them" if last >= n else f"{last:,} of them"
        told = (
            f" Full losses and accuracies are those of {few:,} training examples, evenly spaced; at the end of {more}."
        )
    if curved < n:
        told += f" The sharpness is that of {curved:,} of the {n:,}: another sample's may be some per cent off."
    return told


def _shrunk(lanes: Sequence[Lane], n: int) -> str:
    """Return what there is to say where batches were to have more examples than there are."""
    largest, batches = max((lane.run.batch_size or 0, lane.run.batches) for lane in lanes)
    if largest <= n:
        return ""
    said = f" batch_size is {largest:,}, but there are {n:,} examples"
    return f"{said}: every update draws {n:,}." if batches == "drawn" else f"{said}: every update sees them all."


def _sample_sizes(spec: AnyExperiment, blueprint: Architecture, size: int) -> SampleSizes:
    return sample_sizes(blueprint, spec.dtype, size, spec.steps)


def _batch_size(lane: Lane, count: int) -> int:
    return min(lane.run.batch_size or count, count)


def _bytes(group: Group, net: Net) -> int:
    """Return how many bytes the state of a group takes: an update of a small one shows how many arrays it has."""
    p = torch.ones((1, 1), dtype=net.dtype)
    if not group.optimizer.is_written:
        return (1 + (group.average is not None)) * group.start.size * p.element_size()
    settings: dict[str, Any] = {
        name: float(value[0]) if isinstance(value, np.ndarray) else value for name, value in group.optimizer
    }
    rule = type(group.optimizer).model_construct(**settings)
    _, state = rule.step(p, p, rule.init(p, torch), 0.1, torch)
    arrays = {id(value): value.numel() for value in state if isinstance(value, torch.Tensor)}
    return (1 + (group.average is not None) + sum(arrays.values())) * group.start.size * p.element_size()


def _timings(groups: Sequence[Group], seconds: Sequence[float], made: int) -> list[Event]:
    """Return what an update of one run took, for every run: ``seconds`` is what ``made`` of each group have taken."""
    found = []
    for group, took in zip(groups, seconds, strict=True):
        members = group.members.tolist()
        each = took / max(1, made) / len(members)
        together = f" in a group of {len(members)}" if len(members) > 1 else ""
        text = f"An update of this run{together} took {number(1e6 * each, 3)} µs on average, what is measured left out."
        found += [Event(run, "timing", made - 1, text, each) for run in members]
    return found

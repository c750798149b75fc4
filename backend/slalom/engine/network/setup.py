"""An experiment with networks, made ready: its data, its device, its pace, and its groups of runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from slalom.catalogue.base.number_format import number
from slalom.catalogue.cost import CostEstimate, estimate, total_cost
from slalom.catalogue.datasets.base import Examples, Uploads
from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.problems.architecture import Architecture
from slalom.catalogue.problems.networks import Learned
from slalom.engine.lockstep.groups import Group, Origin, lock_step
from slalom.engine.lockstep.interfaces import Event, Setup

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


class NetworkSetup(NamedTuple):
    """What all groups of an experiment share."""

    groups: list[Group]
    steppers: list[NetworkStepper]
    examples: Examples
    blueprint: Architecture
    device: Device
    course: MeasurementPlan
    """Of all groups; sizes are the smallest of theirs."""
    work: CostEstimate


def network_setup(spec: AnyExperiment, lanes: Sequence[Lane], origin: Origin, uploads: Uploads) -> NetworkSetup:
    """Return the groups of an experiment, ready to be trained.

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
    seen = [sample_sizes(blueprint, spec.dtype, size, spec.steps) for size in sizes]
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
    steppers = [
        NetworkStepper(group, lanes, origin, spec, net, material, course._replace(seen=own))
        for group, own in zip(groups, seen, strict=True)
    ]
    return NetworkSetup(groups, steppers, examples, blueprint, device, course, work)


def set_up_networks(
    spec: AnyExperiment, lanes: Sequence[Lane], origin: Origin, uploads: Uploads
) -> Setup[NetworkSteps]:
    """Return the runs of an experiment with networks, ready to go."""
    found = network_setup(spec, lanes, origin, uploads)
    n = len(found.examples.inputs)
    whole = np.array([_batch_size(lane, n) == n for lane in lanes])
    recorder = NetworkRecorder(found.groups, found.blueprint, found.examples, spec, whole)
    opening = [
        Event(0, "device", 0, found.device.because),
        Event(0, "data", 0, found.examples.about + _shrunk(lanes, n) + _seen(spec, found), float(n)),
    ]
    return Setup(
        found.groups,
        found.steppers,
        recorder,
        numbers=len(recorder.names) * len(lanes),
        least=1 if found.work.step > SLOW_UPDATE else 4,
        opening=opening,
        closing=lambda: _timings(found.steppers),
        training=recorder.training,
    )


def set_up_one_network(
    spec: AnyExperiment, lanes: Sequence[Lane], run: int, origin: Origin, uploads: Uploads
) -> tuple[NetworkStepper, int]:
    """Return one run of an experiment, ready to go, as a stepper and its place there.

    The others of its group go with it, though its bytes do not depend on them: the device is that of all runs.
    """
    for stepper in network_setup(spec, lanes, origin, uploads).steppers:
        if run in stepper.group.members:
            return stepper, stepper.group.members.tolist().index(run)
    raise AssertionError(f"Run {run} is in no group.")


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


def _timings(steppers: Sequence[NetworkStepper]) -> list[Event]:
    """Return what an update of one run took, for every run."""
    found = []
    for stepper in steppers:
        members = stepper.group.members.tolist()
        each = stepper.seconds / max(1, stepper.made) / len(members)
        together = f" in a group of {len(members)}" if len(members) > 1 else ""
        text = f"An update of this run{together} took {number(1e6 * each, 3)} µs on average, what is measured left out."
        found += [Event(run, "timing", stepper.rates.step - 1, text, each) for run in members]
    return found

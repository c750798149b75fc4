"""Networks: one run, 16 and 64 runs against loops of nn.Module and torch.optim, and what looking inside costs."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from unittest import mock

import torch

from slalom.catalogue.datasets.base import no_uploads
from slalom.catalogue.experiments.comparison import Comparison
from slalom.engine.descent import Descent
from slalom.engine.network import setup
from slalom.engine.network.metrics import MetricsRecorder

from .. import plain_torch
from .measure import Row, alternate

BATCH = 32
RATE, MOMENTUM = 0.05, 0.9
PEER_STEPS = 1000
SHORT, LONG = 10_000, 40_000
"""Updates of a run that is over within a second, and of one that is not."""
RUNS = (1, 16, 64)


class Case(NamedTuple):
    """One kind of data: the problem, the goals for 1 and 64 runs, and how many updates make a block long enough."""

    name: str
    problem: dict[str, Any]
    goal: float
    goal_wide: float
    steps: dict[int, int]
    """Updates of a block, by number of runs."""


CASES = (
    Case(
        "digits, 64-64-10",
        {"kind": "network", "data": {"kind": "digits"}, "hidden": [64]},
        *(3, 20, {1: 10_000, 16: 3000, 64: 1000}),
    ),
    Case(
        "moons, 2-16-2",
        {"kind": "network", "data": {"kind": "moons"}, "hidden": [16]},
        *(2.5, 12, {1: 10_000, 16: 3000, 64: 1500}),
    ),
    Case(
        "names, 3 x 10-200-27",
        {"kind": "character"},
        *(2.5, 5, {1: 10_000, 16: 1000, 64: 500}),
    ),
)


def rows() -> Iterator[Row]:
    """Measure on one thread, with nothing to collect of what is imported, as in a worker."""
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()
    for case in CASES:
        yield from against_torch(case)
    for case in CASES:
        yield from looking(case)
    yield from graphics()


def against_torch(case: Case) -> Iterator[Row]:
    """Compare E runs with E loops: one run recorded, several recorded and with their updates alone."""
    for runs in RUNS:
        steps = case.steps[runs]
        recorded = experiment(case, runs, steps)
        if runs == 1:
            yield compared(case, runs, "recorded", recorded, case.goal)
            continue
        goal = case.goal_wide if runs == max(RUNS) else None
        yield compared(case, runs, "updates", updates(spec_of(case, runs, steps)), goal)
        yield compared(case, runs, "recorded", recorded)


def compared(case: Case, runs: int, what: str, side: Callable[[], object], goal: float | None = None) -> Row:
    """Return how many times as fast one side is as loops."""
    steps = case.steps[runs]
    ours, peer = alternate(side, loop(case))
    each, alone = ours / (runs * steps), peer / PEER_STEPS
    return Row(
        f"{case.name}: {runs} run{'s' * (runs > 1)} of {steps:,} updates, {what}",
        f"{alone / each:.1f} x ({1e6 * each:.1f} µs a step, torch {1e6 * alone:.0f})",
        f">= {goal:g} x" if goal else "",
        alone / each >= goal if goal else None,
    )


def spec_of(case: Case, runs: int, steps: int, device: str = "cpu") -> Comparison:
    """Return so many runs that differ in their learning rate."""
    run = {"optimizer": {"kind": "sgd", "lr": RATE, "momentum": MOMENTUM}, "batch_size": BATCH, "batches": "drawn"}
    rates = {"field": "run.optimizer.lr", "from": RATE / 10, "to": RATE, "scale": "log", "n": runs}
    vary = [rates] if runs > 1 else []
    spec = {"problem": case.problem, "runs": [run], "steps": steps, "vary": vary, "device": device}
    return Comparison.model_validate(spec)


def experiment(case: Case, runs: int, steps: int, device: str = "cpu") -> Callable[[], object]:
    """Return Slalom's side: everything is recorded, as it is for a viewer."""
    spec = spec_of(case, runs, steps, device)

    def run() -> None:
        for _ in Descent(spec):
            pass

    return run


def loop(case: Case, device: str = "cpu") -> Callable[[], object]:
    """Return the peer's side: what one writes in PyTorch, one run at a time, nothing recorded."""
    problem = spec_of(case, 1, 1).problem
    examples = problem.examples()
    inputs, targets = (t.to(device) for t in plain_torch.tensors(examples, "softmax", torch.float32))
    widths = problem.blueprint(examples).widths
    if problem.kind == "character":
        symbols = len(examples.classes)
        net = plain_torch.character(symbols, problem.context, problem.embedding, widths[1:-1])
    else:
        net = plain_torch.network(widths)
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE, momentum=MOMENTUM)
    order = plain_torch.batches("drawn", len(inputs), BATCH, 0)

    def run() -> None:
        for _ in range(PEER_STEPS):
            batch = next(order)
            loss = torch.nn.functional.cross_entropy(net(inputs[batch]), targets[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        loss.item()  # Waits for a graphics card.

    return run


def looking(case: Case) -> list[Row]:
    """Compare one run as it is with the same run without sharpness, and that with one that records nothing."""
    rows = []
    for steps in (SHORT, LONG):
        recorded, alone = alternate(blind(case, steps), updates(spec_of(case, 1, steps)))
        cost = recorded / alone - 1
        figure = f"{100 * cost:.1f} % ({1e3 * (recorded - alone):.0f} ms of {1e3 * recorded:.0f})"
        rows.append(Row(f"{case.name}: cost of recording {steps:,} updates", figure, "<= 5 %", cost <= 0.05))
    whole, less = alternate(experiment(case, 1, SHORT), blind(case, SHORT))
    cost = whole / less - 1
    rows.append(Row(f"{case.name}: cost of sharpness in {SHORT:,}", f"{100 * cost:.1f} %", "<= 10 %", cost <= 0.1))
    return rows


def blind(case: Case, steps: int) -> Callable[[], object]:
    """Return one run that is recorded, without sharpness."""
    seeing = experiment(case, 1, steps)

    def run() -> None:
        with mock.patch.object(MetricsRecorder, "_curve", return_value=None):
            seeing()

    return run


def updates(spec: Comparison) -> Callable[[], object]:
    """Return the updates of an experiment and nothing else: no loss kept, no norm taken, nothing looked at."""
    lanes = spec.lanes()

    def run() -> None:
        found = setup.network_setup(spec, lanes, [None] * len(lanes), no_uploads)
        for stepper in map(found.stepper, found.groups):
            stepper.advance(spec.steps)

    return run


def graphics() -> list[Row]:
    """Return 64 runs on a graphics card, against this processor and against loops there; or say that there is none."""
    if not torch.cuda.is_available():
        return [Row("on a graphics card", "there is none here", "", None)]
    lines = []
    for case in CASES:
        steps = case.steps[64]
        card, processor = alternate(experiment(case, 64, steps, "cuda"), experiment(case, 64, steps))
        _, peer = alternate(lambda: None, loop(case, "cuda"))
        faster, alone = processor / card, 64 * peer / PEER_STEPS / (card / steps)
        figure = f"{faster:.1f} x one core, {alone:.0f} x torch there"
        lines.append(Row(f"{case.name}: 64 runs on a graphics card", figure, "", None))
    return lines

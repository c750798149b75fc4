"""One run as statements of a PyTorch program: what it begins with, and its loop, as it stands in textbooks.

A run that goes on from another one follows it in the same program, on the same parameters.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from slalom.catalogue.averaging import NoAveraging
from slalom.catalogue.experiments import AnyStored
from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.schedules import Plateau

from .network import Batching, batching

PLATEAU_FIELDS = ("mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "min_lr", "eps")
"""What a plateau schedule and torch.optim.lr_scheduler.ReduceLROnPlateau both know."""
PRINTED = 20
"""Losses that a program prints; it returns all of them."""


class Ancestor(NamedTuple):
    """An experiment from an entry of which another one goes on."""

    spec: AnyStored
    run: int
    step: int
    """The entry."""


class Stretch(NamedTuple):
    """A run of a program, and where it stands in those that it goes on from."""

    lane: Lane
    dtype: str
    steps: int
    """Updates that it makes."""
    updates: int
    """Updates that its schedule is made for, those before it included where it goes on with a schedule."""
    place: int
    """Which of the program's runs it is, from 0."""
    last: bool
    before: Stretch | None = None
    """The run that it goes on from."""
    drawn: int = 0
    """Updates made before it, which have used up noise and batches."""
    scheduled: int = 0
    """Updates before it of the schedule that it goes on with."""
    averaged: int = 0
    """Entries before it of the average that it goes on with."""

    @property
    def function(self) -> str:
        """The name of the function of its learning rate."""
        return "learning_rate" if self.before is None and self.last else f"learning_rate_{self.place}"

    @property
    def keeps_rule(self) -> bool:
        """Whether it goes on with what the rule remembers."""
        return self.before is not None and (
            self.before.lane.run.optimizer.memory_kind == self.lane.run.optimizer.memory_kind
        )

    @property
    def keeps_schedule(self) -> bool:
        """Whether it goes on with the schedule."""
        return self.before is not None and self.before.lane.run.schedule == self.lane.run.schedule

    @property
    def keeps_rate(self) -> bool:
        """Whether it goes on with the rate that a plateau schedule had come to: where no other one is given."""
        same = self.before is not None and self.before.lane.run.optimizer.lr == self.lane.run.optimizer.lr
        return same and self.keeps_schedule and isinstance(self.lane.run.schedule, Plateau)

    @property
    def keeps_average(self) -> bool:
        """Whether it goes on with the average of the parameters."""
        return self.before is not None and self.before.lane.run.averaging == self.lane.run.averaging

    def at(self, before: int) -> str:
        """Return the count of updates, with so many before it, as text."""
        return f"(t + {before})" if before else "t"


def stretches(spec: AnyStored, run: int, ancestors: Sequence[Ancestor]) -> list[Stretch]:
    """Return the runs of a program, first to last; ``ancestors`` are those of its experiment, the first one first."""
    found: list[Stretch] = []
    for place, one in enumerate([*ancestors, Ancestor(spec, run, spec.steps)]):
        before = found[-1] if found else None
        last = place == len(ancestors)
        whole = one.spec.steps
        stretch = Stretch(one.spec.lanes()[one.run], one.spec.dtype, one.step, whole, place, last, before)
        if before is not None:
            scheduled = before.scheduled + before.steps if stretch.keeps_schedule else 0
            averaged = before.averaged + before.steps if stretch.keeps_average else 0
            stretch = stretch._replace(
                drawn=before.drawn + before.steps,
                scheduled=scheduled,
                averaged=averaged,
                updates=scheduled + whole,
            )
        found.append(stretch)
    return found


def statements(stretch: Stretch, examples: int) -> Iterator[str]:
    """Yield the lines of one run; ``examples`` are those that a network is trained with."""
    lane = stretch.lane
    batches = batching(lane, examples, stretch.drawn) if lane.problem.is_network else Batching("", "")
    yield from batches.begin.splitlines()
    yield from _optimizer(stretch)
    yield from _noise(stretch)
    yield from _average(stretch)
    yield "losses = []"
    yield f"for t in range({'STEPS + 1' if stretch.last else stretch.steps}):"
    yield from (f"    {line}" for line in _loop(stretch, batches))


def _loop(stretch: Stretch, batches: Batching) -> Iterator[str]:
    lane = stretch.lane
    yield from batches.take.splitlines()
    yield from _evaluated(lane, batches)
    yield "losses.append(loss.item())"
    yield from _averaged(stretch)
    if stretch.last:
        shown = "loss {losses[-1]:.9g}" + (", of the average {averages[-1]:.9g}" if lane.run.averages else "")
        yield f"if t % max(STEPS // {PRINTED}, 1) == 0 or t == STEPS:"
        yield f'    print(f"step {{t}}: {shown}")'
        yield "if t == STEPS or not math.isfinite(losses[-1]):"
        yield "    break"
    drawn, added = [*_drawn(stretch)], ["optimizer.zero_grad()", _backward(lane), *_disturbed(lane)]
    if lane.run.optimizer.uses_closure:
        evaluated = [*_evaluated(lane, batches), *added, f"return {'-' * lane.maximizes}loss"]
        yield from [*_scheduled(stretch, batches), *drawn, *function("closure()", "\n".join(evaluated)).splitlines()]
        yield "optimizer.step(closure)"
    else:
        yield from [*drawn, *added, *_scheduled(stretch, batches), *_update(lane)]


def function(head: str, body: str) -> str:
    """Return the definition of a function."""
    return f"def {head}:\n{textwrap.indent(body, '    ')}"


def _optimizer(stretch: Stretch) -> Iterator[str]:
    lane, before = stretch.lane, stretch.before
    rule, layers, schedule = lane.run.optimizer, lane.run.layer_lr, lane.run.schedule
    arguments = ", ".join(f"{name}={value!r}" for name, value in rule.torch_arguments().items())
    goes_on = isinstance(schedule, Plateau) and stretch.keeps_schedule
    if stretch.keeps_rule:
        yield "memory = optimizer.state"
    if stretch.keeps_rate:
        yield 'rate = optimizer.param_groups[0]["lr"]'
    if goes_on:
        yield "waited = plateau.state_dict()"
    if layers is None:
        yield f"optimizer = {rule.torch_class}(parameters, {arguments})"
    else:
        yield "layers = [layer for layer in model if any(True for _ in layer.parameters())]"
        yield f'groups = [{{"params": [*layer.parameters()], "lr": lr}} for layer, lr in zip(layers, {list(layers)})]'
        yield f"optimizer = {rule.torch_class}(groups, {arguments})"
    if before is not None and stretch.keeps_rule:
        yield "optimizer.state.update(memory)"
        if rule.torch_resumed and rule.torch_resumed != before.lane.run.optimizer.torch_resumed:
            yield from ("for held in optimizer.state.values():", f"    {rule.torch_resumed}")
    if not stretch.keeps_rate:
        yield 'rates = [group["lr"] for group in optimizer.param_groups]'
    if isinstance(schedule, Plateau):
        chosen = ", ".join(f"{name}={getattr(schedule, name)!r}" for name in PLATEAU_FIELDS)
        yield f"plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, {chosen})"
    if goes_on:
        yield "plateau.load_state_dict(waited)"
    if stretch.keeps_rate:
        yield 'optimizer.param_groups[0]["lr"] = rate'


def _noise(stretch: Stretch) -> Iterator[str]:
    if stretch.lane.run.noise is not None and not stretch.lane.problem.is_network:
        yield f"random = numpy.random.Generator(numpy.random.Philox({stretch.lane.seed}))"
        if stretch.drawn:
            yield f"for t in range({stretch.drawn}):"
            yield "    random.standard_normal(len(p))"


def _average(stretch: Stretch) -> Iterator[str]:
    """Yield what the average of the parameters begins with."""
    averaging = stretch.lane.run.averaging
    if not isinstance(averaging, NoAveraging):
        yield "averages = []"
        if not stretch.keeps_average:
            yield f"averaged = torch.optim.swa_utils.AveragedModel({_module(stretch.lane)}{averaging.torch_argument})"


def _averaged(stretch: Stretch) -> Iterator[str]:
    """Yield how the parameters of an entry enter their average, and how its loss is measured."""
    averaging = stretch.lane.run.averaging
    if isinstance(averaging, NoAveraging):
        return
    if stretch.averaged <= averaging.start:
        yield f"if t <= {averaging.start - stretch.averaged}:"
        yield "    averaged.n_averaged.zero_()  # Until then the average is the parameters themselves."
    yield f"averaged.update_parameters({_module(stretch.lane)})"
    yield "with torch.no_grad():"
    network = stretch.lane.problem.is_network
    of = "loss_of(averaged, inputs, targets)" if network else "loss_of(next(averaged.parameters()))"
    yield f"    averages.append({of}.item())"


def _module(lane: Lane) -> str:
    return "model" if lane.problem.is_network else "torch.nn.ParameterList(parameters)"


def _evaluated(lane: Lane, batches: Batching) -> Iterator[str]:
    if not lane.problem.is_network:
        yield "loss = loss_of(p)"
        return
    yield f"loss = loss_of(model, inputs{batches.chosen}, targets{batches.chosen})"


def _backward(lane: Lane) -> str:
    """Return the statement that computes the gradient; a penalty is not a part of the loss that is printed."""
    l1 = lane.run.l1
    return f"(loss + {l1} * sum(p.abs().sum() for p in parameters)).backward()" if l1 else "loss.backward()"


def _drawn(stretch: Stretch) -> Iterator[str]:
    """Yield how the noise of an update is drawn."""
    lane = stretch.lane
    if lane.run.noise is not None and lane.problem.is_network:
        counter = f"{stretch.at(stretch.drawn)} << 128"
        yield f"random = numpy.random.Generator(numpy.random.Philox(key={lane.seed}, counter={counter}))"
        yield f"drawn = random.standard_normal(sum(p.numel() for p in parameters), dtype=numpy.{stretch.dtype})"
    elif lane.run.noise is not None:
        yield f"drawn = torch.from_numpy({lane.run.noise} * random.standard_normal(len(p))).to(p.dtype)"


def _disturbed(lane: Lane) -> Iterator[str]:
    """Yield what stands between the gradient and the rule: noise, clipping by norm, then by value, and the sign."""
    run = lane.run
    if run.noise is not None and lane.problem.is_network:
        yield "for p, z in zip(parameters, torch.from_numpy(drawn).split([p.numel() for p in parameters])):"
        yield f"    p.grad += {run.noise} * z.view_as(p)"
    elif run.noise is not None:
        yield "p.grad += drawn"
    if run.clip_norm is not None:
        yield f"torch.nn.utils.clip_grad_norm_(parameters, {run.clip_norm})"
    if run.clip_value is not None:
        yield f"torch.nn.utils.clip_grad_value_(parameters, {run.clip_value})"
    if _turns(lane):
        yield "for each in parameters:"
        yield "    each.grad.neg_()"


def _turns(lane: Lane) -> bool:
    """Return whether the program turns gradients, because the class of its rule does not."""
    return lane.maximizes and "maximize" not in lane.run.optimizer.torch_arguments()


def _scheduled(stretch: Stretch, batches: Batching) -> Iterator[str]:
    """Yield how the rate of an update is set."""
    schedule, t = stretch.lane.run.schedule, stretch.at(stretch.scheduled)
    update = t.removeprefix("(").removesuffix(")")
    setting = [
        "for group, lr in zip(optimizer.param_groups, rates):",
        f'    group["lr"] = {stretch.function}({update}, lr)',
    ]
    if isinstance(schedule, Plateau):
        yield f"if {update} <= {schedule.warmup}:"
        yield from (f"    {line}" for line in setting)
        yield f"elif ({update} - {schedule.warmup}) % {schedule.every} == 0:"
        if batches.chosen:
            yield "    with torch.no_grad():"
            yield "        plateau.step(loss_of(model, inputs, targets).item())"
        else:
            yield "    plateau.step(losses[-1])"
    else:
        yield from setting


def _update(lane: Lane) -> Iterator[str]:
    if lane.run.optimizer.uses_hessian:
        yield f"optimizer.step({'-' * _turns(lane)}torch.autograd.functional.hessian(loss_of, p.detach()))"
    else:
        yield "optimizer.step()"

"""A run of an experiment as a PyTorch program that stands alone and prints the losses that Slalom shows.

The program is text made of what every choice says of itself (``torch_source``, ``torch_class``): the problem's loss,
the optimizer, the learning rate of every update, and a loop as it stands in textbooks.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from slalom.catalogue.base.number_format import number
from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.experiments.run import Run
from slalom.catalogue.problems.networks import Learned
from slalom.catalogue.schedules import Plateau
from slalom.errors import SpecError

from .network import LOADING, Batching, batching, data_text, network_lines

PLATEAU_FIELDS = ("factor", "patience", "threshold", "threshold_mode", "cooldown", "min_lr", "eps")
"""What a plateau schedule and torch.optim.lr_scheduler.ReduceLROnPlateau both know."""
PRINTED = 20
"""Losses that a program prints; it returns all of them."""


def program(spec: AnyExperiment, lane: int = 0, uploads: Uploads = no_uploads) -> str:
    """Return the text of a Python program that makes one run of an experiment.

    ``lane`` counts the runs as they are computed. Its ``main()`` prints some losses and returns all of them, the loss
    before every update and the one after the last; a run ends early at its first loss that is not finite. Where the
    run keeps an average of its parameters, it returns the losses of both, those of a network on all training examples.

    Raises SpecError where there is no such run, or its data are missing.
    """
    lanes = spec.lanes()
    if not 0 <= lane < len(lanes):
        raise SpecError(f"There is no run {lane}; the experiment has runs 0 to {len(lanes) - 1}.", ("run",))
    chosen = lanes[lane]
    parts = [_about(spec, chosen), _imports(chosen), f"STEPS = {spec.steps}"]
    problem = chosen.problem
    if isinstance(problem, Learned):
        examples = problem.examples(uploads)
        batches = batching(chosen, len(examples.inputs))
        training = network_lines(problem, examples, chosen, spec.dtype, batches)
        parts += [LOADING, training.functions]
        last = [data_text(examples, chosen)]
    else:
        batches, training, last = Batching("", ""), None, []
        parts += [f"torch.set_default_dtype(torch.{spec.dtype})", _function("loss_of(p)", problem.torch_source)]
    optimizer = chosen.run.optimizer
    parts += [optimizer.torch_source.strip()] if optimizer.torch_source else []
    parts += [_learning_rate(chosen.run, spec.steps)]
    begin = _surface_start(chosen) if training is None else training.start
    parts += [_main(spec, chosen, begin, batches), *last]
    parts += ['if __name__ == "__main__":\n    main()']
    return "\n\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _about(spec: AnyExperiment, lane: Lane) -> str:
    rule = lane.run.optimizer
    what = f"{rule.title} (lr {number(rule.lr)}) on {lane.problem.title}: {spec.steps:,} updates in plain PyTorch."
    same = "The losses are those of the run in Slalom, but for rounding."
    return f'"""{what}\n\nIt prints some losses, and main() returns all of them. {same}\n"""'


def _imports(lane: Lane) -> str:
    network, noisy = lane.problem.is_network, lane.run.noise is not None
    standard = ["base64", "math", "zlib"] if network else ["math"]
    others = [*(["import numpy"] if noisy else []), "import torch"]
    others += ["from torch import nn"] if network else []
    return "\n".join([*(f"import {name}" for name in standard), "", *others])


def _function(head: str, body: str) -> str:
    return f"def {head}:\n{textwrap.indent(body, '    ')}"


def _learning_rate(run: Run, steps: int) -> str:
    """Return the definition of the learning rate of update ``t``, where the optimizer's own is ``lr``."""
    return run.schedule.torch_function("learning_rate", steps)


def _surface_start(lane: Lane) -> list[str]:
    point = lane.problem.start if lane.run.start is None else lane.run.start
    return [f"p = torch.tensor({[float(x) for x in point]}, requires_grad=True)", "parameters = [p]"]


def _main(spec: AnyExperiment, lane: Lane, begin: Sequence[str], batches: Batching) -> str:
    """Return the function that makes the run."""
    lines = [*begin, *_optimizer(lane), *_noise(lane), *_average(lane), "losses = []", "for t in range(STEPS + 1):"]
    loop = [*_loss(lane, batches), "losses.append(loss.item())", *_averaged(lane)]
    shown = "loss {losses[-1]:.9g}" + (", of the average {averages[-1]:.9g}" if lane.run.averaging.begins else "")
    loop += [f"if t % max(STEPS // {PRINTED}, 1) == 0 or t == STEPS:", f'    print(f"step {{t}}: {shown}")']
    loop += ["if t == STEPS or not math.isfinite(losses[-1]):", "    break"]
    drawn, added = [*_drawn(lane, spec.dtype)], ["optimizer.zero_grad()", _backward(lane.run), *_disturbed(lane)]
    if lane.run.optimizer.uses_closure:
        evaluated = [*_evaluated(lane, batches), *added, f"return {'-' * lane.maximizes}loss"]
        loop += [*_scheduled(lane, batches), *drawn, *_function("closure()", "\n".join(evaluated)).splitlines()]
        loop += ["optimizer.step(closure)"]
    else:
        loop += [*drawn, *added, *_scheduled(lane, batches), *_update(lane)]
    end = "return losses, averages" if lane.run.averaging.begins else "return losses"
    return _function("main()", "\n".join([*lines, *(f"    {line}" for line in loop), end]))


def _optimizer(lane: Lane) -> Iterator[str]:
    rule, layers = lane.run.optimizer, lane.run.layer_lr
    arguments = ", ".join(f"{name}={value!r}" for name, value in rule.torch_arguments().items())
    if layers is None:
        yield f"optimizer = {rule.torch_class}(parameters, {arguments})"
    else:
        yield "layers = [layer for layer in model if any(True for _ in layer.parameters())]"
        yield f'groups = [{{"params": [*layer.parameters()], "lr": lr}} for layer, lr in zip(layers, {list(layers)})]'
        yield f"optimizer = {rule.torch_class}(groups, {arguments})"
    schedule = lane.run.schedule
    yield 'rates = [group["lr"] for group in optimizer.param_groups]'
    if isinstance(schedule, Plateau):
        chosen = ", ".join(f"{name}={getattr(schedule, name)!r}" for name in PLATEAU_FIELDS)
        yield f"plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, {chosen})"


def _noise(lane: Lane) -> Iterator[str]:
    if lane.run.noise is not None and not lane.problem.is_network:
        yield f"random = numpy.random.Generator(numpy.random.Philox({lane.seed}))"


def _average(lane: Lane) -> Iterator[str]:
    """Yield what the average of the parameters begins with."""
    averaging = lane.run.averaging
    if averaging.begins:
        yield "averages = []"
        model = "model" if lane.problem.is_network else "torch.nn.ParameterList(parameters)"
        yield f"averaged = torch.optim.swa_utils.AveragedModel({model}{averaging.torch_argument})"


def _averaged(lane: Lane) -> Iterator[str]:
    """Yield how the parameters of an entry enter their average, and how its loss is measured."""
    averaging = lane.run.averaging
    if not averaging.begins:
        return
    network = lane.problem.is_network
    yield f"if t <= {averaging.start}:"
    yield "    averaged.n_averaged.zero_()"
    yield f"averaged.update_parameters({'model' if network else 'torch.nn.ParameterList(parameters)'})"
    yield "with torch.no_grad():"
    of = "loss_of(averaged, inputs, targets)" if network else "loss_of(next(averaged.parameters()))"
    yield f"    averages.append({of}.item())"


def _loss(lane: Lane, batches: Batching) -> Iterator[str]:
    yield from batches.take.splitlines()
    yield from _evaluated(lane, batches)


def _evaluated(lane: Lane, batches: Batching) -> Iterator[str]:
    if not lane.problem.is_network:
        yield "loss = loss_of(p)"
        return
    yield f"loss = loss_of(model, inputs{batches.chosen}, targets{batches.chosen})"


def _backward(run: Run) -> str:
    """Return the statement that computes the gradient; a penalty is not a part of the loss that is printed."""
    return f"(loss + {run.l1} * sum(p.abs().sum() for p in parameters)).backward()" if run.l1 else "loss.backward()"


def _drawn(lane: Lane, dtype: str) -> Iterator[str]:
    """Yield how the noise of an update is drawn."""
    run = lane.run
    if run.noise is not None and lane.problem.is_network:
        yield f"random = numpy.random.Generator(numpy.random.Philox(key={lane.seed}, counter=t << 128))"
        yield f"drawn = random.standard_normal(sum(p.numel() for p in parameters), dtype=numpy.{dtype})"
    elif run.noise is not None:
        yield f"drawn = torch.from_numpy({run.noise} * random.standard_normal(len(p))).to(p.dtype)"


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


def _scheduled(lane: Lane, batches: Batching) -> Iterator[str]:
    """Yield how the rate of an update is set."""
    schedule = lane.run.schedule
    setting = ["for group, lr in zip(optimizer.param_groups, rates):", '    group["lr"] = learning_rate(t, lr)']
    if isinstance(schedule, Plateau):
        yield f"if t <= {schedule.warmup}:"
        yield from (f"    {line}" for line in setting)
        yield f"elif (t - {schedule.warmup}) % {schedule.every} == 0:"
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

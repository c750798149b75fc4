"""A run of an experiment as a PyTorch program that stands alone and prints the losses that Slalom shows.

The program is text made of what every choice says of itself (``torch_source``, ``torch_class``): the problem's loss,
the optimizer, the learning rate of every update, and a loop as it stands in textbooks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slalom.catalogue.base.number_format import number
from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments import AnyStored
from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.problems.networks import Learned
from slalom.errors import SpecError

from .network import LOADING, data_text, network_lines
from .stretch import Ancestor, Stretch, function, statements, stretches


def program(spec: AnyStored, lane: int = 0, uploads: Uploads = no_uploads, ancestors: Sequence[Ancestor] = ()) -> str:
    """Return the text of a Python program that makes one run of an experiment.

    ``lane`` counts the runs as they are computed. Its ``main()`` prints some losses and returns all of them, the loss
    before every update and the one after the last; a run ends early at its first loss that is not finite. Where the
    run keeps an average of its parameters, it returns the losses of both, those of a network on all training examples.
    Of a run that goes on from others, its ``ancestors``, the first one first, these are repeated up to there.

    Raises SpecError where there is no such run, or its data are missing.
    """
    lanes = spec.lanes()
    if not 0 <= lane < len(lanes):
        raise SpecError(f"There is no run {lane}; the experiment has runs 0 to {len(lanes) - 1}.", ("run",))
    runs = stretches(spec, lane, ancestors)
    first, chosen = runs[0].lane, runs[-1].lane
    parts = [_about(spec, runs), _imports([one.lane for one in runs]), f"STEPS = {spec.steps}"]
    problem, count = first.problem, 0
    if isinstance(problem, Learned):
        examples = problem.examples(uploads)
        count = len(examples.inputs)
        training = network_lines(problem, examples, first, spec.dtype)
        begin, last = training.start, [data_text(examples, first)]
        parts += [LOADING, training.functions]
    else:
        begin, last = _surface_start(first), []
        parts += [f"torch.set_default_dtype(torch.{spec.dtype})", function("loss_of(p)", problem.torch_source)]
    parts += dict.fromkeys(one.lane.run.optimizer.torch_source.strip() for one in runs)
    parts += [one.lane.run.schedule.torch_function(one.function, one.updates) for one in runs]
    lines = [*begin, *(line for one in runs for line in _told(one, runs, count))]
    end = "return losses, averages" if chosen.run.averages else "return losses"
    parts += [function("main()", "\n".join([*lines, end])), *last]
    parts += ['if __name__ == "__main__":\n    main()']
    return "\n\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _told(one: Stretch, runs: Sequence[Stretch], examples: int) -> Iterator[str]:
    """Yield the statements of a run, and where there are several which one it is."""
    if len(runs) > 1:
        yield f"# {'The run' if one.last else f'{one.steps:,} updates'}, with {one.lane.run.optimizer.usual_name}."
    yield from statements(one, examples)


def _about(spec: AnyStored, runs: Sequence[Stretch]) -> str:
    lane, before = runs[-1].lane, runs[-1].drawn
    rule = lane.run.optimizer
    after = f", after {before:,} with other settings" if before else ""
    named = f"{rule.usual_name} (lr {number(rule.lr)}) on {lane.problem.title}"
    what = f"{named}: {spec.steps:,} updates in plain PyTorch{after}."
    same = "The losses are those of the run in Slalom, but for rounding."
    return f'"""{what}\n\nIt prints some losses, and main() returns all of them. {same}\n"""'


def _imports(lanes: Sequence[Lane]) -> str:
    network, noisy = lanes[0].problem.is_network, any(lane.run.noise is not None for lane in lanes)
    standard = ["base64", "math", "zlib"] if network else ["math"]
    others = [*(["import numpy"] if noisy else []), "import torch"]
    others += ["from torch import nn"] if network else []
    return "\n".join([*(f"import {name}" for name in standard), "", *others])


def _surface_start(lane: Lane) -> list[str]:
    point = lane.problem.start if lane.run.start is None else lane.run.start
    return [f"p = torch.tensor({[float(x) for x in point]}, requires_grad=True)", "parameters = [p]"]

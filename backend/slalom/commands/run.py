"""``slalom run``: runs side by side, computed here or by a server, and what came of them in words."""

from __future__ import annotations

import typer

from .choices import Choices, spec_of
from .exit_codes import exit_code
from .grouped import grouped
from .outputs import Outputs, write
from .place import ComputedBy, computed
from .screen import ProgressLine

RUN_EXAMPLES = r"""Examples:

slalom run -f "x^2 + 10 y^2" --lr 0.05 --momentum 0.9 --start -4,1

slalom run -f "x^2" --lr 0.1,0.9,1.05 --pdf --width 84mm

slalom run --problem rosenbrock --optimizer sgd,adam --lr 0.001 --steps 2000 --json runs.json

curl -s http://127.0.0.1:8000/api/experiments/ID | jq .spec | slalom run - --csv

Exit codes: 0 converged or on its way; 3 a run diverged; 4 one grows, oscillates or stalls;
2 an option or the spec does not fit; 1 anything else."""


@grouped
def run_command(choices: Choices, outputs: Outputs, place: ComputedBy) -> None:
    """Compute runs side by side, and say what came of each and why."""
    from slalom.results import SimulationResult

    from .of_runs import content_of_runs, say_runs

    spec = spec_of(choices, "comparison")
    outputs.check(spec, moves=True)
    result = computed(spec, place, ProgressLine())
    assert isinstance(result, SimulationResult)
    say_runs(outputs.screen(), result)
    write(outputs, content_of_runs(result))
    raise typer.Exit(exit_code(run.outcome.kind for run in result if run.outcome))

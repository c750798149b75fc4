"""``slalom range-test``: the rate climbs until the loss blows up; which rate to use, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from .choices import Choices, spec_of
from .exit_codes import DIVERGED, DONE
from .grouped import grouped
from .outputs import Computed, Outputs, write
from .place import ComputedBy, computed
from .screen import ProgressLine, Screen

if TYPE_CHECKING:
    from slalom.results import RangeResult, SimulationResult

RANGE_EXAMPLES = r"""Examples:

slalom range-test -f "x^2 + 10 y^2"

slalom range-test --problem rosenbrock --optimizer adam --from 1e-4 --to 10 --steps 300 --pdf

Exit codes: 0 a rate is recommended; 3 no rate trains; 2 an option or the spec does not fit; 1 anything else."""
_STEPS = 200
"""If it is not said how many."""


@dataclass(frozen=True)
class ClimbOptions:
    """How the rate climbs."""

    lr_from: Annotated[
        float | None, typer.Option("--from", metavar="LR", help="The first rate; 1e-5, if not given.")
    ] = None
    lr_to: Annotated[float | None, typer.Option("--to", metavar="LR", help="The last rate; 1, if not given.")] = None
    seeds: Annotated[int | None, typer.Option(metavar="N", help="Repeat the climb with so many seeds.")] = None


@grouped
def range_command(choices: Choices, climb: ClimbOptions, outputs: Outputs, place: ComputedBy) -> None:
    """Let the learning rate climb in one run, and say which rate to use."""
    from slalom.results import SimulationResult

    given = {name: value for name, value in vars(climb).items() if value is not None}
    spec = {"steps": _STEPS} | spec_of(choices, "range_test", given)
    outputs.check(spec)
    result = computed(spec, place, ProgressLine())
    assert isinstance(result, SimulationResult)
    found = result.findings
    assert found is not None
    _say(outputs.screen(), result.spec.title, found)
    write(outputs, _content(result, found))
    raise typer.Exit(DONE if found.lr is not None else DIVERGED)


def _say(screen: Screen, title: str, found: RangeResult) -> None:
    from slalom.catalogue.base.number_format import number

    screen.say(title, "bold")
    table = found.table()
    rows = [
        (title, "" if lr is None else number(lr, 3), "" if final is None else number(final, 4), what)
        for title, lr, final, what in zip(table["title"], table["lr"], table["final"], table["what"], strict=True)
    ]
    styles = ["bold green" if lr is not None and lr == found.lr else None for lr in table["lr"]]
    screen.table(("rule", "lr", "loss after", "takes"), rows, styles)
    screen.say("")
    screen.say(found.because, "bold" if found.lr is not None else "red")


def _content(result: SimulationResult, found: RangeResult) -> Computed:
    from .of_runs import found_as_json

    return Computed(
        result.spec.title,
        lambda: found_as_json({"spec": result.provenance.spec, "range": dict(found)}),
        found.table,
        lambda: found.band,
        lambda names, theme: [result.figure(name, theme) for name in names] if names else [found.figure(theme)],
        result.provenance,
    )

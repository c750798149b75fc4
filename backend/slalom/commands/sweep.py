"""``slalom sweep``: one setting takes many values; which is best, and where runs diverge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .choices import Choices, spec_of
from .exit_codes import DIVERGED, DONE
from .grouped import grouped
from .outputs import Computed, Outputs, write
from .place import ComputedBy, swept
from .screen import ProgressLine, Screen
from .variations import variation

if TYPE_CHECKING:
    from slalom.results import SweepResult

SWEEP_EXAMPLES = r"""Examples:

slalom sweep -f "x^2 + 10 y^2" --vary lr=0.001..0.3:20

slalom sweep --problem rosenbrock --optimizer adam --vary beta1=0,0.5,0.9 --lr 0.01 --steps 2000 --csv

Exit codes: 0 a value is best; 3 every value diverges; 2 an option or the spec does not fit; 1 anything else."""
_VALUES = 25
"""If it is not said how many."""
_USUAL = "lr=0.001..1"


@dataclass(frozen=True)
class Varied:
    """What varies."""

    vary: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD=VALUES", help=f"{_USUAL}:20, momentum=0,0.5,0.9 ... {_USUAL}:{_VALUES}, if not given."
        ),
    ] = None
    seeds: Annotated[int | None, typer.Option(metavar="N", help="Repeat every value with so many seeds.")] = None


@grouped
def sweep_command(choices: Choices, varied: Varied, outputs: Outputs, place: ComputedBy) -> None:
    """Give one setting many values, and say which is best."""
    spec = spec_of(choices, "comparison")
    if varied.vary is not None or not spec.get("vary"):
        spec["vary"] = [variation(spec, varied.vary or _USUAL, _VALUES)]
    if varied.seeds is not None:
        spec["seeds"] = varied.seeds
    outputs.check(spec)
    result, found = swept(spec, place, ProgressLine())
    _say(outputs.screen(), result.spec.title, found)
    write(outputs, _content(result, found))
    raise typer.Exit(DIVERGED if _none_holds(found) else DONE)


def _none_holds(found: SweepResult) -> bool:
    return all(value["diverged"] for value in found["values"])


def _say(screen: Screen, title: str, found: SweepResult) -> None:
    from slalom.catalogue.base.number_format import number

    screen.say(title, "bold")
    table = found.table()
    several = len(set(table["index"])) > 1
    fields = ", ".join(field.rpartition(".")[2] for field in found["fields"])
    columns = (*(("run",) if several else ()), fields, "final loss", "steps", "diverged")
    rows = [
        (
            *((index + 1,) if several else ()),
            _value(value),
            "" if final is None else number(final, 4),
            "" if steps is None else f"{steps:,.0f}",
            f"{diverged} of {len(one['runs'])}" if diverged else "",
        )
        for one, index, value, final, steps, diverged in zip(
            found["values"],
            *(table[name] for name in ("index", "value", "final", "to_target", "diverged")),
            strict=True,
        )
    ]
    best = found["best"]
    styles = [_color(one, best) for one in found["values"]]
    screen.table(columns, rows, styles)
    screen.say("")
    # Of runs that maximize no value is called best, and the reason is told.
    none = "Every value diverges. Try smaller ones." if _none_holds(found) else found["target_because"]
    screen.say(found.because or none)


def _value(value: Any) -> str:
    """Return a varied value as a table has it; of several fields all of theirs."""
    from slalom.catalogue.base.number_format import number

    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return number(value, 4) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _color(value: dict[str, Any], best: dict[str, Any] | None) -> str | None:
    if best is not None and value["runs"] == best["runs"]:
        return "bold green"
    return "red" if value["diverged"] else None


def _content(result: Any, found: SweepResult) -> Computed:
    from .of_runs import found_as_json

    spec = result.provenance.spec
    return Computed(
        result.spec.title,
        lambda: found_as_json({"spec": spec, "sweep": dict(found)}),
        found.table,
        lambda: {name: _numeric(column) for name, column in found.table().items()},
        lambda names, theme: [result.figure(name, theme) for name in names] if names else [found.figure(theme)],
        result.provenance,
    )


def _numeric(column: list[Any]) -> Any:
    """Return a column for NumPy: numbers, or texts where a value is no number."""
    import numpy as np

    if all(one is None or isinstance(one, int | float) for one in column):
        return np.array([np.nan if one is None else one for one in column], float)
    return np.array([str(one) for one in column])

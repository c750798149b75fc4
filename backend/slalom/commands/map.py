"""``slalom map``: two settings vary; how many of their pairs converge, and where the border of stability lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from slalom.errors import SpecError

from .choices import Choices, spec_of
from .exit_codes import DIVERGED, DONE
from .grouped import grouped
from .outputs import Computed, Outputs, write
from .place import ComputedBy, computed
from .screen import OUTCOME_COLORS, ProgressLine, Screen
from .variations import variation

if TYPE_CHECKING:
    from slalom.results import MapResult

MAP_EXAMPLES = r"""Examples:

slalom map --problem bowl --vary lr=0.01..1 --vary momentum=0..0.98

slalom map -f "x^2 + 10 y^2" --vary lr=0.001..0.3:64 --vary start.0=-4..4:64 --pdf map.pdf --width 84mm

Exit codes: 0 done; 3 every pair diverges; 2 an option or the spec does not fit; 1 anything else."""
_VALUES = 32
"""Of each setting, if it is not said how many."""
_USUAL = ("lr=0.001..1", "momentum=0..0.98")


@dataclass(frozen=True)
class VariedPair:
    """What varies."""

    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=VALUES",
            help=f"Twice: across and upwards. {' and '.join(_USUAL)}, each {_VALUES}, if not given.",
        ),
    ] = None


@grouped
def map_command(choices: Choices, axes: VariedPair, outputs: Outputs, place: ComputedBy) -> None:
    """Vary two settings, and say how many of their pairs converge."""
    from slalom.results import MapResult

    spec = spec_of(choices, "map")
    if axes.vary or not spec.get("vary"):
        spec["vary"] = [variation(spec, text, _VALUES) for text in axes.vary or _USUAL]
    if len(spec["vary"]) != 2:
        raise SpecError(
            f"A map varies two settings, not {len(spec['vary'])}. Give --vary twice: {' and '.join(_USUAL)}."
        )
    outputs.check(spec)
    result = computed(spec, place, ProgressLine())
    assert isinstance(result, MapResult)
    _say(outputs.screen(), result)
    write(outputs, _content(result))
    raise typer.Exit(DIVERGED if (result.kinds == "diverged").all() else DONE)


def _say(screen: Screen, result: MapResult) -> None:
    import numpy as np

    from slalom.catalogue.experiments.paths import told_value

    screen.say(result.spec.title, "bold")
    kinds, total = result.kinds.astype(str), result.kinds.size
    names, counts = np.unique(kinds, return_counts=True)
    order = np.argsort(-counts)
    rows = [
        (name or "not computed", f"{count:,}", f"{100 * count / total:.0f} %")
        for name, count in ((names[i], counts[i]) for i in order)
    ]
    screen.table(("outcome", "cells", "share"), rows, [OUTCOME_COLORS.get(str(names[i])) for i in order])
    converged = kinds == "converged"
    if not converged.any():
        screen.say("\nNo pair converges within these steps.")
        return
    steps = np.where(converged, result.columns["step"], np.inf)
    y, x = np.unravel_index(int(steps.argmin()), steps.shape)
    values = (result.x[x], result.y[y])
    best = " and ".join(
        told_value(vary.field, float(value)) for vary, value in zip(result.spec.vary, values, strict=True)
    )
    screen.say(f"\nThe fastest pair is {best}: it converges at step {int(steps.min()):,}.")


def _content(result: MapResult) -> Computed:
    from .of_runs import found_as_json

    return Computed(
        result.spec.title,
        lambda: found_as_json(
            {"spec": result.provenance.spec, "x": result.x, "y": result.y, "kinds": result.kinds}
            | {"columns": {name: values.tolist() for name, values in result.columns.items()}}
        ),
        result.table,
        lambda: {"x": result.x, "y": result.y, **result.columns},
        lambda _, theme: [result.figure(theme)],
        result.provenance,
    )

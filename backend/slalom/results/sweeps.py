"""What came of every value of a sweep: a mapping as the API answers it, with floats, a figure and a table."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.paths import field_words

from .scales import linear_span, log_span, spread_by_ratios
from .style import INK, Theme, axis, color_of, dash_of, styled
from .table import TableLibrary, as_frame

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


class SweepResult(Mapping[str, Any]):
    """A sweep; as a mapping it is what GET /api/experiments/{id}/sweep answers, with floats."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._found = found

    @property
    def best(self) -> Any:
        """The best value; None where none is best."""
        best = self._found["best"]
        return None if best is None else best["value"]

    @property
    def because(self) -> str:
        """Why that one is best."""
        best = self._found["best"]
        return "" if best is None else best["because"]

    def __getitem__(self, name: str) -> Any:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<sweep of {self['field']}: {len(self['values'])} values, best {self.best}>"

    def _repr_html_(self) -> str:
        rows = ""
        for one in self["values"]:
            final = "" if one["final"] is None else number(one["final"], 4)
            steps = "" if one["to_target"] is None else f"{one['to_target']:,g}"
            value = number(one["value"], 4) if isinstance(one["value"], float) else str(one["value"])
            cells = (f"run {one['index'] + 1}", value, final, steps, f"{one['diverged']} of {len(one['runs'])}")
            rows += f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"
        head = "".join(f"<th>{name}</th>" for name in ("run", "value", "final loss", "steps to target", "diverged"))
        return f"<p>{html.escape(self.because)}</p><table><tr>{head}</tr>{rows}</table>"

    def table(self) -> dict[str, list[Any]]:
        """Return one row for every varied value of every listed run: its final loss and steps, over the seeds."""
        names = ("index", "value", "final", "final_low", "final_high", "to_target", "reached", "diverged")
        return {name: [value[name] for value in self["values"]] for name in names}

    def frame(self, library: TableLibrary | None = None) -> Any:
        """Return ``table()`` as a DataFrame of pandas or polars, whichever is installed."""
        return as_frame(self.table(), library)

    def figure(self, theme: Theme = "light") -> Figure:
        """Return a Plotly figure: the final loss over the values; what diverged is a cross at the upper edge."""
        from plotly.graph_objects import Figure

        figure, ink, table = Figure(), INK[theme], self.table()
        index = np.array(table["index"])
        gone = np.array(
            [
                2 * many >= len(value["runs"]) and many > 0
                for many, value in zip(table["diverged"], self["values"], strict=True)
            ]
        )
        final = np.array([np.nan if loss is None else loss for loss in table["final"]], float)
        held = final[~gone & np.isfinite(final)]
        log = bool(len(held)) and float(held.min()) >= 0 and float(held.max()) > 0
        span = _span(held[held > 0] if log else held, log)
        fields = self["fields"]
        values = [_place(value) for value in table["value"]] if fields else [f"{run + 1}" for run in table["index"]]
        for run in np.unique(index).tolist():
            mine = index == run
            shown = np.where(gone | ~np.isfinite(final), np.nan, final)[mine]
            line = {"color": color_of(run, theme), "dash": dash_of(run), "width": 2}
            x = [value for value, own in zip(values, mine, strict=True) if own]
            figure.add_scatter(x=x, y=shown, mode="lines+markers", name=f"run {run + 1}", line=line)
            lost = [value for value, out in zip(x, gone[mine], strict=True) if out]
            edge = 10 ** span[1] if log else span[1]
            cross = {"symbol": "x", "size": 9, "color": ink.bad}
            figure.add_scatter(
                x=lost,
                y=[edge] * len(lost),
                mode="markers",
                marker=cross,
                name="diverged",
                showlegend=bool(lost),
                cliponaxis=False,
            )
        numbers = [value for value in values if not isinstance(value, str)]
        spread = len(numbers) == len(values) and len(values) > 1 and spread_by_ratios(numbers)
        name = " × ".join(map(field_words, fields)) or "run"
        x = axis(name, log=spread, theme=theme)
        return styled(figure, x, axis("final loss", span, log=log, theme=theme), theme)


def _place(value: Any) -> int | float | str:
    """Return where a value stands on its axis: a number, or in words; of several fields all of theirs."""
    if isinstance(value, list | tuple):
        return ", ".join(str(_place(one)) for one in value)
    return value if isinstance(value, int | float) else str(value)


def _span(held: np.ndarray, log: bool) -> tuple[float, float]:
    if not len(held):
        return (-1.0, 1.0)
    return (log_span if log else linear_span)(float(held.min()), float(held.max()))

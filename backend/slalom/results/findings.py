"""What a range test found: every published rule's rate, what became of each, and one to use with its reason."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.errors import SlalomError

from .style import INK, Theme, axis, color_of, dash_of, mixed, styled
from .table import TableLibrary, as_frame

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from .provenance import Provenance

TIMES_THE_FIRST = 3.0
"""Losses above so many times the first one leave the picture."""


class RangeResult(Mapping[str, Any]):
    """What a range test found; as a mapping it is what GET /api/experiments/{id}/range answers, with floats."""

    def __init__(
        self,
        found: Mapping[str, Any],
        provenance: Provenance | None = None,
        climbs: Sequence[tuple[np.ndarray, np.ndarray]] = (),
    ) -> None:
        self._found = found
        self.provenance: Provenance | None = provenance
        self.climbs: tuple[tuple[np.ndarray, np.ndarray], ...] = tuple(climbs)
        """Rates and losses of every seed's climb, as far as they are known."""

    @property
    def lr(self) -> float | None:
        """The learning rate to use; None where no rate trains."""
        return self._found["recommended"]["lr"]

    @property
    def because(self) -> str:
        """Why this one, or why none, with the test's own numbers."""
        return self._found["recommended"]["because"]

    @property
    def group_lrs(self) -> list[float] | None:
        """The rate of every group of an optimizer of one's own; None where no rate trains, or for a spec."""
        return self._found.get("groups")

    def apply(self, optimizer: Any) -> None:
        """Give the groups of an optimizer their rates; raises SlalomError where no rate trains, and for a spec."""
        if self.lr is None:
            raise SlalomError(f"There is no rate to apply. {self.because}")
        if self.group_lrs is None:
            raise SlalomError(
                f"The rate {self.lr:g} is that of a spec, and of no optimizer here. Find one: slalom.find_lr."
            )
        for group, lr in zip(optimizer.param_groups, self.group_lrs, strict=True):
            if hasattr(group["lr"], "fill_"):
                group["lr"].fill_(lr)
            else:
                group["lr"] = lr

    @property
    def suggestions(self) -> dict[str, float | None]:
        """What every rule suggests, by its name: the median over seeds."""
        return {rule["name"]: rule["lr"] for rule in self._found["rules"]}

    @property
    def band(self) -> dict[str, np.ndarray]:
        """The smoothed loss over ``lr``: ``median``, ``low`` and ``high`` (quartiles), ``min``, ``max``; (points,)."""
        return {name: np.array(values, float) for name, values in self._found["band"].items()}

    def __getitem__(self, name: str) -> Any:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<lr {self.lr}: {self.because}>"

    def table(self) -> dict[str, list[Any]]:
        """Return one row for every rule: its rate, that of every seed at the ends, and the loss after it was held."""
        rules = self._found["rules"]
        proofs = [rule["verification"] or {} for rule in rules]
        found = {key: [rule[key] for rule in rules] for key in ("name", "title", "what", "source", "lr", "low", "high")}
        return found | {key: [proof.get(key) for proof in proofs] for key in ("start", "final", "trains")}

    def frame(self, library: TableLibrary | None = None) -> Any:
        """Return ``table()`` as a DataFrame of pandas or polars, whichever is installed."""
        return as_frame(self.table(), library)

    def figure(self, theme: Theme = "light") -> Figure:
        """Return a Plotly figure: the loss over the rate with its band, every rule's mark, and what blew up."""
        from plotly.graph_objects import Figure

        figure, ink, band = Figure(), INK[theme], self.band
        rates = band["lr"]
        for lr, loss in self.climbs:
            n = min(len(lr), len(loss))
            faint = {"color": mixed(ink.muted, ink.card, 0.6), "width": 1}
            figure.add_scatter(x=lr[:n], y=loss[:n], mode="lines", line=faint, showlegend=False, hoverinfo="skip")
        if self["seeds"] > 1:
            edges = np.concatenate([band["low"], band["high"][::-1]])
            about = {"fill": "toself", "fillcolor": "rgba(128,140,150,0.25)", "line": {"width": 0}, "hoverinfo": "skip"}
            figure.add_scatter(x=np.concatenate([rates, rates[::-1]]), y=edges, name="half of the seeds", **about)
        figure.add_scatter(x=rates, y=band["median"], name="loss", mode="lines", line={"color": ink.text, "width": 2})
        self._mark(figure, theme)
        span, log = self._span()
        y = axis("loss", span, log=log, theme=theme)
        ends = np.log10(rates[[0, -1]]).tolist() if len(rates) else None
        return styled(figure, axis("learning rate", ends, log=True, theme=theme), y, theme)

    def _mark(self, figure: Figure, theme: Theme) -> None:
        """Draw what blew up, and a line for every rate: that to use is the thick one."""
        ink, blown = INK[theme], self["blow_up"]
        if blown is not None and len(self.band["lr"]):
            right = float(self.band["lr"][-1])
            if blown["lr"] < right:
                figure.add_vrect(x0=blown["lr"], x1=right, fillcolor=ink.bad, opacity=0.12, line={"width": 0})
        for i, rule in enumerate(self["rules"]):
            if rule["lr"] is not None:
                used = rule["lr"] == self.lr
                line = {"color": ink.good if used else color_of(i, theme), "dash": "solid" if used else dash_of(i)}
                name = f"{rule['title']} {number(rule['lr'], 3)}" + (", to use" if used else "")
                figure.add_scatter(
                    x=[rule["lr"]] * 2,
                    y=list(self._edges()),
                    mode="lines",
                    name=name,
                    line=line | {"width": 3 if used else 1.5},
                )

    def _edges(self) -> tuple[float, float]:
        """Return the lowest and the highest loss of the picture."""
        every = np.concatenate([self.band["median"], *(loss for _, loss in self.climbs)])
        known = every[np.isfinite(every)]
        if not len(known):
            return 0.1, 1.0
        first = max([float(loss[0]) for _, loss in self.climbs if len(loss)] or [float(known[0])])
        low, first = float(known.min()), first if np.isfinite(first) else float(known[0])
        if low > 0:
            return low / 1.3, max(TIMES_THE_FIRST * first, 2 * low)
        return low - 0.05 * (first - low or 1), first + 0.5 * (first - low or 1)

    def _span(self) -> tuple[tuple[float, float], bool]:
        low, high = self._edges()
        return ((float(np.log10(low)), float(np.log10(high))), True) if low > 0 else ((low, high), False)

    def _repr_html_(self) -> str:
        table = self.table()
        rows = ""
        for title, lr, final, what in zip(table["title"], table["lr"], table["final"], table["what"], strict=True):
            rate, loss = "" if lr is None else number(lr, 3), "" if final is None else number(final, 4)
            cells = "".join(f"<td>{html.escape(text)}</td>" for text in (title, rate, loss, what))
            rows += f"<tr>{cells}</tr>"
        head = "<tr><th>rule</th><th>lr</th><th>loss after</th><th>takes</th></tr>"
        return f"<p>{html.escape(self.because)}</p><table>{head}{rows}</table>"

"""The cells of a map: what came of every one, as arrays of its shape, a figure and a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from slalom.catalogue.experiments.map import CELL_COLUMNS, CELL_KINDS, Map
from slalom.catalogue.experiments.map_colours import SHADES, palette, shades
from slalom.catalogue.experiments.paths import field_words
from slalom.wire.frames import Block

from .provenance import Provenance
from .scales import spread_by_ratios
from .style import INK, Theme, axis, styled
from .table import TableLibrary, as_frame

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


class MapResult:
    """A map: ``result.columns["loss"][y, x]`` belongs to the x-th value of the first field, the y-th of the second."""

    def __init__(self, spec: Map, columns: dict[str, np.ndarray], provenance: Provenance) -> None:
        self.spec: Map = spec
        self.columns: dict[str, np.ndarray] = columns
        """kind, step, loss, mean, growth and minimum, each of shape (height, width), NaN where undefined."""
        self.provenance: Provenance = provenance

    @property
    def x(self) -> np.ndarray:
        """Values of the first field, shape (width,)."""
        return np.array(self.spec.values(0), float)

    @property
    def y(self) -> np.ndarray:
        """Values of the second field, shape (height,)."""
        return np.array(self.spec.values(1), float)

    @property
    def kinds(self) -> np.ndarray:
        """The kind of outcome of every cell in a word, shape (height, width); empty where it was not computed."""
        kind = self.columns["kind"]
        names = np.array([*CELL_KINDS, ""], object)
        return names[np.where(np.isnan(kind), len(CELL_KINDS), np.nan_to_num(kind)).astype(int)]

    def __repr__(self) -> str:
        names, counts = np.unique(self.kinds.astype(str), return_counts=True)
        told = ", ".join(f"{count:,} {name}" for name, count in zip(names, counts, strict=True) if name)
        return f"<{self.spec.title}: {told}>"

    def table(self) -> dict[str, np.ndarray]:
        """Return one row for every cell: both values, its kind in a word, and every column."""
        height, width = self.kinds.shape
        across, upwards = (vary.field for vary in self.spec.vary)
        found = {across: np.tile(self.x, height), upwards: np.repeat(self.y, width), "kind": self.kinds.ravel()}
        return found | {name: values.ravel() for name, values in self.columns.items() if name != "kind"}

    def frame(self, library: TableLibrary | None = None) -> Any:
        """Return :meth:`table` as a DataFrame of pandas or polars, whichever is installed."""
        return as_frame(self.table(), library)

    def figure(self, theme: Theme = "light") -> Figure:
        """Return a Plotly figure in the page's colours: lighter is faster; the dashed line is the limit in theory."""
        from plotly.graph_objects import Figure

        figure, ink = Figure(), INK[theme]
        told = {"text": self.kinds, "customdata": np.stack([self.columns["loss"], self.columns["step"]], axis=-1)}
        figure.add_heatmap(x=self.x, y=self.y, **heat_of(self.columns, self.spec.steps), **told)
        if border := self.spec.border():
            line = {"color": ink.text, "dash": "dash", "width": 1.5}
            x, y = zip(*border, strict=True)
            figure.add_scatter(x=x, y=y, mode="lines", name="stability limit", line=line)
        for i in np.flatnonzero(np.isin(CELL_KINDS, self.kinds)).tolist():
            red, green, blue = palette()[i, SHADES * 3 // 4].tolist()
            marker = {"symbol": "square", "size": 11, "color": f"rgb({red},{green},{blue})"}
            figure.add_scatter(x=[None], y=[None], mode="markers", name=CELL_KINDS[i], marker=marker)
        across, upwards = (
            axis(field_words(vary.field), ends_of(values), log=spread_by_ratios(values), theme=theme)
            for vary, values in zip(self.spec.vary, (self.x.tolist(), self.y.tolist()), strict=True)
        )
        return styled(figure, across, upwards, theme, self.spec.title)

    def _repr_html_(self) -> str:
        names, counts = np.unique(self.kinds.astype(str), return_counts=True)
        rows = "".join(
            f"<tr><td>{name or 'not computed'}</td><td>{count:,}</td></tr>"
            for name, count in zip(names, counts, strict=True)
        )
        return f"<table><tr><th>outcome</th><th>cells</th></tr>{rows}</table>"


def heat_of(columns: Mapping[str, np.ndarray], steps: int) -> dict[str, Any]:
    """Return a heatmap with the page's colours of outcomes; ``columns`` are those of cells, shape (height, width)."""
    flat = np.stack([columns[name].ravel() for name in CELL_COLUMNS])
    shade = np.rint(shades(flat, steps) * (SHADES - 1))
    colors = [f"rgb({r},{g},{b})" for r, g, b in palette().reshape(-1, 3).tolist()]
    return {
        "z": (flat[0] * SHADES + shade).reshape(columns["kind"].shape),
        "colorscale": [[i / (len(colors) - 1), color] for i, color in enumerate(colors)],
        "zmin": 0,
        "zmax": len(colors) - 1,
        "showscale": False,
        "hovertemplate": "%{text}<br>loss %{customdata[0]:.4g}<br>step %{customdata[1]}<extra></extra>",
    }


def map_of_blocks(spec: Map, blocks: Iterable[Block], provenance: Provenance) -> MapResult:
    """Return a map from the frames of its cells; of a coarse and a fine picture the latter."""
    found = np.full((len(CELL_COLUMNS), spec.lane_count), np.nan)
    for block in blocks:
        found[:, np.array(block.runs)] = block.data[:, :, 0]
    width, height = spec.shape
    columns: dict[str, np.ndarray] = dict(zip(CELL_COLUMNS, found.reshape(-1, height, width), strict=True))
    return MapResult(spec, columns, provenance)


def ends_of(values: Sequence[float]) -> list[float]:
    """Return an axis that ends half a cell beyond the outermost values."""
    places = np.log10(values) if spread_by_ratios(values) else np.array(values)
    half = (places[-1] - places[0]) / max(1, len(values) - 1) / 2 or 0.5
    return [float(places[0] - half), float(places[-1] + half)]

"""The figure of a grid: outcomes over two fields, a picture for every value of a third one."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from slalom.catalogue.experiments.map import CELL_COLUMNS, CELL_KINDS
from slalom.catalogue.experiments.paths import field_words, told_value

from .cells import ends_of, heat_of
from .scales import spread_by_ratios
from .style import Theme, axis, styled

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from .grids import GridResult


def figure_of_grid(grid: GridResult, theme: Theme) -> Figure:
    """Return the outcomes of a grid of two axes or more as heatmaps beside each other."""
    from plotly.subplots import make_subplots

    (across, x), (upwards, y), *others = grid.axes.items()
    places = list(product(*(range(len(values)) for _, values in others)))
    titles = [_title(others, place) for place in places]
    figure = make_subplots(cols=len(places), subplot_titles=titles, shared_yaxes=True)
    columns = _cells(grid)
    for column, place in enumerate(places, 1):
        seen = {name: values[:, :, *place].T for name, values in columns.items()}
        told = {"text": grid.kinds[:, :, *place].T, "customdata": np.stack([seen["loss"], seen["step"]], axis=-1)}
        heat = heat_of(seen, grid.spec.steps)
        figure.add_heatmap(x=_along(x), y=_along(y), **heat, **told, row=1, col=column)
    styled(figure, _axis(across, x, theme), _axis(upwards, y, theme), theme, grid.spec.title)
    for column in range(2, len(places) + 1):
        figure.update_xaxes(_axis(across, x, theme), col=column)
        figure.update_yaxes(_axis("", y, theme), col=column)
    return figure


def _cells(grid: GridResult) -> dict[str, np.ndarray]:
    """Return what a map keeps of every run, as far as a picture of it needs that."""
    found = {name: np.full(grid.shape, np.nan) for name in CELL_COLUMNS}
    found["step"], found["loss"] = grid.steps, grid.final
    for place in np.ndindex(grid.shape):
        run = grid[place]
        if run.outcome is not None:
            found["kind"][place] = CELL_KINDS.index(run.outcome.kind)
        with np.errstate(all="ignore"):
            found["mean"][place] = np.mean(run.loss) / abs(run.loss[0]) if len(run.loss) else np.nan
    return found


def _title(others: list[tuple[str, list[Any]]], place: tuple[int, ...]) -> str:
    return ", ".join(told_value(field, values[i]) for (field, values), i in zip(others, place, strict=True))


def _along(values: list[Any]) -> list[Any]:
    """Return the values of an axis as Plotly takes them."""
    return [value if isinstance(value, int | float) else told_value("", value).strip() for value in values]


def _axis(field: str, values: list[Any], theme: Theme) -> dict[str, Any]:
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    if len(numbers) < len(values):
        return axis(field_words(field), theme=theme)
    return axis(field_words(field), ends_of(numbers), log=spread_by_ratios(numbers), theme=theme)

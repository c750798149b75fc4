"""What a command shows: sentences and tables on standard output, and while it computes, a line on a terminal.

In a pipe there are no colours and no progress, and lines are as long as they are; NO_COLOR takes colours everywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from slalom.progress import progress_bar

if TYPE_CHECKING:
    from rich.console import Console

    from slalom.catalogue.experiments import AnyExperiment
    from slalom.wire.frames import Block

WIDE = 500
"""Columns of a table in a pipe: nothing is cut off."""
OUTCOME_COLORS = {
    "converged": "green",
    "diverged": "red",
    "growing": "yellow",
    "oscillating": "yellow",
    "stalled": "blue",
    "unfinished": "blue",
}
"""Of an outcome in a word."""


class Screen:
    """Where a command prints; on standard error where a file goes to standard output."""

    def __init__(self, *, error: bool = False) -> None:
        from rich.console import Console

        stream = sys.stderr if error else sys.stdout
        wide = None if stream.isatty() else WIDE
        self._console: Console = Console(stderr=error, highlight=False, markup=False, emoji=False, width=wide)

    def say(self, text: str, style: str | None = None) -> None:
        """Print a line; a terminal breaks it between words."""
        self._console.print(text, style=style)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], styles: Sequence[str | None] = ()) -> None:
        """Print rows of texts below the names of their columns; numbers stand at the right."""
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="bold")
        for i, column in enumerate(columns):
            numeric = all(_is_number(row[i]) for row in rows)
            table.add_column(column, justify="right" if numeric else "left", overflow="fold")
        for i, row in enumerate(rows):
            table.add_row(*map(str, row), style=styles[i] if i < len(styles) else None)
        self._console.print(table)


def _is_number(text: Any) -> bool:
    return not str(text) or str(text).lstrip("−-")[:1].isdigit() or str(text) == "∞"


class ProgressLine:
    """The bar on standard error while something is computed, with the losses beside it."""

    def __init__(self) -> None:
        self._tell: Callable[[float], object] = bool
        self._cells = False
        self._done = 0
        self._losses: Any = None

    @contextmanager
    def over(self, spec: AnyExperiment) -> Iterator[None]:
        """Show it while the context lasts."""
        from .sparkline import Sparkline

        self._losses = Sparkline()
        self._cells = not spec.keeps_entries
        total = spec.lane_count if self._cells else spec.steps
        with progress_bar(spec.noun, total, beside=lambda: str(self._losses)) as self._tell:
            yield

    def take(self, block: Block) -> None:
        """Take what was computed: entries of runs, or cells."""
        if self._cells:
            self._done += len(block.runs)
        else:
            self._done = max(self._done, block.last)
            if block.runs[0] == 0:
                self._losses.take(block.data[block.columns.index("loss"), 0])
        self._tell(self._done)

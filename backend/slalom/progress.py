"""How far a long computation has come, on the terminal: a bar on standard error, where somebody looks at it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(
    title: str, total: float, wanted: bool | None = None, beside: Callable[[], str] = str
) -> Iterator[Callable[[float], None]]:
    """Yield a function that takes how much of ``total`` is done; the bar goes when the context ends.

    A bar is drawn where it is ``wanted``; if that is None, where standard error is a terminal. ``beside`` returns what
    stands before it.
    """
    shown = sys.stderr.isatty() if wanted is None else wanted
    if not shown:
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    texts = (TextColumn("{task.fields[beside]}"), TextColumn("{task.description}"))
    parts = (*texts, BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*parts, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total, beside=beside())
        yield lambda done: bar.update(task, completed=done, beside=beside())

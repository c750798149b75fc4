"""Reading a finished log: a CSV, W&B's export of one, a ``trainer_state.json``, TensorBoard's events, a recording."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from slalom.errors import SpecError
from slalom.wire.frames import decode
from slalom.wire.recording import RECORDING_MARK, read_records, read_spec_record

from .rows import (
    VALIDATION_NAME,
    cell_number,
    counted_rows,
    flat_row,
    json_rows,
    metric_rows,
    named_rows,
    printed_rows,
    table_rows,
)
from .tensorboard import looks_like_events, scalars

_EXACT = {
    *("loss", "train_loss", "train/loss", "total_loss", "train/total_loss", "loss/total", "loss/train"),
    *("lr", "learning_rate", "grad_norm"),
}
"""What columns are called that are no part of another."""
_NOTHING = (
    "{name} has no column that can be the loss. It has {columns}. Say which it is: slalom explain {name} --loss COLUMN."
)


class Series(NamedTuple):
    """What a log has of one quantity."""

    steps: np.ndarray
    """Updates made, (n,), increasing."""
    values: np.ndarray
    """(n,); may be infinite or nan."""


class FinishedLog(NamedTuple):
    """What a log has of a loop."""

    kind: str
    """What sort of file it is, in words."""
    columns: Mapping[str, Series]
    unit: str = "updates"
    """What a step is: ``updates``, ``epochs`` or ``rows``."""
    remarks: tuple[str, ...] = ()
    """What is to be said of how it was read."""

    def find(self, what: str, wanted: str | None = None) -> tuple[str, Series] | None:
        """Return the column that is the ``loss``, ``val_loss``, ``lr`` or ``grad_norm``, or the one that is wanted."""
        if wanted is not None:
            found = self.columns.get(wanted)
            return None if found is None else (wanted, found)
        ranks = {name: _rank(what, _bare(name)) for name in self.columns}
        fitting = sorted((rank, name) for name, rank in ranks.items() if rank is not None)
        return (fitting[0][1], self.columns[fitting[0][1]]) if fitting else None

    def rivals(self, name: str) -> list[str]:
        """Return the columns that might be the loss as well as that of a name; none where that is the whole of it."""
        rank = _rank("loss", _bare(name))
        if rank is None or rank[0] == 0:
            return []
        ranks = {one: _rank("loss", _bare(one)) for one in self.columns if one != name}
        return [one for one, other in ranks.items() if other is not None and other[0] == rank[0]]


def read_log(path: Path) -> FinishedLog:
    """Return what a log has; a folder stands for the newest log in it.

    Raises SpecError where it is none that can be read.
    """
    if path.is_dir():
        files = [one for one in path.rglob("*") if _may_be_log(one)]
        if not files:
            raise SpecError(f"{path} has no log: no events.out.tfevents.*, metrics.csv or trainer_state.json.")
        path = max(files, key=lambda one: one.stat().st_mtime)
    data = path.read_bytes()
    if data.startswith(RECORDING_MARK):
        return _recording(data)
    if looks_like_events(data):
        # A run that was resumed has several files in its folder.
        beside = (
            sorted(one for one in path.parent.iterdir() if "tfevents" in one.name)
            if "tfevents" in path.name
            else [path]
        )
        return FinishedLog("TensorBoard's events", _series(row for one in beside for row in scalars(one.read_bytes())))
    text = data.decode("utf-8-sig", "replace")
    return _json(text, path) if text.lstrip()[:1] in ("{", "[") else _text(text, path)


def loss_of(log: FinishedLog, path: Path, wanted: str | None) -> tuple[str, Series]:
    """Return the column of the loss; raises SpecError where none can be it."""
    found = log.find("loss", wanted)
    if found is None:
        columns = ", ".join(list(log.columns)[:20]) or "no numbers at all"
        raise SpecError(_NOTHING.format(name=path.name, columns=columns), ("loss",))
    return found


def _may_be_log(path: Path) -> bool:
    name = path.name
    return "tfevents" in name or name in ("metrics.csv", "trainer_state.json") or path.suffix == ".slalom"


def _rank(what: str, name: str) -> tuple[int, int] | None:
    """Return how well a name fits, the smaller the better; None where it does not."""
    plain = name.lower()
    checked = VALIDATION_NAME.search(plain) is not None
    fits = {
        "loss": "loss" in plain and not checked and "scale" not in plain,
        "val_loss": "loss" in plain and checked,
        "lr": re.search(r"(^|[^a-z])lr([^a-z]|$)|learning.?rate", plain) is not None,
        "grad_norm": ("grad" in plain and "norm" in plain) or plain in ("norm", "gnorm"),
    }[what]
    if not fits or plain.endswith(("__min", "__max")):
        return None
    return (0 if plain in _EXACT else 1 if "train" in plain and "epoch" not in plain else 2, len(name))


def _series(rows: Iterable[tuple[str, float, float]]) -> dict[str, Series]:
    """Return columns of rows (name, step, value); of several values at one step the last stands."""
    found: dict[str, dict[float, float]] = defaultdict(dict)
    for name, step, value in rows:
        if math.isfinite(step) and step >= 0:
            found[name][step] = value
    columns = {}
    for name, values in found.items():
        steps = sorted(values)
        columns[name] = Series(np.array(steps), np.array([values[step] for step in steps], float))
    return columns


def _recording(data: bytes) -> FinishedLog:
    file = io.BytesIO(data)
    read_spec_record(file)
    blocks = [decode(record.payload) for record in read_records(file) if record.kind == "frame"]
    if not blocks:
        raise SpecError("The recording has no entries: no update was made while the loop was watched.")
    table = np.concatenate([block.data[:, 0] for block in blocks], axis=1).astype(float)
    steps = np.arange(table.shape[1])
    return FinishedLog(
        "a recording", {name: Series(steps, row) for name, row in zip(blocks[0].columns, table, strict=True)}
    )


def _json(text: str, path: Path) -> FinishedLog:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        try:
            return _counted("a log of JSON lines", json_rows(text))
        except (ValueError, RecursionError):
            pass
        try:
            return _in_words(text)
        except ValueError:
            raise SpecError(f"{path.name} is no JSON: {error}.") from None
    rows = given.get("log_history") if isinstance(given, dict) else given
    if isinstance(given, dict) and rows is None and any("loss" in name for name in given):
        rows = [given]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SpecError(f"{path.name} is no trainer_state.json: it has no log_history, and is no list of rows.")
    return _counted("a trainer's log_history", [flat_row(row) for row in rows])


def _in_words(text: str) -> FinishedLog:
    """Return the log that is in what a program has printed; raises ValueError where none is."""
    try:
        return _counted("a log of printed dictionaries", printed_rows(text))
    except ValueError:
        return _counted("a log in words", named_rows(text))


def _text(text: str, path: Path) -> FinishedLog:
    try:
        return _counted("a metric of MLflow", metric_rows(text, path.name))
    except ValueError:
        pass
    try:
        rows = table_rows(text)
    except (ValueError, csv.Error):
        try:
            return _in_words(text)
        except ValueError:
            raise SpecError(
                f"{path.name} is no log: it is no table with a head, and none of its lines says what the loss is."
            ) from None
    names = [name for name in (rows[0] if rows else {}) if name]
    if [name.lower() for name in names] == ["wall time", "step", "value"]:
        tag = path.stem.rpartition("tag-")[2]
        return _counted("TensorBoard's table", [{"step": row[names[1]], tag: row[names[2]]} for row in rows])
    exported = any(name.endswith("__MIN") for name in names)
    runs = sorted(
        {name.rpartition(" - ")[0] for name in names if " - " in name and not name.endswith(("__MIN", "__MAX"))}
    )
    if exported and len(runs) == 1:
        rows = [{_bare(name): cell for name, cell in row.items()} for row in rows]
    found = _counted("W&B's export" if exported else "a table", rows)
    if len(runs) < 2:
        return found
    told = f"The log has {len(runs)} runs, {', '.join(runs[:10])}: one of them is told of. Choose with --loss COLUMN."
    return found._replace(remarks=(*found.remarks, told))


def _bare(name: str | None) -> str:
    """Return the name of a metric as W&B exports it: ``run - train/loss``."""
    return (name or "").rpartition(" - ")[2]


def _counted(kind: str, rows: list[dict[str, Any]]) -> FinishedLog:
    """Return the log that rows are: of several values at one step the last stands."""
    found = counted_rows(rows)
    back = _resumed(found.steps)
    columns = _series(
        (str(name), step, value)
        for number, (row, step) in enumerate(zip(rows, found.steps, strict=True))
        if step is not None and step < back[number]
        for name, cell in row.items()
        if name and name != found.column and (value := cell_number(cell)) is not None
    )
    return FinishedLog(kind, columns, found.unit, () if found.remark is None else (found.remark,))


def _resumed(steps: Sequence[float | None]) -> list[float]:
    """Return, for every row, the first step that a later row goes back to: from there on the row does not count."""
    lowest, found = math.inf, []
    for step in reversed(steps):
        found.append(lowest)
        lowest = min(lowest, math.inf if step is None else step)
    # A row of the same step adds to it.
    return [math.nextafter(one, math.inf) for one in reversed(found)]

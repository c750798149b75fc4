"""The shapes of answers about data sets."""

from __future__ import annotations

from typing import Literal

from slalom.catalogue.datasets.tables.choices import OnMissing
from slalom.catalogue.datasets.tables.columns import ColumnKind

from .answer import AnswerModel


class TableColumn(AnswerModel):
    """One column of an uploaded table, and what is made of it."""

    name: str
    kind: ColumnKind
    because: str
    """Why, in a sentence."""
    chosen: bool
    """Whether it is what somebody chose, and would be something else otherwise."""
    kinds: list[ColumnKind]
    """What can be made of it."""
    different: int
    """Different values."""
    missing: int
    """Cells without a value."""
    on_missing: OnMissing
    on_missing_choices: list[OnMissing]
    """What can become of missing values."""
    decimal: str
    thousands: str
    order: str
    """Of year, month and day in dates; empty in other columns."""


class TableUnderstood(AnswerModel):
    """A table as it is understood: how it is written, and what is made of every column."""

    encoding: str
    separator: str
    decimal: str
    thousands: str
    header: bool
    """Whether the first row names the columns."""
    understood: list[str]
    """How the file is written, in sentences."""
    skipped: list[str]
    """What of the file is no row of the table."""
    warnings: list[str]
    """What may be otherwise than expected, in sentences."""
    target: str
    """Name of the column that is predicted."""
    columns: list[TableColumn]
    """Every column, in the order of the file."""
    rows: list[list[str]]
    """The first rows, as they are written."""


class DatasetListed(AnswerModel):
    """One uploaded file of data, in few words."""

    id: str
    kind: Literal["csv", "names"]
    name: str
    rows: int
    columns: int
    task: Literal["classes", "numbers"]
    """What is predicted."""
    classes: list[str]
    """What the classes are called; empty for numbers."""
    features: list[str]
    """What the inputs are called; empty for names."""
    about: str
    """What was found in it, and what was decided."""
    created: str
    """UTC, ISO 8601."""
    source: str | None
    """The data set whose file this is another reading of."""
    mine: bool
    """Whether whoever asks uploaded it; in local mode everything is."""
    shared: bool
    """Whether everybody who may come in may use it."""
    may_change: bool
    """Whether whoever asks may share and remove it."""


class Dataset(DatasetListed):
    """One uploaded file of data, and how it is read."""

    table: TableUnderstood | None
    """A table as it is understood; null for names, and for tables that were uploaded before this was kept."""


class Datasets(AnswerModel):
    """Every uploaded file of data, newest first."""

    items: list[DatasetListed]


DATASET_ANSWERS = (TableColumn, TableUnderstood, DatasetListed, Dataset, Datasets)

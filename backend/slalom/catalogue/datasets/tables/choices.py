"""What can be chosen of a table: the column that is predicted, what is made of the others, and of missing values."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from .columns import ColumnKind

OnMissing = Literal["drop", "mean", "most frequent", "own class"]
"""What becomes of a missing value: its row is left out, or it is the mean of its column, its most frequent word, or a
word of its own."""
ColumnName = Annotated[str, Field(max_length=80)]


class ColumnChoice(BaseModel):
    """How one column of a table is used; what is not given is decided from its cells."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: ColumnKind | None = None
    """What is made of it."""
    on_missing: OnMissing | None = None
    """What becomes of its missing values."""


class TableChoices(BaseModel):
    """How a table is to be read; what is not given is decided from the file, as at its upload."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    target: ColumnName | None = None
    """Name of the column that is predicted."""
    columns: Annotated[dict[ColumnName, ColumnChoice], Field(max_length=4096)] = {}
    """How columns are used, by their names."""
    header: bool | None = None
    """Whether the first row names the columns."""
    decimal: Literal[".", ","] | None = None
    """The decimal mark."""

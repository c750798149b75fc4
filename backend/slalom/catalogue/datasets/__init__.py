"""Every data set: the generated ones, shipped digits and names, and the user's own tables and lists."""

from __future__ import annotations

import gzip
from functools import cache, lru_cache
from importlib.resources import files
from typing import Annotated, ClassVar, Literal, get_args

import numpy as np
from pydantic import Field

from slalom.catalogue.base.plugins import Kinds
from slalom.errors import SpecError

from .base import (
    Data,
    DataPart,
    Examples,
    Scaling,
    Uploads,
    UserFile,
    examples,
    locked,
    measure,
    no_uploads,
    remembered,
    split,
)
from .names import Letters, about_names, read_names, split_names, windows
from .synthetic import Blobs, Chebyshev, Circles, Moons, Spirals, Xor
from .tables.matrix import LearningTask
from .tables.reading import FEWEST_TO_HOLD_OUT, table_in

SHIPPED = files("slalom.catalogue.datasets") / "shipped"
"""The data that comes with Slalom; a text beside each file says where it is from."""

Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Share = Annotated[float, Field(ge=0, le=0.9)]
DatasetId = Annotated[str, Field(pattern=r"^[a-z0-9]{1,40}$")]
"""What the server calls an uploaded file."""


class Digits(Data):
    """Handwritten digits of 43 people, 8 by 8 pixels: small enough to train on in seconds, real enough to be hard."""

    kind: Literal["digits"] = "digits"
    title: ClassVar[str] = "Handwritten digits"
    class_count: ClassVar[int | str | None] = 10
    view: ClassVar[str] = "guesses"
    source: ClassVar[str] = "Alpaydin, Kaynak 1998, UCI Machine Learning Repository, doi:10.24432/C50P49"
    licence: ClassVar[str] = "CC BY 4.0"

    validation: Share = 0.2
    """Share of the pictures that are kept to check with."""
    seed: Seed = 0
    """Drives which pictures those are."""
    scaling: Scaling = "standard"
    """Pixels as they are, 0 to 16, or each with mean 0 and standard deviation 1."""

    def load(self, uploads: Uploads = no_uploads) -> Examples:
        del uploads
        return _digits(self)


@cache
def _pictures() -> DataPart:
    text = gzip.decompress(SHIPPED.joinpath("digits.csv.gz").read_bytes()).decode("ascii")
    table = np.loadtxt(text.splitlines(), delimiter=",", dtype=np.int64)
    return DataPart(locked(table[:, :64].astype(np.float64)), locked(table[:, 64]))


@remembered(8)
def _digits(data: Digits) -> Examples:
    train, check = split(_pictures(), data.validation, data.seed)
    about = (
        f"{len(train.inputs) + len(check.inputs):,} pictures of 8 by 8 pixels, {len(train.inputs):,} to train on and "
        f"{len(check.inputs):,} to check with; which of the 10 digits a picture shows is the class."
    )
    pixels = tuple(f"row {row} column {column}" for row in range(1, 9) for column in range(1, 9))
    facts = {"task": "classes", "classes": tuple("0123456789"), "features": pixels, "image": (8, 8)}
    return examples(train, check, data.scaling, about=about, **facts)


class Csv(Data):
    """A table of your own: one row for every example, and one column for everything that is known of it.

    What is predicted, from which columns, and what becomes of missing values is decided from the table, and shown with
    the reason when you upload it; you can choose otherwise.
    """

    kind: Literal["csv"] = "csv"
    title: ClassVar[str] = "Your own table"
    task: ClassVar[Literal["classes", "numbers"] | None] = None
    source: ClassVar[str] = "Yours"
    licence: ClassVar[str] = "Yours"

    id: DatasetId | None = None
    """Your table, as it was called when you uploaded it."""
    target: LearningTask | None = None
    """What the predicted column holds; decided from the column itself if not given."""
    validation: Share | None = None
    """Share of the rows that are kept to check with; 0.2 if not given, and 0 of fewer than 10 rows."""
    seed: Seed = 0
    """Drives which rows those are."""
    scaling: Scaling = "standard"
    """Numbers as they are, or every column, and a target of numbers too, with mean 0 and standard deviation 1."""

    def load(self, uploads: Uploads = no_uploads) -> Examples:
        if self.id is None:
            raise SpecError("No table has been chosen. Upload one with POST /api/datasets and give its id.", _ID)
        return _csv(self, uploads(self.id))


_ID = ("problem", "data", "id")


@remembered(8)
def _csv(data: Csv, file: UserFile) -> Examples:
    table = table_in(file.text, file.reading, data.target)
    n = len(table.inputs)
    share = data.validation if data.validation is not None else 0.2 * (n >= FEWEST_TO_HOLD_OUT)
    train, check = split(DataPart(table.inputs, table.values), share, data.seed)
    sizes = f"{len(train.inputs):,} rows to train on, and {len(check.inputs):,} to check with."
    if data.validation is None and n < FEWEST_TO_HOLD_OUT:
        sizes = f"All {n} rows are trained on: they are too few to keep some to check with."
    scaled = data.scaling == "standard" and table.task == "numbers"
    about = [table.because, sizes, _STANDARD if scaled else ""]
    facts = {"task": table.task, "classes": table.classes, "features": table.features}
    facts["about"] = " ".join(filter(None, about))
    if scaled:
        mean, scale = measure(train.targets, "standard")
        train, check = (DataPart(part.inputs, (part.targets - mean) / scale) for part in (train, check))
        facts |= {"target_mean": float(mean[0]), "target_scale": float(scale[0])}
    return examples(train, check, data.scaling, **facts)


_STANDARD = "They are standardised, so that always predicting their mean has a squared error of 1."


class Names(Data):
    """First names, letter by letter: a model learns which letter comes next, and then makes up names.

    The shipped list has 5,163 names that were given in the United States; a list of your own, one name a line, works
    as well.
    """

    kind: Literal["names"] = "names"
    title: ClassVar[str] = "Names"
    view: ClassVar[str] = "samples"
    source: ClassVar[str] = "United States Census Bureau 1990, Frequently Occurring First Names"
    licence: ClassVar[str] = "Public domain"

    id: DatasetId | None = None
    """Your own list, as it was called when you uploaded it; the shipped names if not given."""
    validation: Share = 0.1
    """Share of the names that are kept to check with."""
    seed: Seed = 0
    """Drives which names those are."""

    def letters(self, uploads: Uploads = no_uploads) -> Letters:
        """Return the names, split, and their symbols; raises SpecError where there is no such list."""
        return split_names(
            _names(_shipped_names() if self.id is None else uploads(self.id).text), self.validation, self.seed
        )

    def load(self, uploads: Uploads = no_uploads, context: int = 3) -> Examples:
        """Return windows of ``context`` letters, int64, and the letter that follows each."""
        return _windows(self.letters(uploads), context)


@cache
def _shipped_names() -> bytes:
    return SHIPPED.joinpath("names.txt").read_bytes()


_names = lru_cache(maxsize=8)(read_names)


@lru_cache(maxsize=2)
def _windows(letters: Letters, context: int) -> Examples:
    features = tuple(f"{back} back" for back in range(context, 0, -1))
    inputs, targets = map(locked, windows(letters.names_train, letters.symbols, context))
    check_inputs, check_targets = map(locked, windows(letters.names_check, letters.symbols, context))
    return Examples(
        inputs,
        targets,
        check_inputs,
        check_targets,
        task="classes",
        classes=letters.symbols,
        features=features,
        about=about_names(letters),
        mean=locked(np.zeros(context)),
        scale=locked(np.ones(context)),
    )


_Own = Moons | Circles | Spirals | Xor | Blobs | Chebyshev | Digits | Csv

DATASETS: Kinds[Data] = Kinds("slalom.datasets", Data, get_args(_Own), apart=(Names,))
"""Every data set's class, in the order of the menu."""

AnyData = Annotated[_Own, DATASETS]
"""Everything a network can be trained on; ``kind`` says which."""

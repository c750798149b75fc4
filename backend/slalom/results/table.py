"""Columns as a table of whatever library is there for that: pandas, or polars."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module, util
from typing import Any, Literal

import numpy as np

from slalom.errors import SlalomError

TableLibrary = Literal["pandas", "polars"]
_LIBRARIES: tuple[TableLibrary, ...] = ("pandas", "polars")


def as_frame(columns: Mapping[str, np.ndarray | list[Any]], library: TableLibrary | None = None) -> Any:
    """Return columns of equal length as a DataFrame of ``library``, or of the first one that is installed.

    Raises SlalomError where there is none.
    """
    wanted = _LIBRARIES if library is None else (library,)
    found = next((name for name in wanted if util.find_spec(name) is not None), None)
    if found is None:
        names = " nor ".join(wanted)
        raise SlalomError(f"There is no {names} here to make a table with. Install it, as in: pip install {wanted[0]}.")
    return import_module(found).DataFrame(dict(columns))

"""What came of an experiment, for programs: columns as NumPy arrays, figures, tables, and how it was computed."""

from __future__ import annotations

from .cells import MapResult
from .findings import RangeResult
from .grids import GridResult
from .provenance import Provenance
from .runs import RunResult, SimulationResult
from .sweeps import SweepResult

__all__ = ["GridResult", "MapResult", "Provenance", "RangeResult", "RunResult", "SimulationResult", "SweepResult"]

"""Every kind of experiment: the union that specs use. To add one, list it here."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Tag, TypeAdapter

from .comparison import Comparison, ExperimentSpec
from .map import Map
from .range_test import RangeTest

EXPERIMENTS: tuple[type[ExperimentSpec], ...] = (Comparison, RangeTest, Map)
"""Every kind's class."""
DEFAULT = "comparison"
"""The kind of a spec that does not say which it is."""


def _kind_of(given: Any) -> Any:
    return given.get("kind", DEFAULT) if isinstance(given, dict) else getattr(given, "kind", DEFAULT)


AnyExperiment = Annotated[
    Annotated[Comparison, Tag("comparison")] | Annotated[RangeTest, Tag("range_test")] | Annotated[Map, Tag("map")],
    Discriminator(_kind_of),
]
"""One experiment, told apart by ``kind``, which is "comparison" where it is left out."""

SPEC: TypeAdapter[AnyExperiment] = TypeAdapter(AnyExperiment)
"""Reads a spec of any kind."""

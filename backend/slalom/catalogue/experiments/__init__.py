"""Every kind of experiment: the union that specs use. To add one, list it here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import Discriminator, Tag, TypeAdapter

from .base import ExperimentSpec
from .comparison import Comparison
from .map import Map
from .range_test import RangeTest
from .recorded import RecordedLoop

DEFAULT = "comparison"
"""The kind of a spec that does not say which it is."""


def _kind_of(given: Any) -> Any:
    return given.get("kind", DEFAULT) if isinstance(given, dict) else getattr(given, "kind", DEFAULT)


AnyExperiment = Annotated[
    Annotated[Comparison, Tag("comparison")] | Annotated[RangeTest, Tag("range_test")] | Annotated[Map, Tag("map")],
    Discriminator(_kind_of),
]
"""One experiment of any kind, told apart by ``kind``, which is "comparison" where it is left out."""

EXPERIMENTS: tuple[type[ExperimentSpec], ...] = tuple(get_args(one)[0] for one in get_args(get_args(AnyExperiment)[0]))
"""The class of every kind that can be computed."""
EXPERIMENTS_BY_KIND: dict[str, type[ExperimentSpec]] = {
    one.model_fields["kind"].default: one for one in (*EXPERIMENTS, RecordedLoop)
}
SPEC: TypeAdapter[AnyExperiment] = TypeAdapter(AnyExperiment)
"""Reads a spec of any kind that can be computed."""

if TYPE_CHECKING:
    AnyStored = AnyExperiment | RecordedLoop
else:
    AnyStored = Annotated[
        get_args(AnyExperiment)[0] | Annotated[RecordedLoop, Tag("recorded")],
        Discriminator(_kind_of),
    ]
"""One experiment as it is stored: of any kind, or a loop that was recorded elsewhere."""
STORED_SPEC: TypeAdapter[AnyStored] = TypeAdapter(AnyStored)
"""Reads the spec of a stored experiment."""

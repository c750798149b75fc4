"""Every kind of experiment: the union that specs use. To add one, list it here."""

from __future__ import annotations

from typing import Annotated, Any, Union, get_args

from pydantic import Discriminator, Tag, TypeAdapter

from .base import ExperimentSpec
from .comparison import Comparison
from .map import Map
from .range_test import RangeTest

AnyExperiment = Comparison | RangeTest | Map
"""One experiment."""
EXPERIMENTS: tuple[type[ExperimentSpec], ...] = get_args(AnyExperiment)
"""Every kind's class."""
EXPERIMENTS_BY_KIND: dict[str, type[ExperimentSpec]] = {one.model_fields["kind"].default: one for one in EXPERIMENTS}
DEFAULT = "comparison"
"""The kind of a spec that does not say which it is."""


def _kind_of(given: Any) -> Any:
    return given.get("kind", DEFAULT) if isinstance(given, dict) else getattr(given, "kind", DEFAULT)


_TAGGED = tuple(Annotated[one, Tag(kind)] for kind, one in EXPERIMENTS_BY_KIND.items())
SPEC: TypeAdapter[AnyExperiment] = TypeAdapter(Annotated[Union[_TAGGED], Discriminator(_kind_of)])  # noqa: UP007
"""Reads a spec of any kind, told apart by ``kind``, which is "comparison" where it is left out."""

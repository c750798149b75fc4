"""Every kind of experiment: the union that specs use. To add one, list it here."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Annotated, Any, get_args

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


def _told_apart() -> Any:
    """Return the type of a spec of any kind, for pydantic: it is made from the list of them."""
    annotated: Any = Annotated
    tagged = (annotated[one, Tag(kind)] for kind, one in EXPERIMENTS_BY_KIND.items())
    return annotated[reduce(or_, tagged), Discriminator(_kind_of)]


SPEC: TypeAdapter[AnyExperiment] = TypeAdapter(_told_apart())
"""Reads a spec of any kind, told apart by ``kind``, which is "comparison" where it is left out."""

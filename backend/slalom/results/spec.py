"""Specs as programs give them: a class of the catalogue, or a mapping as JSON would carry it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, overload

import numpy as np
from pydantic import BaseModel, ValidationError

from slalom.catalogue.experiments import SPEC, STORED_SPEC, AnyExperiment, AnyStored
from slalom.catalogue.misfits import misfit
from slalom.errors import SpecError

Spec = Mapping[str, Any] | BaseModel
"""A spec as JSON would carry it, or a class of the catalogue; a mapping may hold classes."""


def as_sent(value: Any) -> Any:
    """Return a spec, or anything else that is sent, as JSON would carry it; arrays of NumPy are lists.

    >>> from slalom.catalogue.optimizers import Sgd
    >>> as_sent({"runs": [{"optimizer": Sgd(lr=0.5)}]})["runs"][0]["optimizer"]["lr"]
    0.5
    """
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, Mapping):
        return {key: as_sent(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_sent(one) for one in value]
    return as_sent(value.tolist()) if isinstance(value, np.ndarray | np.generic) else value


@overload
def read_spec(spec: Spec, *, answered: Literal[False] = False) -> AnyExperiment: ...
@overload
def read_spec(spec: Spec, *, answered: Literal[True]) -> AnyStored: ...
def read_spec(spec: Spec, *, answered: bool = False) -> AnyStored:
    """Return a spec as its class; raises SpecError with the place that does not fit.

    One that a server ``answered`` may be of a loop that was recorded, and have settings that this version does not
    know: they are left out.
    """
    adapter = STORED_SPEC if answered else SPEC
    sent = as_sent(spec)
    try:
        read = adapter.validate_python(sent, extra="ignore" if answered else None)
    except ValidationError as error:
        first = misfit(error.errors()[0], sent)
        raise SpecError(first.sentence("The spec"), first.loc) from None
    read.check_varied()
    return read

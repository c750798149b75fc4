"""The shape of a problem: its values on a grid, for contours and curves."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, ClassVar

import numpy as np
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from starlette.responses import Response

from slalom.catalogue.problems import AnyProblem
from slalom.catalogue.problems.base import Interval, Problem
from slalom.errors import SpecError
from slalom.settings import refuse
from slalom.web.http.concurrency import in_turn, still_wanted
from slalom.web.http.dependencies import REFUSALS, JsonBody, ServerDep, request_schema
from slalom.wire.container import write_container

from .catalogue import about

LANDSCAPE_NUMBERS = 2**18
"""Coordinates of points that are computed at a time: 2 MB."""

router = APIRouter(prefix="/api", tags=["landscape"])

Side = Annotated[int, Field(ge=2, le=2**20)]


class Landscape(BaseModel):
    """Which problem, where, and on how many points."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    problem: AnyProblem
    domain: list[Annotated[Interval, Field(strict=False)]] | None = Field(
        None, min_length=1, max_length=64, fail_fast=True
    )
    """(low, high) of every variable that is drawn; the problem's own if not given."""
    shape: list[Side] = Field([160, 120], min_length=1, max_length=2, fail_fast=True)
    """Points along the first and the second variable."""

    @property
    def sides(self) -> list[int]:
        """Points along every variable that is drawn; a square where one number is given for two."""
        return (self.shape * 2)[: min(self.problem.dimension or 0, 2)]

    @model_validator(mode="after")
    def _is_a_box(self) -> Landscape:
        if self.problem.is_network:
            raise SpecError(
                f"A {self.problem.kind} is a function of all its parameters and has no landscape of its own. "
                "Create an experiment; what its runs see is at GET /api/experiments/{id}/views/plane.",
                ("problem", "kind"),
            )
        for low, high in self.domain or ():
            if not low < high:
                raise ValueError(f"the domain goes from {low:g} to {high:g}; give the lower end first")
            if not np.isfinite(high - low):
                raise ValueError(f"the domain from {low:g} to {high:g} is too wide to be divided")
        if self.domain is not None and len(self.domain) < len(self.sides):
            raise ValueError(f"the domain has {len(self.domain)} intervals, but {len(self.sides)} variables are drawn")
        return self


@router.post(
    "/landscape",
    response_class=Response,
    openapi_extra=request_schema("Landscape", {"problem": {"kind": "rosenbrock"}, "shape": [160, 120]}),
    responses={200: {"content": {"application/octet-stream": {}}, "description": "A frame."}, **REFUSALS},
)
async def get_landscape(
    request: Request, wish: Annotated[Landscape, Depends(JsonBody(TypeAdapter(Landscape)))], server: ServerDep
) -> Response:
    """Return a frame: u32 header length, JSON header, and float32 values, rows of the second variable.

    With more than two variables the others stay at the start.
    """
    refuse(server.settings, "landscape_points", math.prod(wish.sides), "The number of points")
    frame = await in_turn(request, server.landscapes, lambda: landscape_frame(wish, still_wanted))
    return Response(frame, media_type="application/octet-stream")


def landscape_frame(wish: Landscape, alive: Callable[[], object] = bool) -> bytes:
    """Return what is known of a problem and its values on a grid, as the page reads it.

    ``alive`` is called every now and then, and may stop it by raising.
    """
    problem: Problem = wish.problem
    domain = (wish.domain or list(problem.domain))[: len(wish.sides)]
    z = heights(problem, domain, wish.sides, alive)
    known = about(problem)
    header = {
        "kind": problem.kind,
        "title": problem.title,
        "help": (problem.__doc__ or "").strip(),
        "dim": problem.dimension,
        "text": known.pop("formula"),
        **known,
        "domain": [list(interval) for interval in domain],
        "shape": list(z.shape),
        "dtype": "<f4",
    }
    return write_container(header, z.tobytes())


def heights(
    problem: Problem, domain: list[Interval], shape: list[int], alive: Callable[[], object] = bool
) -> np.ndarray:
    """Return f on a grid over the first one or two variables: shape (nx,) or (ny, nx), float32.

    It is computed some points at a time: the coordinates of all of them in all dimensions may be a hundred megabytes.
    """
    axes = [np.linspace(low, high, n) for (low, high), n in zip(domain, shape, strict=True)]
    start, value = np.array(problem.start, float), problem.functions(np).value
    found = np.empty(math.prod(shape), "<f4")
    most = max(1, LANDSCAPE_NUMBERS // len(start))
    for first in range(0, len(found), most):
        alive()
        place = np.arange(first, min(first + most, len(found)))
        points = np.repeat(start[:, None], len(place), axis=1)
        for i, part in enumerate(np.unravel_index(place, shape[::-1])[::-1]):
            points[i] = axes[i][part]
        with np.errstate(all="ignore"):
            found[place] = np.broadcast_to(value(points), place.shape)
    return found.reshape(shape[::-1])

"""What can be chosen: every problem, optimizer, schedule and data set, with the schema of its form."""

from __future__ import annotations

import gzip
import hashlib
import inspect
from collections.abc import Iterable
from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from slalom.catalogue.averaging import AVERAGINGS
from slalom.catalogue.base.choice import Choice
from slalom.catalogue.datasets import DATASETS
from slalom.catalogue.datasets.base import Data
from slalom.catalogue.experiments.map_pairs import map_pairs
from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.catalogue.optimizers.base import Optimizer
from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.problems.base import Problem
from slalom.catalogue.problems.first_look import first_runs
from slalom.catalogue.schedules import SCHEDULES
from slalom.web.http.dependencies import REFUSALS
from slalom.wire.container import to_json

router = APIRouter(prefix="/api", tags=["catalogue"])


@router.get(
    "/catalogue",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}, **REFUSALS},
)
def get_catalogue(request: Request) -> Response:
    """Return every choice: ``{kind, title, help, schema, defaults, ...}``, problems also with what is known of them."""
    plain, packed, tag = prepared()
    headers = {"Cache-Control": "no-cache", "ETag": tag, "Vary": "Accept-Encoding"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, 200, headers | {"Content-Encoding": "gzip"}, "application/json")
    return Response(plain, 200, headers, "application/json")


@cache
def prepared() -> tuple[bytes, bytes, str]:
    """Return the catalogue as JSON, compressed, and a name that changes with it; made once."""
    plain = to_json(describe_catalogue())
    return plain, gzip.compress(plain, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:20]}"'


def describe_catalogue() -> dict[str, list[dict[str, Any]]]:
    """Return everything that can be chosen, in menu order."""
    return {
        "problems": [_entry(kind) | about(example(kind)) for kind in PROBLEMS],
        "optimizers": [_entry(kind) | facts_of_optimizer(kind) for kind in OPTIMIZERS],
        "schedules": _entries(SCHEDULES),
        "averagings": _entries(AVERAGINGS),
        "datasets": [_entry(kind) | {"licence": kind.licence} | facts_of_data(kind) for kind in DATASETS],
        "map_pairs": [pair._asdict() for pair in map_pairs()],
    }


def _entries(kinds: Iterable[type[Choice]]) -> list[dict[str, Any]]:
    return [_entry(kind) for kind in kinds]


def _entry(kind: Any) -> dict[str, Any]:
    return {
        "kind": kind.model_fields["kind"].default,
        "title": kind.title,
        "help": inspect.cleandoc(kind.__doc__ or ""),
        "source": kind.source,
        "schema": kind.model_json_schema(),
        "defaults": example(kind).model_dump(mode="json", by_alias=True),
    }


def example(kind: type[Any]) -> Any:
    """Return a choice with its default settings; where one has none, with the first of its examples."""
    try:
        return kind()
    except ValidationError:
        given = {name: field.examples[0] for name, field in kind.model_fields.items() if field.examples}
        return kind.model_validate_json(to_json(given))


def facts_of_optimizer(kind: type[Optimizer]) -> dict[str, Any]:
    """Return what a rule needs, what its learning rate means, and by which of its fields it remembers gradients."""
    memory = next((name for name in ("momentum", "beta1") if name in kind.model_fields), None)
    return {"hessian": kind.uses_hessian, "scale_free": kind.scale_free, "memory": memory}


def facts_of_data(kind: type[Data]) -> dict[str, Any]:
    """Return what is predicted from data of a kind, and the view that shows it; null and ``data``: the file decides.

    ``classes`` is how many classes there are, and ``counted`` the field that says so, if one does.
    """
    count = kind.class_count
    counted = count if isinstance(count, str) else None
    classes = kind.model_fields[counted].default if counted else count
    return {"task": kind.task, "view": kind.view, "classes": classes, "counted": counted}


def about(problem: Problem) -> dict[str, Any]:
    """Return what is known of a problem, as JSON carries it."""
    formula = getattr(problem, "formula", None)
    return {
        "group": problem.group,
        "network": problem.is_network,
        "columns": list(problem.columns),
        "dimension": problem.dimension,
        "domain": [list(interval) for interval in problem.domain],
        "start": list(problem.start),
        "first_runs": first_runs(problem)._asdict(),  # pyright: ignore[reportArgumentType]  # Frozen, it has a hash.
        "minima": [{"point": list(one.point), "value": one.value} for one in problem.minima],
        "best": problem.best,
        "eigenvalues": list(getattr(problem, "eigenvalues", ())) or None,
        "formula": formula.text if formula else None,
        "signature": formula.signature if formula else None,
        "mathml": formula.mathml if formula else None,
        "variables": list(problem.variables),
    }

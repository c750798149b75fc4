"""What can be chosen: every problem, optimizer, schedule and data set, with the schema of its form."""

from __future__ import annotations

import gzip
import hashlib
import inspect
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from slalom.catalogue.averaging import AVERAGINGS
from slalom.catalogue.base.plugins import example, lose, plugins
from slalom.catalogue.datasets import DATASETS
from slalom.catalogue.experiments.map_pairs import map_pairs
from slalom.catalogue.optimizers import OPTIMIZERS, TorchClass
from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.problems.base import Problem
from slalom.catalogue.problems.first_look import first_runs
from slalom.catalogue.schedules import SCHEDULES
from slalom.lessons.loading import lessons_of_plugins
from slalom.web.http.dependencies import REFUSALS, ServerDep
from slalom.web.static.kinds import facts_of_data, facts_of_optimizer
from slalom.wire.container import to_json

router = APIRouter(prefix="/api", tags=["catalogue"])


@router.get(
    "/catalogue",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}, **REFUSALS},
)
def get_catalogue(request: Request, server: ServerDep) -> Response:
    """Return every choice: ``{kind, title, help, schema, defaults, ...}``, problems also with what is known of them."""
    plain, packed, tag = prepared(server.settings.imports_classes)
    headers = {"Cache-Control": "no-cache", "ETag": tag, "Vary": "Accept-Encoding"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, 200, headers | {"Content-Encoding": "gzip"}, "application/json")
    return Response(plain, 200, headers, "application/json")


@cache
def prepared(imports_classes: bool = True) -> tuple[bytes, bytes, str]:
    """Return the catalogue as JSON, compressed, and a name that changes with it; made once."""
    plain = to_json(describe_catalogue(imports_classes))
    return plain, gzip.compress(plain, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:20]}"'


def describe_catalogue(imports_classes: bool = True) -> dict[str, list[dict[str, Any]]]:
    """Return everything that can be chosen, in menu order, and what plugins there are.

    ``imports_classes``: whether a rule may be a class of an installed package.
    """
    lessons_of_plugins()
    rules = (*OPTIMIZERS, TorchClass) if imports_classes else OPTIMIZERS
    return {
        "problems": _entries(PROBLEMS, lambda kind: about(example(kind))),
        "optimizers": _entries(rules, facts_of_optimizer),
        "schedules": _entries(SCHEDULES),
        "averagings": _entries(AVERAGINGS),
        "datasets": _entries(DATASETS, lambda kind: {"licence": kind.licence} | facts_of_data(kind)),
        "map_pairs": [pair._asdict() for pair in map_pairs()],
        "plugins": [plugin._asdict() for plugin in plugins()],
    }


def _entries(
    kinds: Iterable[type[Any]], facts: Callable[[Any], dict[str, Any]] = lambda kind: {}
) -> list[dict[str, Any]]:
    """Return what is said of some choices; one of a plugin that cannot be described is left out, and that is told."""
    added = (*PROBLEMS.added, *OPTIMIZERS.added, *DATASETS.added)
    found = []
    for kind in kinds:
        try:
            found.append(_entry(kind) | facts(kind))
        except Exception as error:
            if kind not in added:
                raise
            lose(kind, error)
    return found


def _entry(kind: Any) -> dict[str, Any]:
    return {
        "kind": kind.model_fields["kind"].default,
        "title": kind.title,
        "help": inspect.cleandoc(kind.__doc__ or ""),
        "source": kind.source,
        "schema": kind.model_json_schema(),
        "defaults": example(kind).model_dump(mode="json", by_alias=True),
    }


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

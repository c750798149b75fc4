"""Fields by their dotted paths, as ``vary`` names them: what they take, and a choice with one of them replaced."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import ValidationError

from slalom.catalogue.base.choice import Choice
from slalom.catalogue.base.number_format import number, shown
from slalom.catalogue.problems.base import Problem
from slalom.errors import SpecError

_P = TypeVar("_P", bound=Problem)
_R = TypeVar("_R", bound=Any)


def replaced(problem: _P, run: _R, field: str, value: Any, axis: int = 0) -> tuple[_P, _R]:
    """Return the problem and the run with the field at a dotted path replaced, checked again.

    ``axis`` is which of the varied fields it is: where a refusal points to.
    """
    root, *path = field.split(".")
    if root == "run" and path[0] == "start" and run.start is None:
        if problem.is_network:
            raise SpecError(f"{field} cannot vary: {drawn(problem)}", ("vary", axis, "field"))
        run = run.model_copy(update={"start": problem.start})
    if root == "run" and path[0] == "layer_lr" and run.layer_lr is None:
        run = run.model_copy(update={"layer_lr": (run.optimizer.lr,) * layers_of(problem)})
    try:
        if root == "run":
            return problem, _replaced(run, path, value, field)
        return _replaced(problem, path, value, field), run
    except SpecError as error:
        raise SpecError(str(error), ("vary", axis, "field")) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise SpecError(f"{field} = {shown(value)} does not fit: {first['msg']}.", ("vary", axis, "values")) from None


def told_value(field: str, value: Any) -> str:
    """Return a field and its value in words.

    >>> told_value("problem.init_scale", 0.1), told_value("run.start.0", 2), told_value("run.batch_size", None)
    ('init scale 0.1', 'start[0] 2', 'batch size none')
    >>> told_value("run.schedule", {"kind": "one_cycle", "max_lr": 1})
    'schedule one cycle'
    """
    match value:
        case {"kind": kind}:
            text = str(kind).replace("_", " ")
        case float():
            text = number(value, 3)
        case None:
            text = "none"
        case _:
            text = str(value)
    return f"{field_words(field)} {text}"


def field_words(field: str) -> str:
    """Return what a field is called: ``init scale``, ``start[0]``."""
    *_, whole, name = ("", *field.split("."))
    return (f"{whole}[{name}]" if name.isdigit() else name).replace("_", " ")


def takes_whole_numbers(problem: Problem, run: Any, field: str) -> bool:
    """Return whether a field counts things."""
    if field == "seed":
        return True
    root, *path, last = field.split(".")
    node: Any = run if root == "run" else problem
    for name in path:
        node = getattr(node, name, None)
    info = type(node).model_fields.get(last) if isinstance(node, Choice) else None
    return info is not None and info.annotation in (int, int | None)


def _replaced(node: Any, path: list[str], value: Any, field: str) -> Any:
    """Return a choice or a list with ``value`` at a path of names and positions inside it."""
    if not path:
        return value
    name, *rest = path
    names: dict[str, Any] = {}
    if isinstance(node, Choice):
        names = {info.alias or key: key for key, info in type(node).model_fields.items()}
        if name == "kind" and name in names:
            raise SpecError(_whole(field))
        if name in names:
            return _with(node, name, _replaced(getattr(node, names[name]), rest, value, field))
    elif isinstance(node, tuple | list):
        names = {str(place): place for place in range(len(node))}
        if name in names:
            place = names[name]
            return (*node[:place], _replaced(node[place], rest, value, field), *node[place + 1 :])
    elif isinstance(node, dict):
        return {**node, name: _replaced(node.get(name), rest, value, field)}
    here = ", ".join(names) or "nothing"
    raise SpecError(f"There is no field {field!r}; what can be chosen there: {here}.")


def _whole(field: str) -> str:
    """Return why a kind cannot vary without its settings."""
    choice = field.removesuffix(".kind")
    if choice in ("problem", "problem.data"):
        return f"{field} cannot vary: the runs of one experiment share it. Create one experiment for each."
    return (
        f"{field} cannot vary alone, since every kind has settings of its own. "
        f'Vary {choice} instead, with values such as {{"kind": "..."}} and the settings of each.'
    )


def _with(choice: Choice, name: str, value: Any) -> Choice:
    """Return a choice with one field replaced, checked again; its parts, checked before, are taken as they are."""
    if isinstance(value, list | dict):
        data = choice.model_dump(mode="json", by_alias=True) | {name: value}
        return type(choice).model_validate_json(json.dumps(data))
    fields = type(choice).model_fields
    return type(choice).model_validate({fields[key].alias or key: part for key, part in choice} | {name: value})


def layers_of(problem: Problem) -> int:
    """Return how many layers with weights a network has, an embedding included; 0 for other problems."""
    return sum(column.startswith("ratio") for column in problem.columns)


def drawn(problem: Problem) -> str:
    """Return why a network has no start of which one number can vary."""
    return (
        f"a {problem.kind} begins with parameters that are drawn. "
        "Give all of them as start, or choose init, init_scale and init_seed of the problem."
    )

"""Options that say what is computed, the same for every command that computes, and the spec that they make."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import typer

from slalom.errors import FormulaError, SpecError

from . import share_link

STANDARD_INPUT = "-"
_PARTS = ("problem", "run", "runs", "vary")
"""Of a spec what each kind of experiment has in its own way; the rest is the same for all."""
_SPEC = '{"problem": {"kind": "bowl"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.1}}]}'
"""The shape of a spec."""


def _kinds(of: str) -> tuple[str, ...]:
    """Return what can be chosen of a part of a run, or as its problem."""
    if of == "optimizer":
        from slalom.catalogue.optimizers import OPTIMIZERS as classes
    elif of == "schedule":
        from slalom.catalogue.schedules import SCHEDULES as classes
    else:
        from slalom.catalogue.problems import PROBLEMS as classes
    return tuple(one.model_fields["kind"].default for one in classes)


def _completed(of: str, incomplete: str) -> list[str]:
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{kind}" for kind in _kinds(of) if kind.startswith(last)]


def _complete_problem(incomplete: str) -> list[str]:
    return _completed("problem", incomplete)


def _complete_optimizer(incomplete: str) -> list[str]:
    return _completed("optimizer", incomplete)


def _complete_schedule(incomplete: str) -> list[str]:
    return _completed("schedule", incomplete)


@dataclass(frozen=True)
class Choices:
    """What is computed."""

    spec: Annotated[
        str | None,
        typer.Argument(
            metavar="[SPEC]", help="A spec as JSON: a file, - for standard input; or a link from Share, or a function."
        ),
    ] = None
    function: Annotated[
        str | None,
        typer.Option("--function", "-f", help='What is minimised, as in "x^2 + 10 y^2".', show_default=False),
    ] = None
    problem: Annotated[
        str | None,
        typer.Option(
            help="A problem of the catalogue instead, such as rosenbrock.",
            autocompletion=_complete_problem,
        ),
    ] = None
    optimizer: Annotated[
        str | None,
        typer.Option(
            "--optimizer",
            "-o",
            help="The rule, such as adam, or a class such as torch.optim.SGD; several with commas between.",
            autocompletion=_complete_optimizer,
        ),
    ] = None
    lr: Annotated[
        str | None, typer.Option("--lr", metavar="LR", help="Its learning rate; several with commas between.")
    ] = None
    momentum: Annotated[float | None, typer.Option(metavar="BETA", help="Its momentum.")] = None
    schedule: Annotated[
        str | None,
        typer.Option(
            help="How the learning rate changes, such as cosine.",
            autocompletion=_complete_schedule,
        ),
    ] = None
    start: Annotated[str | None, typer.Option(metavar="X,Y,...", help="Where the runs begin.")] = None
    steps: Annotated[int | None, typer.Option(metavar="N", help="Updates of every run.")] = None
    seed: Annotated[int | None, typer.Option(metavar="N", help="What decides batches, noise and weights.")] = None
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Any other setting: beta2=0.99, noise=0.1, problem.kappa=50."
        ),
    ] = None


def spec_of(choices: Choices, kind: str, more: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the spec of an experiment of a kind, as JSON has it, from options and what they are put on.

    ``more`` replaces what belongs to that kind alone; of a spec of another kind, what both have is taken. Raises
    SpecError and FormulaError where something does not fit.
    """
    given = _given(choices)
    runs = _runs(given.get("runs") or [given.get("run") or {}], choices)
    problem = given.get("problem")
    apart = (*_PARTS, *_fields_apart(given, kind))
    rest = {name: value for name, value in given.items() if name not in apart}
    rest |= {name: value for name in ("steps", "seed") if (value := getattr(choices, name)) is not None}
    spec: dict[str, Any] = {**rest, "kind": kind, "problem": problem, **(more or {})}
    if kind == "comparison":
        spec["runs"] = runs
    elif len(runs) > 1:
        raise SpecError(f"There are {len(runs)} runs, and a {kind.replace('_', ' ')} has one. Give one rule and rate.")
    else:
        spec["run"] = runs[0]
    if given.get("kind", "comparison") == kind and "vary" in given:
        spec["vary"] = given["vary"]
    for setting in choices.settings or ():
        _put(spec, setting)
    return spec


def _fields_apart(given: dict[str, Any], kind: str) -> set[str]:
    """Return the fields that a spec has by its own kind, and that experiments of a kind do not have."""
    from slalom.catalogue.experiments import EXPERIMENTS_BY_KIND

    own = EXPERIMENTS_BY_KIND.get(str(given.get("kind", "comparison")))
    return set() if own is None else own.model_fields.keys() - EXPERIMENTS_BY_KIND[kind].model_fields.keys()


def _given(choices: Choices) -> dict[str, Any]:
    """Return the spec that options are put on: what was handed in, or no more than a problem."""
    named = [name for name in ("spec", "function", "problem") if getattr(choices, name) is not None]
    if not named:
        raise SpecError('There is nothing to compute. Give a spec, or a function as in --function "x^2 + 10 y^2".')
    if len(named) > 1:
        shown = " and ".join("a spec" if name == "spec" else f"--{name}" for name in named)
        raise SpecError(f"There are {shown}, but only one can be computed. Leave the others out.")
    if choices.spec is not None:
        return read_given(choices.spec)
    if choices.function is not None:
        return {"problem": {"kind": "formula", "text": _formula(choices.function)}}
    return {"problem": {"kind": _known("problem", choices.problem or "")}}


def read_given(place: str) -> dict[str, Any]:
    """Return the spec in a file, on standard input or in a link; of an exported trace, the spec that it was made by.

    What is none of them may be a function.
    """
    if share_link.is_link(place):
        return share_link.spec_in(place) if "#" in place else _asked_for(place)
    where = "Standard input" if place == STANDARD_INPUT else place
    try:
        found = json.loads(_text_of(place).removeprefix("\ufeff"))
    except OSError as error:
        function = _function_in(place)
        if function is not None:
            return function
        said = f"{where} cannot be read: {error.strerror or error}"
        raise SpecError(f"{said}. Give a file, - or a link, or a function such as x^2.") from error
    except ValueError as error:
        raise SpecError(f"{where} is not JSON: {error}.") from error
    if isinstance(found, dict) and "slalom" in found and isinstance(found.get("spec"), dict):
        found = found["spec"]
    if not _is_spec(found):
        raise SpecError(f"{where} holds no spec. It should be an object such as {_SPEC}.")
    return found


def _text_of(place: str) -> str:
    return sys.stdin.read() if place == STANDARD_INPUT else Path(place).read_text("utf-8")


def _is_spec(found: Any) -> bool:
    """Return whether options can be put on what was read: its problem, its runs and their rules are objects."""
    if not isinstance(found, dict) or not isinstance(found.get("problem"), dict):
        return False
    runs = found.get("runs") or [found.get("run") or {}]
    return isinstance(runs, list) and all(
        isinstance(run, dict) and isinstance(run.get("optimizer") or {}, dict) for run in runs
    )


def _asked_for(link: str) -> dict[str, Any]:
    """Return the spec of a stored experiment, from the server that its link leads to."""
    from .place import called

    named = share_link.experiment_in(link)
    if named is None:
        return share_link.spec_in(link)
    with called(named[0], linked=True) as client:
        return client.get(named[1])["spec"]


def _function_in(text: str) -> dict[str, Any] | None:
    """Return the problem of a text that reads as a function, None where it does not."""
    from slalom.catalogue.formula import parse

    try:
        return {"problem": {"kind": "formula", "text": parse(text).text}}
    except FormulaError:
        return None


def _formula(text: str) -> str:
    from slalom.catalogue.formula import parse

    try:
        return parse(text).text
    except FormulaError as error:
        place = "" if error.position is None else f"\n  {text}\n  {' ' * error.position}^"
        raise FormulaError(f"{error}{place}", error.position) from None


def _runs(listed: Sequence[dict[str, Any]], choices: Choices) -> list[dict[str, Any]]:
    """Return the runs with what options say of all of them: each with every rule and every rate that is given."""
    rules = (
        [_known("optimizer", name.strip()) for name in choices.optimizer.split(",")] if choices.optimizer else [None]
    )
    rates = numbers("--lr", choices.lr) if choices.lr is not None else [None]
    return [_run(run, rule, lr, choices) for run, rule, lr in product(listed, rules, rates)]


def _run(run: dict[str, Any], rule: str | None, lr: float | None, choices: Choices) -> dict[str, Any]:
    optimizer = {"kind": "sgd"} | (run.get("optimizer") or {})
    if rule is not None and rule != optimizer["kind"]:
        named = {"kind": "torch", "path": rule} if "." in rule else {"kind": rule}
        optimizer = named | ({"lr": optimizer["lr"]} if "lr" in optimizer and lr is None else {})
    optimizer |= {name: value for name, value in (("lr", lr), ("momentum", choices.momentum)) if value is not None}
    if choices.momentum is not None:
        _check_field(optimizer["kind"], "momentum")
    found = run | {"optimizer": optimizer}
    if choices.schedule is not None:
        found["schedule"] = {"kind": _known("schedule", choices.schedule)}
    if choices.start is not None:
        found["start"] = numbers("--start", choices.start)
    return found


def numbers(name: str, text: str) -> list[float]:
    """Return the numbers of an option, between commas; raises SpecError where one is no number."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise SpecError(f"{name} {text}: give numbers with commas between, such as {name} 0.1,0.3.") from None


def _known(of: str, kind: str) -> str:
    kinds = _kinds(of)
    # With a dot it is the path of a class of torch.optim's kind, which is looked for where it is used.
    if kind in kinds or (of == "optimizer" and "." in kind):
        return kind
    raise SpecError(f"There is no {of} {kind!r}. {_meant(kind, kinds)}")


def _check_field(kind: str, name: str) -> None:
    from slalom.catalogue.optimizers import OPTIMIZERS

    rule = next((one for one in OPTIMIZERS if one.model_fields["kind"].default == kind), None)
    if rule is not None and name not in rule.model_fields:
        fields = ", ".join(field for field in rule.model_fields if field != "kind")
        raise SpecError(f"{rule.title} has no {name}. What it has: {fields}.")


def _meant(word: str, words: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(words), 1)
    return f"Did you mean {close[0]}?" if close else f"Choose one of {', '.join(words)}."


def full_field(spec: dict[str, Any], name: str) -> str:
    """Return the dotted path of a field that may be named shortly, as ``vary`` has it.

    >>> spec = {"problem": {"kind": "bowl"}, "run": {"optimizer": {"kind": "sgd"}}}
    >>> [full_field(spec, name) for name in ("lr", "kappa", "start.0", "seed", "run.noise")]
    ['run.optimizer.lr', 'problem.kappa', 'run.start.0', 'seed', 'run.noise']
    """
    from slalom.catalogue.experiments.run import Run
    from slalom.catalogue.problems import PROBLEMS

    first = name.partition(".")[0]
    if first in ("run", "problem", "seed"):
        return name
    if first in Run.model_fields:
        return f"run.{name}"
    problem = next((one for one in PROBLEMS if one.model_fields["kind"].default == spec["problem"].get("kind")), None)
    of_problem = problem is not None and first in {info.alias or key for key, info in problem.model_fields.items()}
    return f"problem.{name}" if of_problem else f"run.optimizer.{name}"


def _put(spec: dict[str, Any], setting: str) -> None:
    """Put one setting into a spec: of the experiment, of its problem, or of every run."""
    name, equals, text = setting.partition("=")
    if not equals:
        raise SpecError(f"--set {setting}: write a field, = and a value, such as --set beta2=0.99.")
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if name in ("seeds", "dtype", "device", "steps", "seed"):
        spec[name] = value
        return
    root, *path = full_field(spec, name).split(".")
    if not path:
        raise SpecError(f"--set {setting}: {root} is a whole part of a spec. Name a field of it, as in beta2=0.99.")
    if root == "problem":
        spec["problem"] = _with(spec["problem"], path, value, setting)
    elif "runs" in spec:
        spec["runs"] = [_with(run, path, value, setting) for run in spec["runs"]]
    else:
        spec["run"] = _with(spec["run"], path, value, setting)


def _with(node: Any, path: Sequence[str], value: Any, setting: str) -> Any:
    """Return a part of a spec with a value at a path in it; in a list a number says which."""
    if not path:
        return value
    name, *rest = path
    if name.isdecimal():
        listed, place = node if isinstance(node, list) else [], int(name)
        if place >= len(listed):
            raise SpecError(f"--set {setting}: no number {place} is given. Give all of them, as in start=[-4,1].")
        return [*listed[:place], _with(listed[place], rest, value, setting), *listed[place + 1 :]]
    known = node if isinstance(node, dict) else {}
    return known | {name: _with(known.get(name), rest, value, setting)}

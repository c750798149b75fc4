"""A lesson to start from, made of a set-up and of what its runs did."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.outcome import OutcomeKind
from slalom.errors import SpecError

from .results import RunsResult, value_of

POSSIBLE: tuple[str, ...] = get_args(OutcomeKind)
MOST_ANSWERS = 8
"""Answers of a question."""
MOST_CLAIMS = 16
"""Runs of which a claim is made."""

LESSON_TEXT = """\
# A lesson to start from. Replace every sentence in CAPITALS; docs/lessons.md explains every key.
title = {title}
question = "WHAT SHALL THE READER WONDER ABOUT?"
why = "WHY IT IS SO. IN BRACES STAND NUMBERS OF THE RUNS: THE LOSS GOES FROM {{run.0.loss.0}} TO {{run.0.loss.last}}."
takeaway = "WHAT SHALL BE REMEMBERED, IN ONE SENTENCE?"
terms = ["learning rate"]
mnemonic = "A SHORT SENTENCE THAT STICKS."
go_on = []

[prediction]
kind = "choice"
text = {asked}
answers = {answers}
right = {right}

[[presets]]
name = "runs"
text = "WHAT IS COMPARED WITH WHAT?"
[presets.spec]
{spec}
{claims}
[notice]
kind = "choice"
text = "WHAT CAN BE SEEN IN THE PICTURE?"
answers = ["THE RIGHT ANSWER", "A WRONG ANSWER"]
right = 0
because = ["WHY IT IS RIGHT.", "WHY IT IS WRONG, BY WHAT A RUN DID."]

[summary]
basic = "ONE SENTENCE WITHOUT A FORMULA."
medium = "TWO OR THREE SENTENCES."
detailed = "ALL OF IT, WITH THE NUMBERS OF THE RUNS."

[picture]
text = "A PICTURE FROM LIFE."
breaks = "WHERE THE PICTURE BREAKS DOWN."

[[dialogue]]
who = "student"
says = "A QUESTION THAT A STUDENT WOULD ASK."
[[dialogue]]
who = "teacher"
says = "THE ANSWER."
[[dialogue]]
who = "student"
says = "AN OBJECTION."
[[dialogue]]
who = "teacher"
says = "WHAT THE RUNS SAY TO THAT."

[[quiz]]
kind = "choice"
text = "A QUESTION LIKE THE FIRST ONE, WITH OTHER NUMBERS."
answers = ["THE RIGHT ANSWER", "A WRONG ANSWER"]
right = 0
because = ["WHY IT IS RIGHT.", "WHY IT IS WRONG, BY WHAT A RUN DID."]
"""


def draft(title: str, spec: Comparison, result: RunsResult) -> str:
    """Return the TOML of a lesson whose preset is ``spec``; what came of the runs is what it claims, and asks."""
    kinds = [str(value_of(result, f"run.{i}.outcome.kind")) for i in range(len(result["runs"]))]
    asked, answers, right = _prediction(spec, result, kinds)
    claims = "\n".join(
        f'[[presets.claims]]\nvalue = "run.{i}.outcome.kind"\nequals = {toml(kind)}'
        for i, kind in enumerate(kinds[:MOST_CLAIMS])
    )
    return LESSON_TEXT.format(
        title=toml(title),
        asked=toml(asked),
        answers=toml(answers),
        right=right,
        spec=_table(spec),
        claims=claims + "\n",
    )


def _prediction(spec: Comparison, result: RunsResult, kinds: Sequence[str]) -> tuple[str, list[str], int]:
    """Return a question, its answers, and which is right: which run ends lowest, or what becomes of the first."""
    names = [run.label or f"{run.optimizer.usual_name}, lr {number(run.optimizer.lr)}" for run in spec.runs]
    if not 2 <= len(names) <= MOST_ANSWERS or len(set(names)) < len(names):
        return "What becomes of the first run?", list(POSSIBLE), POSSIBLE.index(kinds[0])
    ends = [value_of(result, f"runs.{i}.mean.loss.last") for i in range(len(names))]
    finite = [end if isinstance(end, float) and not math.isnan(end) else math.inf for end in ends]
    return "Which run ends lowest?", names, finite.index(min(finite))


def _table(spec: Comparison) -> str:
    """Return a spec as the lines of a table, one run a line."""
    fields = _short(spec)
    runs = fields.pop("runs")
    lines = [f"{_key(name)} = {toml(value)}" for name, value in fields.items()]
    return "\n".join([*lines, "runs = [", *(f"  {toml(run)}," for run in runs), "]"])


def _short(value: Any) -> Any:
    """Return a part of a spec as JSON has it, without what has its default."""
    if isinstance(value, BaseModel):
        fields = [(name, info, getattr(value, name)) for name, info in type(value).model_fields.items()]
        told = [(name, info, part) for name, info, part in fields if name == "kind" or part != info.get_default()]
        return {info.alias or name: _short(part) for name, info, part in told}
    if isinstance(value, list | tuple):
        return [_short(part) for part in value]
    if isinstance(value, dict):
        return {name: _short(part) for name, part in value.items()}
    return value


def toml(value: Any) -> str:
    """Return a value of JSON as TOML has it, on one line; raises SpecError where it is null.

    >>> toml({"a": [1, 2.5, True], "b c": 'say "no"'})
    '{ a = [1, 2.5, true], "b c" = "say \\\\"no\\\\"" }'
    """
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(name)} = {toml(one)}" for name, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if value is None:
        raise SpecError("TOML has no null. Leave out what varies without a value, such as no batch size.", ("spec",))
    return json.dumps(value)


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else toml(name)

"""The tools: simulate, look for a learning rate, read why, and list what there is. Everything runs in this process."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, ParamSpec, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from slalom import __version__, local
from slalom.catalogue.averaging import AVERAGINGS
from slalom.catalogue.base.field_help import docstring_of
from slalom.catalogue.base.number_format import shown
from slalom.catalogue.datasets import DATASETS
from slalom.catalogue.experiments import SPEC, AnyExperiment
from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.schedules import SCHEDULES
from slalom.engine.lockstep.interfaces import Event
from slalom.errors import NotFound, SlalomError, SpecError
from slalom.results.runs import SimulationResult
from slalom.settings import Limits
from slalom.web.api.catalogue import example
from slalom.web.api.description.examples import SIMULATED_SPECS
from slalom.web.http.interactive import allowed_by
from slalom.web.http.problem_details import parse_body

from .answers import (
    TOLD_POINTS,
    ChoiceEntry,
    Description,
    FoundRate,
    RunExplanation,
    Simulated,
    explanation,
    found_rate,
    run_story,
)

INSTRUCTIONS = f"""Slalom runs optimizers (gradient descent, momentum, Adam, others) on surfaces, formulas, regressions
and small networks, and says in sentences with numbers why a run converged, diverged or stalled. A spec is JSON:
{json.dumps(SIMULATED_SPECS["two_rates"]["value"])}
A problem may be a formula: {{"kind": "formula", "text": "(1 - x)^2 + 10*(y - x^2)^2"}}. list_problems and list_rules
say which kinds there are, describe what the settings of one mean. Infinite numbers are the strings inf and -inf."""
MOST_TOLD_POINTS = 1000
"""Entries of a run that an answer can have."""
READ_ONLY = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

SpecObject = Annotated[dict[str, Any], Field(description="A spec: problem, runs, steps.")]
RunPlace = Annotated[int, Field(ge=0, description="Which run, counted from 0.")]
PointCount = Annotated[int, Field(ge=2, le=MOST_TOLD_POINTS, description="Losses that are told of a run, at most.")]

_P = ParamSpec("_P")
_T = TypeVar("_T")


def _saying(tool: Callable[_P, _T]) -> Callable[_P, _T]:
    """Return a tool whose refusals are the product's sentences."""

    @wraps(tool)
    def called(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return tool(*args, **kwargs)
        except SlalomError as error:
            raise ToolError(str(error)) from None

    return called


class Tools:
    """What an assistant can do; specs are no larger than what a server with these limits answers at once."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits

    @property
    def all(self) -> tuple[Callable[..., Any], ...]:
        """Every tool, in the order in which an assistant reads them."""
        lists = (self.list_problems, self.list_rules, self.describe)
        return (self.simulate, self.explain, self.find_learning_rate, *lists)

    @_saying
    def simulate(self, spec: SpecObject, points: PointCount = TOLD_POINTS) -> Simulated:
        """Run optimizers on a problem, and say of every run what came of it, why, and what to change."""
        read = self._read(spec)
        return Simulated(title=read.title, runs=[run_story(run, points) for run in local.simulate(read)])

    @_saying
    def explain(self, spec: SpecObject, run: RunPlace = 0) -> RunExplanation:
        """Run a spec, and say all that is known of why one of its runs went as it did: evidence, formulas, events."""
        read, events = self._read(spec), list[Event]()
        result = local.run(read, progress=False, on_event=events.append)
        assert isinstance(result, SimulationResult)  # Maps are never answered at once.
        if run >= len(result):
            raise SpecError(f"There is no run {run}; the runs are 0 to {len(result) - 1}.", ("run",))
        return explanation(result[run], [event for event in events if event.run == run])

    @_saying
    def find_learning_rate(
        self,
        problem: Annotated[dict[str, Any], Field(description='What is minimised, such as {"kind": "rosenbrock"}.')],
        optimizer: Annotated[dict[str, Any], Field(description="The rule; its lr is what is looked for.")],
        lr_from: Annotated[float, Field(description="The rate of the first update.")] = 1e-5,
        lr_to: Annotated[float, Field(description="The rate of the last update.")] = 1.0,
        steps: Annotated[int, Field(description="Updates, and rates.")] = 200,
        seeds: Annotated[int, Field(description="How often it is repeated, each time with another seed.")] = 1,
        batch_size: Annotated[int | None, Field(description="Examples in a mini-batch; all if not given.")] = None,
    ) -> FoundRate:
        """Run a range test, in which the learning rate climbs, and recommend a rate with its reason."""
        run = {"optimizer": optimizer} | ({} if batch_size is None else {"batch_size": batch_size})
        spec = {"kind": "range_test", "problem": problem, "run": run, "lr_from": lr_from, "lr_to": lr_to}
        findings = local.simulate(self._read(spec | {"steps": steps, "seeds": seeds})).findings
        assert findings is not None  # A range test has some.
        return found_rate(findings)

    def list_problems(self) -> list[ChoiceEntry]:
        """List everything that can be minimised."""
        return [_entry(kind) for kind in PROBLEMS]

    def list_rules(self) -> list[ChoiceEntry]:
        """List every optimizer."""
        return [_entry(kind) for kind in OPTIMIZERS]

    @_saying
    def describe(
        self, kind: Annotated[str, Field(description="Of a problem, a rule, a schedule, a data set or an average.")]
    ) -> Description:
        """Say what the settings of a problem, a rule, a schedule, a data set or an average mean, and their defaults."""
        choices: list[Any] = [*PROBLEMS, *OPTIMIZERS, *SCHEDULES, *DATASETS, *AVERAGINGS]
        found = next((one for one in choices if one.model_fields["kind"].default == kind), None)
        if found is None:
            known = "list_problems and list_rules say which there are"
            raise NotFound("kind", kind, f"There is no kind {shown(kind)}; {known}.")
        settings = {info.alias or name: docstring_of(found, name) or "" for name, info in found.model_fields.items()}
        defaults = example(found).model_dump(mode="json", by_alias=True)
        return Description(**_entry(found).model_dump(), defaults=defaults, settings=settings)

    def _read(self, spec: dict[str, Any]) -> AnyExperiment:
        """Return a checked spec; raises SlalomError with what is wrong."""
        read = parse_body(SPEC, json.dumps(spec).encode())
        allowed_by(self.limits, read)
        return read


def make_server(limits: Limits) -> MCPServer[Any]:
    """Return a server of the Model Context Protocol with all tools."""
    server = MCPServer("slalom", title="Slalom", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING")
    for tool in Tools(limits).all:
        server.add_tool(tool, annotations=READ_ONLY)
    return server


def answer_assistant(limits: Limits) -> None:
    """Answer an assistant on standard input and output until it hangs up."""
    make_server(limits).run("stdio")


def _entry(kind: Any) -> ChoiceEntry:
    about = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    return ChoiceEntry(kind=kind.model_fields["kind"].default, title=kind.title, about=about)

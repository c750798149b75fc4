"""Challenges: who needs the fewest steps to a loss, decided by running what is submitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from slalom.catalogue.base.choice import Choice, Name
from slalom.catalogue.experiments.paths import told_value
from slalom.catalogue.optimizers import OPTIMIZERS, AnyOptimizer
from slalom.catalogue.problems import AnyProblem
from slalom.catalogue.schedules import AnySchedule, Constant
from slalom.errors import SpecError

MOST_STEPS = 100_000
"""Steps in which the goal of a challenge must be reached, at most."""
RULES = tuple(kind.model_fields["kind"].default for kind in OPTIMIZERS)

_Kind = Annotated[str, Field(max_length=40)]


class Goal(Choice):
    """What is to be reached."""

    loss: float
    """A run has reached it at its first entry whose loss is no larger."""


def _all_may_be_left_out(schema: dict[str, Any]) -> None:
    """Require nothing of a challenge: a preset has it all."""
    schema.pop("required", None)


class Challenge(Choice):
    """A problem, from its own start and without noise, and a loss to come down to in as few steps as possible."""

    model_config = ConfigDict(json_schema_extra=_all_may_be_left_out)

    preset: Literal["rosenbrock", "rosenbrock_first_order", "bowl"] | None = Field(None, exclude=True)
    """A challenge that is known by name: what is not given besides is its."""
    title: Name = Field(min_length=1)
    problem: AnyProblem
    steps: int = Field(1000, ge=1, le=MOST_STEPS)
    """Updates of a run, at most."""
    goal: Goal
    measure: Literal["steps"] = "steps"
    """What is ranked: the fewest come first."""
    optimizers: tuple[_Kind, ...] | None = Field(None, strict=False, min_length=1, max_length=len(RULES))
    """The kinds of rules that may be submitted; all of them if not given."""

    @model_validator(mode="before")
    @classmethod
    def _is_a_preset(cls, given: Any) -> Any:
        known = isinstance(given, dict) and given.get("preset")
        return PRESETS[known] | given if isinstance(known, str) and known in PRESETS else given

    @model_validator(mode="after")
    def _rules_are_known(self) -> Self:
        if unknown := next((kind for kind in self.optimizers or () if kind not in RULES), None):
            raise ValueError(f"there is no optimizer {unknown!r}; there are: {', '.join(RULES)}")
        return self

    def body(self, attempt: Attempt, strict: bool = True) -> dict[str, Any]:
        """Return the experiment that decides, as JSON carries it and not checked.

        Raises SpecError where the rule may not be submitted, if ``strict``.
        """
        kind = attempt.optimizer.kind
        if strict and self.optimizers is not None and kind not in self.optimizers:
            allowed = ", ".join(self.optimizers)
            raise SpecError(f"The optimizer is {kind}; in this challenge it must be one of: {allowed}.", ("run",))
        if attempt.optimizer.maximize:
            raise SpecError("The optimizer climbs, and the goal is below. Let it descend.", ("run", "optimizer"))
        problem, run = (part.model_dump(mode="json", by_alias=True) for part in (self.problem, attempt))
        return {"problem": problem, "runs": [run], "steps": self.steps}

    def reached(self, losses: Sequence[float]) -> int | None:
        """Return the first entry of a run at which the goal is reached, None where none is.

        >>> challenge = Challenge.model_validate(PRESETS["bowl"])
        >>> challenge.reached([3.0, 0.1, 1e-9]), challenge.reached([3.0, float("nan")])
        (2, None)
        """
        return next((k for k, loss in enumerate(losses) if loss <= self.goal.loss), None)


class Attempt(Choice):
    """What is submitted: a rule, how its learning rate changes, and what it does to gradients; no start of its own."""

    optimizer: AnyOptimizer
    schedule: AnySchedule = Constant.model_construct()
    clip_norm: float | None = Field(None, gt=0)
    clip_value: float | None = Field(None, gt=0)
    label: Name = ""

    @property
    def words(self) -> str:
        """The settings in words, those that were left at their defaults unsaid: ``Adam, lr 0.1``."""
        rule = self.optimizer
        settings = [told_value(f"run.optimizer.{name}", value) for name, value in rule if _is_told(rule, name, value)]
        if not isinstance(self.schedule, Constant):
            settings.append(told_value("run.schedule", {"kind": self.schedule.kind}))
        for name in ("clip_norm", "clip_value"):
            if getattr(self, name) is not None:
                settings.append(told_value(f"run.{name}", getattr(self, name)))
        return ", ".join([rule.usual_name, *settings])


def _is_told(rule: AnyOptimizer, name: str, value: Any) -> bool:
    return name != "kind" and (name == "lr" or value != type(rule).model_fields[name].default)


PRESETS: dict[str, dict[str, Any]] = {
    "rosenbrock": {
        "title": "Through the valley: fewest steps to 10⁻⁶ on Rosenbrock's function",
        "problem": {"kind": "rosenbrock"},
        "steps": 20_000,
        "goal": {"loss": 1e-6},
    },
    "rosenbrock_first_order": {
        "title": "Without curvature: fewest steps to 10⁻⁶ on Rosenbrock's function",
        "problem": {"kind": "rosenbrock"},
        "steps": 20_000,
        "goal": {"loss": 1e-6},
        "optimizers": ["sgd", "rmsprop", "adam"],
    },
    "bowl": {
        "title": "A long bowl: fewest steps to 10⁻⁶ by gradient descent with momentum",
        "problem": {"kind": "bowl"},
        "steps": 2_000,
        "goal": {"loss": 1e-6},
        "optimizers": ["sgd"],
    },
}
"""Challenges to begin with, by name."""

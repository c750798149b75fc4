"""Hostile but legal specs: random products of what the catalogue has, with boundary values."""

from __future__ import annotations

import random
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from slalom.catalogue import admission
from slalom.catalogue.averaging import AVERAGINGS
from slalom.catalogue.base.choice import Choice
from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.problems.activations import Activation
from slalom.catalogue.schedules import SCHEDULES
from slalom.errors import SlalomError
from slalom.settings import Settings

SPECS: TypeAdapter[AnyExperiment] = TypeAdapter(AnyExperiment)
LIMITS = Settings()

NUMBERS = (0, 1, -1, 0.5, 1e-300, 5e-324, 1e-9, 1e9, 1e150, 1e300, -1e300, 1.7e308, 0.1, 2, 0.999, 1.05)
COUNTS = (1, 2, 3, 7)
FORMULAS = (
    *(
        "x",
        "0*x",
        "1",
        "x**2",
        "-x**2",
        "x**3",
        "abs(x)",
        "sqrt(x)",
        "1/x",
        "exp(x)",
        "exp(-x)",
        "log(x)",
        "x**2*1e200",
    ),
    *(
        "0.5*(x*y-1)**2",
        "x*y",
        "(x-1)**2+(y-1)**2",
        "0*x+0*y",
        "x**2+1e-12*y**2",
        "sin(1e6*x)+y**2",
        "x1*x8",
        "1/(x-x)",
    ),
    *("where(x > 0, 1, x)", "max(x, y)", "min(x, 0)", "tanh(1e9*x)", "x**4-3*x**2+x", "exp(exp(x))", "cos(x)*cosh(y)"),
)
FACTORS = ("0", "1", "1e300", "t", "1/(1+t)", "0.5^t", "exp(t)", "where(t < 3, 1e-300, 1e300)", "1 - t/n", "mod(t, 2)")
LISTS = ([0, 0], [1, 1, 1], [0.0, 1e300], [1e-300, 1], [2, 2], [-1, 0, 1], [1e150] * 3, [5])
DATA: tuple[dict[str, Any], ...] = (
    *({"kind": "moons", "n": 2}, {"kind": "moons", "n": 40, "noise": 0}, {"kind": "circles", "n": 16}, {"kind": "xor"}),
    *({"kind": "blobs", "n": 12, "blobs": 2}, {"kind": "spirals", "n": 9}, {"kind": "chebyshev"}),
)


def boundary(by: random.Random, schema: dict[str, Any], name: str) -> Any:
    """Return a value at, or beyond, the edge of what a field takes."""
    options = [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]
    if options:
        return None if by.random() < 0.3 else boundary(by, by.choice(options), name)
    if name == "lr_lambda":
        return by.choice(FACTORS)
    if name == "parts":
        return [chosen(by, by.choice(SCHEDULES), 0.2) for _ in range(by.choice((1, 2, 3)))]
    if "enum" in schema:
        return by.choice(schema["enum"])
    low, high = schema.get("minimum"), schema.get("maximum", schema.get("exclusiveMaximum"))
    match schema.get("type"):
        case "number":
            return by.choice([edge for edge in (*NUMBERS, low, high) if edge is not None])
        case "integer":
            return by.choice([edge for edge in (*COUNTS, low) if edge is not None])
        case "boolean":
            return by.random() < 0.5
        case "array":
            return by.choice(LISTS)
    return FORMULAS[by.randrange(len(FORMULAS))]


def chosen(by: random.Random, kind: type[Choice], changed: float) -> dict[str, Any]:
    """Return a choice of this kind, some of its fields at their edges."""
    fields = kind.model_json_schema()["properties"]
    made: dict[str, Any] = {"kind": fields["kind"].get("const", fields["kind"].get("default"))}
    for name, schema in fields.items():
        if name != "kind" and by.random() < changed:
            made[name] = boundary(by, schema, name)
    return made


def some_problem(by: random.Random) -> dict[str, Any]:
    """Return a problem: surfaces, formulas, data and networks about as often as each other."""
    kind = by.choice(PROBLEMS)
    word = kind.model_fields["kind"].default
    match by.randrange(4):
        case 0:
            return {"kind": "formula", "text": by.choice(FORMULAS)}
        case 1:
            numbers = [by.choice((0, 1, 1, -1, 1e-9, 1e9, 1e150, 1e300)) for _ in range(by.choice((2, 2, 3, 5)))]
            targets = [by.choice((0, 1, 1, 2, -1e9, 1e200)) for _ in numbers]
            return {
                "kind": "regression",
                "x": numbers,
                "y": targets,
                "scaling": by.choice(("raw", "tenth", "standard")),
            }
        case 2:
            hidden = [by.choice((1, 2, 5)) for _ in range(by.randrange(3))]
            problem = {"kind": "network", "data": by.choice(DATA), "hidden": hidden}
            return problem | {
                "activation": by.choice(get_args(Activation)),
                "init_scale": by.choice((1, 1, 0, 1e-30, 1e6, 1e30)),
                "init": by.choice(("torch", "naive", "xavier", "kaiming")),
            }
    return {"kind": word} if word in ("network", "character") else chosen(by, kind, 0.4)


def some_run(by: random.Random, problem: dict[str, Any]) -> dict[str, Any]:
    """Return a run of any rule and schedule, disturbed or not, from anywhere."""
    run: dict[str, Any] = {"optimizer": chosen(by, by.choice(OPTIMIZERS), 0.35)}
    if by.random() < 0.5:
        run["schedule"] = chosen(by, by.choice(SCHEDULES), 0.35)
    if by.random() < 0.2:
        run["averaging"] = chosen(by, by.choice(AVERAGINGS), 0.35)
    for name in ("noise", "clip_norm", "clip_value"):
        if by.random() < 0.1:
            run[name] = by.choice((1e-300, 1e-3, 1, 1e300))
    if problem["kind"] in ("network", "character"):
        run |= {"batch_size": by.choice((None, 1, 2, 5)), "l1": by.choice((None, None, 0, 1e-300, 0.1, 1e300))}
    elif by.random() < 0.4:
        run["start"] = [by.choice(NUMBERS) for _ in range(by.choice((1, 2, 2, 2, 3)))]
    return run


def some_spec(by: random.Random) -> dict[str, Any]:
    """Return an experiment of any kind: it may not be legal."""
    problem, kind = some_problem(by), by.choice(("comparison", "comparison", "comparison", "map", "range_test"))
    spec: dict[str, Any] = {"kind": kind, "problem": problem, "steps": by.choice((1, 2, 3, 20, 60, 250))}
    if kind == "comparison":
        spec["runs"] = [some_run(by, problem) for _ in range(by.choice((1, 1, 2, 4)))]
        spec["seeds"] = by.choice((1, 1, 2))
    else:
        spec["run"] = some_run(by, problem)
    if kind == "range_test":
        spec |= {"lr_from": by.choice((1e-9, 1e-5, 1e-3)), "lr_to": by.choice((1e-2, 1, 10, 1e9))}
    if kind == "map":
        spec["vary"] = [
            {"field": "run.optimizer.lr", "from": by.choice((1e-9, 1e-3)), "to": 10, "scale": "log", "n": 5},
            {"field": by.choice(("run.start.0", "run.optimizer.momentum", "seed")), "from": 0, "to": 1, "n": 3},
        ]
    return spec | {"dtype": by.choice(("float32", "float64")), "seed": by.choice((0, 2**32 - 1))}


def legal(by: random.Random) -> AnyExperiment:
    """Return the next spec that is accepted."""
    while True:
        try:
            spec = SPECS.validate_python(some_spec(by))
            admission.check(spec, LIMITS)
            admission.fits(spec, LIMITS)
        except (ValidationError, SlalomError):
            continue
        return spec

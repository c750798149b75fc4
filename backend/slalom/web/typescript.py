"""Writes what the page has of the server's models (``make types``): types/wire.d.ts, the types of the wire, and
state/kinds.js, the facts of kinds that it needs before the catalogue is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic.json_schema import models_json_schema

from slalom.catalogue.datasets import DATASETS
from slalom.catalogue.experiments import EXPERIMENTS
from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.problems.architecture import LOSS_FACTS
from slalom.catalogue.views import VIEW_KINDS

from .api.catalogue import example, facts_of_data, facts_of_optimizer
from .http.message_schemas import MESSAGES
from .http.schemas import ANSWERS
from .static.files import frontend

HEAD = """// Shapes of the wire, written by `make types` from the server's models. Do not edit.

/** A number that may be infinite or NaN, as JSON carries it. */
export type Extended = number | "inf" | "-inf" | "nan";
"""
KINDS = """/** What the page must know of kinds before the catalogue is there. Written by `make types`. Do not edit. */

/** @import { KindFacts } from "../types/page.js" */
"""
LINE = 121
"""Characters of a line, its end included."""
SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")

Schema = dict[str, Any]


def declarations() -> str:
    """Return the whole file."""
    parts = _definitions((*ANSWERS, *MESSAGES), "serialization") | _definitions(EXPERIMENTS, "validation")
    return "\n".join((HEAD, *(_interface(name, schema) for name, schema in sorted(parts.items()))))


def kinds() -> str:
    """Return the module of facts: networks with their usual data, rules, data, losses, and views of networks."""
    networks = {example(kind).kind: {"data": example(kind).data.kind} for kind in PROBLEMS if kind.is_network}
    optimizers = {kind.model_fields["kind"].default: facts_of_optimizer(kind) for kind in OPTIMIZERS}
    datasets = {kind.model_fields["kind"].default: facts_of_data(kind) for kind in DATASETS}
    losses = {kind: facts._asdict() for kind, facts in LOSS_FACTS.items()}
    views = {
        kind.name: {name: getattr(kind, name) for name in ("tab", "grows", "options", "task", "log_loss")}
        for kind in VIEW_KINDS
    }
    return "\n".join(
        (
            KINDS,
            _facts("NETWORKS", networks, "Problems that are trained on examples: the data that they have by default."),
            _facts("OPTIMIZERS", optimizers, "Rules: what they need, what their rate means, and their memory."),
            _facts(
                "DATASETS",
                datasets,
                "Data: what is predicted, its view, how many classes, by which field; null and data: the file decides.",
            ),
            _facts("LOSSES", losses, "Losses: what must be predicted, and how many classes there must be; null: any."),
            _facts(
                "VIEWS", views, "Views of networks: a tab, arrays that grow, options, what they are for.", "satisfies"
            ),
        )
    )


def _facts(name: str, table: dict[str, dict[str, Any]], comment: str, tag: str = "type") -> str:
    """Return a constant of JavaScript, one kind a line, or where that is too long, one fact."""
    rows = (
        _row(kind, [f"{key}: {json.dumps(value)}" for key, value in facts.items()]) for kind, facts in table.items()
    )
    kinds = f'KindFacts["{name}"]'
    return f"/** {comment} @{tag} {{{kinds}}} */\nexport const {name} = {{\n{''.join(rows)}}};\n"


def _row(kind: str, facts: list[str]) -> str:
    row = f"  {kind}: {{ {', '.join(facts)} }},\n"
    if len(row) <= LINE:
        return row
    return f"  {kind}: {{\n{''.join(f'    {fact},' + chr(10) for fact in facts)}  }},\n"


def _definitions(models: Any, mode: Any) -> dict[str, Schema]:
    return models_json_schema([(model, mode) for model in models])[1].get("$defs", {})


def _interface(name: str, schema: Schema) -> str:
    if "properties" not in schema:
        return f"{_comment(schema, '')}export type {name} = {_type(schema)};\n"
    return f"{_comment(schema, '')}export interface {name} {{\n{''.join(_fields(schema))}}}\n"


def _fields(schema: Schema) -> Iterator[str]:
    needed = schema.get("required", ())
    for name, field in schema["properties"].items():
        key = name if NAME.fullmatch(name) else json.dumps(name)
        yield f"{_comment(field, '  ')}  {key}{'' if name in needed else '?'}: {_type(field)};\n"


def _comment(schema: Schema, indent: str) -> str:
    text = schema.get("description", "").split("\n\n")[0].replace("\n", " ").replace("*/", "* /")
    return f"{indent}/** {text} */\n" if text else ""


def _type(schema: Schema) -> str:
    """Return a JSON schema as a TypeScript type."""
    match schema:
        case {"$ref": reference}:
            return reference.rpartition("/")[2]
        case {"const": value}:
            return json.dumps(value)
        case {"enum": values}:
            return " | ".join(map(json.dumps, values))
        case {"anyOf": options} | {"oneOf": options}:
            return _union(options)
        case {"type": "array", "prefixItems": items}:
            return f"[{', '.join(map(_type, items))}]"
        case {"type": "array"}:
            inner = _type(schema.get("items", {}))
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case {"type": "object"}:
            return "Record<string, unknown>"
        case {"type": str(kind)}:
            return SCALARS[kind]
    return "unknown"


def _union(options: list[Schema]) -> str:
    types = {option.get("type") for option in options}
    extended = {"number", "string"} <= types
    found = ["Extended"] if extended else []
    found += [_type(option) for option in options if not (extended and option.get("type") in ("number", "string"))]
    return " | ".join(dict.fromkeys(found))


if __name__ == "__main__":
    frontend().joinpath("types/wire.d.ts").write_text(declarations(), encoding="utf-8")
    frontend().joinpath("state/kinds.js").write_text(kinds(), encoding="utf-8")

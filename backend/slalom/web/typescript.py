"""Writes what the page has of the server's models (``make types``): types/wire.d.ts, the types of the wire, and
state/kinds.js, the facts of kinds that it needs before the catalogue is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic.json_schema import models_json_schema

from slalom.catalogue.experiments import EXPERIMENTS

from .http.message_schemas import MESSAGES
from .http.schemas import ANSWERS
from .static.files import frontend
from .static.kinds import kinds

HEAD = """// Shapes of the wire, written by `make types` from the server's models. Do not edit.

/** A number that may be infinite or NaN, as JSON carries it. */
export type Extended = number | "inf" | "-inf" | "nan";
"""
SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")

Schema = dict[str, Any]


def declarations() -> str:
    """Return the whole file."""
    parts = _definitions((*ANSWERS, *MESSAGES), "serialization") | _definitions(EXPERIMENTS, "validation")
    return "\n".join((HEAD, *(_interface(name, schema) for name, schema in sorted(parts.items()))))


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

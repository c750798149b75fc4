"""Schemas as generators of clients read them: one name for every shape, and unions told apart by their kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic.json_schema import JsonSchemaMode, models_json_schema

SchemaPart = dict[str, Any]

COMPONENTS = "#/components/schemas/"
GIVEN = {"default", "example", "examples", "enum", "const"}
"""Parts of a schema that hold values and no schemas."""


def schemas_of(models: Iterable[Any], mode: JsonSchemaMode) -> dict[str, SchemaPart]:
    """Return the schemas of models and of all that they are made of, by name."""
    pairs: list[tuple[Any, JsonSchemaMode]] = [(model, mode) for model in models]
    return models_json_schema(pairs, ref_template=f"{COMPONENTS}{{model}}")[1].get("$defs", {})


def tidy(description: SchemaPart) -> None:
    """Leave in a description what a generator of clients can use, and say what it needs.

    A shape is called what its component or its field is: titles, of which hundreds are alike, go. A default that is an
    object goes too, since no language has one for a choice of classes; the field's text says which kind it is. A union
    of shapes with a constant ``kind`` is told apart by that field, which they then require.
    """
    shapes: dict[str, SchemaPart] = description["components"]["schemas"]
    for schema in (*schemas_in(shapes, names=True), *schemas_in(description.get("paths", {}), names=True)):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        if isinstance(default := schema.get("default"), dict):
            del schema["default"]
            _say(schema, default)
        _tell_apart(schema, shapes)


def schemas_in(part: Any, *, names: bool = False) -> Iterator[SchemaPart]:
    """Yield every object that may be a schema, the inner ones first; ``names``: the keys of ``part`` are others' names.

    What looks like a schema among examples and defaults is none, and a field may be called ``example``.
    """
    if isinstance(part, list):
        for item in part:
            yield from schemas_in(item)
    elif isinstance(part, dict):
        for key, item in part.items():
            if names or key not in GIVEN:
                yield from schemas_in(item, names=key == "properties" and not names)
        if not names:
            yield part


def _say(schema: SchemaPart, default: SchemaPart) -> None:
    if kind := default.get("kind"):
        text = schema.get("description", "").rstrip()
        schema["description"] = f"{text} Default: {kind}.".strip()


def _tell_apart(schema: SchemaPart, shapes: dict[str, SchemaPart]) -> None:
    """Say by which field a union is told apart, if all of its shapes have a constant ``kind``."""
    options = schema.get("oneOf", ())
    names = [option["$ref"].removeprefix(COMPONENTS) for option in options if "$ref" in option]
    if len(names) < 2 or len(names) < len(options):
        return
    kinds = {shapes[name].get("properties", {}).get("kind", {}).get("const"): name for name in names}
    if None in kinds or len(kinds) < len(names):
        return
    mapping = {kind: f"{COMPONENTS}{name}" for kind, name in kinds.items()}
    schema["discriminator"] = {"propertyName": "kind", "mapping": mapping}
    for name in names:
        required = shapes[name].setdefault("required", [])
        if "kind" not in required:
            required.insert(0, "kind")

"""Hostile input, drawn from a seed: specs that the API's own schemas describe, bent until they do not fit."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

Rng = random.Random
Schema = dict[str, Any]


class Raw(str):
    """Text that stands in JSON as it is."""


class Pairs(list):
    """An object as a list of pairs, so that a name may stand in it twice."""


COUNTS = (2**31, 2**40, 2**53, 2**53 + 1, 2**63, 2**64, Raw("1" + "0" * 400), -1, 0, 1.5, "3", True, None)
"""What every count of the contract is given."""
NUMBERS = (
    *("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "-0", "-0.0", "1e-400", "5e-324", "1e308", "-1.7e308", "01"),
    *("9" * 309, "9" * 400, "-" + "9" * 4000, "9" * 4300, "9" * 4301, "9" * 9000, "0." + "3" * 2000, "1e" + "9" * 30),
)
STRINGS = ('""', '"\\ud800"', '"\\u0000"', '"\\u202e"', '"\\ud83d\\udc69"', "'x'", f'"{"x" * 5000}"', '"é\\n\\r"')
LISTS = ("[]", "{}", "[[]]", "[null]", *("[" + f"{part}," * 9000 + "1]" for part in ("0.5", '"x"', "{}")))
MOST = 6000
"""Parts of a list that is repeated: more than a body may have room for, and little enough to be made at once."""
DEEP = (20, 190, 201, 3000, 30_000)
FIELDS = (
    *("run.optimizer.lr", "run.optimizer.momentum", "run.optimizer", "run.schedule", "run.schedule.warmup", "seed"),
    *("run.start.0", "run.start", "run.batch_size", "run.clip_norm", "run.layer_lr.0", "run.label", "run.noise"),
    *("problem.init_scale", "problem.hidden.0", "problem.text", "problem.kappa", "problem.x.0", "problem.data.n"),
    *("run", "problem", "run.__class__.x", "run.optimizer.kind", "problem.eigenvalues.0", "run.optimizer.beta1"),
)
TEXTS = ("x**2 + 10*y**2", "sin(x*y)", "exp(1000*x)", "1/(x-x)", "x1*x8", "log(0*x)", "9**9**9*x", "where(x > 0, 1, x)")
KNOWN: dict[str, tuple[Any, ...]] = {
    "text": TEXTS,
    "field": FIELDS,
    "steps": (1, 2, 10, 40),
    "seeds": (1, 2, 3),
    "n": (2, 20, 40, 100),
    "id": ("d000000000000", "nope"),
    "name": ("a name", "é", "x" * 81),
    "shape": ([8, 8], [2], [512, 512], [2**20, 2**20]),
    "device": ("auto", "cpu"),
}
"""What fields are given that a schema alone does not describe, or that should be small: work is not what is tried."""


class Schemas:
    """Draws instances of the shapes in an OpenAPI description."""

    def __init__(self, openapi: Schema) -> None:
        self.shapes: Schema = openapi["components"]["schemas"]

    def draw(self, schema: Schema, rng: Rng, name: str = "", depth: int = 0) -> Any:
        """Return an instance of a shape that more often fits than not; ``name`` is the field it is for."""
        schema = self.shapes[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        if name in KNOWN and rng.random() < 0.95:
            return rng.choice(KNOWN[name])
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return rng.choice(schema["enum"])
        if choices := schema.get("oneOf") or schema.get("anyOf"):
            return self.draw(rng.choice(choices), rng, name, depth)
        match schema.get("type"):
            case "object":
                return self._object(schema, rng, depth)
            case "array":
                few = range(schema.get("minItems", 0), min(schema.get("maxItems", 4), 4) + 1)
                parts = schema.get("prefixItems") or [schema.get("items", {})] * rng.choice(few or [1])
                return [self.draw(part, rng, "", depth + 1) for part in parts]
            case "integer":
                low, high = schema.get("minimum", 0), schema.get("maximum", 50)
                return rng.choice((low, low + 1, min(low + 7, high), min(low + 30, high)))
            case "number":
                low = schema.get("minimum", schema.get("exclusiveMinimum", -1.0))
                return rng.choice((low, low + 0.01, low + 0.1, low + 0.5, low + 1, 1))
            case "boolean":
                return rng.random() < 0.5
            case "string":
                return rng.choice(("a", "", "thermometer", "x" * 50))
            case "null":
                return None
        return rng.choice((0.1, 1, "a", None, {"kind": "adam"}, [0.1, 1]))

    def _object(self, schema: Schema, rng: Rng, depth: int) -> Any:
        needed, made = set(schema.get("required", ())), {}
        for name, part in schema.get("properties", {}).items():
            if name in needed or name in ("kind", "runs", "steps") or rng.random() < 0.6 / (depth + 1):
                made[name] = self.draw(part, rng, name, depth + 1)
        return made


def nasty(rng: Rng) -> Any:
    """Return something that hardly any field takes."""
    deep = rng.choice(DEEP)
    return rng.choice(
        (
            *[Raw(rng.choice(NUMBERS))] * 4,
            *[rng.choice(COUNTS)] * 3,
            Raw(rng.choice(STRINGS)),
            Raw(rng.choice(LISTS)),
            Raw("[" * deep + "]" * deep),
            Raw('{"kind":' * deep + "1" + "}" * deep),
            {"kind": rng.choice((None, [], {}, "sgd", 3, "adam" * 100))},
            {f"name{i}": i for i in range(rng.choice((3, 3000)))},
            [rng.random()] * rng.choice((1, 65, 5000)),
        )
    )


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, part in inside for path in places(part, (*here, key)))]


def bent(value: Any, rng: Rng) -> Any:
    """Return a value with one thing in it replaced, removed, repeated or added."""
    path = rng.choice(places(value))
    parts = places(value)

    def bend(part: Any, path: tuple[Any, ...]) -> Any:
        if path:
            key, *rest = path
            new = bend(part[key], tuple(rest))
            return part | {key: new} if isinstance(part, dict) else [*part[:key], new, *part[key + 1 :]]
        way = rng.random()
        if way < 0.6:
            return nasty(rng)
        if isinstance(part, dict) and part and way < 0.9:
            return _other_object(part, rng)
        if isinstance(part, list) and part and way < 0.9:
            return part * min(rng.choice((0, 2, 40, 3000)), MOST // len(places(part)))
        return [part] if way < 0.95 else _at(value, rng.choice(parts))

    return bend(value, path)


def _other_object(part: dict[str, Any], rng: Rng) -> Any:
    name = rng.choice(list(part))
    way = rng.randrange(3)
    if way == 0:
        return {key: inside for key, inside in part.items() if key != name}
    if way == 1:
        return part | {rng.choice(("more", "kind", "", "__proto__", "n", "values", "x" * 3000)): nasty(rng)}
    return Pairs([*part.items(), (name, nasty(rng))])


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def as_text(value: Any) -> str:
    """Return a value as JSON, Raw as it stands and Pairs with every name as often as it has it."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Pairs):
        return "{" + ",".join(f"{json.dumps(key)}:{as_text(part)}" for key, part in value) + "}"
    if isinstance(value, dict):
        return as_text(Pairs(value.items()))
    if isinstance(value, list):
        return "[" + ",".join(map(as_text, value)) + "]"
    return json.dumps(value)


def damaged(data: bytes, rng: Rng) -> bytes:
    """Return bytes with some of them lost, changed, or no text at all."""
    at = rng.randrange(len(data) + 1)
    return rng.choice(
        (
            data[:at],
            data[:at] + b"\xff\xfe" + data[at:],
            data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :],
            b"\xef\xbb\xbf" + data,
            data + data,
            b"",
            b"\x00" * 40,
            data.decode("utf-8", "replace").encode("utf-16"),
            data[:at] + b"," * 200 + data[at:],
        )
    )


def body(schemas: Schemas, schema: Schema, rng: Rng) -> bytes:
    """Return a body for a route that takes a shape: as it should be, bent, or damaged."""
    value = schemas.draw(schema, rng)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 4))):
        value = bent(value, rng) if not isinstance(value, Raw | Pairs) else value
    data = as_text(value).encode("utf-8", "replace")
    return damaged(data, rng) if rng.random() < 0.1 else data


TABLES: tuple[Callable[[Rng], bytes], ...] = (
    lambda rng: b"1,2,a\n3,4,b\n" * rng.choice((1, 30, 3000)),
    lambda rng: "\n".join(f"{rng.random()},{rng.choice(NUMBERS)}" for _ in range(40)).encode(),
    lambda rng: b"anna\nbo\n" * 20 + rng.choice((b"", b"\xff", b"a\x00b", b"x" * 90_000)),
    lambda rng: b"," * rng.choice((10, 300, 60_000)),
    lambda rng: b'"' + b"a" * rng.choice((10, 200_000)),
    lambda rng: rng.randbytes(rng.choice((0, 1, 2000))),
    lambda rng: "é,ü,\u2028\n".encode() * 200,
    lambda rng: ("1," * 100 + "1\n").encode() * rng.choice((3, 3000)),
    lambda rng: b"x" * 2_000_001,
)
"""Files of data as nobody should send them."""

IDS = ("0" * 12, "nope", "%00", "..%2f..", "x" * 2000, "d" + "0" * 12, "%ff", str(2**70), "%F0%9F%92%A9", "a b")


class Request(NamedTuple):
    """A request as it goes over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def request(openapi: Schema, schemas: Schemas, ids: list[str], rng: Rng) -> Request:
    """Return a request for any route that there is; ``ids`` are those of stored experiments and data."""
    routes = [(path, method) for path, methods in openapi["paths"].items() for method in methods]
    bodies = [(path, method) for path, method in routes if "requestBody" in openapi["paths"][path][method]]
    path, method = rng.choice(bodies if rng.random() < 0.75 else routes)
    described = openapi["paths"][path][method]
    query: list[str] = []
    for one in described.get("parameters", ()):
        value = rng.choice(ids) if ids and rng.random() < 0.8 else rng.choice(IDS)
        if one["name"] == "kind" and one["in"] == "path":
            value = rng.choice(("plane", "inside", "boundary", "samples", "nope"))
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", value)
        elif rng.random() < 0.3 and one["name"] != "wait":
            drawn = as_text(nasty(rng) if rng.random() < 0.5 else schemas.draw(one["schema"], rng))[:3000]
            query.append(f"{one['name']}={quote(drawn.strip(chr(34)))}")
    content = described.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        data, kind = body(schemas, content["application/json"]["schema"], rng), "application/json"
    else:
        data, kind = rng.choice(TABLES)(rng) if content else b"", "text/csv"
    if rng.random() < 0.03:
        kind = rng.choice(("text/plain", "", "multipart/form-data; boundary=x", "application/json; charset=utf-7"))
    method = method.upper() if rng.random() < 0.98 else rng.choice(("PUT", "TRACE", "OPTIONS", "HEAD", "BREW"))
    return Request(method, path + ("?" + "&".join(query) if query else ""), {"Content-Type": kind}, data)

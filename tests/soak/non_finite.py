"""Numbers that are none: what is sent as such is refused, and what runs come to is told alike wherever it is told."""

from __future__ import annotations

import csv
import io
import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
from websockets.sync.client import connect

from slalom.wire.frames import Block, decode

from ..bench.measure import Row
from ..bench.nasty import Raw, as_text, places
from ..bench.server import Server, serving
from ..traces import gather

NUMBERS = ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", '"nan"', '"inf"', "null", "9" * 400)
"""What stands in the place of a number."""
LEFT_OUT = "null"
"""May also stand for what is left out: it is no mistake."""
SPEC = {
    "problem": {"kind": "quadratic", "eigenvalues": [1.0, 20.0]},
    "runs": [
        {
            "optimizer": {"kind": "sgd", "lr": 0.01, "momentum": 0.5, "weight_decay": 0.01},
            "schedule": {"kind": "cosine", "warmup": 3, "final": 0.1},
            "start": [1.0, 1.0],
            "clip_norm": 1.0,
            "noise": 0.1,
        },
        {"optimizer": {"kind": "adam", "lr": 0.1, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}},
    ],
    "steps": 20,
    "seed": 1,
}
PROBLEMS = (
    {"kind": "quadratic", "eigenvalues": [1.0, 20.0]},
    {"kind": "rosenbrock"},
    {"kind": "formula", "text": "x**4 - exp(y) + y**2"},
    {"kind": "formula", "text": "log(x) + x**2"},
    {"kind": "formula", "text": "1/x + x"},
    {"kind": "formula", "text": "sqrt(x) - x**3"},
)
OPTIMIZERS = (
    *({"kind": "sgd", "lr": lr} for lr in (1e-2, 0.11, 1.5, 1e3, 1e150)),
    {"kind": "sgd", "lr": 0.3, "momentum": 0.99},
    {"kind": "adam", "lr": 1e200},
    {"kind": "newton", "lr": 3.0},
)
STEPS = 400


def rows(seconds: float) -> Iterator[Row]:
    """Send numbers that are none to every field, and compare runs as JSON, CSV, NPZ and frames tell them."""
    begin = time.monotonic()
    with serving(SLALOM_QUEUE_PER_CLIENT="1000") as server, httpx.Client(base_url=server.url, timeout=120) as client:
        told, kinds, tried = list[str](), set[str](), 0
        for problem, optimizer in itertools.product(PROBLEMS, OPTIMIZERS):
            if time.monotonic() - begin > seconds / 2:
                break
            found, differing = compare(server, client, {"problem": problem, "runs": [{"optimizer": optimizer}]})
            kinds, told, tried = kinds | found, told + differing, tried + 1
        sent = list[tuple[int, str]]()
        for text in wrong_specs():
            if time.monotonic() - begin < seconds:
                sent += [(status, text) for status in answers(client, text)]
    accepted = [one for one in sent if one[0] < 400]
    errors = [one for one in sent if one[0] >= 500]
    for one in (*accepted, *errors, *told)[:20]:
        print("   ", str(one)[:300])
    yield Row(f"{len(sent)} numbers that are none are sent: accepted", f"{len(accepted)}", "0", not accepted)
    yield Row("  server errors", f"{len(errors)}", "0", not errors)
    what = f"{tried} runs of {len(PROBLEMS) * len(OPTIMIZERS)} in 5 forms ({', '.join(sorted(kinds))}): differing"
    yield Row(what, f"{len(told)}", "0", not told)


def wrong_specs() -> Iterator[str]:
    """Yield the spec with something that is no number in the place of each of its numbers."""
    for place in places(SPEC):
        if isinstance(value_at(SPEC, place), int | float):
            yield from (as_text(put(SPEC, place, Raw(number))) for number in NUMBERS if number != LEFT_OUT)


def value_at(value: Any, place: tuple[Any, ...]) -> Any:
    """Return what stands at a place."""
    for key in place:
        value = value[key]
    return value


def put(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """Return a value with something else at a place."""
    if not place:
        return new
    key, *rest = place
    inside = put(value[key], tuple(rest), new)
    return value | {key: inside} if isinstance(value, dict) else [*value[:key], inside, *value[key + 1 :]]


def answers(client: httpx.Client, text: str) -> list[int]:
    """Return the statuses with which a spec is answered: simulated, stored, and previewed on a socket."""
    head = {"Content-Type": "application/json"}
    found = [
        client.post(path, content=text, headers=head).status_code for path in ("/api/simulate", "/api/experiments")
    ]
    with connect(str(client.base_url).replace("http", "ws") + "/api/preview") as socket:
        socket.send(f'{{"id": 1, "spec": {text}}}')
        said = socket.recv(timeout=60)
    refused = isinstance(said, str) and json.loads(said)["type"] == "problem"
    return [*found, json.loads(said)["status"] if refused else 200]


def compare(server: Server, client: httpx.Client, spec: dict[str, Any]) -> tuple[set[str], list[str]]:
    """Return what kinds of outcomes came, and where one form of a run tells other numbers than its frames do."""
    spec = spec | {"steps": STEPS}
    id = client.post("/api/experiments", json=spec).raise_for_status().json()["id"]
    record = client.get(f"/api/experiments/{id}", params={"wait": 60}).json()
    kinds = {outcome["kind"] for outcome in record["outcomes"] or []} or {record["status"]}
    names, frames = gather(streamed(server, id), 0)
    forms = {
        "trace": from_json(client.get(f"/api/experiments/{id}/trace?format=json").json(), names),
        "simulation": from_json(client.post("/api/simulate", json=spec).json(), names),
        "CSV": from_csv(client.get(f"/api/experiments/{id}/trace?format=csv").text, names),
        "NPZ": from_npz(client.get(f"/api/experiments/{id}/trace?format=npz").content, names),
    }
    differing = [form for form, found in forms.items() if not np.array_equal(found, frames, equal_nan=True)]
    last = np.isfinite(frames[names.index("loss")][-1])
    if "diverged" not in kinds and not last:
        differing.append(f"outcome {kinds}")
    return kinds, [f"{form}: {json.dumps(spec)}" for form in differing]


def streamed(server: Server, id: str) -> list[Block]:
    """Return all frames of an experiment."""
    path = f"ws://127.0.0.1:{server.port}/api/experiments/{id}/stream?detail=full&ack=0"
    with connect(path, max_size=None) as socket:
        return [decode(message) for message in socket if isinstance(message, bytes)]


def from_json(answer: Any, names: tuple[str, ...]) -> np.ndarray:
    """Return the first run of an answer as columns; "inf" and "nan" are numbers for Python, too."""
    (run,) = answer["runs"]
    points = np.array([[float(value) for value in point] for point in run["params"]])
    columns = {name: np.array([float(value) for value in run[name]]) for name in names if name in run}
    columns |= {f"p{i}": points[:, i] for i in range(points.shape[1] if points.ndim > 1 else 0)}
    return np.array([columns[name] for name in names])


def from_csv(text: str, names: tuple[str, ...]) -> np.ndarray:
    """Return the rows of a table as columns."""
    read = list(csv.DictReader(io.StringIO(text)))
    return np.array([[float(row[name]) for row in read] for name in names])


def from_npz(data: bytes, names: tuple[str, ...]) -> np.ndarray:
    """Return the first run of an archive as columns."""
    with np.load(io.BytesIO(data)) as archive:
        length = int(archive["length"][0])
        return np.array([archive[name][0, :length] for name in names])

"""Measured before made: every count of every body, found in the schemas, is refused or accepted for next to nothing."""

import json
import time
import tracemalloc

import httpx
import pytest
from pydantic import TypeAdapter
from websockets.sync.client import connect

from slalom.catalogue.admission import check, check_interactive
from slalom.catalogue.experiments import AnyExperiment
from slalom.errors import SlalomError
from slalom.settings import Settings
from slalom.web.api.experiments import Fork
from slalom.web.api.landscape import Landscape
from slalom.web.http.dependencies import to_json
from slalom.web.http.problem_details import explain_error, parse_body

HOSTILE = (2**31, 2**40, 2**53, 2**53 + 1, 2**63, 10**400, 10**4299, -(10**400), -1, 0, 1.5, "3", True, None)
LR = {"field": "run.optimizer.lr", "from": 0.1, "to": 1, "n": 2}
LEAST = {"field": "run.optimizer.lr", "text": "x**2", "id": "d0"}
"""What a text must be at least to be taken."""
SPECS, FORK, LANDSCAPE = TypeAdapter(AnyExperiment), TypeAdapter(Fork), TypeAdapter(Landscape)


class Walk:
    """Finds the whole numbers in a schema, and the smallest body in which each can stand."""

    def __init__(self, adapter):
        self.whole = adapter.json_schema()
        self.parts = self.whole.get("$defs", {})

    def options(self, schema):
        schema = self.parts[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        choices = schema.get("oneOf") or schema.get("anyOf")
        return [one for part in choices for one in self.options(part)] if choices else [schema]

    def least(self, schema, name=""):
        one = self.options(schema)[0]
        match one.get("type"):
            case "object":
                if one["title"] == "Vary":
                    return LR
                kind = one["properties"].get("kind", {})
                made = {key: self.least(one["properties"][key], key) for key in one.get("required", ())}
                return made | ({"kind": kind["const"]} if "const" in kind else {})
            case "array":
                return self.filled(one, self.least(one.get("items", {})))
        return one.get("const", one.get("minimum", LEAST.get(name, 1)))

    def filled(self, schema, part):
        """Return a list with one part that matters, as short as the schema allows."""
        other = {"field": "run.start.0", "values": [1]}
        return [part, other] if schema.get("minItems") == 2 and part != 1 and "field" in part else [part]

    def counts(self, schema=None, label=""):
        """Yield, of every whole number, a name and what makes a body of a value for it."""
        for one in self.options(self.whole if schema is None else schema):
            if one.get("type") == "integer":
                yield label, lambda value: value
            elif one.get("type") == "array" and "items" in one:
                for name, make in self.counts(one["items"], f"{label}[]"):
                    yield name, lambda value, make=make, one=one: self.filled(one, make(value))
            elif "properties" in one:
                base, kind = self.least(one), one["properties"].get("kind", {}).get("const", one["title"])
                for key, part in one["properties"].items():
                    for name, make in self.counts(part, f"{label} {kind}.{key}"):
                        yield name, lambda value, make=make, key=key, base=base: base | {key: make(value)}


def asked(adapter, body, roads=(check, check_interactive)):
    """Return what is answered to a body: None where it is accepted, otherwise the problem."""
    try:
        found = parse_body(adapter, json.dumps(body).encode())
        for road in roads if adapter is SPECS else ():
            road(found, Settings())
    except SlalomError as error:
        return explain_error(error)
    return None


COUNTS = [(adapter, *one) for adapter in (SPECS, FORK, LANDSCAPE) for one in Walk(adapter).counts()]


def test_the_counts_of_the_contract_are_found():
    names = {name.strip() for _, name, _ in COUNTS}
    assert len(names) > 150
    for some in (
        *("map.vary[] Vary.n", "comparison.vary[] Vary.n", "comparison.seeds", "comparison.steps", "map.steps"),
        *("comparison.problem network.hidden[]", "comparison.problem network.data moons.n", "Landscape.shape[]"),
        *("comparison.problem character.context", "comparison.problem character.embedding", "Fork.steps"),
        *("comparison.runs[] Run.schedule multistep.milestones[]", "comparison.runs[] Run.batch_size"),
    ):
        assert some in names
    # With a plain count most bodies are taken, so that what is refused below is refused for its count.
    taken = [asked(adapter, make(7), [check]) is None for adapter, _, make in COUNTS]
    assert sum(taken) > len(taken) / 2


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:12])
def test_no_count_makes_anything_before_it_is_measured(value):
    for adapter, name, make in COUNTS:
        body, begin = make(value), time.thread_time()
        tracemalloc.start()
        answer = asked(adapter, body)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 4e6, name
        assert time.thread_time() - begin < 2, name
        assert answer is None or 400 <= answer["status"] < 500, name
        assert answer is None or len(to_json(answer)) < 20_000, name
        if type(value) is int and abs(value) > 2**63:
            assert answer is not None, name


LISTS = {
    "runs": lambda many: {"problem": {"kind": "bowl"}, "runs": many},
    "values": lambda many: {
        "problem": {"kind": "bowl"},
        "runs": [{}],
        "vary": [{"field": "run.optimizer.lr", "values": many}],
    },
    "vary": lambda many: {"problem": {"kind": "bowl"}, "runs": [{}], "vary": many},
    "start": lambda many: {"problem": {"kind": "bowl"}, "runs": [{"start": many}]},
    "layer_lr": lambda many: {"problem": {"kind": "network"}, "runs": [{"layer_lr": many}]},
    "eigenvalues": lambda many: {"problem": {"kind": "quadratic", "eigenvalues": many}, "runs": [{}]},
    "x": lambda many: {"problem": {"kind": "regression", "x": many, "y": [1, 2]}, "runs": [{}]},
    "hidden": lambda many: {"problem": {"kind": "network", "hidden": many}, "runs": [{}]},
    "domain": lambda many: {"problem": {"kind": "formula", "text": "x", "domain": many}, "runs": [{}]},
    "milestones": lambda many: {
        "problem": {"kind": "bowl"},
        "runs": [{"schedule": {"kind": "multistep", "milestones": many}}],
    },
}


@pytest.mark.parametrize("name", LISTS)
def test_the_errors_of_a_list_end_at_its_first(name):
    tracemalloc.start()
    answer = asked(SPECS, LISTS[name](["x"] * 15_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer["status"] == 422
    assert 1 <= len(answer.get("errors", ())) <= 3 or "limit" in answer
    assert peak < 4e6


MAP = {"kind": "map", "problem": {"kind": "bowl"}, "vary": [LR, {"field": "run.start.0", "values": [1]}]}
SWEEP = {"problem": {"kind": "bowl"}, "runs": [{}], "steps": 2, "vary": [LR]}
SIZES = (10**7, 2**31, 2**40, 2**53)


def widened(spec, n):
    return spec | {"vary": [LR | {"n": n}, *spec["vary"][1:]]}


@pytest.mark.parametrize("mode", ["local", "class", "public"])
def test_an_axis_is_measured_on_every_road(quiet, mode):
    house = quiet(mode=mode, token="a secret for the test")
    head = {"Authorization": "Bearer a secret for the test"}
    begin = time.process_time()
    with (
        httpx.Client(base_url=house.http, headers=head, timeout=60) as api,
        connect(f"{house.ws}/api/preview", additional_headers=head) as socket,
    ):
        for n in SIZES:
            answers = [api.post("/api/experiments", json=widened(spec, n)) for spec in (MAP, SWEEP)]
            answers += [api.post(path, json=widened(SWEEP, n)) for path in ("/api/simulate", "/api/simulate/steps")]
            for answer in answers:
                assert (answer.status_code, answer.json()["value"]) == (422, n)
                assert answer.json()["setting"] in ("SLALOM_MAP_CELLS", "SLALOM_LANES")
                assert answer.json()["limit"] < n
            for path in ("/api/simulate", "/api/simulate/steps"):
                assert api.post(path, json=widened(MAP, n)).status_code == 422
            for spec in (MAP, SWEEP):
                socket.send(json.dumps({"id": 1, "spec": widened(spec, n)}))
                assert json.loads(socket.recv(timeout=60))["status"] == 422
    assert time.process_time() - begin < 10


@pytest.mark.parametrize("values", [False, True], ids=["range", "list"])
@pytest.mark.parametrize(("n", "fits"), [(4095, True), (4096, True), (4097, False)])
def test_as_many_values_as_there_may_be_runs(quiet, n, fits, values):
    axis = {"field": LR["field"], "values": [0.5] * n} if values else LR | {"n": n}
    answer = httpx.post(f"{quiet().http}/api/experiments", json=SWEEP | {"vary": [axis]}, timeout=60)
    assert answer.status_code == (201 if fits else 422)
    if not fits:
        assert (answer.json()["limit"], answer.json()["value"]) == (4096, n)
        assert answer.json()["setting"] == "SLALOM_LANES"

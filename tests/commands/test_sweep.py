"""slalom sweep, map and range-test: what varies, what is said, and what their files hold."""

import csv
import io
import json

import numpy as np
import pytest
from commanding import slalom as command

import slalom
from slalom.analysis.sweep import summarize
from slalom.commands.variations import variation
from slalom.errors import SpecError


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_sweep_says_which_value_is_best_as_the_server_does(here):
    found = command("sweep", "-f", "x^2", "--vary", "lr=0.1,0.5,1.1", "--steps", 20, "--json", "sweep.json", "--csv")
    assert found.code == 0
    sweep = json.loads((here / "sweep.json").read_text())["sweep"]
    assert sweep["best"]["value"] == 0.5
    assert sweep["best"]["because"] in found.err
    assert "1 of 1" in found.err
    heads, *rows = csv.reader(io.StringIO(found.out))
    assert heads[:3] == ["index", "value", "final"]
    assert [row[1] for row in rows] == ["0.1", "0.5", "1.1"]


def test_a_sweep_of_which_every_value_diverges_has_another_exit_code():
    found = command("sweep", "-f", "x^2", "--vary", "lr=2,3", "--steps", 50)
    assert found.code == 3
    assert "Every value diverges." in found.out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lr=1e-3..1", {"from": 1e-3, "to": 1.0, "scale": "log", "n": 9}),
        ("lr=0.1..1.9:4", {"from": 0.1, "to": 1.9, "scale": "linear", "n": 4}),
        ("lr=0.1..2", {"from": 0.1, "to": 2.0, "scale": "log", "n": 9}),
        ("lr=0.1..2:5:linear", {"from": 0.1, "to": 2.0, "scale": "linear", "n": 5}),
        ("lr=0..2", {"from": 0.0, "to": 2.0, "scale": "linear", "n": 9}),
        ("momentum=0,0.5", {"field": "run.optimizer.momentum", "values": [0, 0.5]}),
        ("start.0=-4..4", {"field": "run.start.0", "from": -4.0, "to": 4.0, "scale": "linear", "n": 9}),
        ("kappa=1,2", {"field": "problem.kappa", "values": [1, 2]}),
        ("seed=1,2", {"field": "seed", "values": [1, 2]}),
        ("batches=drawn,shuffled", {"field": "run.batches", "values": ["drawn", "shuffled"]}),
    ],
)
def test_what_varies_is_said_in_one_word(text, expected):
    spec = {"problem": {"kind": "bowl"}, "runs": [{}]}
    assert variation(spec, text, 9) == {"field": "run.optimizer.lr"} | expected


@pytest.mark.parametrize("text", ["lr", "lr=", "=1,2", "lr=a..1"])
def test_what_cannot_be_read_is_said_with_examples(text):
    with pytest.raises(SpecError, match=r"--vary .* Write lr=0\.001\.\.1"):
        variation({"problem": {"kind": "bowl"}}, text, 9)


def test_a_map_counts_its_outcomes(here):
    arguments = ["map", "--problem", "bowl", "--vary", "lr=0.01..1:6", "--vary", "momentum=0..0.9:4", "--steps", 60]
    found = command(*arguments, "--npz", "--json", "map.json")
    written = json.loads((here / "map.json").read_text())
    with np.load(here / "slalom.npz") as arrays:
        assert (found.code, arrays["kind"].shape, arrays["x"].shape) == (0, (4, 6), (6,))
    kinds = [kind for row in written["kinds"] for kind in row]
    assert f"{kinds.count('diverged')}" in found.out
    assert "The fastest pair is lr " in found.out
    assert command("map", "--problem", "bowl", "--vary", "lr=0.01..1").code == 2


def test_a_spec_brings_what_varies(here):
    axes = [{"field": "run.start.0", "values": [1.0, 2.0]}, {"field": "run.optimizer.lr", "values": [0.1, 0.2]}]
    spec = {"kind": "map", "problem": {"kind": "bowl"}, "run": {}, "vary": axes, "steps": 5}
    found = command("map", "-", "--json", standard_input=json.dumps(spec))
    assert [vary["values"] for vary in json.loads(found.out)["spec"]["vary"]] == [[1.0, 2.0], [0.1, 0.2]]
    other = command("map", "-", "--vary", "lr=1,2", "--vary", "start.0=3,4", "--json", standard_input=json.dumps(spec))
    assert [vary["values"] for vary in json.loads(other.out)["spec"]["vary"]] == [[1, 2], [3, 4]]


def test_where_runs_maximize_no_value_is_best_and_none_is_said_to_diverge():
    found = command("sweep", "-f", "-x^2", "--set", "maximize=true", "--vary", "lr=0.1,0.2", "--steps", 5)
    assert found.code == 0
    assert "no value is called best, where runs maximize" in found.out
    assert "diverges" not in found.out


def test_a_sweep_of_several_fields_is_one_table():
    varied = {"run.optimizer.lr": [0.1, 0.2], "run.optimizer.momentum": [0, 0.5]}
    axes = [{"field": field, "values": values} for field, values in varied.items()]
    spec = {"problem": {"kind": "parabola"}, "runs": [{}], "vary": axes, "steps": 5}
    found = command("sweep", "-", standard_input=json.dumps(spec))
    assert found.code == 0
    assert found.out.splitlines()[1].split() == ["lr,", "momentum", "final", "loss", "steps", "diverged"]
    assert [row[:12].strip() for row in found.out.splitlines()[2:6]] == ["0.1, 0", "0.1, 0.5", "0.2, 0", "0.2, 0.5"]


@pytest.mark.parametrize("name", ["sweep", "map", "range-test"])
def test_a_stored_comparison_is_a_spec_of_every_command(name):
    """Stored specs have every setting, also those that other kinds of experiments lack."""
    stored = slalom.simulate({"problem": {"kind": "bowl"}, "runs": [{}], "steps": 20}).provenance.spec
    assert (stored["seeds"], stored["vary"]) == (1, [])
    vary = {"map": ["--vary", "lr=0.1,0.2", "--vary", "start.0=1,2"]}.get(name, [])
    found = command(name, "-", *vary, "--json", standard_input=json.dumps(stored))
    assert found.code in (0, 3), found.err
    assert json.loads(found.out)["spec"]["steps"] == 20
    if name == "sweep":
        assert json.loads(found.out)["sweep"]["field"] == "run.optimizer.lr"


def test_a_range_test_recommends_a_rate_with_its_reason(here):
    found = command("range-test", "-f", "x^2 + 10 y^2", "--steps", 60, "--json", "range.json")
    expected = slalom.run(
        {"kind": "range_test", "problem": {"kind": "formula", "text": "x^2 + 10 y^2"}, "run": {}, "steps": 60}
    ).findings
    assert found.code == 0
    assert expected.because in found.out
    assert json.loads((here / "range.json").read_text())["range"]["recommended"]["lr"] == expected.lr
    assert command("range-test", "-f", "x^2", "--lr", "0.1,0.2").code == 2


def test_what_a_result_hands_to_the_summary_are_its_entries():
    spec = {"problem": {"kind": "parabola"}, "runs": [{}], "vary": [{"field": "run.optimizer.lr", "values": [0.1, 9]}]}
    result = slalom.simulate(spec)
    found = summarize(result.spec, result.blocks, [run["outcome"] for run in result])
    assert [value["final"] for value in found["values"]] == [float(run.loss[-1]) for run in result]

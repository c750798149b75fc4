"""slalom run: specs from options, files and links; verdicts in words; exit codes; files."""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from commanding import slalom as command

import slalom
from slalom.commands.place import called
from slalom.commands.share_link import experiment_in, spec_in
from slalom.errors import SpecError
from slalom.settings import Limits
from slalom.web.downloads.read_back import read_trace

LINK = "1.WyJwYXJhYm9sYSIsW1tbInNnZCIseyJsciI6MS4wNX1dXSxbWyJzZ2QiLHsibHIiOjAuMX1dXV0sNDAsMCwxLDNd.0kthj8j"
FRONTEND = (Path(__file__).parents[2] / "frontend").as_uri()
SPEC = {
    "problem": {"kind": "bowl", "kappa": 10},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 0.3}}, {"optimizer": {"kind": "adam", "lr": 0.1}, "label": "a, b"}],
    "steps": 30,
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("lr", "code", "kind"),
    [("0.1", 0, "converged"), ("1e-3", 0, "unfinished"), ("1", 4, "oscillating"), ("1.05", 3, "diverged")],
)
def test_a_verdict_is_the_sentence_of_the_run_and_an_exit_code(lr, code, kind):
    found = command("run", "--function", "x^2", "--start", "-4", "--lr", lr, "--steps", 100)
    spec = {"problem": {"kind": "formula", "text": "x^2"}, "runs": [{"optimizer": {"lr": float(lr), "kind": "sgd"}}]}
    spec["runs"][0]["start"] = [-4]
    run = slalom.simulate(spec)[0]
    assert found.code == code
    assert f", lr {float(lr):g}: {kind}" in found.out
    assert run.outcome.because in found.out
    assert found.err == ""
    assert "\x1b" not in found.out


def test_a_rule_may_be_a_class_of_a_package():
    found = command("run", "-f", "x^2", "-o", "torch.optim.SGD", "--lr", "1.05", "--start", "1", "--steps", 60)
    assert (found.code, "diverged at step 38" in found.out) == (3, True)
    missing = command("run", "-f", "x^2", "-o", "nowhere.Rule")
    assert missing.code in (1, 2)
    assert "nowhere" in missing.err


def test_several_runs_are_a_table_and_the_worst_is_the_exit_code():
    found = command("run", "-f", "x^2", "--lr", "0.1,1.05", "-o", "sgd,adam", "--steps", 60)
    assert found.code == 3
    assert len(re.findall(r"(?m)^(?:Gradient descent|Adam), lr \S+: ", found.out)) == 4
    heads, *rows = found.out.splitlines()[1:6]
    assert heads.split() == ["run", "losses", "loss", "outcome", "at", "step"]
    assert len(rows) == 4


def test_a_spec_comes_from_a_file_standard_input_a_trace_or_a_link(here):
    (here / "spec.json").write_text(json.dumps(SPEC))
    (here / "trace.json").write_text(slalom.simulate(SPEC).to_json())
    said = command("run", "spec.json")
    assert said.code == 3
    assert command("run", "-", standard_input=json.dumps(SPEC)) == said
    assert command("run", "trace.json") == said
    assert "diverged at step 38" in command("run", f"http://127.0.0.1:8000/#{LINK}").out
    assert command("run", f"#{LINK}&hide=lr", "--steps", 10).code == 4


ENCODED = f"""
import {{ encode }} from "{FRONTEND}/state/link.js";
const view = {{ selected: 0, log: true, follow: false, axis: "steps" }};
console.log(JSON.stringify(JSON.parse(process.argv[1]).map((spec) => encode({{ spec, view }}))));
"""


def test_links_of_the_page_are_read():
    runs = [
        {"optimizer": {"kind": "adam", "lr": 1e-5, "beta1": 0.8}},
        {"optimizer": {"kind": "sgd", "lr": 0.1}, "schedule": {"kind": "cosine", "warmup": 10}},
        {"optimizer": {"kind": "sgd", "lr": 0.1}, "start": [-0.5], "label": "läuft 🎿", "noise": 0.01},
    ]
    about = {"steps": 40, "seed": 7}
    specs = [
        {"problem": {"kind": "parabola"}, "runs": runs, **about, "dtype": "float64"},
        {
            "problem": {"kind": "formula", "text": "x**2"},
            "runs": runs[:1],
            **about,
            "dtype": "float32",
            "device": "cpu",
        },
    ]
    script = ["node", "--input-type=module", "-e", ENCODED, json.dumps(specs)]
    links = json.loads(subprocess.run(script, capture_output=True, text=True, check=True).stdout)
    assert [spec_in(f"#{link}") for link in links] == [{"device": "auto"} | spec for spec in specs]
    for torn in (LINK[:-1], LINK.replace("W", "V", 1), "2" + LINK[1:], "1.", "1.W10.0000000"):
        with pytest.raises(SpecError, match=r"damaged or cut off"):
            spec_in(f"#{torn}")
    with pytest.raises(SpecError, match="holds no set-up"):
        spec_in("http://127.0.0.1:8000/map")
    assert experiment_in("https://here/slalom/?experiment=abc") == ("https://here/slalom/", "abc")


def test_options_are_put_on_a_spec(here):
    (here / "spec.json").write_text(json.dumps(SPEC))
    options = ["--steps", 7, "--seed", 3, "--optimizer", "adam", "--set", "beta2=0.9", "--set", "problem.kappa=20"]
    more = ["--schedule", "cosine", "--start", "1,-2", "--set", "noise=0.1", "--set", "dtype=float32", "--lr", "0.2"]
    found = command("run", "spec.json", *options, *more, "--json")
    spec = json.loads(found.out)["spec"]
    assert (spec["steps"], spec["seed"], spec["dtype"], spec["problem"]["kappa"]) == (7, 3, "float32", 20)
    for run in spec["runs"]:
        assert (run["optimizer"]["kind"], run["optimizer"]["lr"], run["optimizer"]["beta2"]) == ("adam", 0.2, 0.9)
        assert (run["start"], run["noise"], run["schedule"]["kind"]) == ([1, -2], 0.1, "cosine")
    assert [run["label"] for run in spec["runs"]] == ["", "a, b"]
    assert found.err.startswith("Bowl")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "There is nothing to compute."),
        (["-f", "x^2", "--problem", "bowl"], "There are --function and --problem, but only one"),
        (["-f", "x^2 + "], "\n  x^2 + \n"),
        (["-f", "x^2", "-o", "adm"], "There is no optimizer 'adm'. Did you mean adam?"),
        (["-f", "x^2", "-o", "adam", "--momentum", "0.9"], "Adam has no momentum. What it has: lr, maximize"),
        (["--problem", "rosenbrok"], "Did you mean rosenbrock?"),
        (["-f", "x^2", "--schedule", "cosin"], "Did you mean cosine?"),
        (["-f", "x^2", "--lr", "0.1,fast"], "--lr 0.1,fast: give numbers"),
        (["-f", "x^2", "--start", "1,2"], "start has 2 numbers"),
        (["-f", "x^2", "--set", "beta2"], "--set beta2: write a field"),
        (["-f", "x^2", "--set", "beta9=1"], "beta9"),
        (["-f", "x^2", "--set", "problem=bowl"], "problem is a whole part of a spec"),
        (["-f", "x^2", "--set", "start.0=3"], "--set start.0=3: no number 0 is given"),
        (["-f", "x^2", "--start", "3", "--set", "start.1=3"], "--set start.1=3: no number 1 is given"),
        (["-f", "x^2", "--steps", "0"], "steps"),
        (["nowhere.json"], "nowhere.json cannot be read"),
        (["http://[::1/?experiment=a"], "http://[::1/?experiment=a is no link"),
        (["http:///?experiment=a"], "'http:///' is no address of a server"),
        (["-f", "x^2", "--server", "127.0.0.1:8000"], "'127.0.0.1:8000' is no address of a server"),
        (["-f", "x^2", "--server", "http://here:port"], "'http://here:port' is no address of a server"),
        (["-"], "Standard input is not JSON"),
        (["-f", "x^2", "--pdf", "--width", "49.9mm"], "from 50mm to 2000mm"),
        (["-f", "x^2", "--pdf", "--width", "2000.1"], "from 50mm to 2000mm"),
        (["-f", "x^2", "--pdf", "--width", "wide"], "--width wide: write a length"),
        (["-f", "x^2", "--csv", "nowhere/runs.csv"], "--csv nowhere/runs.csv: there is no folder nowhere"),
        (["-f", "x^2", "--csv", "-", "--json", "-"], "Only one file can go to standard output"),
        (["-f", "x^2", *["--picture", "loss"] * 4], "There are 4 pictures"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(arguments, sentence, here):
    found = command("run", *arguments, standard_input="{")
    assert (found.code, found.out) == (2, "")
    assert sentence in found.err
    assert "Traceback" not in found.err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    "spec",
    [
        [],
        {"runs": [{}]},
        {"problem": "bowl"},
        {"problem": {"kind": "bowl"}, "runs": {"optimizer": {}}},
        {"problem": {"kind": "bowl"}, "runs": [1]},
        {"problem": {"kind": "bowl"}, "run": "adam"},
        {"problem": {"kind": "bowl"}, "runs": [{"optimizer": "adam"}]},
    ],
)
def test_what_has_not_the_shape_of_a_spec_is_said_with_an_example(spec):
    found = command("run", "-", "--lr", "0.1", "--set", "kappa=3", standard_input=json.dumps(spec))
    assert (found.code, found.out) == (2, "")
    assert 'Standard input holds no spec. It should be an object such as {"problem": {"kind": "bowl"}' in found.err


def test_one_number_of_a_start_is_set():
    found = command("run", "--problem", "bowl", "--start", "1,2", "--set", "start.1=3", "--steps", 2, "--json")
    assert json.loads(found.out)["spec"]["runs"][0]["start"] == [1, 3]


def test_a_file_that_cannot_be_written_is_said(here):
    (here / "runs.csv").mkdir()
    found = command("run", "-f", "x^2", "--steps", 2, "--csv", "runs.csv")
    assert found.code == 1
    assert "runs.csv cannot be written: Is a directory." in found.err


def test_numbers_go_to_files_as_the_api_has_them(here):
    (here / "spec.json").write_text(json.dumps(SPEC))
    found = command("run", "spec.json", "--csv", "--npz", "--json", "all.json")
    result = slalom.simulate(SPEC)
    heads, *rows = csv.reader(io.StringIO(found.out))
    assert heads == ["run", "step", "loss", "lr", "grad_norm", "step_norm", "sharpness", "limit", "p0", "p1"]
    assert [float(row[2]) for row in rows] == [*result[0].loss, *result[1].loss]
    assert (found.err.count("Wrote "), found.code) == (2, 3)
    for name in ("slalom.npz", "all.json"):
        back = read_trace((here / name).read_bytes(), Limits())
        assert back.spec == result.spec
        assert [run["loss"].tolist() for run in back.runs] == [run.loss.tolist() for run in result]
    with np.load(here / "slalom.npz") as arrays:
        assert arrays["length"].tolist() == [31, 31]
        assert arrays["p1"].shape == (2, 31)


def test_a_file_option_takes_a_name_of_its_own_kind_and_nothing_else(here):
    (here / "spec.json").write_text(json.dumps(SPEC))
    assert command("run", "--npz", "spec.json").code == 3
    assert (here / "slalom.npz").exists()
    nothing = command("run", "--json", "spec.json")
    assert (nothing.code, json.loads((here / "spec.json").read_text())) == (2, SPEC)
    assert "There is nothing to compute." in nothing.err


def test_in_a_real_pipe_there_is_neither_colour_nor_progress(here):
    arguments = [sys.executable, "-m", "slalom", "run", "-f", "x^2", "--lr", "1.05", "--start", "1"]
    found = subprocess.run([*arguments, "--csv"], capture_output=True, timeout=60)
    assert found.returncode == 3
    assert found.stdout.startswith(b"run,step,loss,")
    assert "diverged at step 38" in found.stderr.decode()
    assert b"\x1b" not in found.stdout + found.stderr
    assert b"\r" not in found.stdout + found.stderr


@pytest.mark.parametrize(
    ("address", "linked", "told"),
    [
        ("http://stranger.example/", False, True),
        ("http://stranger.example/", True, False),
        ("http://127.0.0.1:8123/slalom/", True, True),
        ("https://class.example/slalom/", True, True),
        ("http://class.example/slalom/", True, False),
    ],
)
def test_the_token_goes_to_no_server_that_only_a_link_names(monkeypatch, address, linked, told):
    monkeypatch.setenv("SLALOM_TOKEN", "a secret of mine")
    monkeypatch.setenv("SLALOM_URL", "https://class.example/slalom")
    with called(address, linked=linked) as client:
        assert ("Authorization" in client.headers) == told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "-f", "x^2", "--csv", "results"], "--csv results: the name of this file should end with .csv"),
        (
            ["run", "-f", "x^2", "--json", "results.txt"],
            "--json results.txt: the name of this file should end with .json",
        ),
        (["run", "-f", "x^2", "--gif", "folder.gif"], "folder.gif cannot be written"),
        (["run", "-f", "x^2", "--json", "/proc/self/x.json"], "/proc/self/x.json cannot be written"),
        (
            ["run", "-f", "x^2", "--picture", "lost", "--png"],
            "There is no picture 'lost' of these runs. Choose one of: ",
        ),
        (["run", "-f", "x^2 + y^2 + z^2", "--picture", "path", "--png"], "A path is drawn on a surface of one or two"),
        (["sweep", "-f", "x^2", "--gif"], "--gif: the usual picture of this is not over steps"),
        (["range-test", "-f", "x^2", "--gif"], "--gif: the usual picture of this is not over steps"),
        (["map", "-f", "x^2", "--picture", "loss", "--png"], "--picture loss: a map is one picture"),
    ],
)
def test_a_file_that_cannot_be_made_is_told_before_anything_is_computed(arguments, said, here, monkeypatch):
    monkeypatch.setattr("slalom.local.run", lambda *_, **__: pytest.fail("It was computed first."))
    (here / "folder.gif").mkdir()
    found = command(*arguments)
    assert found.code in (1, 2)
    assert said in " ".join(found.err.split())
    assert [*here.iterdir()] == [here / "folder.gif"]


def test_what_follows_an_option_of_a_file_may_be_the_spec(here):
    (here / "spec").write_text(json.dumps(SPEC))
    before = command("run", "spec", "--csv")
    assert before.out.startswith("run,step,")
    assert command("run", "--csv", "spec") == before
    assert command("run", "--csv", "runs.csv", "spec").code == before.code
    assert (here / "runs.csv").read_text() == before.out


def test_what_is_no_file_may_be_a_function(here):
    bare = command("run", "x^2", "--lr", "0.1", "--json", "-")
    named = command("run", "--function", "x^2", "--lr", "0.1", "--json", "-")
    assert (bare.code, bare.out) == (0, named.out)
    (here / "x").write_text("no spec")
    refused = command("run", "x")
    assert refused.code == 2
    assert "x is not JSON" in refused.err
    refused = command("run", "x^2+")
    assert refused.code == 2
    assert "or a function such as x^2" in refused.err


def test_a_spec_that_an_editor_of_windows_has_saved_is_read(tmp_path):
    spec = {"problem": {"kind": "parabola"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.1}}]}
    (tmp_path / "spec.json").write_text(json.dumps(spec), "utf-8-sig")
    assert command("run", tmp_path / "spec.json").code == 0
    assert command("run", "-", standard_input="\ufeff" + json.dumps(spec)).code == 0

"""Every example of docs/commands.md runs, and its table of exit codes is that of the code."""

import json
import re
import shlex
from pathlib import Path

import pytest
from commanding import slalom
from typer.core import TyperGroup
from typer.main import get_command

from slalom.cli import app
from slalom.commands import exit_codes
from slalom.storage.store import Store

TEXT = (Path(__file__).parents[2] / "docs/commands.md").read_text()
EXAMPLES = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S) for line in block.splitlines()]
OF_THE_STORE = [example for example in EXAMPLES if example.startswith("slalom db ")]
ADDRESS = "--server http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = {"problem": {"kind": "bowl"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.05}}], "steps": 50}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    return tmp_path


def run(example):
    """Run an example as a shell would, as far as examples need one; return its answer and the files it names."""
    words, _, _ = example.partition(" || ")
    words, _, given = words.partition(" < ")
    program, *arguments = shlex.split(words, comments=True)
    assert program == "slalom"
    answer = slalom(*arguments, standard_input=Path(given).read_text() if given else None)
    return answer, [word for word in arguments if re.fullmatch(r"[\w-]+\.(pdf|svg|png|gif|csv|npz|html)", word)]


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one not in OF_THE_STORE and ADDRESS not in one])
def test_an_example_runs(example, here):
    answer, files = run(example)
    assert answer.code in (exit_codes.DONE, exit_codes.DIVERGED, exit_codes.STUCK), answer.err
    if example.startswith("slalom run"):
        assert (answer.code == exit_codes.DIVERGED) == (": diverged at step" in answer.out + answer.err)
    assert answer.out
    for name in files or ([f"slalom.{kind}" for kind in ("pdf", "gif") if f"--{kind}" in example]):
        assert (here / name).stat().st_size > 1000


@pytest.mark.parametrize("example", [one for one in EXAMPLES if ADDRESS in one])
def test_an_example_runs_on_a_server(example, server, api):
    answer, _ = run(example.replace(ADDRESS, f"--server {server}"))
    assert answer.code == 0, answer.err
    stored = api.get("/api/experiments").json()["items"]
    assert stored[0]["status"] == "done"
    assert stored[0]["name"] == answer.out.splitlines()[0]


def test_the_examples_of_the_store_run_one_after_the_other(here):
    Store.open(f"sqlite:///{here}/slalom.db").close()
    assert [run(example)[0].code for example in OF_THE_STORE] == [0] * len(OF_THE_STORE)


def test_there_are_examples_of_every_command_and_all_exit_codes_are_told():
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", TEXT, re.M)}
    codes = {getattr(exit_codes, name) for name in ("DONE", "FAILED", "USAGE", "DIVERGED", "STUCK", "INTERRUPTED")}
    assert told == codes
    listed = set(re.findall(r"^\| `slalom ([\w-]+)` \|", TEXT, re.M))
    commands = get_command(app)
    assert isinstance(commands, TyperGroup)
    assert listed == {name for name, command in commands.commands.items() if not command.hidden}
    assert listed - {"serve", "doctor", "lessons", "explain", "open", "mcp"} <= {one.split()[1] for one in EXAMPLES}

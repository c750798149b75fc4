"""Every example that --help prints is run as it stands, on a server of its own where it needs one."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import torch
from commanding import slalom
from typer.core import TyperGroup
from typer.main import get_command

import slalom as package
from slalom.cli import app
from slalom.commands.exit_codes import DIVERGED, DONE, STUCK
from slalom.storage.backup import copy_store
from slalom.storage.store import Store

ROOT = Path(__file__).parents[2]
LESSON = re.search(r"```toml[^\n]*\n(title.*?)```", (ROOT / "docs/lessons.md").read_text(), re.S)[1]
SPEC = {"problem": {"kind": "bowl"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.05}}], "steps": 50}
ADDRESS, PORT, ID = "http://127.0.0.1:8000", "8080", re.compile(r"/ID\b")
"""What stands in examples for a server, for a port, and for an experiment of one's own."""
ASKS = re.compile(rf"slalom open|{ADDRESS}")
"""What needs a server."""
SHELL = re.compile(r"[|<>]|^\w+=")
"""What only a shell understands."""
PATIENCE = 120
"""Seconds that a command on a busy machine may take."""


def leaves(group, *path):
    """Yield the words of every command that does something."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from leaves(command, *path, name)
        elif not command.hidden:
            yield (*path, name)


def examples_of(command):
    """Return the examples in what --help prints on a terminal of the usual width, whole as they can be copied there."""
    printed = slalom(*command, "--help", COLUMNS="80", TERMINAL_WIDTH="80")
    assert printed.code == 0
    _, _, after = printed.out.partition(" Examples:")
    found, _, _ = after.partition(" Exit codes:")
    return [" ".join(line.split()) for line in found.splitlines() if line.strip()]


COMMANDS = [*leaves(get_command(app))]
EXAMPLES = [example for command in COMMANDS for example in examples_of(command)]
STARTED = [example for example in EXAMPLES if "slalom serve" in example]


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture
def here(tmp_path, monkeypatch, port):
    """A folder with all that examples name, a store that is the usual one there, and ``slalom`` as a shell finds it."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SLALOM_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    program = tmp_path / "bin/slalom"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m slalom "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "backend"))
    monkeypatch.setenv("SLALOM_STORE", f"{tmp_path}/experiments.db")
    monkeypatch.setenv("SLALOM_PORT", str(port))
    return tmp_path


@pytest.fixture
def files(here):
    """The files that examples read."""
    package.simulate(SPEC).save(here / "runs.json")
    losses = "".join(f"{i},{0.99**i},{0.98**i}\n" for i in range(60))
    (here / "log.csv").write_text(f"step,loss,val_loss\n{losses}")
    (here / "my-lessons").mkdir()
    (here / "my-lessons/two-valleys.toml").write_text(LESSON)
    Store.open(f"sqlite:///{here}/experiments.db").close()


def recorded(path):
    """Record a loop as slalom.watch does."""
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with package.watch(model, optimizer, to=path, quiet=True):
        for _ in range(5):
            optimizer.zero_grad()
            model(torch.ones(3, 2)).square().mean().backward()
            optimizer.step()


@pytest.fixture
def asked(request, monkeypatch):
    """Return a function that makes an example ask a server that there is, about an experiment that it has."""

    def asked(example):
        if not ASKS.search(example):
            return example
        server, api = request.getfixturevalue("server"), request.getfixturevalue("api")
        monkeypatch.setenv("SLALOM_URL", server)
        id = api.post("/api/experiments", json=SPEC).raise_for_status().json()["id"] if ID.search(example) else ""
        return ID.sub(f"/{id}", example.replace(ADDRESS, server))

    return asked


def run(example):
    """Run an example; return its exit code and all that it said."""
    if not SHELL.search(example):
        program, *words = shlex.split(example)
        assert program == "slalom"
        found = slalom(*words)
        return found.code, found.out + found.err
    shell = ["bash", "-o", "pipefail", "-c", example]
    found = subprocess.run(shell, capture_output=True, text=True, timeout=PATIENCE)
    return found.returncode, found.stdout + found.stderr


def test_every_command_has_examples_that_fit_on_a_terminal():
    assert {("run",), ("serve",), ("db", "backup"), ("lessons", "check")} <= set(COMMANDS)
    for command in COMMANDS:
        found = examples_of(command)
        assert found, command
        for example in found:
            assert f"slalom {' '.join(command)}" in example
    whole = slalom("--help", COLUMNS="200").out
    assert "Every slalom COMMAND --help shows examples." in whole


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one not in STARTED])
def test_an_example_does_what_it_says(example, here, files, asked, port):
    if "loop.slalom" in example:
        recorded(here / "loop.slalom")
    if "restore" in example:
        copy_store(f"sqlite:///{here}/experiments.db", here / "copy.db")
    before = {*here.iterdir()}
    code, said = run(asked(example).replace(PORT, str(port)))
    told = slalom(*next(command for command in COMMANDS if f"slalom {' '.join(command)}" in example), "--help").out
    assert code == DONE or (code in (DIVERGED, STUCK) and re.search(rf"[:;] {code} ", told)), said
    assert "Traceback" not in said
    if "--dry-run" not in example and example != "slalom mcp":
        assert said.strip()
    written = re.findall(r"--(pdf|json|csv)(?: (\S+\.\w+))?(?= |$)", example) if "explain" not in example else []
    for format, name in written:
        if name or format == "pdf":
            assert (here / (name or f"slalom.{format}")).stat().st_size > 1000
    if "db backup" in example:
        assert {path.name for path in {*here.iterdir()} - before} == {"copy.db"}


@pytest.mark.parametrize("example", STARTED)
def test_an_example_that_serves_is_up_and_stops(example, here, port):
    with (here / "log.txt").open("w+") as log:
        shell = ["bash", "-c", example.replace(PORT, str(port))]
        process = subprocess.Popen(shell, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            said = ""
            while "Stop with Ctrl+C" not in said:
                line = process.stdout.readline()
                assert line, said + (here / "log.txt").read_text()
                said += line
            found = re.search(r"http://[^\s/]+:(\d+)/", said)
            assert httpx.get(f"http://127.0.0.1:{found[1]}/healthz", timeout=PATIENCE).status_code == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
    assert (here / "experiments.db").is_file()

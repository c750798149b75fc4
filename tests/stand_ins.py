"""Programs that a document may name and a test must not run as they are: what would not end, or change the machine.

Each checks what it is asked for: `slalom serve` its options and settings, `pip` the extras, `make` the target.
`python -m stand_ins NAME ARGUMENTS` is one of them.
"""

import os
import re
import runpy
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENDLESS = ("serve", "mcp")
"""Commands of slalom that go on until they are stopped."""
STARTER = """#!/bin/sh
PYTHONPATH={tests}:$PYTHONPATH exec {python} -m stand_ins {name} "$@"
"""


def folder(parent):
    """Return the folder of all stand-ins within another one, made if it is not there."""
    found = parent / ".programs"
    if not found.exists():
        found.mkdir()
        for name in PROGRAMS:
            _make(found / name, name)
    return found


def _make(path, name):
    path.write_text(STARTER.format(tests=ROOT / "tests", python=sys.executable, name=name))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def slalom(*arguments):
    """Run a command; one that goes on until it is stopped is only asked whether it would begin."""
    from slalom.cli import app

    if arguments[:1] and arguments[0] in ENDLESS and "--help" not in arguments:
        import typer

        from slalom.settings import Settings

        typer.main.get_command(app).commands[arguments[0]].make_context(arguments[0], [*arguments[1:]])
        Settings.from_environ({name: value for name, value in os.environ.items() if name != "SLALOM_URL"})
        return
    sys.argv = ["slalom", *arguments]
    runpy.run_module("slalom", run_name="__main__", alter_sys=False)


def python(*arguments):
    """Run a program; a virtual environment is made of stand-ins."""
    if arguments[:2] == ("-m", "venv"):
        programs = Path(arguments[2], "bin")
        programs.mkdir(parents=True)
        for name in ("pip", "python", "slalom"):
            _make(programs / name, name)
        (programs / "activate").touch()
        return
    if arguments[:2] == ("-m", "slalom.web.translations"):  # It writes into the sources.
        assert (ROOT / "backend/slalom/languages" / arguments[2]).is_dir(), arguments
        return
    sys.exit(subprocess.run([sys.executable, *arguments]).returncode)


def pip(command, *arguments):
    """See that what is to be installed is there, with its extras."""
    assert command == "install", command
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {re.match(r"[\w-]+", line)[0].lower() for line in (ROOT / "constraints.txt").read_text().split()}
    wanted = [one for one in arguments if not one.startswith("-") and one != "constraints.txt"]
    for name, extras in (re.fullmatch(r"([\w./-]+?)(?:\[([\w,]+)\])?", one).groups() for one in wanted):
        ours = name in (".", "slalom")
        assert ours or (ROOT / name / "pyproject.toml").exists() or name.lower() in pinned, f"{name} is not there"
        unknown = set(filter(None, (extras or "").split(","))) - set(project["optional-dependencies"])
        assert not (ours and unknown), f"there is no extra {unknown}"


def make(*targets):
    """See that the Makefile has a target."""
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(targets) <= known, f"there is no target {set(targets) - known}"


def docker(*arguments):
    """See that there are the services that are named."""
    assert arguments[:1] == ("compose",), arguments
    known = set(re.findall(r"^  (\w[\w-]*):$", (ROOT / "docker-compose.yml").read_text(), re.M))
    command, *named = [word for word in arguments[1:] if not word.startswith("-")]
    named = named if command == "up" else named[:1]
    assert set(named) <= known, f"there is no service {set(named) - known}"


def generator(*arguments):
    """See that a description of the API is named; tests/web/api/description/test_generators.py makes clients of it."""
    from urllib.parse import urlsplit

    (address,) = (one for one in arguments if "://" in one)
    assert urlsplit(address).path == "/openapi.json", address


def ray(*arguments):
    """See that a node would begin with these options: tests/ray_nodes.py starts real ones."""
    from ray.scripts.scripts import start

    assert arguments[:1] == ("start",), arguments
    start.make_context("start", [*arguments[1:]])
    assert os.environ["RAY_AUTH_MODE"] == "token"


PROGRAMS = {name: globals()[name] for name in ("slalom", "python", "pip", "make", "docker", "ray")} | dict.fromkeys(
    ("openapi-python-client", "datamodel-codegen", "npx"), generator
)

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])

"""What no command can do is said in a sentence with the exit code of its kind, and nothing half-written is left."""

import os
import resource
import sqlite3
import subprocess
import sys

import pytest
from commanding import slalom
from typer.core import TyperGroup
from typer.main import get_command

from slalom.cli import app
from slalom.commands.exit_codes import CUT_OFF, FAILED, UNUSABLE_STORE, USAGE
from slalom.commands.refusals import code_of
from slalom.errors import LimitExceeded
from slalom.storage.store import Store

RUNS = ["-f", "x^2", "--steps", "3"]
NO_AUTH = ["--no-auth", "--port", "0"]
BAD = [
    ("run", "--function", "x^2 + ", "x^2 + ^"),
    ("run", "--problem", "bowls", "Did you mean bowl?"),
    ("run", "--optimizer", "adm", "Did you mean adam?"),
    ("run", "--optimizer", "nowhere.Rule", "no installed package has nowhere"),
    ("run", "--lr", "fast", "give numbers"),
    ("run", "--momentum", "x", "not a valid float"),
    ("run", "--schedule", "cosin", "Did you mean cosine?"),
    ("run", "--start", "a", "give numbers"),
    ("run", "--steps", "1.5", "not a valid int"),
    ("run", "--seed", "-1", "seed must be at least 0"),
    ("run", "--set", "dtype=float16", "'float32' or 'float64'"),
    ("run", "--server", "127.0.0.1:8000", "Give one such as http://127.0.0.1:8000"),
    ("run", "--picture", "lost", "There is no picture 'lost' of these runs. Choose one of: share, path, loss"),
    ("run", "--width", "1mm", "from 50mm to 2000mm"),
    ("run", "--theme", "blue", "'light', 'dark'"),
    ("range-test", "--from", "-1", "lr_from must be above 0"),
    ("range-test", "--to", "x", "not a valid float"),
    ("range-test", "--seeds", "0", "seeds must be at least 1"),
    ("sweep", "--vary", "lr=1..b", "'b' is not a number"),
    ("sweep", "--seeds", "0", "seeds must be at least 1"),
    ("map", "--vary", "lr=0..1", "A map varies two settings, not 1"),
    ("explain", "--loss", "x", "Say which it is"),
    ("explain", "--optimizer", "x", "Take one of sgd, adam"),
    ("open", "--server", "ftp://x", "Give one such as http://127.0.0.1:8000"),
    ("open", "--token", "a\nb", "no HTTP header carries"),
    ("serve", "--host", "no such host", "Give --host an address of this machine"),
    ("serve", "--host", "192.0.2.1", "Give --host an address of this machine"),
    ("serve", "--host", "a" * 70, "Give --host an address of this machine"),
    ("serve", "--port", "70000", "0<=x<=65535"),
    ("serve", "--store", "", "at least 1 character"),
    ("serve", "--allowed-host", "http://class.example/", "give it without scheme, port and path"),
    ("serve", "--allowed-host", "class.example:8000", "give it without scheme, port and path"),
    ("serve", "--root-path", "x", "begins with a slash"),
    ("serve", "--public-url", "x", "must begin with http:// or https://"),
    ("serve", "--log", "xml", "'text' or 'json'"),
    ("db backup", "--store", "", "at least 1 character"),
    ("db restore", "--store", "", "at least 1 character"),
    ("db upgrade", "--store", "", "at least 1 character"),
    ("db prune", "--store", "", "at least 1 character"),
    ("db prune", "--keep", "soon", "no period"),
    ("doctor", "--port", "0", "1<=x<=65535"),
]
"""A command, an option, a value that does not fit, and what is said of it."""
ALIKE = {"run": ("range-test", "sweep", "map")}
"""Commands that have their options from the same group as another one."""
FREE = {"--title", "--json", "--csv", "--npz", "--png", "--svg", "--pdf", "--gif", "--mp4", "--html", "doctor --store"}
"""Options that take any text; files, which have tests of their own; and a store that doctor is to look at."""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("slalom.cli._run", lambda *_: pytest.fail("It was served."))
    (tmp_path / "log.csv").write_text("step,loss\n" + "".join(f"{i},{0.9**i}\n" for i in range(40)))
    return tmp_path


def leaves(group, *path):
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from leaves(command, *path, name)
        elif not command.hidden:
            yield " ".join((*path, name)), command


def test_every_option_that_takes_a_value_has_a_bad_one_here():
    tried = {(command, option) for command, option, _, _ in BAD}
    tried |= {(other, option) for command, option in tried for other in ALIKE.get(command, ())}
    for name, command in leaves(get_command(app)):
        for option in (one for one in command.params if one.param_type_name == "option" and not one.is_flag):
            known = {(name, text) for text in option.opts}
            assert known & tried or {*option.opts, *(f"{name} {text}" for text in option.opts)} & FREE, known


@pytest.mark.parametrize(("command", "option", "value", "said"), BAD)
def test_a_value_that_does_not_fit_is_told_with_what_is_allowed(command, option, value, said, here):
    before = {*here.iterdir()}
    given = RUNS if command in ("run", "range-test", "sweep", "map") else []
    given = RUNS[2:] if option in ("--function", "--problem") else given
    given = ["log.csv"] if command in ("explain", "open") else given
    given = ["copy.db"] if command in ("db backup", "db restore") else given
    given = NO_AUTH if command == "serve" and option not in ("--port",) else given
    found = slalom(*command.split(), *given, option, value, COLUMNS="300", TERMINAL_WIDTH="300")
    assert (found.code, found.out) == (USAGE, ""), found
    assert said in " ".join(found.err.split())
    assert "Traceback" not in found.err
    assert {*here.iterdir()} == before


def test_lessons_that_are_not_there_are_no_lessons_with_a_fault(here):
    for command in ("list", "check"):
        found = slalom("lessons", command, "nowhere")
        assert (found.code, found.out) == (USAGE, "")
        assert "There are no lessons in nowhere" in found.err


def test_what_a_server_finds_too_large_is_an_option_that_does_not_fit():
    assert code_of(LimitExceeded("Too many.", limit=1, value=2, setting="steps")) == USAGE
    assert code_of(LimitExceeded("Too often.", limit=1, value=2, setting="steps", status=429)) == FAILED


def real(*arguments, out, **environ):
    """Run a command in a process of its own, with its standard output there."""
    command = [sys.executable, "-m", "slalom", *arguments]
    found = subprocess.run(
        command, stdout=out, stderr=subprocess.PIPE, text=True, timeout=300, env=os.environ | environ
    )
    return found.returncode, found.stderr


@pytest.mark.parametrize(
    "arguments",
    [["run", *RUNS, "--lr", "0.1,0.2"], ["run", *RUNS, "--json"], ["lessons", "list"], ["version"], ["run", "--help"]],
    ids=" ".join,
)
def test_it_ends_quietly_where_nobody_reads_on(arguments):
    end, pipe = os.pipe()
    os.close(end)  # As head has, once it has its lines.
    with os.fdopen(pipe, "w") as closed:
        code, said = real(*arguments, out=closed)
    assert code in (CUT_OFF, FAILED) if "--help" in arguments else code == CUT_OFF
    assert "Traceback" not in said
    assert "BrokenPipeError" not in said
    assert "Exception ignored" not in said


@pytest.mark.parametrize("arguments", [["run", *RUNS, "--csv"], ["lessons", "list"], ["--help"]], ids=" ".join)
def test_a_full_disk_behind_standard_output_is_said(arguments):
    with open("/dev/full", "w") as full:
        code, said = real(*arguments, out=full)
    assert code == FAILED
    assert "Standard output cannot be written: No space left on device. Make room" in said
    assert "Traceback" not in said
    assert "Exception ignored" not in said


def test_a_file_for_which_there_is_no_room_is_not_left_half_written(here):
    (here / "old.json").write_text("{}")
    before = {path: path.read_bytes() for path in here.iterdir()}
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, kept[1]))
    try:
        found = [slalom("run", *RUNS, "--json", name) for name in ("new.json", "old.json")]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    for answer in found:
        assert answer.code == FAILED
        assert "json cannot be written: File too large. Choose another place." in answer.err
    assert {path: path.read_bytes() for path in here.iterdir()} == before


def test_a_file_keeps_its_rights_and_its_place_behind_a_link(here):
    (here / "real.csv").write_text("old")
    (here / "real.csv").chmod(0o640)
    (here / "link.csv").symlink_to("real.csv")
    assert slalom("run", *RUNS, "--csv", "link.csv").code == 0
    assert (here / "link.csv").is_symlink()
    assert (here / "real.csv").read_text().startswith("run,step,")
    assert (here / "real.csv").stat().st_mode & 0o777 == 0o640


@pytest.fixture
def store(here):
    Store.open(f"sqlite:///{here}/slalom.db").close()
    return here / "slalom.db"


@pytest.mark.parametrize("target", ["log.csv/copy.db", "/proc/copy.db", "a" * 300 + ".db"])
def test_a_copy_that_cannot_be_written_is_said(target, store, here):
    before = {*here.iterdir()}
    found = slalom("db", "backup", target, "--store", store)
    assert (found.code, found.out) == (FAILED, "")
    assert f"could not be copied to {target}" in found.err
    assert "Choose a place with room" in found.err
    logs = {here / f"{store.name}{ending}" for ending in ("-wal", "-shm")}  # SQLite's own, of a store that is read.
    assert {*here.iterdir()} - logs == before


def test_a_copy_does_not_take_the_place_of_a_file(store, here):
    found = slalom("db", "backup", "log.csv", "--store", store)
    assert found.code == FAILED
    assert "log.csv is there already; it was not touched." in found.err


@pytest.mark.parametrize("source", ["log.csv", "nowhere.db", ".", "log.csv/x", "a" * 300])
def test_what_is_no_copy_is_not_put_back(source, store, here):
    before = store.read_bytes()
    found = slalom("db", "restore", source, "--store", store)
    assert (found.code, found.out) == (UNUSABLE_STORE, "")
    assert found.err.count("\n") == 1
    assert store.read_bytes() == before


@pytest.mark.parametrize("command", [["db", "backup", "copy.db"], ["db", "upgrade"], ["db", "prune", "--dry-run"]])
@pytest.mark.parametrize("place", ["log.csv/slalom.db", "/proc/slalom.db", "a" * 300])
def test_a_store_that_can_be_nowhere_is_said(command, place, here):
    before = {*here.iterdir()}
    found = slalom(*command, "--store", place)
    assert (found.code, found.out) == (UNUSABLE_STORE, ""), found
    assert found.err.count("\n") == 1
    assert {*here.iterdir()} == before


@pytest.mark.parametrize("place", ["log.csv/slalom.db", "/proc/slalom.db"])
def test_a_server_does_not_start_where_it_cannot_keep_anything(place):
    code, said = real("serve", "--port", "0", "--store", place, out=subprocess.DEVNULL)
    assert code == UNUSABLE_STORE
    assert "slalom.db" in said
    assert "Traceback" not in said


def broken(found):
    return [line for line in found.out.splitlines() if line.startswith("✗")]


@pytest.fixture
def quick(monkeypatch):
    """The process that computes is not started, and no port is looked at: other tests do that."""
    from slalom.commands import doctor

    monkeypatch.setattr(doctor, "_processes", lambda settings: doctor.Examined("processes", "ok", "one began."))
    monkeypatch.setattr(doctor, "_port", lambda settings: doctor.Examined("port", "ok", "free."))


def test_doctor_says_what_is_wrong_with_a_damaged_store(store, quick):
    with sqlite3.connect(store) as db:
        db.execute("DROP TABLE experiment")
    found = slalom("doctor", "--store", store)
    assert found.code == FAILED
    assert [line for line in broken(found) if line.startswith("✗ store: ")]
    data = bytearray(store.read_bytes())
    data[100:5000] = bytes(4900)
    store.write_bytes(data)
    found = slalom("doctor", "--store", store)
    assert found.code == FAILED
    assert [line for line in broken(found) if line.startswith("✗ store: ")]


@pytest.mark.parametrize("place", ["log.csv/slalom.db", "/proc/slalom.db", "a" * 300])
def test_doctor_says_where_no_store_can_be(place, quick, here):
    before = {*here.iterdir()}
    found = slalom("doctor", "--store", place)
    assert found.code == FAILED
    assert any("Choose" in line for line in broken(found)), found.out
    assert {*here.iterdir()} == before

"""The command line: refuses in a sentence with exit code 2, starts, says what it does, and stops in good order."""

import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner
from websockets.sync.client import connect

from slalom import __version__
from slalom.banner import banner, qr_text
from slalom.cli import app
from slalom.settings import Settings

ROOT = Path(__file__).parents[1]
LESSON = re.search(r"```toml\n(title.*?)```", (ROOT / "docs/lessons.md").read_text(), re.S)[1]


def slalom(*arguments, **environ):
    """Run a command of the code beside these tests, in an environment that has nothing else."""
    bare = {"PATH": "", "HOME": "/tmp", "PYTHONPATH": str(ROOT / "backend")}
    command = [sys.executable, "-m", "slalom", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=bare | environ)


def test_it_says_its_version():
    assert slalom("version").stdout.strip() == __version__


@pytest.mark.parametrize(
    ("arguments", "environ", "words"),
    [
        (["--host", "0.0.0.0"], {}, "Set SLALOM_TOKEN to a secret"),
        (["--public"], {}, "Set SLALOM_TOKEN to a secret"),
        ([], {"SLALOM_PROT": "1"}, "There is no setting SLALOM_PROT."),
        ([], {"SLALOM_STEPS": "many"}, "SLALOM_STEPS does not fit"),
        ([], {"SLALOM_STEPS": "0"}, "SLALOM_STEPS does not fit"),
        ([], {"SLALOM_TOKEN": "short"}, "SLALOM_TOKEN does not fit"),
        (["--root-path", "slalom"], {}, "SLALOM_ROOT_PATH does not fit: 'slalom' is no path; it begins with a slash"),
        (["--root-path", "/lessons/x"], {}, "Slalom cannot be below /lessons/x: its own addresses begin with /lessons"),
        ([], {"SLALOM_PUBLIC_URL": "ftp://x.example"}, "SLALOM_PUBLIC_URL does not fit: 'ftp://x.example' is not an"),
        ([], {"SLALOM_ALLOWED_ORIGINS": "https://a.example, null"}, "SLALOM_ALLOWED_ORIGINS does not fit: 'null' is"),
        ([], {"SLALOM_TRUSTED_PROXIES": "proxy"}, "SLALOM_TRUSTED_PROXIES does not fit: 'proxy' is no address"),
    ],
)
def test_it_refuses_to_start_with_a_sentence(arguments, environ, words):
    answer = slalom("serve", "--port", "0", *arguments, **environ)
    assert answer.returncode == 2
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_port_in_use_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = slalom("serve", "--port", str(taken.getsockname()[1]), "--store", str(tmp_path / "x.db"))
    assert answer.returncode == 1
    assert "Choose another --port." in answer.stderr


def test_a_store_that_cannot_be_used_is_said_and_left_alone(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("not a database at all")
    answer = slalom("serve", "--port", "0", "--store", str(file))
    assert answer.returncode == 3
    assert "notes.txt" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert file.read_text() == "not a database at all"


def test_it_stops_in_good_order_and_leaves_no_process_behind(tmp_path, serving):
    process, address = serving.start(tmp_path / "slalom.db")
    assert httpx.get(f"{address}/healthz", timeout=30).status_code == 200
    long = {"problem": {"kind": "rosenbrock"}, "runs": [{}], "steps": 1_000_000}
    assert httpx.post(f"{address}/api/experiments", json=long, timeout=30).status_code == 201
    children = psutil.Process(process.pid).children(recursive=True)
    id = httpx.get(f"{address}/api/experiments").json()["items"][0]["id"]
    with connect(f"{address.replace('http', 'ws')}/api/experiments/{id}/stream") as viewer:
        assert viewer.recv(timeout=30)
        assert serving.stop(process) == 0
    assert viewer.protocol.close_code == 1012
    gone, alive = psutil.wait_procs(children, timeout=60)
    assert gone
    assert alive == []


def test_it_listens_on_both_loopback_addresses(server):
    port = httpx.URL(server).port
    assert httpx.get(f"http://[::1]:{port}/healthz").status_code == 200
    assert httpx.get(f"http://localhost:{port}/healthz").status_code == 200


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "on this computer"),
        ({"token": "a-long-secret"}, "/?token=..."),
        ({"host": "0.0.0.0", "auth": False}, "EVERYBODY"),
        ({"mode": "public", "auth": False, "host": "::"}, "10,000 steps"),
    ],
)
def test_the_banner_says_who_can_do_what(given, words):
    said = banner(Settings(store="postgresql://me:secret@host/db", **given), 8000)
    assert words in said
    assert "secret@" not in said
    assert ":8000/" in said


def test_the_banner_names_the_address_behind_a_proxy():
    assert "local mode: http://127.0.0.1:8000/slalom/\n" in banner(Settings(root_path="/slalom/"), 8000)
    settings = Settings(public_url="https://hub.example/user/ann/")
    assert "http://127.0.0.1:8000/user/ann/\n" in banner(settings, 8000)
    assert "Others open it at https://hub.example/user/ann/\n" in banner(settings, 8000)
    settings = Settings(mode="class", host="127.0.0.1", public_url="https://class.example/a", token="a-long-secret")
    said = banner(settings, 8000, "K7MPQ2")
    assert "Students: https://class.example/a/join with the code K7MPQ2" in said
    assert "https://class.example/a/teach#a-long-secret" in said
    assert qr_text("https://class.example/a/join?code=K7MPQ2") in said
    assert "on no network" not in said


KNOWN = {"JUPYTERHUB_SERVICE_PREFIX": "/user/ann/", "CODESPACE_NAME": "ann-x7"}
PROXIES = (ROOT / "docs/proxies.md").read_text()
SHOWN = re.findall(r"^.*slalom serve.*$", "".join(re.findall(r"```sh\n(.*?)```", PROXIES, re.S)), re.M)
ADDRESSES = [
    "https://class.example/slalom",
    "https://class.example/slalom",
    "",
    "",
    "https://hub.example/user/ann/proxy/8000",
    "https://code.example/proxy/8000",
    "https://ann-x7-8000.app.github.dev",
    "",
]


@pytest.mark.parametrize(("line", "address"), [*zip(SHOWN, ADDRESSES, strict=True)], ids=range(len(SHOWN)))
def test_what_is_shown_for_proxies_is_understood(line, address, monkeypatch):
    words = shlex.split(re.sub(r"\$\{(\w+)\}", lambda name: KNOWN[name[1]], line))
    given = [word.split("=", 1) for word in words[: words.index("slalom")]]
    for name, value in given:
        monkeypatch.setenv(name, value)
    found = []

    def listen(settings):
        found.append(settings)
        raise typer.Exit(7)

    monkeypatch.setattr("slalom.cli._listen", listen)
    assert CliRunner().invoke(app, words[words.index("slalom") + 1 :]).exit_code == 7
    assert found[0].public_url == address
    assert urlsplit(address).path in ("", found[0].base_path)


def test_the_tile_of_jupyter_s_launcher_is_a_command_of_ours():
    c = SimpleNamespace(ServerProxy=SimpleNamespace())
    exec(re.search(r"```python\n(.*?)```", PROXIES, re.S)[1], {"c": c})
    words = [word.format(port=8123, base_url="/user/ann/") for word in c.ServerProxy.servers["slalom"]["command"]]
    assert words[0] == "slalom"
    options = {option for one in get_command(app).commands["serve"].params for option in one.opts}
    assert {word for word in words if word.startswith("--")} <= options
    assert Settings(root_path=words[-1]).base_path == "/user/ann/slalom"


def test_the_banner_of_a_class_says_where_everybody_goes():
    settings = Settings(mode="class", host="192.168.0.7", token="a long/secret")
    lines = banner(settings, 8000, "K7MPQ2").splitlines()
    assert lines[0].endswith(": http://192.168.0.7:8000/")
    assert lines[1] == "Students: http://192.168.0.7:8000/join with the code K7MPQ2"
    assert "\n".join(lines).count(qr_text("http://192.168.0.7:8000/join?code=K7MPQ2")) == 1
    assert [line for line in lines if "/teach#" in line] == [lines[-3]]
    assert lines[-3].endswith("http://192.168.0.7:8000/teach#a%20long%2Fsecret")
    everybody = banner(Settings(mode="class", host="::1", auth=False), 8000, "K7MPQ2")
    assert "http://[::1]:8000/" in everybody
    assert "EVERYBODY" in everybody
    assert "on no network" in everybody


def started(store, log):
    """Start a class; return the process, its address, the code and the teacher's secret."""
    command = [sys.executable, "-m", "slalom", "serve", "--class", "--port", "0", "--store", str(store)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    said = ""
    while "Stop with Ctrl+C" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    found = re.search(r"Students: (http://\S+?)/join with the code (\w{6})\n.*Teacher.*\1/teach#(\S+)\n", said, re.S)
    return process, *found.groups()


def test_a_class_starts_in_one_command_and_is_there_again_after_a_restart(tmp_path, serving):
    with (tmp_path / "log.txt").open("w") as log:
        process, address, code, secret = started(tmp_path / "slalom.db", log)
        with httpx.Client(base_url=address, timeout=60, headers={"Origin": address}) as student:
            assert student.get("/api/experiments").status_code == 403
            assert student.get("/", headers={"Accept": "text/html"}).headers["location"] == "./join"
            assert student.post("/api/room/join", json={"code": code}).json()["role"] == "student"
            assert student.post("/api/room/teacher", json={"secret": code}).status_code == 403
            student.get(f"/teach?secret={secret}", headers={"Referer": f"{address}/teach?{secret}"})
            cookies = student.cookies
        teacher = httpx.post(f"{address}/api/room/teacher", json={"secret": secret}, timeout=60)
        assert (teacher.json()["code"], teacher.json()["address"]) == (code, f"{address}/join")
        held = {"Authorization": f"Bearer {teacher.cookies['slalom_visitor']}"}
        assert serving.stop(process) == 0
        process, again, same, other = started(tmp_path / "slalom.db", log)
        try:
            assert (same, other == secret) == (code, False)
            assert httpx.get(f"{again}/api/room", headers=held).json()["members"] == 1
            assert httpx.get(f"{again}/api/room", headers=held).json()["role"] == "teacher"
            assert httpx.get(f"{again}/api/room", cookies=cookies).json()["role"] == "student"
            assert httpx.post(f"{again}/api/room/teacher", json={"secret": secret}).status_code == 403
        finally:
            assert serving.stop(process) == 0
    for file in tmp_path.iterdir():
        assert secret.encode() not in file.read_bytes(), file.name


def test_lessons_are_checked_with_file_and_line(tmp_path):
    (tmp_path / "two-valleys.toml").write_text(LESSON)
    (tmp_path / "playlist.toml").write_text('lessons = ["two-valleys", "momentum"]\n')
    answer = slalom("lessons", "check", str(tmp_path))
    assert (answer.stdout, answer.returncode) == (
        "two-valleys: claims: 5, values in texts: 5, questions run: 1; all hold.\n",
        0,
    )
    (tmp_path / "two-valleys.toml").write_text(LESSON.replace("equals = 9\n", "equals = 8\n"))
    (tmp_path / "unreadable.toml").write_text('title = "x"\nquestion =')
    answer = slalom("lessons", "check", str(tmp_path))
    assert answer.returncode == 1
    line = LESSON.splitlines().index("equals = 9") - 1
    assert f"two-valleys.toml, line {line}: gentle: run.0.reaches.1e-6: 9; it should be 8" in answer.stdout
    assert "unreadable.toml, line 2: Invalid value." in answer.stdout
    assert "two-valleys: claims: 5, values in texts: 5, questions run: 1; faults: 1." in answer.stdout


def test_a_server_does_not_start_with_lessons_that_cannot_be_read(tmp_path):
    (tmp_path / "two-valleys.toml").write_text(LESSON.replace("right = 1", "right = 9"))
    answer = slalom("serve", "--port", "0", SLALOM_LESSONS=str(tmp_path))
    assert answer.returncode == 2
    assert re.search(r"two-valleys\.toml, line \d+: prediction.choice: the right answer is number 9", answer.stderr)


@pytest.mark.parametrize(
    ("soft", "hard", "most", "becomes"),
    [(256, 4096, 1000, 1256), (256, 1000, 1000, 1000), (2000, 4096, 1000, 2000), (256, 1256, 1000, 1256)],
)
def test_as_many_may_be_connected_as_the_settings_say(soft, hard, most, becomes):
    code = (
        "import resource; from slalom.lan import allow_connections; kind = resource.RLIMIT_NOFILE; "
        f"resource.setrlimit(kind, ({soft}, {hard})); allow_connections({most}); print(resource.getrlimit(kind)[0])"
    )
    assert int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout) == becomes

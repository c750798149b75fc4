"""The containers: what docker-compose.yml says is safe and legal, and its services run as they are written."""

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import yaml
from composing import (
    BIN,
    FILE,
    GIVEN,
    ROOT,
    SECRET,
    START,
    MissingVariable,
    composed,
    free_ports,
    running,
    service,
    services,
)
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from postgres import Postgres, programs
from websockets.sync.client import connect

from slalom.settings import PREFIX, Settings, variable_of

SERVICES = services()
PROFILES = {name: one.about.get("profiles", []) for name, one in SERVICES.items()}
NODES = ("server", "ray-head", "ray-worker")
"""The nodes of the Ray cluster."""
RAY = ("SLALOM_EXECUTOR", "SLALOM_RAY_ADDRESS")
"""What lets a server compute on that cluster."""
DOCKERFILE = (ROOT / "backend/Dockerfile").read_text()
CADDY = shutil.which("caddy")


# What the file says


def test_the_file_is_legal_as_it_is_written_and_with_its_variables(tmp_path):
    filled = tmp_path / "docker-compose.yml"
    filled.write_text(yaml.safe_dump(composed()))
    # What knows formats of addresses, of which there are none, would take longest to import.
    (tmp_path / "rfc3987_syntax.py").write_text("raise ImportError")
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", FILE, filled]
    answer = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert answer.returncode == 0, answer.stdout


def test_there_is_a_small_installation_a_cluster_and_one_with_gpus():
    assert PROFILES["web"] == []
    assert PROFILES["gpu"] == ["gpu"]
    assert {name for name, profiles in PROFILES.items() if profiles == ["cluster"]} == {"proxy", "postgres", *NODES}
    assert SERVICES["server"].about["deploy"]["replicas"] == 2
    (devices,) = SERVICES["gpu"].about["deploy"]["resources"]["reservations"]["devices"]
    assert devices["capabilities"] == ["gpu"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name):
    about = SERVICES[name].about
    assert about["user"] not in ("", "root", "0", "0:0")
    assert about["read_only"] is True
    assert about["cap_drop"] == ["ALL"]
    assert set(about.get("cap_add", [])) <= {"NET_BIND_SERVICE"}
    assert about["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "pid", "ipc", "network_mode", "devices"} & about.keys()
    limits = about["deploy"]["resources"]["limits"]
    assert float(limits["cpus"]) > 0
    assert re.fullmatch(r"\d+[mg]", limits["memory"])
    assert limits["pids"] > 0
    assert {"test", "interval", "timeout", "retries", "start_period"} <= about["healthcheck"].keys()
    assert all(place.startswith("/tmp") or name == "postgres" for place in about["tmpfs"])


def test_nothing_is_published_beyond_this_machine_and_of_the_cluster_only_the_proxy():
    published = {name: one.about.get("ports", []) for name, one in SERVICES.items()}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert [name for name in published if published[name] and PROFILES[name] == ["cluster"]] == ["proxy"]
    ports = [port.split(":")[1] for ports in published.values() for port in ports]
    assert len(ports) == len(set(ports)) == 3
    whole = composed()
    assert whole["networks"]["inside"]["internal"] is True
    assert SERVICES["proxy"].about["networks"] == ["front"]
    (front,) = whole["networks"]["front"]["ipam"]["config"]
    assert SERVICES["server"].environment["SLALOM_TRUSTED_PROXIES"] == front["subnet"]


def test_a_secret_must_be_given_and_is_never_written_down():
    with pytest.raises(MissingVariable, match="SLALOM_TOKEN"):
        composed({})
    given = {"SLALOM_TOKEN": "one", "SLALOM_DATABASE_PASSWORD": "two", "SLALOM_RAY_TOKEN": "three"}
    for values, (token, password, ray) in ((given, ("one", "two", "three")), (GIVEN, (SECRET,) * 3)):
        found = services(values)
        assert {one.environment["SLALOM_TOKEN"] for one in found.values() if "SLALOM_TOKEN" in one.environment} == {
            token
        }
        assert found["postgres"].environment["POSTGRES_PASSWORD"] == password
        for name in NODES:
            assert (found[name].environment["PGPASSWORD"], found[name].environment["RAY_AUTH_TOKEN"]) == (password, ray)
            assert found[name].environment["RAY_AUTH_MODE"] == "token"
        for one in found.values():
            assert not [part for part in (*one.command, *one.healthcheck) if token in part or password in part]
    for name, one in SERVICES.items():
        secrets = [key for key in one.environment if re.search("TOKEN|PASSWORD", key)]
        assert all(one.environment[key] == SECRET for key in secrets), name


def test_services_wait_for_what_they_need():
    for name, one in SERVICES.items():
        for other, about in one.about.get("depends_on", {}).items():
            assert PROFILES[other] == PROFILES[name]
            assert about["condition"] in ("service_healthy", "service_started")
    assert set(SERVICES["server"].about["depends_on"]) == {"postgres", "ray-head", "ray-worker"}


def test_the_nodes_of_the_cluster_are_one_image_and_one_cluster():
    assert {SERVICES[name].about["image"] for name in NODES} == {"slalom:cluster"}
    assert all(SERVICES[name].about["build"]["args"] == {"EXTRAS": "postgres,ray"} for name in NODES)
    head, worker = SERVICES["ray-head"].command, shlex.split(SERVICES["ray-worker"].command[2])[1:]
    assert head[:3] == ["ray", "start", "--head"]
    assert worker[:3] == ["ray", "start", "--address=ray-head:6379"]
    assert {"--block", "--disable-usage-stats"} <= {*head} & {*worker}
    assert "--include-dashboard=false" in head
    joining, serving = SERVICES["server"].command[2].split(" && exec ")
    assert joining.startswith("ray start --address=ray-head:6379 --num-cpus=0 ")
    assert serving == "slalom serve"
    assert SERVICES["server"].environment["SLALOM_RAY_ADDRESS"] == "ray-head:6379"
    assert {SERVICES[name].command[0] for name in ("server", "ray-worker")} == {"sh"}
    known = Path(importlib.util.find_spec("ray").origin).with_name("scripts").joinpath("scripts.py").read_text()
    for command in (head, worker, shlex.split(joining), SERVICES["ray-head"].healthcheck):
        options = [option.partition("=")[0] for option in command[2:] if option.startswith("--")]
        assert [one for one in (command[1], *options) if f'"{one}"' not in known and f"def {one}(" not in known] == []


def test_every_variable_of_slalom_is_a_setting_of_it():
    known = {variable_of(name) for name in Settings.model_fields} | {*RAY}
    given = {key for one in SERVICES.values() for key in one.environment if key.startswith(PREFIX)}
    assert given - known == {"SLALOM_SITE"}  # Caddy's.
    for one in ("web", "gpu", "server"):
        environ = {key: value for key, value in SERVICES[one].environment.items() if key not in RAY}
        assert Settings.from_environ(environ).token.get_secret_value() == SECRET


# The image


def instructions(name):
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} (.+)$", joined, re.MULTILINE)


def test_the_image_is_run_by_nobody_in_particular():
    (user,) = instructions("USER")
    assert user == "10001:10001"
    assert {SERVICES[name].about["user"] for name in ("web", "gpu", *NODES)} == {user}
    assert DOCKERFILE.index("\nUSER") < DOCKERFILE.index("\nCMD")
    assert "--uid 10001" in DOCKERFILE
    assert json.loads(instructions("CMD")[0]) == ["slalom", "serve"]


def installed(line, extras, folder):
    """Execute a RUN with programs that do nothing; return what pip was to install, and with which options."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    for name in ("pip", "groupadd", "useradd", "install"):
        (programs / name).write_text('#!/bin/sh\n[ "${0##*/}" = pip ] && printf "%s\\n" "$@"\ntrue\n')
        (programs / name).chmod(0o755)
    shutil.copy(ROOT / "constraints.txt", folder)
    environ = {"PATH": f"{programs}:/usr/bin:/bin", "EXTRAS": extras}
    answer = subprocess.run(["sh", "-ec", line], cwd=folder, env=environ, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    command, *arguments = answer.stdout.split("\n")[:-1]
    assert command == "install"
    return arguments


def test_pip_installs_what_is_pinned_with_extras_that_there_are(tmp_path):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = [Requirement(line) for line in (ROOT / "constraints.txt").read_text().split()]
    (torch,) = (pin for pin in pins if pin.name == "torch")
    assert torch.specifier.contains(Version(f"{str(torch.specifier).removeprefix('==')}+cpu"))
    small, large, package = [line for line in instructions("RUN") if "pip install" in line]
    index = ["--index-url", "https://download.pytorch.org/whl/cpu"]
    assert installed(small, "", tmp_path) == ["--no-deps", *index, str(torch)]
    assert installed(large, "", tmp_path) == ["-c", "constraints.txt", "torch"]
    for name in ("web", "gpu", *NODES):
        extras = SERVICES[name].about["build"].get("args", {}).get("EXTRAS", "")
        wanted = f".[{extras}]" if extras else "."
        assert installed(package, extras, tmp_path) == ["-c", "constraints.txt", wanted]
        assert Requirement(f"slalom[{extras}]").extras <= project["optional-dependencies"].keys()
    (python,) = re.findall(r"FROM python:([\d.]+)-slim", DOCKERFILE)
    assert SpecifierSet(project["requires-python"]).contains(f"{python}.0")
    assert f"Programming Language :: Python :: {python}" in project["classifiers"]


def test_the_devices_that_may_be_chosen_have_a_stage_each():
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE))
    default = re.search(r"^ARG DEVICE=(\w+)$", DOCKERFILE, re.MULTILINE)[1]
    chosen = {
        one.about["build"].get("args", {}).get("DEVICE", default) for one in SERVICES.values() if "build" in one.about
    }
    assert chosen == {"cpu", "gpu"}
    assert {f"torch-{device}" for device in chosen} <= stages


def test_what_is_copied_is_enough_to_build_the_package(tmp_path):
    for line in instructions("COPY"):
        *sources, target = line.split()
        for source in sources:
            place = tmp_path / target / (Path(source).name if target.endswith("/") else "")
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, place)
    ignored = (ROOT / ".dockerignore").read_text().split()
    copied = {source.split("/")[0] for line in instructions("COPY") for source in line.split()[:-1]}
    assert not copied & set(ignored)
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path / "built"]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert len([*(tmp_path / "built").glob("slalom-*.whl")]) == 1


# The services, as processes


HTTP = httpx.Client(timeout=START, limits=httpx.Limits(max_keepalive_connections=0))
SPEC = {"problem": {"kind": "bowl"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.1}}], "steps": 20}
BEARER = {"Authorization": f"Bearer {SECRET}"}


def test_one_server_runs_as_it_is_written(tmp_path):
    (port,) = free_ports(1)
    addresses = {"/data/": f"{tmp_path}/", "127.0.0.1:8000": f"127.0.0.1:{port}"}
    command = json.loads(instructions("CMD")[0])
    environ = {"SLALOM_PORT": str(port), "SLALOM_WARM_WORKERS": "1", "HOME": str(tmp_path)}
    with running(service("web"), addresses, tmp_path / "log", command, **environ) as web:
        assert not web.is_healthy()
        web.wait()
        assert HTTP.get(f"http://127.0.0.1:{port}/api/limits").status_code == 403
        made = HTTP.post(f"http://127.0.0.1:{port}/api/experiments", json=SPEC, headers=BEARER)
        assert made.status_code == 201
        assert (tmp_path / "slalom.db").exists()
        assert web.stop() == 0
        assert not web.is_healthy()


def without_ray(one):
    """Return a server that computes by itself: the cluster of Ray has tests of its own."""
    environment = {key: value for key, value in one.environment.items() if key not in RAY}
    return one._replace(environment=environment)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Yield the cluster without Ray: the database, two servers and the proxy, all healthy."""
    if CADDY is None:
        assert "CI" not in os.environ, "There is no Caddy on this machine. Install Debian's package caddy."
        pytest.skip("There is no Caddy on this machine.")
    folder = tmp_path_factory.mktemp("cluster")
    front, *inside = free_ports(3)
    database = Postgres(programs(), *service("postgres").command[1:])
    with ExitStack() as stack:
        stack.callback(database.close)
        places = {"postgresql://slalom@postgres/slalom": database.fresh("slalom"), "172.31.238.0/28": "127.0.0.1"}
        servers = [
            stack.enter_context(
                running(
                    without_ray(service("server")),
                    places | {"127.0.0.1:8000": f"127.0.0.1:{port}"},
                    folder / f"{port}.log",
                    service("server").command[2].partition("&& exec ")[2].split(),
                    SLALOM_PORT=str(port),
                    SLALOM_WARM_WORKERS="1",
                )
            )
            for port in inside
        ]
        caddyfile = folder / "Caddyfile"
        there = "to " + " ".join(f"127.0.0.1:{port}" for port in inside)
        text, found = re.subn(
            r"dynamic a server 8000 \{.*?\}", there, (ROOT / "backend/Caddyfile").read_text(), flags=re.S
        )
        assert found == 1
        caddyfile.write_text(text)
        outside = {"/etc/caddy/Caddyfile": str(caddyfile), ":8080": f":{front}"}
        homes = {"XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
        proxy = stack.enter_context(running(service("proxy"), outside, folder / "proxy.log", **homes))
        health = subprocess.run(
            service("postgres").healthcheck,
            env={"PATH": f"{programs()}:{os.environ['PATH']}", "PGHOST": str(database.folder)},
        )
        assert health.returncode == 0
        for one in (*servers, proxy):
            one.wait()
        yield f"http://127.0.0.1:{front}", servers, inside


def test_whoever_comes_through_the_proxy_is_asked_for_the_token(cluster):
    address, _, _ = cluster
    assert HTTP.get(f"{address}/healthz").json()["status"] == "ok"
    assert HTTP.get(f"{address}/api/limits").status_code == 403
    assert HTTP.get(f"{address}/api/limits", headers=BEARER).status_code == 200
    assert HTTP.get(f"{address}/healthz", headers={"Host": "evil.example"}).status_code == 403
    with httpx.Client(base_url=address, timeout=START) as browser:
        own = {"Origin": address, "Sec-Fetch-Site": "same-origin"}
        assert browser.post("/", data={"token": SECRET}, headers=own).status_code == 303
        for headers, status in ((own, 201), ({"Origin": "http://evil.example"}, 403)):
            for _ in range(4):  # Each of the servers knows what the other has signed.
                assert browser.post("/api/experiments", json=SPEC, headers=headers).status_code == status


def test_what_one_server_makes_the_other_shows_and_streams(cluster):
    address, _, inside = cluster
    made = HTTP.post(f"{address}/api/experiments", json=SPEC, headers=BEARER | {"X-Forwarded-For": "203.0.113.9"})
    id = made.json()["id"]
    for port in inside:
        own = f"127.0.0.1:{port}"
        record = HTTP.get(f"http://{own}/api/experiments/{id}", params={"wait": 60}, headers=BEARER).json()
        assert record["status"] == "done"
        with connect(f"ws://{own}/api/experiments/{id}/stream?ack=0", additional_headers=BEARER) as socket:
            assert len([message for message in socket if isinstance(message, bytes)]) >= 1
    away = f"{address.replace('http', 'ws')}/api/experiments/{id}/stream?ack=0"
    with connect(away, additional_headers=BEARER, origin=address) as socket:
        assert [json.loads(message)["type"] for message in socket if isinstance(message, str)][-1] == "done"


def test_only_the_proxy_is_believed_on_who_asks(cluster):
    address, _, inside = cluster
    told = BEARER | {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example"}
    assert HTTP.get(f"{address}/api/limits", headers=told).status_code == 200
    # The test itself stands where the proxy does: its word counts.
    assert HTTP.get(f"http://127.0.0.1:{inside[0]}/api/limits", headers=told).status_code == 403


def test_a_server_that_dies_is_not_missed(cluster):
    address, (first, second), _ = cluster
    first.process.kill()
    first.process.wait()
    assert not first.is_healthy()
    for _ in range(6):
        assert HTTP.get(f"{address}/api/experiments", headers=BEARER).status_code == 200
    assert second.stop() == 0

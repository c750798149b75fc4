"""docker-compose.yml, read as Docker Compose reads it, and its services as processes in the place of containers."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import yaml

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docker-compose.yml"
# A dollar that is doubled is one.
VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?:(?P<how>:-|:\?)(?P<rest>(?:[^{}]|\$\{[^{}]*\})*))?\}")
BIN = Path(sys.executable).parent
START = 60.0
"""Seconds that a service on a busy machine may take to start."""
SECRET = "a-secret-of-the-tests"
GIVEN = {"SLALOM_TOKEN": SECRET}
"""What somebody gives at least."""


class MissingVariable(Exception):
    """A variable that must be given, with what is said of it."""


class Service(NamedTuple):
    """One service, as far as it can be run without a container."""

    name: str
    command: list[str]
    """Empty where it is the image's own."""
    environment: dict[str, str]
    healthcheck: list[str]
    about: dict
    """All that the file says of it."""


def interpolated(part, given):
    """Return a part of the file with its variables; raises MissingVariable where one is missing without a default."""
    if isinstance(part, dict):
        return {key: interpolated(value, given) for key, value in part.items()}
    if isinstance(part, list):
        return [interpolated(value, given) for value in part]
    if not isinstance(part, str):
        return part

    def value(found):
        if found["name"] is None:
            return "$"
        if found["how"] is None or given.get(found["name"]):
            return given.get(found["name"], "")
        if found["how"] == ":?":
            raise MissingVariable(found["rest"])
        return interpolated(found["rest"], given)

    return VARIABLE.sub(value, part)


def composed(given=GIVEN):
    """Return the whole file, with the variables that somebody gives."""
    return interpolated(yaml.safe_load(FILE.read_text()), given)


def services(given=GIVEN):
    """Return every service by its name."""
    return {name: _service(name, about) for name, about in composed(given)["services"].items()}


def service(name, given=GIVEN):
    """Return one service."""
    return services(given)[name]


def _service(name, about):
    command = about.get("command", [])
    command = shlex.split(command) if isinstance(command, str) else command
    test = about["healthcheck"]["test"]
    assert test[0] == "CMD"
    return Service(name, command, dict(about.get("environment", {})), test[1:], about)


@contextmanager
def running(one, addresses, log, command=None, **more):
    """Run a service's command in its environment, where addresses of containers are others."""
    environ = {key: mapped(value, addresses) for key, value in one.environment.items()}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SLALOM_")}
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])
    environ = {**kept, "PATH": path, **environ, **more}
    command = [mapped(part, addresses) for part in command or one.command]
    with log.open("ab") as file:
        process = subprocess.Popen(command, env=environ, stdout=file, stderr=file)
    try:
        yield Process(one, process, environ, addresses, log)
    finally:
        process.kill()
        process.wait()


class Process:
    """A service that runs."""

    def __init__(self, one, process, environ, addresses, log):
        self.one, self.process, self.log = one, process, log
        self._environ, self._addresses = environ, addresses

    def is_healthy(self):
        """Ask as the container's health check would."""
        command = [mapped(part, self._addresses) for part in self.one.healthcheck]
        return subprocess.run(command, env=self._environ, capture_output=True).returncode == 0

    def wait(self):
        """Return as soon as it is healthy."""
        deadline = time.monotonic() + START
        while not self.is_healthy():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def stop(self):
        """Stop it as Docker would, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


def mapped(text, addresses):
    """Put addresses of this machine in the place of a container's."""
    for inside, outside in addresses.items():
        text = text.replace(inside, outside)
    return text


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports

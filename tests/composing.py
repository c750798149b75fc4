"""docker-compose.yml, read as Docker Compose reads it: variables put in, and the services by their names."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import yaml

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docker-compose.yml"
# A dollar that is doubled is one.
VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?:(?P<how>:-|:\?)(?P<rest>(?:[^{}]|\$\{[^{}]*\})*))?\}")
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

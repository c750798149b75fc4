"""Running commands in this process, as a shell would: where they wrote, what they said and their exit code."""

from typing import NamedTuple

from typer.testing import CliRunner

from slalom.cli import app


class Answer(NamedTuple):
    """What came of a command."""

    code: int
    out: str
    err: str
    bytes: bytes


def slalom(*arguments, standard_input=None, **environ):
    """Run a command; an error that was not foreseen is raised."""
    found = CliRunner().invoke(app, [*map(str, arguments)], input=standard_input, env=environ, prog_name="slalom")
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return Answer(found.exit_code, found.stdout, found.stderr, found.stdout_bytes)

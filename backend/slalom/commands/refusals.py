"""What goes wrong in any command, as a sentence on standard error and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from slalom import __version__
from slalom.errors import FormulaError, SlalomError, SpecError, StoreError

from .exit_codes import CUT_OFF, FAILED, INTERRUPTED, UNUSABLE_STORE, USAGE

_UNFIT = 422
"""The status of a request that does not fit."""
_OF_THE_PLACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
"""What the place of a file is to blame for, and never the program."""


class Commands(TyperGroup):
    """All commands: errors on purpose are told without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except SlalomError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(code_of(error)) from error
        except KeyboardInterrupt:
            typer.echo("Stopped.", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            _give_up_output()
            raise typer.Exit(CUT_OFF) from None

    def main(self, *given: Any, **named: Any) -> Any:
        """Read the arguments, and run a command; that there is no room for what it prints is said, too."""
        try:
            return super().main(*given, **named)
        except OSError as error:
            if error.errno not in _OF_THE_PLACE:
                raise
            _give_up_output()
            place = error.filename or "Standard output"
            typer.echo(f"{place} cannot be written: {error.strerror}. Make room, or choose another place.", err=True)
            raise SystemExit(FAILED) from None


def _give_up_output() -> None:
    """Send what could not be written nowhere: at its end Python would try once more, and complain."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def code_of(error: SlalomError) -> int:
    """Return the exit code of what went wrong."""
    if isinstance(error, StoreError):
        return UNUSABLE_STORE
    return USAGE if isinstance(error, SpecError | FormulaError) or error.status == _UNFIT else FAILED


def say_version(wanted: bool) -> None:
    """Print the version and end, if that is ``wanted``."""
    if wanted:
        typer.echo(__version__)
        raise typer.Exit

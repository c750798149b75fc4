"""What goes wrong in any command, as a sentence on standard error and an exit code."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from slalom import __version__
from slalom.errors import FormulaError, SlalomError, SpecError, StoreError

from .exit_codes import FAILED, INTERRUPTED, UNUSABLE_STORE, USAGE


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


def code_of(error: SlalomError) -> int:
    """Return the exit code of what went wrong."""
    if isinstance(error, StoreError):
        return UNUSABLE_STORE
    return USAGE if isinstance(error, SpecError | FormulaError) else FAILED


def say_version(wanted: bool) -> None:
    """Print the version and end, if that is ``wanted``."""
    if wanted:
        typer.echo(__version__)
        raise typer.Exit

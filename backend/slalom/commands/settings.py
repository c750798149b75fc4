"""The settings of this installation, from options and the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from slalom.settings import PREFIX, Settings

from .exit_codes import USAGE

OF_CALLERS = frozenset({f"{PREFIX}URL"})
"""What slalom.watch and slalom open read from the environment: which server they call, and no setting of one."""


def settings_of(given: Mapping[str, Any]) -> Settings:
    """Return the settings; where one does not fit, say which, and end."""
    try:
        return read_settings(given)
    except ValidationError as error:
        for fault in faults_of(error):
            typer.echo(fault, err=True)
        raise typer.Exit(USAGE) from None


def read_settings(given: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings; raises pydantic.ValidationError where one does not fit."""
    home = Path(typer.get_app_dir("slalom")) / "slalom.db"
    own = {name: value for name, value in environ.items() if name not in OF_CALLERS}
    return Settings.from_environ({f"{PREFIX}STORE": str(home), **own}, **given)


def faults_of(error: ValidationError) -> list[str]:
    """Return in a sentence each which settings do not fit."""
    return [_sentence(str(item["loc"][0]) if item["loc"] else "", item["msg"], item["type"]) for item in error.errors()]


def _sentence(name: str, message: str, kind: str) -> str:
    message = message.removeprefix("Value error, ")
    if not name:
        return message
    if kind == "extra_forbidden":
        return f"There is no setting {PREFIX}{name.upper()}. The settings are listed in the README."
    return f"{PREFIX}{name.upper()} does not fit: {message.replace('Input should', 'it should')}."

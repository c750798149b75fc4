"""``slalom db``: the store copied, put back and brought up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .settings import settings_of

StoreOption = Annotated[
    str | None, typer.Option("--store", help="The store, if it is not the usual one: a file, or an SQLAlchemy URL.")
]

db = typer.Typer(name="db", help="The store: copy it, put a copy back, bring it up to date.", no_args_is_help=True)


@db.command("backup")
def backup_store(
    file: Annotated[Path, typer.Argument(help="The new file; it must not be there yet.")], store: StoreOption = None
) -> None:
    """Copy the store to a file, also while a server uses it; exit code 3 where the store cannot be used."""
    from slalom.storage.backup import copy_store

    state = copy_store(_url(store), file)
    typer.echo(f"Copied to {state.where}: {_told(state.experiments, state.bytes)}.")


@db.command("restore")
def restore_store(
    file: Annotated[Path, typer.Argument(help="What slalom db backup wrote.")], store: StoreOption = None
) -> None:
    """Put a copy in the place of the store, while no server uses it; what was there before is kept beside it."""
    from slalom.storage.backup import look, put_back

    kept = put_back(_url(store), file)
    state = look(_url(store))
    typer.echo(f"{state.where} is now what {file} holds: {_told(state.experiments, state.bytes)}.")
    if kept is not None:
        typer.echo(f"What was there before is kept in {kept}.")


@db.command("upgrade")
def upgrade_store(store: StoreOption = None) -> None:
    """Bring the store to the version of this program, as serving it would; a copy as it was is kept beside it."""
    from slalom.storage.backup import look, upgrade

    before, kept = upgrade(_url(store))
    state = look(_url(store))
    if before == state.version:
        typer.echo(f"{state.where} is up to date: version {state.version}.")
    else:
        typer.echo(f"{state.where}: version {before or 'none'} is now version {state.version}.")
    if kept is not None:
        typer.echo(f"As it was, it is kept in {kept}.")


def _url(store: str | None) -> str:
    return settings_of({} if store is None else {"store": store}).store


def _told(experiments: int, size: int) -> str:
    return f"{experiments:,} experiments, {size / 1e6:,.1f} MB"

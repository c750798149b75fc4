"""``slalom db``: the store copied, put back, brought up to date, and rid of what is old."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .settings import settings_of

if TYPE_CHECKING:
    from slalom.storage.purge import Doomed
    from slalom.storage.store import Store

MOST_NAMED = 20
"""Experiments that are named one by one."""

StoreOption = Annotated[
    str | None, typer.Option("--store", help="The store, if it is not the usual one: a file, or an SQLAlchemy URL.")
]

db = typer.Typer(
    name="db", help="The store: copy it, put a copy back, bring it up to date, make it smaller.", no_args_is_help=True
)


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


@db.command("prune")
def prune_store(
    keep: Annotated[
        str | None,
        typer.Option(
            help="How long experiments are kept that are not shared, such as '30 days'; SLALOM_KEEP if not given."
        ),
    ] = None,
    thin: Annotated[
        bool, typer.Option("--thin", help="Keep the older ones, with one of sixteen entries and every extreme.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and change nothing.")] = False,
    store: StoreOption = None,
) -> None:
    """Remove what was deleted, and what is older than it is kept; give the room back to the disk."""
    from slalom.storage.store import Store

    given = {"store": store, "keep": keep}
    settings = settings_of({name: value for name, value in given.items() if value is not None})
    if thin and not settings.keep:
        raise typer.BadParameter("say which are old, as in --keep '30 days'.", param_hint="--thin")
    with closing(Store.open(settings.store)) as opened:
        old = opened.purge.expired(settings.keep) if settings.keep else []
        _prune(opened, opened.purge.hidden(), old, thin, dry_run)


def _prune(store: Store, hidden: Sequence[Doomed], old: Sequence[Doomed], thin: bool, dry_run: bool) -> None:
    from slalom.storage.thinning import has_entries

    old = [one for one in old if not thin or has_entries(one.kind)]
    would = "Would be" if dry_run else "To be"
    for what, some in (
        (f"{would} removed, as deleted", hidden),
        (f"{would} {'thinned out' if thin else 'removed'}", old),
    ):
        typer.echo(f"{what}: {_told(len(some), sum(one.bytes for one in some))}.")
        for one in some[:MOST_NAMED]:
            typer.echo(f"  {one.id}  {one.created[:10]}  {one.bytes / 1e6:9,.2f} MB  {one.name}")
        if len(some) > MOST_NAMED:
            typer.echo(f"  and {len(some) - MOST_NAMED:,} more")
    if dry_run:
        return
    freed = sum(one.bytes for one in hidden if store.purge.remove(one.id))
    for one in old:
        if thin:
            freed += store.thinning.run(one.id).freed
        else:
            store.experiments.delete(one.id, for_good=True)
            freed += one.bytes * store.purge.remove(one.id)
    store.quota.give_back()
    typer.echo(f"Done: {freed / 1e6:,.1f} MB less.")


def _url(store: str | None) -> str:
    return settings_of({} if store is None else {"store": store}).store


def _told(experiments: int, size: int) -> str:
    return f"{experiments:,} experiments, {size / 1e6:,.1f} MB"

"""``slalom lessons``: which there are, and whether those of one's own hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .exit_codes import FAILED

lessons = typer.Typer(name="lessons", help="Lessons: which there are, and whether yours hold.", no_args_is_help=True)


@lessons.command("list")
def tell_lessons(
    folder: Annotated[Path | None, typer.Argument(help="A folder of lessons of your own.", show_default=False)] = None,
) -> None:
    """List every lesson with its question; open one at /lessons/NAME of a server."""
    from slalom.lessons import library

    from .screen import Screen

    rows = [(lesson.slug, lesson.title, lesson.question) for lesson in library(folder)]
    Screen().table(("lesson", "title", "question"), rows)


@lessons.command("check")
def check_lessons(folder: Annotated[Path, typer.Argument(help="The folder of the lessons' TOML files.")]) -> None:
    """Read every lesson of a folder and run all that it claims; what is wrong is told with its file and line."""
    from slalom.web.lesson_check import check_folder

    if not check_folder(folder, typer.echo):
        raise typer.Exit(FAILED)

"""Lessons from their files, and what is wrong in one, with its line."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from slalom.catalogue.base.plugins import entry_points, note
from slalom.errors import SpecError

from .lesson import Lesson
from .lines import line_of

LESSONS = Path(__file__).parent
"""The folder of Slalom's own lessons."""
PLAYLIST = "playlist.toml"
"""The file of a folder that says which lessons there are, and in which order."""


@lru_cache(maxsize=4)
def library(folder: Path | None = None) -> tuple[Lesson, ...]:
    """Return Slalom's lessons, those of plugins, and those of a folder; made once.

    A lesson of the folder takes the place of Slalom's of the same name; the others come after Slalom's. A playlist in
    the folder, ``lessons = ["ravines", "my-lesson"]``, says which of all of them there are, and in which order.

    Raises SpecError, which names file and line.
    """
    lessons = {lesson.slug: lesson for lesson in (*lessons_in(LESSONS), *lessons_of_plugins())}
    if folder is None:
        return tuple(lessons.values())
    playlist = folder / PLAYLIST
    if lesson_files(folder) or not playlist.is_file():
        lessons |= {lesson.slug: lesson for lesson in lessons_in(folder, tuple(lessons))}
    if not playlist.is_file():
        return tuple(lessons.values())
    return tuple(lessons[slug] for slug in _playlist(playlist, lessons))


@cache
def lessons_of_plugins() -> tuple[Lesson, ...]:
    """Return the lessons in the folders that plugins' entry points name; one like Slalom's own is left out.

    A folder in which something is wrong is left out, too; :func:`slalom.catalogue.base.plugins.plugins` says why.
    """
    known = {lesson.slug: lesson for lesson in lessons_in(LESSONS)}
    own = len(known)
    for point in entry_points("slalom.lessons"):
        try:
            (folder,) = import_module(point.module).__path__
            found = lessons_in(Path(folder), tuple(known))
            if twice := next((lesson.slug for lesson in found if lesson.slug in known), None):
                raise SpecError(f"There is a lesson {twice} already. Give the file another name.")
        except Exception as error:
            said = str(error) if isinstance(error, SpecError) else f"{type(error).__name__}: {error}"
            note(point, error=f"its lessons cannot be read ({said})")
            continue
        known |= {lesson.slug: lesson for lesson in found}
        note(point)
    return tuple(known.values())[own:]


def lessons_in(folder: Path, others: Sequence[str] = ()) -> list[Lesson]:
    """Return the lessons of a folder in the order of their files' names; they may lead to ``others``, too.

    Raises SpecError, which names file and line, where one cannot be read, or leads to a lesson that is not there.
    """
    files = lesson_files(folder)
    if not files:
        raise SpecError(f"There are no lessons in {folder}: it has no file that ends in .toml.")
    found = {path: lesson_in(path) for path in files}
    slugs = {lesson.slug: path for path, lesson in found.items()}
    for path, lesson in found.items():
        if slugs[lesson.slug] != path:
            raise SpecError(f"{path.name} and {slugs[lesson.slug].name} are both called {lesson.slug}.")
        for place, other in enumerate(lesson.go_on):
            if other not in slugs and other not in others:
                message = f"it goes on to {other!r}, and there is no such lesson."
                raise SpecError(f"{place_in(path, ('go_on', place))}: {message}")
    return list(found.values())


def lesson_files(folder: Path) -> list[Path]:
    """Return the files of a folder that are lessons, in the order of their names."""
    return sorted(path for path in folder.glob("*.toml") if path.name != PLAYLIST)


def lesson_in(path: Path) -> Lesson:
    """Return the lesson in a file; its name, without a number before it, is the lesson's.

    Raises SpecError, which names file and line.
    """
    found = _parsed(path)
    number, _, rest = path.stem.partition("-")
    try:
        return Lesson.model_validate({"slug": rest if number.isdigit() else path.stem, **found})
    except ValidationError as error:
        raise SpecError("\n".join(_told(path, one) for one in error.errors())) from error


def place_in(path: Path, loc: Sequence[str | int]) -> str:
    """Return the file and line of a part of a lesson."""
    return f"{path.name}, line {line_of(path.read_text('utf-8'), loc)}"


def _parsed(path: Path) -> dict[str, Any]:
    text = _text(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said, _, where = str(error).partition(" (at ")
        line = where.removeprefix("line ").partition(",")[0] if where.startswith("line ") else len(text.splitlines())
        raise SpecError(f"{path.name}, line {line}: {said}.") from error


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SpecError(f"{path.name}, line {line}: this is not UTF-8. Save the file with that encoding.") from error
    except OSError as error:
        raise SpecError(f"{path.name} cannot be read: {error.strerror or error}.") from error


def _told(path: Path, error: Any) -> str:
    where = ".".join(map(str, error["loc"])) or "the lesson"
    message = error["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{place_in(path, error['loc'])}: {where}: {message}."


def _playlist(path: Path, known: dict[str, Lesson]) -> list[str]:
    wanted = _parsed(path).get("lessons")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(slug, str) for slug in wanted):
        raise SpecError(f'{path.name}: write a list of lessons, such as lessons = ["ravines", "momentum"].')
    for place, slug in enumerate(wanted):
        if slug not in known or slug in wanted[:place]:
            fault = "is listed twice" if slug in known else "is no lesson"
            names = ", ".join(known)
            raise SpecError(f"{place_in(path, ('lessons', place))}: {slug!r} {fault}. The lessons are {names}.")
    return wanted

"""Lessons from their files, and what is wrong in one, with its line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from slalom.errors import SpecError

from .lesson import Lesson

LESSONS = Path(__file__).parent
"""The folder of Slalom's own lessons."""


def lessons_in(folder: Path) -> list[Lesson]:
    """Return the lessons of a folder in the order of their files' names.

    Raises SpecError, which names file and line, where one cannot be read, or leads to a lesson that is not there.
    """
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise SpecError(f"There are no lessons in {folder}: it has no file that ends in .toml.")
    found = {path: lesson_in(path) for path in files}
    slugs = {lesson.slug: path for path, lesson in found.items()}
    for path, lesson in found.items():
        if slugs[lesson.slug] != path:
            raise SpecError(f"{path.name} and {slugs[lesson.slug].name} are both called {lesson.slug}.")
        for other in lesson.go_on:
            if other not in slugs:
                raise SpecError(f"{path.name}: it goes on to {other!r}, and there is no such lesson.")
    return list(found.values())


def lesson_in(path: Path) -> Lesson:
    """Return the lesson in a file; its name, without a number before it, is the lesson's.

    Raises SpecError, which names file and line.
    """
    text = path.read_text("utf-8")
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{path.name}: {error}.") from error
    number, _, rest = path.stem.partition("-")
    try:
        return Lesson.model_validate({"slug": rest if number.isdigit() else path.stem, **found})
    except ValidationError as error:
        raise SpecError("\n".join(_told(path, text, one) for one in error.errors())) from error


def _told(path: Path, text: str, error: Any) -> str:
    keys = [part for part in error["loc"] if isinstance(part, str) and part not in ("choice", "number", "sketch")]
    where = ".".join(map(str, error["loc"])) or "the lesson"
    return f"{path.name}, line {_line(text, error['loc'])}: {where}: {error['msg']}" + ("." if keys else "")


def _line(text: str, loc: tuple[Any, ...]) -> int:
    """Return the line, from 1, of what an error is about: of the table or key nearest to it."""
    lines, at = text.splitlines(), 0
    for depth, part in enumerate(loc):
        if isinstance(part, int):
            name = ".".join(str(one) for one in loc[:depth] if isinstance(one, str))
            heads = [i for i, line in enumerate(lines) if line.strip() == f"[[{name}]]"]
            at = heads[part] if part < len(heads) else at
            continue
        table = ".".join(str(one) for one in loc[: depth + 1] if isinstance(one, str))
        for i in range(at, len(lines)):
            line = lines[i].strip()
            if line in (f"[{table}]", f"[[{table}]]") or line.split("=")[0].strip() == part:
                at = i
                break
    return at + 1

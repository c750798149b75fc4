"""Options that say which files are written of what was computed, and what they hold by their format."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand

from slalom.errors import SlalomError, SpecError

from .screen import Screen

if TYPE_CHECKING:
    from slalom.results.provenance import Provenance

STANDARD_OUTPUT = "-"
PANEL = "Files"
STEM = "slalom"
"""What a file is called if it is not said."""
UNITS = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72}
"""Millimetres."""
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)")
_PICTURES = ("png", "svg", "pdf")
_FILMS = ("gif", "mp4")
_TEXTS = ("json", "csv")


def _file(format: str, what: str) -> Any:
    return typer.Option(f"--{format}", metavar="[FILE]", help=what, rich_help_panel=PANEL)


def _look(what: str, metavar: str | None = None) -> Any:
    return typer.Option(metavar=metavar, help=what, rich_help_panel=PANEL)


@dataclass(frozen=True)
class Outputs:
    """Which files are written."""

    json: Annotated[str | None, _file("json", "All numbers; the page's Import takes it. To standard output: -")] = None
    csv: Annotated[str | None, _file("csv", "All numbers as a table; to standard output: -")] = None
    npz: Annotated[str | None, _file("npz", "All numbers for NumPy.")] = None
    png: Annotated[str | None, _file("png", "A picture, 300 dots per inch.")] = None
    svg: Annotated[str | None, _file("svg", "A picture to work on.")] = None
    pdf: Annotated[str | None, _file("pdf", "A picture for print, its fonts embedded.")] = None
    gif: Annotated[str | None, _file("gif", "The runs as they go.")] = None
    mp4: Annotated[str | None, _file("mp4", "The same as a video.")] = None
    html: Annotated[str | None, _file("html", "A page that stands alone.")] = None
    picture: Annotated[
        list[str] | None,
        _look("What is drawn, up to three times: path, loss, share, grad_norm, ...", metavar="NAME"),
    ] = None
    width: Annotated[str, _look("How wide pictures are, as in 84mm or 3.5in.", metavar="LENGTH")] = "174mm"
    title: Annotated[str | None, _look('Above the picture; "" for none.')] = None
    theme: Annotated[Literal["light", "dark"], _look("Colours of pictures.")] = "light"

    @property
    def wanted(self) -> dict[str, str]:
        """Every file to write, by its format."""
        formats = (one.name for one in fields(self) if one.name in FILE_FORMATS)
        return {name: place for name in formats if (place := getattr(self, name)) is not None}

    @property
    def to_standard_output(self) -> bool:
        """Whether a file goes there, and sentences must not."""
        return STANDARD_OUTPUT in self.wanted.values()

    def screen(self) -> Screen:
        """Return where sentences go."""
        return Screen(error=self.to_standard_output)

    def check(self, spec: Mapping[str, Any], *, moves: bool = False) -> None:
        """Raise SpecError or SlalomError, before a spec is computed, where a file cannot be made of it.

        ``moves``: whether the usual pictures of it are over steps, so that there is something to make a film of.
        """
        for format, place in self.wanted.items():
            if place != STANDARD_OUTPUT:
                _check_place(format, place)
        if list(self.wanted.values()).count(STANDARD_OUTPUT) > 1:
            raise SpecError("Only one file can go to standard output. Give the others names.")
        length(self.width)
        self._check_pictures(spec)
        film = next((format for format in _FILMS if format in self.wanted), None)
        if film is not None and not (moves or self.picture):
            raise SpecError(
                f"--{film}: the usual picture of this is not over steps, and nothing in it moves. "
                "Write a PNG, SVG or PDF, or name a picture of its runs: --picture loss."
            )
        if any(format in self.wanted for format in (*_PICTURES, *_FILMS)):
            from slalom.figures.sheet import need_matplotlib

            need_matplotlib()
        if "mp4" in self.wanted:
            from slalom.figures.film import need_ffmpeg

            need_ffmpeg()

    def _check_pictures(self, spec: Mapping[str, Any]) -> None:
        """Raise SpecError or SlalomError where runs of a spec have no such pictures."""
        names = self.picture or ()
        if len(names) > 3:
            raise SpecError(f"There are {len(names)} pictures, and a sheet has room for three.")
        if not names:
            return
        from slalom.results.figures import check_picture
        from slalom.results.spec import read_spec

        read = read_spec(spec)
        if not read.keeps_entries:
            raise SpecError(f"--picture {names[0]}: a {read.noun} is one picture, and keeps none of its runs.")
        for name in names:
            check_picture(read, name)


def _check_place(format: str, place: str) -> None:
    """Raise SpecError or SlalomError where no file of a format can be at a place."""
    if not place.lower().endswith(f".{format}"):
        raise SpecError(f"--{format} {place}: the name of this file should end with .{format}.")
    path = Path(place)
    if not path.parent.is_dir():
        raise SpecError(f"--{format} {place}: there is no folder {path.parent}. Make it, or choose another.")
    try:
        if path.exists():
            with path.open("ab"):
                return
        with TemporaryFile(dir=path.parent):
            return
    except OSError as error:
        raise cannot_be_written(place, error) from error


def cannot_be_written(place: str, error: OSError) -> SlalomError:
    """Return that a file cannot be at a place."""
    return SlalomError(f"{place} cannot be written: {error.strerror or error}. Choose another place.")


FILE_FORMATS = (*_TEXTS, "npz", *_PICTURES, *_FILMS, "html")


class OutputsCommand(TyperCommand):
    """A command whose options of files may lack a name: ``--pdf`` is ``--pdf slalom.pdf``, ``--csv`` is ``--csv -``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments, with the names of files that are not given."""
        return super().parse_args(ctx, list(_with_names(args)))


def _with_names(args: Sequence[str]) -> Iterator[str]:
    for i, argument in enumerate(args):
        yield argument
        format = argument.removeprefix("--")
        if argument.startswith("--") and format in FILE_FORMATS:
            after = args[i + 1] if i + 1 < len(args) else ""
            if not _is_name(after, format):
                yield STANDARD_OUTPUT if format in _TEXTS else f"{STEM}.{format}"


def _is_name(word: str, format: str) -> bool:
    """Return whether what follows an option of a file is meant as its name: one that ends otherwise is refused later.

    It is none where it is another option, or says where a spec is: a file that there is, or a link.
    """
    if word == STANDARD_OUTPUT or word.lower().endswith(f".{format}"):
        return True
    return bool(word) and not word.startswith(("-", "#")) and "://" not in word and not Path(word).is_file()


def length(text: str) -> float:
    """Return a length in millimetres, which is the unit if none is said.

    >>> length("84mm"), length("3.5 in"), length("90")
    (84.0, 88.9, 90.0)
    """
    from slalom.figures.sheet import NARROWEST, WIDEST

    found = _LENGTH.fullmatch(text.strip().lower())
    if found is None or (found[2] or "mm") not in UNITS:
        raise SpecError(f"--width {text}: write a length such as 84mm, 8.4cm, 3.3in or 240pt.")
    millimetres = round(float(found[1]) * UNITS[found[2] or "mm"], 6)
    if not NARROWEST <= millimetres <= WIDEST:
        raise SpecError(f"--width {text}: a picture is from {NARROWEST:g}mm to {WIDEST:g}mm wide.")
    return millimetres


@dataclass(frozen=True)
class Computed:
    """What was computed, as its files need it."""

    title: str
    json: Callable[[], bytes]
    table: Callable[[], Mapping[str, Any]]
    arrays: Callable[[], Mapping[str, Any]]
    figures: Callable[[Sequence[str] | None, Any], list[Any]]
    """Plotly's, by names of pictures (None: the usual ones) and theme."""
    provenance: Provenance | None = None
    captions: Mapping[str, str] = field(default_factory=dict)
    """What a legend says, by the names in the figures."""
    comment: bytes = b""
    """Of an NPZ file: what it was computed from."""
    replay: Callable[[str, Any], bytes] | None = None
    """The page that stands alone, by title and theme, where it is more than its pictures."""


def write(outputs: Outputs, content: Computed) -> None:
    """Write all files, and say on standard error which."""
    told = Screen(error=True)
    for format, place in outputs.wanted.items():
        data = _data(format, outputs, content)
        if place == STANDARD_OUTPUT:
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
            continue
        try:
            Path(place).write_bytes(data)
        except OSError as error:
            raise cannot_be_written(place, error) from error
        told.say(f"Wrote {place} ({len(data) / 1000:,.0f} kB).")


def _data(format: str, outputs: Outputs, content: Computed) -> bytes:
    from . import contents

    if format in _TEXTS:
        return content.json() + b"\n" if format == "json" else contents.csv(content.table())
    if format == "npz":
        return contents.npz(content.arrays(), content.comment)
    title = content.title if outputs.title is None else outputs.title
    if format == "html" and content.replay is not None and not outputs.picture:
        return content.replay(title, outputs.theme)
    figures = content.figures(outputs.picture, outputs.theme)
    if format == "html":
        return contents.page(figures, title)
    return contents.drawn_sheet(format, figures, content, title, length(outputs.width))

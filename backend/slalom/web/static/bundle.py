"""The modules of a page as one script, and its style sheets as one: a hundred small files take a browser a second.

Nothing is built: files are read as they are, joined when they are first asked for, and again once one has changed.
"""

from __future__ import annotations

import gzip
import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

IMPORT = re.compile(r'^import (?:\{([^}]*)\}|\* as (\w+)) from "(\.[^"]+)";$', re.MULTILINE)
FROM = re.compile(r'^export \{([^}]*)\} from "(\.[^"]+)";$', re.MULTILINE)
LIST = re.compile(r"^export \{([^}]*)\};$", re.MULTILINE)
DECLARED = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
LATER = re.compile(r'\bimport\("(\.[^"]+)"\)')
COMMENT = re.compile(r"^[ \t]*/\*\*(?:(?!\*/)[\s\S])*\*/[ \t]*\r?\n", re.MULTILINE)
CAST = re.compile(r"/\*\* @(?:type|satisfies) (?:(?!\*/)[\s\S])*\*/ ?")
LEFT = re.compile(r"^(?:import|export)\b.*$|\bimport(?:\((?!\"/)|\.meta)", re.MULTILINE)
SHEETS = re.compile(r'(?:[ \t]*<link rel="stylesheet" href="/[^"]+" />\n)+')
SHEET = re.compile(r'<link rel="stylesheet" href="/([^"]+)" />')
SCRIPT = re.compile(r'(<script src="/)(?=[\w/-]+\.js" type="module">)')
FOLDER = "bundle/"
"""Where bundles are: /bundle/pages/docs.js is that module and all it needs, /bundle/docs.css what docs.html names."""
REGISTRY = 'const modules = (globalThis[Symbol.for("slalom.modules")] ??= {});\n'
"""Modules that run already, by path: a script that is loaded later shares those of the page."""

Read = Callable[[str], str]
"""Returns the text of a file, given its path from the pages' folder; raises OSError where there is none."""


BUNDLE_COMPRESSION = 6
"""gzip's level: 0.4 MB become 0.1 MB in 15 ms."""


class Bundle(NamedTuple):
    """Several files as one."""

    data: bytes
    packed: bytes
    """The same, compressed."""
    stamps: dict[str, float]
    """When each of its files had last been changed, by path."""


class BundleError(Exception):
    """A module has a form of import or export that is not read here."""


def script_of(entry: str, read: Read) -> str:
    """Return a module with all that it needs, as one module that needs nothing; what it exports stays exported.

    Every other module becomes a function that runs once, after those that it needs itself. The forms of import and
    export that the pages' own modules have are read, each a statement on lines of its own.

    Raises BundleError for other forms and for circles, OSError where a module is missing.
    """
    sources = _sources(entry, read)
    order = _order(entry, sources)
    numbers = {name: f"m{i}" for i, name in enumerate(order)}
    parts = [
        f'const {numbers[name]} = (modules["{name}"] ??= (() => {{\n{_function(name, sources[name], numbers)}}})());\n'
        for name in order[:-1]
    ]
    return REGISTRY + "".join(parts) + _refused(entry, _imported(entry, sources[entry], numbers))


def styles_of(page: str, read: Read) -> str:
    """Return the style sheets that a page names, in their order, as one."""
    return "\n".join(read(name) for name in SHEET.findall(page))


def join_modules(path: str, page: str) -> str:
    """Return a page that asks for one style sheet and one script instead of many."""
    name = path.removesuffix(".html")
    page = SHEETS.sub(f'    <link rel="stylesheet" href="/{FOLDER}{name}.css" />\n', page, count=1)
    return SCRIPT.sub(rf"\g<1>{FOLDER}", page)


class Bundles:
    """Bundles by path, each kept until one of its files changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, Bundle] = {}

    def get(self, path: str) -> Bundle | None:
        """Return a bundle, given its path below :data:`FOLDER`; None where there is no such page or module."""
        known = self._kept.get(path)
        if known is None or any(self._stamp(name) != stamp for name, stamp in known.stamps.items()):
            try:
                known = self._kept[path] = self._made(path)
            except OSError:
                return None
        return known

    def _made(self, path: str) -> Bundle:
        stamps: dict[str, float] = {}

        def read(name: str) -> str:
            stamps[name] = self._stamp(name)
            return (self._folder / name).read_text("utf-8")

        if path.endswith(".css"):
            text = styles_of(read(path.removesuffix(".css") + ".html"), read)
        else:
            text = script_of(path, read)
        return Bundle(text.encode(), gzip.compress(text.encode(), BUNDLE_COMPRESSION, mtime=0), stamps)

    def _stamp(self, name: str) -> float:
        try:
            return (self._folder / name).stat().st_mtime
        except OSError:
            return -1


def _sources(entry: str, read: Read) -> dict[str, str]:
    """Return all modules that one needs, itself included, without their comments."""
    sources: dict[str, str] = {}
    wanted = [entry]
    while wanted:
        name = wanted.pop()
        if name not in sources:
            sources[name] = CAST.sub("", COMMENT.sub("", read(name)))
            wanted += _needed(name, sources[name])
    return sources


def _needed(name: str, source: str) -> Iterator[str]:
    for form in (IMPORT, FROM):
        yield from (_path(name, match.groups()[-1]) for match in form.finditer(source))


def _path(name: str, path: str) -> str:
    """Return the path of an import, from the pages' folder, given the module that imports."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _order(entry: str, sources: dict[str, str]) -> list[str]:
    """Return modules in an order in which each comes after those that it needs."""
    done: dict[str, None] = {}

    def visit(name: str, waiting: tuple[str, ...]) -> None:
        if name in done:
            return
        if name in waiting:
            raise BundleError(f"{' needs '.join([*waiting, name])}: a circle has no order.")
        for needed in _needed(name, sources[name]):
            visit(needed, (*waiting, name))
        done[name] = None

    visit(entry, ())
    return list(done)


def _function(name: str, source: str, numbers: dict[str, str]) -> str:
    """Return a module as the inside of a function that returns what it exports."""
    given: list[str] = []

    def again(match: re.Match[str]) -> str:
        of = numbers[_path(name, match[2])]
        given.extend(f"{outside}: {of}.{inside}" for inside, outside in _pairs(match[1]))
        return ""

    def listed(match: re.Match[str]) -> str:
        given.extend(f"{outside}: {inside}" for inside, outside in _pairs(match[1]))
        return ""

    def declared(match: re.Match[str]) -> str:
        given.append(match[1])
        return ""

    body = DECLARED.sub(declared, LIST.sub(listed, FROM.sub(again, source)))
    return f"{_refused(name, _imported(name, body, numbers))}return {{ {', '.join(given)} }};\n"


def _imported(name: str, source: str, numbers: dict[str, str]) -> str:
    """Return a module's text whose imports are constants, and those made later are of bundles."""

    def constant(match: re.Match[str]) -> str:
        of = numbers[_path(name, match[3])]
        if match[2]:
            return f"const {match[2]} = {of};"
        names = (inside if inside == outside else f"{inside}: {outside}" for inside, outside in _pairs(match[1]))
        return f"const {{ {', '.join(names)} }} = {of};"

    return LATER.sub(lambda match: f'import("/{FOLDER}{_path(name, match[1])}")', IMPORT.sub(constant, source))


def _refused(name: str, body: str) -> str:
    """Return the text of a module unless some import or export was not read."""
    left = LEFT.search(DECLARED.sub("", body))
    if left:
        raise BundleError(f'{name}: "{left[0]}" is a form of import or export that cannot be put into one file.')
    return body


def _pairs(names: str) -> Iterator[tuple[str, str]]:
    """Yield the names in braces, each as what it is called inside and outside."""
    for one in filter(None, (part.strip() for part in names.split(","))):
        inside, _, outside = one.partition(" as ")
        yield inside, outside or inside

"""The modules of a page as one script, and its style sheets as one: a hundred small files take a browser a second.

Nothing is built: files are read as they are, joined when they are first asked for, and again once one has changed.
What is taken out of a module (comments, imports) leaves its empty lines behind, so that line k of a module in a script
is line k of its file. A source map says so, and a browser's tools show the files themselves, and errors in them.
A script that is asked for later is named with the script of the page that asks for it, and has only what that lacks:
/bundle/views/map/view.js?beside=workbench/main.js.
With ``SLALOM_BUNDLE=false`` nothing is joined: pages ask for the files on disk.
"""

from __future__ import annotations

import gzip
import json
import posixpath
import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from slalom.languages import SOURCE_LANGUAGE

from .kept import Content, MadeOfFiles, ReadBytes, content_of
from .kinds import source_of
from .language import in_language

IMPORT = re.compile(r'^import (?:\{([^}]*)\}|\* as (\w+)) from "(\.[^"]+)";$', re.MULTILINE)
FROM = re.compile(r'^export \{([^}]*)\} from "(\.[^"]+)";$', re.MULTILINE)
LIST = re.compile(r"^export \{([^}]*)\};$", re.MULTILINE)
DECLARED = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
LATER = re.compile(r'\bimport\("(\.[^"]+)"\)')
COMMENT = re.compile(r"^[ \t]*/\*\*(?:(?!\*/)[\s\S])*\*/[ \t]*\r?\n", re.MULTILINE)
CAST = re.compile(r"/\*\* @(?:type|satisfies) (?:(?!\*/)[\s\S])*\*/ ?")
REMARK = re.compile(r"(?:^[ \t]*|(?<=[;,{}()\[\]])[ \t]+)// [^\"'`\n]*$", re.MULTILINE)
"""A comment to the end of its line; one with a quotation mark might be a part of a text."""
SHEET_COMMENT = re.compile(r"/\*(?:(?!\*/)[\s\S])*\*/[ \t]*\n?")
LEFT = re.compile(r"^(?:import|export)\b.*$|\bimport(?:\((?!\"\.[^\"]+\"\))|\.meta)", re.MULTILINE)
PART_OF_PAGES = re.compile(r"<!-- (head|header|alone) -->")
"""Where a page has something that all pages share: the file of that name in parts/."""
SHEETS = re.compile(r'(?:[ \t]*<link rel="stylesheet" href="[^"]+" />\n)+')
SHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)" />')
SCRIPT = re.compile(r'(<script src=")(?=[\w/-]+\.js" type="module">)')
FOLDER = "bundle/"
"""Where bundles are: /bundle/pages/docs.js is that module and all it needs, /bundle/pages/docs.js.map its source map,
/bundle/docs.css what docs.html names."""
REGISTRY = 'const modules = (globalThis[Symbol.for("slalom.modules")] ??= {});\n'
"""Modules that run already, by path: a script that is loaded later shares those of the page."""
BESIDE_SCRIPT = "beside"
"""By which a script that is asked for later is told which script runs already."""

BASE64_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
"""The 64 digits of a source map's numbers."""

Read = Callable[[str], str]
"""Returns the text of a file, given its path from the pages' folder; raises OSError where there is none."""


BUNDLE_COMPRESSION = 9
"""gzip's level: 0.5 MB become 0.15 MB in 30 ms, once."""


class Bundle(NamedTuple):
    """Several files as one."""

    plain: Content
    packed: Content
    """The same, compressed."""


class Script(NamedTuple):
    """Modules as one script."""

    text: str
    places: dict[str, range]
    """The lines of each module in it, counted from 0, in the order in which they come."""


class BundleError(Exception):
    """A module has a form of import or export that is not read here."""


def script_of(entry: str, read: Read, beside: str = "") -> Script:
    """Return a module with all that it needs, as one module that needs nothing; what it exports stays exported.

    Every other module becomes a function that runs once, after those that it needs itself; those of ``beside``, the
    script of the page that asks for this one, run already and are left out. The forms of import and export that the
    pages' own modules have are read, each a statement on lines of its own.

    Raises BundleError for other forms and for circles, OSError where a module is missing.
    """
    running = set(_sources(beside, read)) - {beside} if beside else set[str]()
    sources = _sources(entry, read, running)
    order = _order(entry, sources)
    needed = {other for name in order for other in _needed(name, sources[name])}
    numbers = {name: f"m{i}" for i, name in enumerate([*sorted(needed & running), *order])}
    known = "".join(f'const {numbers[name]} = modules["{name}"];\n' for name in numbers if name in running)
    text, line = [REGISTRY, known], (REGISTRY + known).count("\n")
    places: dict[str, range] = {}
    for name in order:
        before, inside, after = _module(name, sources[name], numbers, entry, beside or entry)
        first = line + before.count("\n")
        places[name] = range(first, first + inside.count("\n"))
        text += [before, inside, after]
        line = places[name].stop + after.count("\n")
    return Script("".join(text), places)


def source_map(script: Script, folder: str = "") -> str:
    """Return a script's source map, revision 3: its lines are those of the files, each from its first column.

    ``folder`` leads from the source map to that of the files.
    """
    lines = [""] * script.text.count("\n")
    line_before, source_before = 0, 0
    for source, place in enumerate(script.places.values()):
        for line, at in enumerate(place):
            lines[at] = "A" + _digits(source - source_before) + _digits(line - line_before) + "A"
            line_before, source_before = line, source
    sources = [f"{folder}{name}" for name in script.places]
    return json.dumps({"version": 3, "sources": sources, "names": [], "mappings": ";".join(lines)})


def _digits(number: int) -> str:
    """Return a number as a source map writes it: its sign in the lowest bit, five bits a digit, the lowest first."""
    rest, text = abs(number) << 1 | (number < 0), ""
    while True:
        rest, digit = divmod(rest, 32)
        text += BASE64_DIGITS[digit + 32 * (rest > 0)]
        if not rest:
            return text


def with_parts(page: str, read: Read) -> str:
    """Return a page with the parts that it shares with others: its header, and what its head begins with."""
    return PART_OF_PAGES.sub(lambda place: read(f"parts/{place[1]}.html").rstrip(), page)


def styles_of(page: str, read: Read) -> str:
    """Return the style sheets that a page names, in their order, as one without comments."""
    return "\n".join(SHEET_COMMENT.sub("", read(name)) for name in SHEET.findall(page))


def join_modules(path: str, page: str) -> str:
    """Return a page that asks for one style sheet and one script instead of many."""
    name = path.removesuffix(".html")
    page = SHEETS.sub(f'    <link rel="stylesheet" href="{FOLDER}{name}.css" />\n', page, count=1)
    return SCRIPT.sub(rf"\g<1>{FOLDER}", page)


class Bundles:
    """Bundles by path, each kept until one of its files changes."""

    def __init__(self, files: MadeOfFiles) -> None:
        self._files = files

    def get(self, path: str, language: str = SOURCE_LANGUAGE, beside: str = "") -> Bundle | None:
        """Return a bundle in a language, given its path below :data:`FOLDER`; None where there is no such thing."""
        name = (FOLDER, path, language, beside)
        try:
            return self._files.get(name, lambda read: bundle_of(path, language, read, beside))
        except OSError:
            return None


def bundle_of(path: str, language: str, read_bytes: ReadBytes, beside: str = "") -> Bundle:
    """Return a bundle, given its path below :data:`FOLDER`, and the script of the page that it is for, if any."""

    def read(name: str) -> str:
        return in_language(name, source_of(name, read_bytes), language)

    if path.endswith(".css"):
        text = styles_of(with_parts(read(path.removesuffix(".css") + ".html"), read), read)
    elif path.endswith(".map"):
        text = source_map(script_of(path.removesuffix(".map"), read, beside), "../" * (FOLDER + path).count("/"))
    else:
        source = address_beside(f"{posixpath.basename(path)}.map", beside)
        text = f"{script_of(path, read, beside).text}//# sourceMappingURL={source}\n"
    packed = gzip.compress(text.encode(), BUNDLE_COMPRESSION, mtime=0)
    return Bundle(content_of(text.encode()), content_of(packed))


def address_beside(address: str, beside: str) -> str:
    """Return the address of a script for a page on which another one runs already, if one does."""
    return f"{address}?{BESIDE_SCRIPT}={beside}" if beside else address


def _sources(entry: str, read: Read, without: Collection[str] = ()) -> dict[str, str]:
    """Return all modules that one needs ``without`` some, itself included, without their comments."""
    sources: dict[str, str] = {}
    wanted = [entry]
    while wanted:
        name = wanted.pop()
        if name not in sources and (name == entry or name not in without):
            sources[name] = REMARK.sub("", CAST.sub(_emptied, COMMENT.sub(_emptied, read(name))))
            wanted += _needed(name, sources[name])
    return sources


def _emptied(match: re.Match[str]) -> str:
    """Return the line ends of what is taken out."""
    return "\n" * match[0].count("\n")


def _needed(name: str, source: str) -> Iterator[str]:
    for form in (IMPORT, FROM):
        yield from (_path(name, match.groups()[-1]) for match in form.finditer(source))


def _path(name: str, path: str) -> str:
    """Return the path of an import, from the pages' folder, given the module that imports."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _from(name: str, path: str) -> str:
    """Return how a file names another one, both given by their paths from one folder."""
    found = posixpath.relpath(path, posixpath.dirname(name) or ".")
    return found if found.startswith(".") else f"./{found}"


def _order(entry: str, sources: dict[str, str]) -> list[str]:
    """Return modules in an order in which each comes after those that it needs."""
    done: dict[str, None] = {}

    def visit(name: str, waiting: tuple[str, ...]) -> None:
        if name in done or name not in sources:
            return
        if name in waiting:
            raise BundleError(f"{' needs '.join([*waiting, name])}: a circle has no order.")
        for needed in _needed(name, sources[name]):
            visit(needed, (*waiting, name))
        done[name] = None

    visit(entry, ())
    return list(done)


def _module(name: str, source: str, numbers: dict[str, str], entry: str, page: str) -> tuple[str, str, str]:
    """Return what comes before a module, its text, and what comes after: a function that returns what it exports.

    The module that is asked for, ``entry``, stands alone: its exports stay as they are. ``page`` is the script that a
    page began with.
    """
    if name == entry:
        return "", _refused(name, _imported(name, source, numbers, entry, page)), ""
    given: list[str] = []

    def again(match: re.Match[str]) -> str:
        of = numbers[_path(name, match[2])]
        given.extend(f"{outside}: {of}.{inside}" for inside, outside in _pairs(match[1]))
        return _emptied(match)

    def listed(match: re.Match[str]) -> str:
        given.extend(f"{outside}: {inside}" for inside, outside in _pairs(match[1]))
        return _emptied(match)

    def declared(match: re.Match[str]) -> str:
        given.append(match[1])
        return ""

    body = DECLARED.sub(declared, LIST.sub(listed, FROM.sub(again, source)))
    before = f'const {numbers[name]} = (modules["{name}"] ??= (() => {{\n'
    after = f"return {{ {', '.join(given)} }};\n}})());\n"
    return before, _refused(name, _imported(name, body, numbers, entry, page)), after


def _imported(name: str, source: str, numbers: dict[str, str], entry: str, page: str) -> str:
    """Return a module's text whose imports are constants, those made later of bundles beside that of ``page``."""

    def constant(match: re.Match[str]) -> str:
        of = numbers[_path(name, match[3])]
        if match[2]:
            return f"const {match[2]} = {of};{_emptied(match)}"
        names = (inside if inside == outside else f"{inside}: {outside}" for inside, outside in _pairs(match[1]))
        return f"const {{ {', '.join(names)} }} = {of};{_emptied(match)}"

    def later(match: re.Match[str]) -> str:
        return f'import("{address_beside(_from(entry, _path(name, match[1])), page)}")'

    return LATER.sub(later, IMPORT.sub(constant, source))


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

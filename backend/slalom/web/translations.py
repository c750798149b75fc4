"""The catalogues of the languages, kept complete: ``python -m slalom.web.translations de``.

Collects the texts of the sources, and writes them into the language's ``.po`` files: what was translated stays, what is
new is empty, and what is no longer said is dropped, but for patterns of sentences that were added by hand. For a code
that has no folder yet it begins one (docs/languages.md).
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from slalom import __version__
from slalom.languages import DOMAINS, messages
from slalom.languages.catalogue import CATALOGUES
from slalom.languages.javascript import TWO_LETTERS, places_of
from slalom.languages.pages import texts_in
from slalom.languages.python import sentences_in
from slalom.lessons import LESSONS
from slalom.lessons.terms import TERMS

from .http.languages import PARAGRAPHS, PROSE
from .static.files import frontend
from .static.language import WORD_MODULES

PACKAGE = Path(__file__).parents[1]
SPOKEN = (
    *("cluster/broker.py", "cluster/executor.py", "cluster/tiles.py", "engine", "analysis", "catalogue"),
    *("lessons/claims.py", "lessons/draft.py", "lessons/notation.py"),
    *("lessons/results.py", "lessons/value_words.py", "jobs/deaths.py", "jobs/fair_queue.py", "jobs/liveness.py"),
    *("jobs/shared_answers.py", "jobs/supervisor.py", "jobs/worker_pool.py", "room", "storage", "web/api"),
    *("watch/incidents.py", "watch/nonfinite.py"),
    *("web/downloads", "web/http", "web/live", "errors.py", "settings.py", "unexpected.py"),
)
"""Parts of the package whose sentences reach readers of the page."""
SILENT = (
    *("catalogue/base/installed.py", "catalogue/base/plugins.py"),
    *("catalogue/script", "catalogue/schedules/base.py", "engine/heartbeat.py", "engine/worker.py"),
    *("catalogue/formula/codegen.py", "catalogue/formula/mathml.py", "catalogue/formula/torch_text.py"),
    *("catalogue/formula/vocabulary.py", "storage/connection.py", "storage/migrations", "storage/records.py"),
    *(
        "storage/backup.py",
        "storage/tables.py",
        "storage/watch.py",
        "web/api/description",
        "web/api/system.py",
        "web/http/languages.py",
    ),
)
"""Parts of these that write programs, queries and tables of names."""
BY_HAND = "by hand"
"""The comment (``#. by hand``) of a pattern that no module has as it is: a sentence that is put together of parts."""
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
"""The date in every catalogue's head: it says nothing, and does not change from one writing to the next."""
NAMED = PROSE | {"name"}
"""Fields of lessons and terms that are prose."""

TextPlace = tuple[str, int]
"""A file, and a line of it."""


@cache
def texts_of(domain: str) -> dict[str, list[TextPlace]]:
    """Return every text of a domain, in the order of the sources, with where it stands."""
    found: dict[str, list[TextPlace]] = {}
    for text, place in _SOURCES[domain]():
        found.setdefault(text, []).append(place)
    return found


def missing(language: str, domain: str) -> dict[str, list[TextPlace]]:
    """Return the texts of a domain that a language has no translation for, with where they stand."""
    known = messages(language, domain)
    return {text: places for text, places in texts_of(domain).items() if text not in known}


def update(language: str, domain: str) -> None:
    """Write the texts of a domain into a language's catalogue, what was translated with its translation."""
    path = CATALOGUES / language / f"{domain}.po"
    known: dict[Any, Any] = {}
    if path.is_file():
        with path.open("rb") as file:
            known = {one.id: one for one in read_po(file, locale=language) if one.id}
    catalogue = Catalog(
        language,
        header_comment=f"# Slalom: {domain}.",
        project="Slalom",
        version=__version__,
        msgid_bugs_address="docs/languages.md",
        last_translator="Slalom",
        language_team=language,
        creation_date=WRITTEN,
        revision_date=WRITTEN,
        fuzzy=False,
    )
    for text, places in texts_of(domain).items():
        catalogue.add(text, known[text].string if text in known else "", [(places[0][0], 0)])
    for text, one in known.items():
        if BY_HAND in one.auto_comments and text not in catalogue:
            catalogue.add(text, one.string, auto_comments=[BY_HAND])
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=0, include_lineno=False)
    messages.cache_clear()


def _page() -> Iterator[tuple[str, TextPlace]]:
    folder = frontend()
    for path in sorted(folder.rglob("*.js")):
        name = path.relative_to(folder).as_posix()
        if name.startswith(WORD_MODULES):
            for line, text in places_of(path.read_text("utf-8")):
                yield text, (name, line)
    for path in sorted(folder.rglob("*.html")):
        for text in texts_in(path.read_text("utf-8")):
            yield text, (path.relative_to(folder).as_posix(), 0)


def _lessons() -> Iterator[tuple[str, TextPlace]]:
    for path in (*sorted(LESSONS.glob("*.toml")), TERMS):
        for text in _prose(tomllib.loads(path.read_text("utf-8"))):
            yield text, (path.name, 0)


def _prose(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _prose(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key in NAMED:
                lines = one if isinstance(one, list) else [one]
                yield from (line for line in lines if isinstance(line, str) and TWO_LETTERS.search(line))
            if key not in ("spec", "example", "claims", "passes") and not isinstance(one, str):
                yield from _prose(one)


def _sentences() -> Iterator[tuple[str, TextPlace]]:
    for path in _modules():
        name = path.relative_to(PACKAGE).as_posix()
        for line, text in sentences_in(ast.parse(path.read_text("utf-8"))):
            yield text, (name, line)
    yield from ((text, ("catalogue", 0)) for text in _described())


def _modules() -> Iterable[Path]:
    for part in SPOKEN:
        found = [PACKAGE / part] if part.endswith(".py") else sorted((PACKAGE / part).rglob("*.py"))
        for path in found:
            if not path.relative_to(PACKAGE).as_posix().startswith(SILENT):
                yield path


def _described() -> Iterator[str]:
    """Yield what the catalogue says of its choices and of their settings."""
    from .api.catalogue import describe_catalogue

    yield from _paragraphs(describe_catalogue())


def _paragraphs(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _paragraphs(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if isinstance(one, str) and key in PARAGRAPHS:
                yield " ".join(one.split("\n\n")[0].split())
            elif isinstance(one, str) and key in ("group", "title") and "kind" in value:
                yield one
            yield from _paragraphs(one)


_SOURCES = {"page": _page, "lessons": _lessons, "sentences": _sentences}


def update_all() -> None:
    """Bring the catalogues of the languages that are named up to date, and say what they lack."""
    for language in sys.argv[1:]:
        for domain in DOMAINS:
            update(language, domain)
            counts = f"texts: {len(texts_of(domain))}, to translate: {len(missing(language, domain))}"
            print(f"{language} {domain}: {counts}")


if __name__ == "__main__":
    update_all()

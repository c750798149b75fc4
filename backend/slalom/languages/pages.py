"""The texts of an HTML file: between tags, and in the attributes that people read or hear."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from .catalogue import Messages, marks

TEXT = re.compile(r"(?<=>)([^<>]*[A-Za-z]{2,}[^<>]*)(?=</?[a-z])")
ATTRIBUTE = re.compile(r'(?<=\s)((?:aria-label|title|placeholder|alt)=")([^"]*[A-Za-z]{2,}[^"]*)(?=")')
SUMMARY = re.compile(r'(<meta name="description" content=")([^"]+)(?=")')
UNSEEN = re.compile(r"<(script|style|svg)\b.*?</\1>", re.DOTALL)
LANGUAGE = re.compile(r'(<html\b[^>]*? lang=")[a-z]+(?=")')
ASKED_MODULE = re.compile(r'(\s(?:src|href)=")(?=[\w/.-]+\.js")')
"""A module that a page asks for."""


def texts_in(page: str) -> list[str]:
    """Return the messages of a page, in order."""
    found: list[str] = []

    def keep(text: str) -> str:
        found.append(text)
        return text

    _said(page, keep)
    return list(dict.fromkeys(found))


def page_in(page: str, language: str, known: Messages) -> str:
    """Return a page in a language, which asks for its modules in that language; what is not known stays.

    Its first element also has the language's decimal mark, since a browser takes 20 ms to find it out.
    """
    said = _said(page, lambda text: known.get(text, text))
    _, decimal = marks(language)
    marked = LANGUAGE.sub(rf'\g<1>{language}" data-decimal="{decimal}', said)
    return ASKED_MODULE.sub(rf"\g<1>{language}/", marked)


def _said(page: str, say: Callable[[str], str]) -> str:
    def told(text: str) -> str:
        bare = text.strip()
        return text.replace(bare, html.escape(say(html.unescape(" ".join(bare.split()))), quote=True))

    for form in (ATTRIBUTE, SUMMARY):
        page = form.sub(lambda one: one[1] + told(one[2]), page)
    kept: list[str] = []

    def put_away(one: re.Match[str]) -> str:
        kept.append(one[0])
        return f"<x{len(kept) - 1}>"

    bare = UNSEEN.sub(put_away, page)
    bare = TEXT.sub(lambda one: told(one[1]), bare)
    return re.sub(r"<x(\d+)>", lambda one: kept[int(one[1])], bare)

"""Which language somebody wants, and what the page's own files are in it."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import Scope

from slalom.languages import SOURCE_LANGUAGE, languages, messages, preferred
from slalom.languages.javascript import module_in

PARAMETER = "lang"
"""Of an address."""
LANGUAGE_COOKIE = "slalom-language"
"""What pages remember."""
REMEMBERED = 365 * 24 * 3600
"""Seconds."""
WORD_MODULES = "words/"
"""Where the page has its words."""


def language_of(scope: Scope, *, page: bool = False) -> str:
    """Return the language in which a request is answered; of a ``page`` also a remembered one is asked for."""
    headers = Headers(scope=scope)
    wishes = parse_qs(scope.get("query_string", b"").decode("latin-1")).get(PARAMETER, [])[-1:]
    wishes += [_remembered(headers)] if page else []
    return next((wish for wish in wishes if wish in languages()), preferred(headers.get("accept-language", "")))


def _remembered(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(LANGUAGE_COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def in_language(path: str, source: str, language: str) -> str:
    """Return a module of the page in a language: its words, where it has any."""
    if language == SOURCE_LANGUAGE or not path.startswith(WORD_MODULES):
        return source
    return module_in(source, messages(language, "page"))

"""What a request's headers say: all values of one name, a cookie, a bearer's secret."""

from __future__ import annotations

import hmac
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.types import Scope

SAFE = {"GET", "HEAD", "OPTIONS"}
"""Methods that change nothing."""


def values_of(scope: Scope, name: bytes) -> list[str]:
    """Return every value of a header."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def bearers_of(scope: Scope) -> list[str]:
    """Return what a program brings as ``Authorization: Bearer``."""
    parts = [value.partition(" ") for value in values_of(scope, b"authorization")]
    return [secret.strip() for kind, _, secret in parts if kind.lower() == "bearer"]


def cookie_of(scope: Scope, name: str) -> str:
    """Return a cookie that a browser sends for its user, or "".

    What changes something must come from a page of ours: others cannot help naming themselves, and are refused before.
    """
    safe = scope["type"] == "http" and scope["method"] in SAFE
    from_page = bool(values_of(scope, b"origin") or values_of(scope, b"sec-fetch-site"))
    try:
        found: Any = SimpleCookie("; ".join(values_of(scope, b"cookie"))).get(name)
    except CookieError:
        return ""
    return found.value if found and (safe or from_page) else ""


def client_of(scope: Scope) -> str:
    """Return the address that a request comes from."""
    return scope["client"][0] if scope.get("client") else ""


def is_same(given: str, expected: str) -> bool:
    """Compare a secret in a time that does not tell where it differs."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())

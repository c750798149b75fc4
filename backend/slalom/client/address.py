"""Where a server is and what it is told of its caller: both checked before anything is sent."""

from __future__ import annotations

from urllib.parse import urlsplit

from slalom.errors import SpecError


def server_address(text: str) -> str:
    """Return the address of a server; raises SpecError for what is none.

    >>> server_address("http://127.0.0.1:8000")
    'http://127.0.0.1:8000'
    """
    try:
        parts = urlsplit(text)
        known = bool(parts.hostname) and parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        parts, known = None, False
    if parts is None or not known:
        raise SpecError(f"{text!r} is no address of a server. Give one such as http://127.0.0.1:8000.")
    if parts.query or parts.fragment:
        raise SpecError("The address of a server has no ? and no #. Leave them out, and give a token by itself.")
    return text


def headers_of(token: str | None) -> dict[str, str]:
    """Return the headers that say who calls; raises SpecError for a token that no header has room for.

    >>> headers_of("a-long-secret\\n"), headers_of(None)
    ({'Authorization': 'Bearer a-long-secret'}, {})
    """
    bare = (token or "").strip()
    if not (bare.isascii() and bare.isprintable()):
        raise SpecError("The token has letters that no HTTP header carries. Copy it once more, whole and alone.")
    return {"Authorization": f"Bearer {bare}"} if bare else {}

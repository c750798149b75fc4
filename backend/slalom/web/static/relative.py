"""Addresses that hold below any path: a page names all relative to itself, since only a proxy may know its path."""

from __future__ import annotations

import re

from starlette.types import Scope

ROOT = "slalom.root"
"""What of a scope has the path below which a request found Slalom."""
RELATIVE = re.compile(r'(?<=\s)((?:src|href|action|data-plotly)=")(?![#?/]|[a-z]+:)(?:\./)?')
"""The relative addresses in a page, as a page at Slalom's root has them."""


def root_of(scope: Scope) -> str:
    """Return the path below which a request found Slalom, without a slash at its end; "" where that is the root."""
    return scope.get(ROOT, "")


def depth_of(scope: Scope) -> int:
    """Return how many folders a path is below Slalom's root, as browsers count them: 1 for ``/lessons/momentum``."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
    return raw.partition(b"?")[0].count(b"/") - 1


def relative_to(scope: Scope, path: str) -> str:
    """Return the address of a path of Slalom's as the answer to a request names it.

    >>> relative_to({"path": "/lessons/momentum"}, "/join")
    '../join'
    """
    return ("../" * depth_of(scope) or "./") + path.removeprefix("/")


def at_depth(page: str, depth: int) -> str:
    """Return a page for an address so many folders down: its addresses lead up again, and its scripts know the way.

    >>> at_depth('<html lang="en"><a href="library"><a href="#main">', 1)
    '<html lang="en" data-root="../"><a href="../library"><a href="#main">'
    """
    if depth == 0:
        return page
    up = "../" * depth
    return RELATIVE.sub(rf"\g<1>{up}", with_data(page, root=up))


def with_data(page: str, **data: str) -> str:
    """Return a page whose first element has more attributes that begin with ``data-``, which scripts read."""
    more = "".join(f' data-{name}="{value}"' for name, value in data.items())
    return re.sub(r"<html\b[^>]*", lambda first: first[0] + more, page, count=1)

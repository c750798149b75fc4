"""Which installed distributions have a package, and whether they require another one; nothing is imported for it."""

from __future__ import annotations

import re
from importlib import metadata

REQUIRED = re.compile(r"[A-Za-z0-9._-]+")
"""The name that a requirement begins with."""


def distributions_with(package: str) -> list[metadata.Distribution]:
    """Return the distributions that have a top-level package, by their lists of files; one in development by its name.

    ``metadata.packages_distributions`` says the same of all packages, and takes a second or more.
    """
    return [one for one in metadata.distributions() if _has(one, package)]


def is_or_requires(distribution: metadata.Distribution, name: str) -> bool:
    """Return whether a distribution is the one of that name, or requires it."""
    required = (REQUIRED.match(one) for one in distribution.requires or ())
    names = [_normalized(one[0]) for one in required if one is not None]
    return _normalized(name) in (_normalized(distribution.name), *names)


def _has(distribution: metadata.Distribution, package: str) -> bool:
    files = f"\n{distribution.read_text('RECORD') or ''}"
    return f"\n{package}/" in files or f"\n{package}.py," in files or _normalized(distribution.name) == package


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()

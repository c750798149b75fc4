"""What is made of the pages' files: made when it is first asked for, and again once one of its files has changed."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

LOOK_AGAIN = 0.25
"""Seconds in which files are not looked at again: a class that comes in asks for the same hundred files at once."""

_T = TypeVar("_T")

ReadBytes = Callable[[str], bytes]
"""Returns what a file holds, given its path from the pages' folder; raises OSError where there is none."""


class Content(NamedTuple):
    """Bytes as they are sent."""

    data: bytes
    tag: str
    """Their ETag, which changes with them."""


def content_of(data: bytes) -> Content:
    """Return bytes with their ETag."""
    return Content(data, f'"{hashlib.sha256(data).hexdigest()[:20]}"')


@dataclass(slots=True)
class _Kept(Generic[_T]):
    value: _T
    stamps: dict[str, float]
    """When each of its files had last been changed, by path."""
    seen: float
    """When they were last looked at."""


class MadeOfFiles:
    """Things by name, each kept until one of the files of a folder that it was made of changes."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._clock = folder.resolve(), clock
        self._kept: dict[Hashable, _Kept] = {}

    def get(self, name: Hashable, make: Callable[[ReadBytes], _T]) -> _T:
        """Return what ``make`` makes of the files that it reads; raises OSError where one is missing."""
        known: _Kept[_T] | None = self._kept.get(name)
        now = self._clock()
        if known is not None and now - known.seen >= LOOK_AGAIN:
            known.seen = now
            if any(self._stamp(path) != stamp for path, stamp in known.stamps.items()):
                known = None
                self._kept.pop(name, None)
        if known is None:
            known = self._kept[name] = self._made(make, now)
        return known.value

    def _made(self, make: Callable[[ReadBytes], _T], now: float) -> _Kept[_T]:
        stamps: dict[str, float] = {}

        def read(path: str) -> bytes:
            stamps[path] = self._stamp(path)
            return self.read(path)

        return _Kept(make(read), stamps, now)

    def read(self, path: str) -> bytes:
        """Return what a file holds; raises OSError where there is none, or it leads out of the folder."""
        file = self._folder / path
        if not file.resolve().is_relative_to(self._folder):
            raise FileNotFoundError(path)
        return file.read_bytes()

    def _stamp(self, path: str) -> float:
        try:
            # Asked of dozens of files at a time: a Path for each would take ten times as long.
            return os.stat(f"{self._folder}/{path}").st_mtime
        except OSError:
            return -1

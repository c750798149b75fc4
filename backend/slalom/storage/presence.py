"""Whether the file of a store is still the one that was opened: on Linux a file that is removed can be written on."""

from __future__ import annotations

import os
from pathlib import Path

from slalom.errors import NotWritable

COPY = "What was stored can be read until Slalom is restarted; put a copy in its place, and restart it."


class Presence:
    """The file of a SQLite store as it was when it was opened."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._known = self._identity()

    def trouble(self) -> str | None:
        """Return what has become of the file, None where it is there."""
        now = self._identity()
        if now == self._known:
            return None
        path = self._path
        if now is None:
            return f"The file of the store, {path}, was removed while it was in use, so nothing more is written. {COPY}"
        return f"The file of the store, {path}, was replaced while it was in use, so nothing more is written. {COPY}"

    def check(self) -> None:
        """Raise :class:`NotWritable` where the file is not there any more."""
        if (trouble := self.trouble()) is not None:
            raise NotWritable(trouble)

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

"""The file that a watched loop is written to while it runs."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.experiments.recorded import RecordedLoop
from slalom.engine.lockstep.interfaces import Event
from slalom.wire.frames import Block
from slalom.wire.recording import RECORDING_MARK, end_record, frame_record, spec_record


class RecordingFile:
    """A file that records are appended to; every one is on the disk's side of Python before the next."""

    def __init__(self, path: Path, spec: RecordedLoop, name: str) -> None:
        self.path = path
        self._file = path.open("wb", buffering=0)
        self._seq = 0
        self._write(RECORDING_MARK + spec_record(spec.model_dump_json(by_alias=True), name))

    def append(self, blocks: list[Block], events: list[Event]) -> None:
        """Append entries, and what happened in them."""
        for block in blocks:
            self._seq += 1
            told = [event._asdict() for event in events] if block is blocks[-1] else []
            self._write(frame_record(block, self._seq, told))

    def end(self, outcome: Outcome | None, found: list[dict[str, Any]], took: float | None = None) -> None:
        """Append the end, and close the file; without an outcome the recording was interrupted.

        ``took`` is the share of the loop's time that went into watching it.
        """
        outcomes = None if outcome is None else json.dumps([outcome.model_dump(mode="json")])
        try:
            self._write(end_record("interrupted" if outcome is None else "done", outcomes, found, took))
        finally:
            self._file.close()

    def remove(self) -> None:
        """Close the file, and let it go."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _write(self, record: bytes) -> None:
        """Write all of a record: a file without a buffer may take a part of it at a time."""
        rest = memoryview(record)
        while rest:
            rest = rest[self._file.write(rest) :]


def usual_path(folder: Path | None = None) -> Path:
    """Make a new file, ``slalom-2026-11-30-08-15-00.slalom`` in the present folder, and return its name.

    Programs that begin at the same moment have a file each.
    """
    folder = folder or Path.cwd()
    stem = time.strftime("slalom-%Y-%m-%d-%H-%M-%S")
    for i in count():
        path = folder / f"{stem}{f'-{i}' if i else ''}.slalom"
        with suppress(FileExistsError):
            path.touch(exist_ok=False)
            return path
    raise AssertionError  # Numbers do not end.

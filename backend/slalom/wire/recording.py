"""The file of a recorded training loop: what ``slalom.watch`` writes, and ``slalom open`` and the server's import read.

It begins with :data:`RECORDING_MARK`. Then come records, each a u32 little-endian length and a container (see
:mod:`slalom.wire.container`) whose header says in ``record`` what it is:

    spec    the first: ``spec`` and ``name``
    frame   entries as on the wire and in the store, with ``events``, a list, in the header
    end     the last: ``status``, ``outcomes``, what else was ``found``, and the share of the time it ``took``

A file is appended to while the loop runs. One that a crash cut short is read up to its last whole record, and has no
end: such a loop was interrupted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from slalom.errors import SpecError

from .container import read_container, write_container
from .frames import Block, encode

RECORDING_MARK = b"slalom recording 1\n"
LONGEST_RECORD = 1 << 26
"""Bytes of one record, at most: a longer one is none."""
_NO_RECORDING = "The file is no recording of a training loop. Write one with slalom.watch(model, optimizer, to=FILE)."


class Record(NamedTuple):
    """One record of a file."""

    kind: str
    header: dict[str, Any]
    payload: bytes
    """The whole container: of a frame the bytes that the store keeps."""


def spec_record(spec: str, name: str) -> bytes:
    """Return the record of a spec, which is JSON."""
    return _record(write_container({"record": "spec", "spec": json.loads(spec), "name": name}))


def frame_record(block: Block, seq: int, events: list[dict[str, Any]]) -> bytes:
    """Return the record of entries, and of what happened in them."""
    return _record(encode(block, seq, record="frame", events=events))


def end_record(status: str, outcomes: str | None, found: list[dict[str, Any]], took: float | None = None) -> bytes:
    """Return the record of the end; ``outcomes`` are JSON."""
    said = None if outcomes is None else json.loads(outcomes)
    return _record(write_container({"record": "end", "status": status, "outcomes": said, "found": found, "took": took}))


def _record(container: bytes) -> bytes:
    return len(container).to_bytes(4, "little") + container


def read_records(file: BinaryIO) -> Iterator[Record]:
    """Yield the whole records of a file from where it stands; a last one that is cut short is left there.

    Raises SpecError where what is there is no record.
    """
    while True:
        place = file.tell()
        length = file.read(4)
        size = int.from_bytes(length, "little")
        if size > LONGEST_RECORD:
            raise SpecError(_NO_RECORDING)
        container = file.read(size) if len(length) == 4 else b""
        if len(length) < 4 or len(container) < size:
            file.seek(place)
            return
        yield _read(container)


def read_spec_record(file: BinaryIO) -> Record:
    """Return the record of the spec, with which a file begins; raises SpecError where it does not."""
    if file.read(len(RECORDING_MARK)) != RECORDING_MARK:
        raise SpecError(_NO_RECORDING)
    first = next(read_records(file), None)
    if first is None or first.kind != "spec" or not isinstance(first.header.get("spec"), dict):
        raise SpecError(_NO_RECORDING)
    return first


def _read(container: bytes) -> Record:
    try:
        header, _ = read_container(container)
    except ValueError:
        raise SpecError(_NO_RECORDING) from None
    if not isinstance(header, dict) or not isinstance(header.get("record"), str):
        raise SpecError(_NO_RECORDING)
    return Record(header["record"], header, container)

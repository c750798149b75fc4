"""Event files of TensorBoard: the scalars in them. TensorBoard itself is not needed.

A file is a row of records, each a u64 length, a checksum, an ``Event`` in protocol-buffer encoding, and a checksum. Of
an event are read its step (field 2) and its summary (5), of that the values (1): tag (1), simple value (2), or a tensor
(8) of one float.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

LONGEST_EVENT = 1 << 26
"""Bytes of one event, at most."""
FLOAT, DOUBLE = 1, 2
"""Kinds of tensors that are read."""

Field = tuple[int, int, int | bytes]
"""A field's number, its wire type and its value."""


def looks_like_events(data: bytes) -> bool:
    """Return whether a file begins with a record whose event has a time and the version of such files."""
    return b"brain.Event:" in data[:64]


def scalars(data: bytes) -> Iterator[tuple[str, int, float]]:
    """Yield tag, step and value of every scalar; a last record that is cut short is left out."""
    place = 0
    while place + 12 <= len(data):
        (length,) = struct.unpack_from("<Q", data, place)
        if length > LONGEST_EVENT or place + 16 + length > len(data):
            return
        yield from _scalars_of(data[place + 12 : place + 12 + length])
        place += 16 + length


def _scalars_of(event: bytes) -> Iterator[tuple[str, int, float]]:
    fields = [*_fields(event)]
    step = next((value for number, _, value in fields if number == 2 and isinstance(value, int)), 0)
    for number, _, summary in fields:
        if number != 5 or not isinstance(summary, bytes):
            continue
        for inner, _, value in _fields(summary):
            if inner == 1 and isinstance(value, bytes):
                yield from _scalar(value, step)


def _scalar(value: bytes, step: int) -> Iterator[tuple[str, int, float]]:
    tag, found = "", None
    for number, kind, content in _fields(value):
        if number == 1 and isinstance(content, bytes):
            tag = content.decode("utf-8", "replace")
        elif number == 2 and kind == 5 and isinstance(content, bytes):
            (found,) = struct.unpack("<f", content)
        elif number == 8 and isinstance(content, bytes):
            found = _of_tensor(content)
    if tag and found is not None:
        yield tag, step, found


def _of_tensor(tensor: bytes) -> float | None:
    """Return the number of a tensor of one float; None for others."""
    fields = [*_fields(tensor)]
    kind = next((value for number, _, value in fields if number == 1), None)
    layout = {FLOAT: "<f", DOUBLE: "<d"}.get(kind if isinstance(kind, int) else -1)
    for number, _, content in fields:
        if layout and number in (4, 5, 6) and isinstance(content, bytes) and len(content) == struct.calcsize(layout):
            return float(struct.unpack(layout, content)[0])
    return None


def _fields(data: bytes) -> Iterator[Field]:
    """Yield the fields of a message; what is no message ends it."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, place = _varint(data, place)
            yield number, kind, value
            continue
        size = {1: 8, 5: 4}.get(kind)
        if size is None:
            if kind != 2:
                return
            size, place = _varint(data, place)
        yield number, kind, data[place : place + size]
        place += size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(data):
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
    return value, place

"""The one binary shape: a JSON header and the bytes of arrays. Frames, views, states and landscapes are uses of it.

A container is: u32 little-endian header length (padding included), a JSON header, spaces so that the body begins on a
multiple of 8 bytes, and the body. What the body holds is said by the header.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from slalom.catalogue.base.choice import as_json

BODY_ALIGNMENT = 8
"""Bytes: a body begins on a multiple of this, so that its numbers can be read where they lie."""


def write_container(header: Mapping[str, Any], *body: bytes) -> bytes:
    """Return a header and parts of a body as one container; the header's non-finite floats become "inf", "nan", ..."""
    text = to_json(header)
    text += b" " * (-(len(text) + 4) % BODY_ALIGNMENT)
    return b"".join((len(text).to_bytes(4, "little"), text, *body))


def read_container(container: bytes) -> tuple[dict[str, Any], int]:
    """Return a container's header, and where its body begins."""
    body = 4 + int.from_bytes(container[:4], "little")
    return json.loads(container[4:body]), body


def little_endian(values: np.ndarray) -> np.ndarray:
    """Return an array as it lies in a body: in rows, little-endian."""
    return np.ascontiguousarray(values, values.dtype.newbyteorder("<"))


def to_json(value: Any) -> bytes:
    """Return a value as JSON, its non-finite numbers as the strings "inf", "-inf" and "nan".

    >>> to_json({"loss": [1.5, float("inf")]})
    b'{"loss":[1.5,"inf"]}'
    """
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
    except ValueError:
        return json.dumps(_plain(value), separators=(",", ":"), allow_nan=False).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return as_json(value) if isinstance(value, float) else value

"""Named arrays and what is said of them <-> bytes: the answer of a view, and what is stored of a plane.

A bundle is: u32 little-endian header length (padding included), a JSON header, spaces so that the body begins on a
multiple of 8 bytes, and the arrays one after another, each padded to 8 bytes. The header's ``arrays`` says the name,
the dtype, the shape and the offset, from the start of the body, of every one of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from slalom.catalogue.base.choice import as_json


def pack_arrays(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return a header and arrays as a bundle; non-finite floats of the header become "inf", "-inf" or "nan"."""
    listed, body, offset = [], [], 0
    for name, values in arrays.items():
        data = np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()
        data += bytes(-len(data) % 8)
        dtype = values.dtype.newbyteorder("<").str
        listed.append({"name": name, "dtype": dtype, "shape": list(values.shape), "offset": offset})
        body.append(data)
        offset += len(data)
    text = _text({**header, "arrays": listed}).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return b"".join((len(text).to_bytes(4, "little"), text, *body))


def unpack_arrays(bundle: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return a bundle's header and its arrays, which are read-only views of the bytes.

    >>> header, arrays = unpack_arrays(pack_arrays({"kind": "curve"}, {"x": np.array([1.0, 2.0], "f4")}))
    >>> header["kind"], arrays["x"].tolist()
    ('curve', [1.0, 2.0])
    """
    start = 4 + int.from_bytes(bundle[:4], "little")
    header = json.loads(bundle[4:start])
    return header, {one["name"]: _array(bundle, start, one) for one in header["arrays"]}


def _array(bundle: bytes, start: int, one: dict[str, Any]) -> np.ndarray:
    count = int(np.prod(one["shape"]))
    return np.frombuffer(bundle, one["dtype"], count, start + one["offset"]).reshape(one["shape"])


def _text(header: Any) -> str:
    """Return a header as JSON: as it is, or, where a number is not finite, with a string for it, which takes longer."""
    try:
        return json.dumps(header, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return json.dumps(_plain(header), separators=(",", ":"), allow_nan=False)


def _plain(value: Any) -> Any:
    """Return a value as JSON can carry it."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return as_json(value) if isinstance(value, float) else value

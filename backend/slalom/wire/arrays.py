"""Named arrays and what is said of them <-> bytes: the answer of a view, and what is stored of a network's state.

They are a container (see :mod:`slalom.wire.container`) whose header's ``arrays`` says the name, the dtype, the shape
and the offset, from the start of the body, of every one of them; each is padded to 8 bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .container import BODY_ALIGNMENT, little_endian, read_container, write_container


def pack_arrays(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return a header and arrays as a container."""
    listed, body, offset = [], [], 0
    for name, values in arrays.items():
        laid = little_endian(values)
        listed.append({"name": name, "dtype": laid.dtype.str, "shape": list(values.shape), "offset": offset})
        body.append(laid.tobytes() + bytes(-laid.nbytes % BODY_ALIGNMENT))
        offset += len(body[-1])
    return write_container({**header, "arrays": listed}, *body)


def unpack_arrays(container: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return a container's header and its arrays, which are read-only views of the bytes.

    >>> header, arrays = unpack_arrays(pack_arrays({"kind": "curve"}, {"x": np.array([1.0, 2.0], "f4")}))
    >>> header["kind"], arrays["x"].tolist()
    ('curve', [1.0, 2.0])
    """
    header, body = read_container(container)
    return header, {one["name"]: _array(container, body, one) for one in header["arrays"]}


def _array(container: bytes, body: int, one: dict[str, Any]) -> np.ndarray:
    count = int(np.prod(one["shape"]))
    return np.frombuffer(container, one["dtype"], count, body + one["offset"]).reshape(one["shape"])

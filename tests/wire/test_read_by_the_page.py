"""What Python writes and the page reads, and the other way round: tests/data/wire.json holds both to the same bytes.

The other half of this test is tests/frontend/state/container.test.js, which reads and writes the same file.
"""

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from slalom.wire.arrays import pack_arrays, unpack_arrays
from slalom.wire.container import read_container, write_container
from slalom.wire.frames import Block, as_list, encode

WIRE = json.loads((Path(__file__).parents[1] / "data" / "wire.json").read_text())
INF, NAN = np.inf, np.nan

BLOCKS = {
    "double": (Block(0, (1,), ("loss", "p0"), np.array([[[16, INF, NAN]], [[-4, -0.1, 5e-324]]])), {"request": 7}),
    "single": (Block(8, (0, 3), ("loss",), np.array([[[0.1], [-INF]]], "f4"), 4), {}),
    "odd": (Block(0, (0,), ("step", "loss", "lr"), np.array([[[0]], [[1.5]], [[0.1]]], "f4"), 0), {}),
    "big-endian": (Block(2, (0,), ("loss",), np.array([[[1.0, 2.0]]], ">f8")), {}),
}
ARRAYS = {
    "class": np.array([[0, 1, 255]], "u1"),
    "count": np.array([1, 65_535], "u2"),
    "whole": np.array([-1, 2**31 - 1], "i4"),
    "sure": np.arange(6, dtype="f4").reshape(2, 3) / 10,
    "exact": np.array([0.1, NAN]),
    "none": np.empty((0, 4), "f4"),
}
HEADER = {"kind": "boundary", "run": 0, "steps": [0, 8], "title": "é < 1", "guess": INF}


def written():
    """Return what Python writes: by name, the bytes and what is to be read from them."""
    frames = {
        name: told(encode(block, seq=5, first=3, **extra), data=numbers(block.data))
        for name, (block, extra) in BLOCKS.items()
    }
    arrays = {
        name: {"shape": list(one.shape), "data": as_list(one.astype(float).ravel())} for name, one in ARRAYS.items()
    }
    z = np.array([[1, INF], [0.5, NAN]], "<f4")
    ground = write_container({"kind": "bowl", "shape": [2, 2], "dtype": "<f4", "best": -INF}, z.tobytes())
    return {
        "frames": frames,
        "arrays": told(pack_arrays(HEADER, ARRAYS), arrays=arrays),
        "landscape": told(ground, data=numbers(z)),
    }


def numbers(values):
    return as_list(values.astype(float).ravel())


def told(container, **content):
    return {"base64": base64.b64encode(container).decode(), "header": read_container(container)[0], **content}


@pytest.mark.parametrize("name", ["frames", "arrays", "landscape"])
def test_python_writes_the_bytes_that_the_page_reads(name):
    assert written()[name] == WIRE[name]


def test_python_reads_what_the_page_writes():
    page = WIRE["page"]
    header, arrays = unpack_arrays(base64.b64decode(page["base64"]))
    assert {name: header[name] for name in page["header"]} == page["header"]
    assert {name: [one.dtype.str, as_list(one)] for name, one in arrays.items()} == page["arrays"]

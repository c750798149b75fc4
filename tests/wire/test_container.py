"""A header and a body as one message: where the body begins, and numbers that JSON has no word for."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slalom.wire.arrays import pack_arrays, unpack_arrays
from slalom.wire.container import read_container, to_json, write_container


@given(st.dictionaries(st.text(), st.one_of(st.integers(), st.text(), st.none())), st.lists(st.binary()))
def test_a_container_is_its_header_and_its_body(header, parts):
    container = write_container(header, *parts)
    found, body = read_container(container)
    assert found == header
    assert body % 8 == 0
    assert container[body:] == b"".join(parts)


def test_a_header_is_short_json_padded_with_spaces():
    container = write_container({"n": 1, "text": "é"}, b"body")
    assert container == b'\x1c\x00\x00\x00{"n":1,"text":"\\u00e9"}     body'


def test_numbers_that_are_not_finite_are_words():
    values = {"a": [1.5, float("inf")], "b": {"c": (float("-inf"), float("nan"))}}
    assert json.loads(to_json(values)) == {"a": [1.5, "inf"], "b": {"c": ["-inf", "nan"]}}


@pytest.mark.parametrize("dtype", ["<f4", "<f8", ">f8", "|u1", "<u2", "<i4", ">i4"])
@given(sides=st.lists(st.integers(0, 5), max_size=3), seed=st.integers(0, 9))
def test_arrays_come_back_with_their_shape_and_their_bits(dtype, sides, seed):
    values = np.random.default_rng(seed).integers(0, 200, sides).astype(dtype)
    header, arrays = unpack_arrays(pack_arrays({"kind": "k"}, {"first": np.ones(3, "u1"), "x": values}))
    assert header["kind"] == "k"
    assert [one["offset"] % 8 for one in header["arrays"]] == [0, 0]
    assert arrays["x"].shape == values.shape
    assert arrays["x"].dtype.str == values.dtype.newbyteorder("<").str
    assert (arrays["x"] == values).all()

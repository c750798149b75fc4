"""Blocks as bytes and back, one run out of many blocks, and fewer entries that keep the extremes."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from traces import gather, header_of

from slalom.wire.frames import Block, as_list, decode, encode, pieces

NAMES = ("loss", "lr", "p0")


def block_of(n=5, runs=(0, 2), step=3, dtype="<f8", seed=0):
    data = np.random.default_rng(seed).normal(size=(len(NAMES), len(runs), n)).astype(dtype)
    return Block(step, runs, NAMES, data)


@given(
    data=arrays.arrays(
        st.sampled_from(["<f4", "<f8"]),
        st.tuples(st.integers(1, 9), st.integers(1, 4), st.integers(0, 40)),
        elements=st.floats(width=32),
    ),
    step=st.integers(0, 10**6),
)
def test_a_frame_is_its_block_bit_by_bit(data, step):
    names = tuple(f"c{i}" for i in range(data.shape[0]))
    block = Block(step, tuple(range(data.shape[1])), names, data)
    found = decode(encode(block, seq=1))
    assert found[:3] == block[:3]
    assert found.stride == 1
    assert found.data.dtype == data.dtype
    assert found.data.tobytes() == data.tobytes()


def test_the_header_is_the_contracts():
    frame = encode(block_of(), seq=4, first=2, request=9)
    length = int.from_bytes(frame[:4], "little")
    assert (4 + length) % 8 == 0
    assert json.loads(frame[4 : 4 + length]) == header_of(frame)
    assert header_of(frame) == {
        "seq": 4,
        "first": 2,
        "step": 3,
        "stride": 1,
        "n": 5,
        "runs": [0, 2],
        "columns": list(NAMES),
        "dtype": "<f8",
        "request": 9,
    }
    assert len(frame) == 4 + length + 8 * 3 * 2 * 5


def test_a_slice_of_a_larger_array_is_encoded_as_it_looks():
    block = block_of(n=10)
    part = block._replace(data=block.data[:, ::2, 3:7], runs=(0,))
    assert decode(encode(part, seq=1)).data.tolist() == block.data[:, ::2, 3:7].tolist()


def test_big_endian_data_arrives_as_numbers():
    block = block_of(dtype=">f8")
    assert decode(encode(block, 1)).data.tolist() == block.data.tolist()


def test_one_run_is_gathered_from_the_blocks_that_have_it():
    first, second = block_of(n=4, step=0), block_of(n=3, runs=(2,), step=4, seed=1)
    names, columns = gather([first, second], 2)
    assert names == NAMES
    assert columns.tolist() == np.concatenate([first.data[:, 1], second.data[:, 0]], axis=1).tolist()
    assert gather([first, second], 0)[1].shape == (3, 4)
    assert gather([first, second], 1)[1].shape == (0, 0)


def test_json_has_no_infinities_but_their_names():
    assert as_list(np.array([[1.5, np.inf], [-np.inf, np.nan]])) == [[1.5, "inf"], ["-inf", "nan"]]
    assert as_list(np.array([1.0, 2.0])) == [1.0, 2.0]


@pytest.mark.parametrize(("stride", "last"), [(1, 7), (3, 15)])
def test_the_last_entry_of_a_block(stride, last):
    assert block_of()._replace(stride=stride).last == last


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 2000))
def test_pieces_of_a_block_are_all_of_it_in_order_and_small(n, runs, most):
    data = np.arange(3.0 * runs * n).reshape(3, runs, n)
    block = Block(5, tuple(range(10, 10 + runs)), ("loss", "lr", "p0"), data)
    whole = np.full_like(data, np.nan)
    before = (0, 0)
    for piece in pieces(block, most):
        assert piece.data.nbytes <= max(most, 3 * 8)
        assert (before := max(before, (piece.step, piece.runs[0]))) == (piece.step, piece.runs[0])
        whole[:, piece.runs[0] - 10 : piece.runs[-1] - 9, piece.step - 5 : piece.step - 5 + piece.n] = piece.data
    assert (whole == data).all()


def test_a_block_that_is_small_stays_whole():
    block = Block(0, (0, 1), ("loss",), np.zeros((1, 2, 4)))
    assert [piece.data.shape for piece in pieces(block, 64)] == [(1, 2, 4)]
    assert [piece.data.shape for piece in pieces(block, 63)] == [(1, 2, 3), (1, 2, 1)]
    assert [piece.runs for piece in pieces(block, 15)] == [(0,), (1,)] * 4

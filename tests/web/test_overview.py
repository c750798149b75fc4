"""Many chunks as one small frame: the ends and the extremes of every run survive."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from slalom.catalogue.surfaces import Parabola
from slalom.store import Chunk
from slalom.trace import Block, decode, encode, header_of
from slalom.web.overview import ENTRIES, Overview, screen_frame

COLUMNS = Parabola().columns


def chunks_of(lengths, cuts, seed=0):
    """Return random runs of these lengths as chunks: cut at ``cuts``, and where a run ends."""
    chance = np.random.default_rng(seed)
    runs = [chance.normal(size=(len(COLUMNS), n)) for n in lengths]
    edges = sorted({0, max(lengths), *lengths, *(cut for cut in cuts if cut < max(lengths))})
    chunks = []
    for low, high in pairwise(edges):
        alive = tuple(i for i, n in enumerate(lengths) if n > low)
        data = np.stack([runs[i][:, low:high] for i in alive], axis=1)
        chunks.append(Chunk(len(chunks) + 1, encode(Block(low, alive, COLUMNS, data), len(chunks) + 1), "[]"))
    return runs, chunks


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=4),
    st.lists(st.integers(1, 900), max_size=25),
    st.integers(0, 25),
)
def test_an_overview_keeps_ends_and_extremes_however_it_was_cut(lengths, cuts, split):
    runs, chunks = chunks_of(lengths, cuts)
    whole = Overview(1, 0).extended(chunks[:split]).extended(chunks[split:])
    assert whole.seq == len(chunks)
    frame = whole.frame()
    assert (header_of(frame)["first"], header_of(frame)["seq"], header_of(frame)["stride"]) == (1, len(chunks), 0)
    block = decode(frame)
    assert block.n <= ENTRIES
    for position, run in enumerate(block.runs):
        steps, loss = block.data[0, position], block.data[1, position]
        assert (steps[0], steps[-1]) == (0, lengths[run] - 1)
        assert (np.diff(steps) >= 0).all()
        np.testing.assert_array_equal(loss, runs[run][0, steps.astype(int)])
        assert loss.max() == runs[run][0].max()
        assert loss.min() == runs[run][0].min()


def test_events_of_everything_covered_are_kept():
    _, chunks = chunks_of([90], range(0, 90, 10))
    chunks[3] = chunks[3]._replace(events='[{"run": 0}]')
    assert Overview(1, 0).extended(chunks).events == ('[{"run": 0}]',)


def test_a_screen_frame_covers_its_own_chunk():
    _, (chunk,) = chunks_of([33], [])
    head = header_of(screen_frame(chunk))
    assert (head["first"], head["seq"], head["n"]) == (1, 1, 32)
    _, (chunk,) = chunks_of([32], [])
    assert screen_frame(chunk) is chunk.payload
